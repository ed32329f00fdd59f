"""Chunks and one audio track in, an MP4 out: by copying packets, never by encoding again."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from mvpipe.errors import RenderFailed

AnyPacket: TypeAlias = "Packet[VideoStream] | Packet[AudioStream]"

_FLAGS = {"fflags": "+bitexact", "movflags": "+faststart"}
"""No date and no version of the writer inside, and the index before the pictures."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a video is made of: chunk files in order of time, an audio file, a title."""

    chunks: Sequence[Path]
    audio: Path
    title: str = ""


def join(parts: Parts, *, fps: int, to: Path, on_packet: Callable[[], None]) -> None:
    """Write the MP4 at `to`, index first; the same parts give the same bytes.

    The frame rate is exact, with no gap where chunks meet. `on_packet` is called before each
    packet and may raise to stop. `to` is written in place: see `disk.whole_file`. Safe to
    repeat. Raises OSError or FFmpegError for what the disk says, and RenderFailed for chunks
    that do not fit together.
    """
    with ExitStack() as stack:
        output = stack.enter_context(av.open(f"file:{to}", "w", format="mp4", options=_FLAGS))
        model = stack.enter_context(_read(parts.chunks[0]))
        audio = stack.enter_context(_read(parts.audio))
        if parts.title:
            output.metadata["title"] = parts.title
        video = output.add_stream_from_template(model.streams.video[0])
        sound = output.add_stream_from_template(audio.streams.audio[0])
        video.time_base = Fraction(1, fps)
        pictures: Iterator[AnyPacket] = _video_packets(parts.chunks, out=video, fps=fps)
        sounds: Iterator[AnyPacket] = _audio_packets(audio, out=sound)
        for packet in heapq.merge(pictures, sounds, key=_decoded_at):
            on_packet()
            output.mux_one(packet)


def _decoded_at(packet: AnyPacket) -> Fraction:
    return (packet.dts or 0) * packet.time_base


def _video_packets(
    chunks: Sequence[Path], *, out: VideoStream, fps: int
) -> Iterator[Packet[VideoStream]]:
    """Yield every chunk's packets on one clock of frames.

    x264 gives each chunk decoding times of its own, some frames early so that B-frames can
    wait; a very short chunk has none of that head start. So they are counted anew: the n-th
    packet of the video decodes at n minus the head start of the first chunk.
    """
    count, early, header = 0, None, None
    for path in chunks:
        start = count
        with _read(path) as chunk:
            header = _same_header(header, chunk, path)
            for packet in chunk.demux(chunk.streams.video[0]):
                if packet.pts is None or packet.dts is None:
                    continue
                ticks = Fraction(packet.time_base * fps)
                shown = int(packet.pts * ticks)
                if early is None:
                    early = shown - int(packet.dts * ticks)
                packet.time_base = Fraction(1, fps)
                packet.pts, packet.dts, packet.duration = start + shown, count - early, 1
                packet.stream = out
                count += 1
                yield packet


def _same_header(header: bytes | None, chunk: InputContainer, path: Path) -> bytes | None:
    """Return the stream's header; raise RenderFailed if an earlier chunk had another."""
    this = chunk.streams.video[0].codec_context.extradata
    if header not in (None, this):
        raise RenderFailed(f"'{path.name}' was encoded with other settings than the rest")
    return this


def _audio_packets(audio: InputContainer, *, out: AudioStream) -> Iterator[Packet[AudioStream]]:
    for packet in audio.demux(audio.streams.audio[0]):
        if packet.pts is not None:
            packet.stream = out
            yield packet


def _read(path: Path) -> InputContainer:
    """Open one of our own files as just that."""
    return av.open(f"file:{path}", format="mp4", options={"protocol_whitelist": "file"})
