"""One short song in every format that a job takes, made once a process with real encoders."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import av
from av.audio.stream import AudioStream

SONG = Path(__file__).parent.parent / "examples" / "audio" / "night-bus.mp3"
SECONDS = 3
LONGER_S = 20
"""Long enough for numbers that do not fit into one byte."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a file of one kind is made: FFmpeg's container, its codec, its options."""

    container: str
    codec: str
    options: tuple[tuple[str, str], ...] = ()
    seconds: int = SECONDS
    tells: bool = True
    """Whether a whole file of this kind can be told from the beginning of one."""


FORMATS = {
    "mp3": Format("mp3", "mp3"),
    "mp3 without a header": Format("mp3", "mp3", (("write_xing", "0"),), tells=False),
    "wav": Format("wav", "pcm_s16le"),
    "rf64": Format("wav", "pcm_s24le", (("rf64", "always"),)),
    "aiff": Format("aiff", "pcm_s16be"),
    "flac": Format("flac", "flac"),
    "longer flac": Format("flac", "flac", seconds=LONGER_S),
    "m4a": Format("ipod", "aac"),
    "m4a, index first": Format("ipod", "aac", (("movflags", "+faststart"),)),
    "mp4 in fragments": Format("mp4", "aac", (("movflags", "+frag_keyframe"),)),
    "mov": Format("mov", "pcm_s16le"),
    "aac": Format("adts", "aac", tells=False),
    "ogg": Format("ogg", "vorbis"),
    "opus": Format("opus", "libopus"),
    "mkv": Format("matroska", "libopus"),
    "webm": Format("webm", "libopus"),
    "streamed mkv": Format("matroska", "aac", (("live", "1"),), tells=False),
}


@cache
def whole_song(kind: str) -> bytes:
    """Return the bytes of a finished file of one of `FORMATS`."""
    chosen = FORMATS[kind]
    with TemporaryDirectory() as folder, av.open(str(SONG)) as source:
        made = Path(folder) / "made"
        asked = dict(chosen.options)
        with av.open(str(made), "w", format=chosen.container, options=asked) as to:
            stream = to.add_stream(chosen.codec, rate=48_000, options={"strict": "-2"})
            assert isinstance(stream, AudioStream)
            stream.layout = "stereo"
            for frame in source.decode(audio=0):
                if frame.time is None or frame.time > chosen.seconds:
                    break
                frame.pts = None
                to.mux(stream.encode(frame))
            to.mux(stream.encode(None))
        return made.read_bytes()
