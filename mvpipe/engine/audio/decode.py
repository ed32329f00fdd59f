"""The door to FFmpeg for sound: a file's facts, and its samples block by block.

Files are untrusted: they open by absolute path with a closed list of containers, protocols
and codecs, and nothing is decoded before those lists have been checked. What FFmpeg logs
stays inside; what it raises leaves as one sentence that names the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from mvpipe.errors import DamagedMedia, MissingMedia, UnsupportedMedia

LONGEST_S = 4 * 3600
MOST_STREAMS = 32
MOST_CHANNELS = 8
RATES_HZ = range(4_000, 384_001)
DEMUXERS = "mp3,wav,flac,mov,aac,ogg,matroska,aiff"
CONTAINERS = frozenset(DEMUXERS.split(","))
CODECS = frozenset({"mp3", "mp3float", "mp2", "mp2float", "flac", "aac", "alac"}) | frozenset(
    {"vorbis", "libvorbis", "opus", "libopus"}
)
ACCEPTED = "mp3, wav, flac, m4a, aac, ogg, opus, or the sound of an mp4, mov, mkv or webm"
_NS = 1_000_000_000
GAP_NS = _NS // 10
"""Timestamps of real files wander by a few milliseconds; a longer jump is a hole."""


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """What a file says of its sound; `duration_ms` is `None` where no header tells."""

    duration_ms: int | None
    codec: str
    channels: int
    rate_hz: int
    container: str


def probe(path: Path, *, longest_s: int = LONGEST_S) -> AudioFacts:
    """Return what the file's headers say, decoding nothing.

    Raises MissingMedia, UnsupportedMedia or DamagedMedia. Safe to repeat.
    """
    with _opened(path) as container:
        stream = _stream(container, path, longest_s=longest_s)
        context = stream.codec_context
        return AudioFacts(
            duration_ms=_duration_ms(container, stream),
            codec=context.name,
            channels=context.channels,
            rate_hz=context.sample_rate,
            container=_container_name(container),
        )


def decode(
    path: Path, *, rate_hz: int, channels: int, longest_s: int = LONGEST_S
) -> Iterator[NDArray[np.float32]]:
    """Yield blocks of shape (n, channels), n > 0, that join to the whole sound.

    Sample k plays at k / rate_hz seconds in a player: encoder delay is cut as FFmpeg does it,
    and a hole in the timestamps becomes silence. Damaged packets are passed over. Raises as
    `probe` does, and DamagedMedia when nothing at all can be decoded. Safe to repeat.
    """
    done = 0
    with _opened(path) as container:
        stream = _stream(container, path, longest_s=longest_s)
        for block in _blocks(container, stream, rate_hz=rate_hz, channels=channels):
            done += len(block)
            if done > longest_s * rate_hz:
                raise _too_long(path, longest_s)
            yield block
    if done == 0:
        raise DamagedMedia(
            f"'{path}' holds no sound that can be decoded", hint="export the song again"
        )


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    """Open a regular, non-empty file under the closed lists."""
    _check_file(path)
    options = {"format_whitelist": DEMUXERS, "protocol_whitelist": "file"}
    try:
        with av.open(f"file:{path.absolute()}", options=options) as container:
            yield container
    except av.error.FFmpegError as problem:
        raise _refused(path) from problem


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise UnsupportedMedia(f"'{path}' is a folder, not a song", hint="name one file in it")
    if path.exists() and not path.is_file():
        raise UnsupportedMedia(f"'{path}' is not a regular file", hint=f"give {ACCEPTED}")
    try:
        with path.open("rb") as file:
            first = file.read(1)
    except OSError as problem:
        missing = isinstance(problem, FileNotFoundError)
        state, hint = (
            ("does not exist", "check the spelling and the folder")
            if missing
            else ("cannot be read", "check who may read it")
        )
        raise MissingMedia(f"'{path}' {state}", hint=hint) from problem
    if not first:
        raise DamagedMedia(f"'{path}' is empty (0 bytes)", hint="copy the song again")


def _refused(path: Path) -> UnsupportedMedia | DamagedMedia:
    """Say what a file that FFmpeg will not open is instead, from its first bytes."""
    with path.open("rb") as file:
        head = file.read(512)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD", b"[playlist]")):
        return UnsupportedMedia(
            f"'{path}' is a playlist, not a recording", hint="give the song it points to"
        )
    if b"\0" not in head and all(byte >= 9 for byte in head):
        return UnsupportedMedia(
            f"'{path}' holds text, not sound", hint=f"give {ACCEPTED}, whatever its name"
        )
    return DamagedMedia(f"'{path}' is not sound that can be read", hint=f"give {ACCEPTED}")


def _stream(container: InputContainer, path: Path, *, longest_s: int) -> AudioStream:
    """Return the stream to hear, once everything about it is on the lists."""
    if not CONTAINERS & set(container.format.name.split(",")):
        raise UnsupportedMedia(
            f"'{path}' is a {container.format.name} file", hint=f"give {ACCEPTED}"
        )
    if len(container.streams) > MOST_STREAMS:
        raise UnsupportedMedia(
            f"'{path}' has {len(container.streams)} streams",
            hint=f"give a file with at most {MOST_STREAMS}",
        )
    if not container.streams.audio:
        raise UnsupportedMedia(f"'{path}' has no sound in it", hint=f"give {ACCEPTED}")
    stream = container.streams.audio[0]
    _check_codec(stream, path)
    if (_duration_ms(container, stream) or 0) > longest_s * 1000:
        raise _too_long(path, longest_s)
    return stream


def _check_codec(stream: AudioStream, path: Path) -> None:
    context = stream.codec_context
    if context.name not in CODECS and not context.name.startswith("pcm_"):
        raise UnsupportedMedia(
            f"the sound of '{path}' is {context.name}, which is not accepted",
            hint=f"give {ACCEPTED}",
        )
    if not 1 <= context.channels <= MOST_CHANNELS or context.sample_rate not in RATES_HZ:
        raise DamagedMedia(
            f"'{path}' says it has {context.channels} channels at {context.sample_rate} Hz",
            hint="export the song again",
        )


def _too_long(path: Path, longest_s: int) -> UnsupportedMedia:
    return UnsupportedMedia(
        f"'{path}' is longer than {longest_s / 3600:g} hours", hint="cut it into parts"
    )


def _duration_ms(container: InputContainer, stream: AudioStream) -> int | None:
    if stream.duration and stream.time_base:
        return round(stream.duration * stream.time_base * 1000)
    if container.duration:
        return round(container.duration / 1000)
    return None


def _container_name(container: InputContainer) -> str:
    names = container.format.name.split(",")
    return next(name for name in names if name in CONTAINERS)


def _blocks(
    container: InputContainer, stream: AudioStream, *, rate_hz: int, channels: int
) -> Iterator[NDArray[np.float32]]:
    """Resample every frame, with a fresh resampler wherever the stream changes its form."""
    layout = "mono" if channels == 1 else "stereo"
    resampler: AudioResampler | None = None
    form: tuple[str, str, int] | None = None
    for frame in _whole(_frames(container, stream), origin=_origin(container, stream)):
        this = (frame.format.name, frame.layout.name, frame.sample_rate)
        if resampler is None or this != form:
            yield from _drained(resampler, channels)
            resampler = AudioResampler(format="flt", layout=layout, rate=rate_hz)
            form = this
        frame.pts = None
        yield from _arrays(resampler.resample(frame), channels)
    yield from _drained(resampler, channels)


def _drained(resampler: AudioResampler | None, channels: int) -> Iterator[NDArray[np.float32]]:
    if resampler is not None:
        yield from _arrays(resampler.resample(None), channels)


def _arrays(frames: list[AudioFrame], channels: int) -> Iterator[NDArray[np.float32]]:
    for frame in frames:
        if frame.samples:
            yield np.asarray(frame.to_ndarray(), dtype=np.float32).reshape(-1, channels)


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Yield what decodes; FFmpeg's own tools pass over damaged packets just so."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:  # the file ends in the middle of something
            return
        if packet is None:
            return
        try:
            yield from packet.decode()
        except av.error.FFmpegError:
            continue


def _origin(container: InputContainer, stream: AudioStream) -> Fraction:
    """Return the timestamp a player shows as 0:00, in seconds.

    That is the earliest stream's start; cover art is a picture stream but starts nothing.
    """
    moving = [s for s in container.streams.video if not _still(s)]
    if moving and container.start_time is not None:
        return Fraction(container.start_time, 1_000_000)
    if stream.start_time is None or stream.time_base is None:
        return Fraction(0)
    return stream.start_time * stream.time_base


def _still(stream: av.VideoStream) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _whole(frames: Iterator[AudioFrame], *, origin: Fraction) -> Iterator[AudioFrame]:
    """Put silence where the timestamps jump ahead of the samples."""
    heard_ns = 0
    origin_ns = round(origin * _NS)
    for frame in frames:
        gap_ns = _starts_ns(frame, otherwise=heard_ns + origin_ns) - origin_ns - heard_ns
        if gap_ns > GAP_NS:
            gap_ns = min(gap_ns, (LONGEST_S + 1) * _NS)
            yield from _silence(frame, gap_ns)
            heard_ns += gap_ns
        heard_ns += frame.samples * _NS // frame.sample_rate
        yield frame


def _starts_ns(frame: AudioFrame, *, otherwise: int) -> int:
    if frame.pts is None or frame.time_base is None:
        return otherwise
    return frame.pts * frame.time_base.numerator * _NS // frame.time_base.denominator


def _silence(like: AudioFrame, length_ns: int) -> Iterator[AudioFrame]:
    """Yield silent frames of at most a second in the form of another frame."""
    left = length_ns * like.sample_rate // _NS
    level = b"\x80" if like.format.name.startswith("u8") else b"\0"
    while left > 0:
        samples = min(left, like.sample_rate)
        frame = AudioFrame(format=like.format.name, layout=like.layout.name, samples=samples)
        frame.sample_rate = like.sample_rate
        for plane in frame.planes:
            plane.update(level * plane.buffer_size)
        left -= samples
        yield frame
