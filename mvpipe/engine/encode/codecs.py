"""Which encoders the installed FFmpeg really has."""

from __future__ import annotations

from collections.abc import Mapping

import av
from av.codec.codec import UnknownCodecError

NEEDED = ("libx264", "aac")


def libavcodec() -> tuple[int, ...]:
    """Return the version of the decoder library, such as (62, 28, 102)."""
    return tuple(av.library_versions["libavcodec"])


def encoders() -> Mapping[str, bool]:
    """Return for each encoder that mvpipe needs whether it is there."""
    return {name: _there(name) for name in NEEDED}


def _there(name: str) -> bool:
    try:
        av.Codec(name, "w")
    except UnknownCodecError:
        return False
    return True
