"""The one door to numba: compiled functions that touch every pixel.

Kernels are cached on disk, release the interpreter lock and keep IEEE arithmetic (no
fast-math), so that the same input gives the same pixels on every machine of one architecture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(function: Function) -> Function:
    """Return the function compiled on first call; its docstring gives shapes and types."""
    compiled = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return cast(
        "Function", compiled
    )  # numba is untyped; the signature stays the function's own
