"""What FFmpeg says of writing a file, in our words; the disk has words of its own already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from mvpipe.errors import OutputError


@contextmanager
def ffmpeg_errors(to: Path) -> Iterator[None]:
    """Turn FFmpeg's own errors about writing `to` into an OutputError; an OSError passes."""
    try:
        yield
    except av.FFmpegError as cause:
        if isinstance(cause, OSError):
            raise
        told = cause.strerror or str(cause)
        raise OutputError(
            f"'{to}' cannot be written: {told}", hint="`mvpipe doctor` checks the encoder"
        ) from cause
