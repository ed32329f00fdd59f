"""Which of x264's hand-written code this processor may run.

x264's AVX-512 code for the macroblock tree (core 165) reads past the end of its rows where the
width in macroblocks is no multiple of eight, so that the same frames give other bytes from run
to run: seen at 1080x1920 and 320x180, never with AVX2. So AVX-512 is left out.
"""

from __future__ import annotations

from numpy._core import _multiarray_umath  # type: ignore[attr-defined]  # not in its stubs

UP_TO_AVX2 = "MMX2,SSE2,SSE3,SSSE3,SSE4.1,SSE4.2,AVX,FMA3,BMI1,BMI2,AVX2"


def assembly() -> dict[str, str]:
    """Return x264's options for this processor: nothing, or all that it has up to AVX2."""
    features: dict[str, bool] = getattr(_multiarray_umath, "__cpu_features__", {})
    # whatever has AVX-512 has all that comes before it
    return {"asm": UP_TO_AVX2} if features.get("AVX512F") else {}
