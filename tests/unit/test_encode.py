from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from mvpipe.disk import whole_file
from mvpipe.engine.encode.audio import RATE_HZ, Block, encode_audio
from mvpipe.engine.encode.chunks import Chunk
from mvpipe.engine.encode.join import Parts, join
from mvpipe.engine.encode.settings import VideoFormat
from mvpipe.engine.encode.verify import Promise, boxes, verify
from mvpipe.engine.encode.video import encode_chunk, planes_of
from mvpipe.engine.planes import Planes
from mvpipe.errors import RenderFailed
from mvpipe.model.media import Quality, Size
from tests.painters import SMALL, sweep

CHUNKS = (Chunk(0, 40, (0, 7, 25)), Chunk(40, 41, (40,)), Chunk(41, 90, (41, 60)))
FRAMES, SAMPLES = 90, 3 * RATE_HZ


def nothing() -> None:
    """Do nothing after a frame or a packet."""


def tones(samples: int, *, block: int = 5000) -> Iterator[Block]:
    """Yield clicks and noise, left louder than right, whose place in time is plain."""
    rng = np.random.default_rng(3)
    times = np.arange(samples) / RATE_HZ
    sound = rng.normal(0, 0.1, samples) * (times % 0.31 < 0.05)
    both = np.stack([sound, sound / 2], axis=1).astype(np.float32)
    for start in range(0, samples, block):
        yield both[start : start + block]


def chunk_files(folder: Path, *, video: VideoFormat = SMALL) -> list[Path]:
    """Encode every chunk and return the files."""
    files = [folder / f"{chunk.first}.mp4" for chunk in CHUNKS]
    for chunk, to in zip(CHUNKS, files, strict=True):
        encode_chunk(sweep, chunk=chunk, video=video, to=to, on_frame=nothing)
    return files


def make_video(folder: Path, *, title: str = "") -> Path:
    """Encode, join and return the whole video."""
    audio, to = folder / "sound.mp4", folder / "video.mp4"
    encode_audio(tones(SAMPLES), samples=SAMPLES, quality=Quality.STANDARD, to=audio)
    parts = Parts(chunk_files(folder), audio, title)
    with whole_file(to) as beside:
        join(parts, fps=30, to=beside, on_packet=nothing)
    return to


def heard(video: Path) -> Block:
    """Return the sound that a player plays, (samples, 2)."""
    with av.open(str(video)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(frames, axis=1).T.astype(np.float32)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a joined video that tests may read."""
    return make_video(tmp_path_factory.mktemp("video"))


def test_a_joined_video_is_what_was_promised(video: Path) -> None:
    assert verify(video, Promise(SMALL, FRAMES, SAMPLES)) == ()


def test_the_index_comes_before_the_pictures(video: Path) -> None:
    names = boxes(video)
    assert names.index("moov") < names.index("mdat")


def test_joined_chunks_keep_an_exact_frame_rate(video: Path) -> None:
    with av.open(str(video)) as container:
        packets = list(container.demux(video=0))
        tick = round(1 / (30 * packets[0].time_base))
    shown = [packet.pts for packet in packets if packet.pts is not None]
    decoded = [packet.dts for packet in packets if packet.dts is not None]
    assert sorted(shown) == [number * tick for number in range(FRAMES)]
    assert {later - earlier for earlier, later in pairwise(decoded)} == {tick}
    assert all(pts >= dts for pts, dts in zip(shown, decoded, strict=True))


def test_keyframes_stand_where_they_were_asked_for(video: Path) -> None:
    with av.open(str(video)) as container:
        frames = list(container.decode(video=0))
    found = [number for number, frame in enumerate(frames) if frame.key_frame]
    assert found == [at for chunk in CHUNKS for at in chunk.keyframes]


def test_frames_come_back_in_order_across_joins(video: Path) -> None:
    with av.open(str(video)) as container:
        blues = [float(planes_of(frame).u.mean()) for frame in container.decode(video=0)]
    expected = [90 + number % 70 for number in range(FRAMES)]
    assert np.abs(np.array(blues) - expected).max() < 3


def test_the_same_parts_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one = make_video(tmp_path / "one", title="Song").read_bytes()
    assert one == make_video(tmp_path / "two", title="Song").read_bytes()


def test_a_title_goes_into_the_metadata(tmp_path: Path) -> None:
    with av.open(str(make_video(tmp_path, title="Midnight – Drive"))) as container:
        assert container.metadata["title"] == "Midnight – Drive"
        assert "creation_time" not in container.metadata


def test_one_frame_of_memory_serves_for_all(tmp_path: Path) -> None:
    """x264 copies what it is given: a painter that spoils old memory changes nothing."""
    seen: list[Planes] = []

    def spoiling(number: int, planes: Planes) -> None:
        for old in seen:
            old.y[:] = 255
        seen.append(planes)
        sweep(number, planes)

    for paint, to in ((sweep, "a.mp4"), (spoiling, "b.mp4")):
        encode_chunk(paint, chunk=CHUNKS[0], video=SMALL, to=tmp_path / to, on_frame=nothing)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize("quality", Quality)
def test_every_quality_and_shape_can_be_joined(tmp_path: Path, quality: Quality) -> None:
    video = VideoFormat(Size(90, 160), 30, quality)
    audio, to = tmp_path / "sound.mp4", tmp_path / "video.mp4"
    encode_audio(tones(SAMPLES), samples=SAMPLES, quality=quality, to=audio)
    join(Parts(chunk_files(tmp_path, video=video), audio), fps=30, to=to, on_packet=nothing)
    assert verify(to, Promise(video, FRAMES, SAMPLES)) == ()


def test_chunks_of_another_size_do_not_fit(tmp_path: Path) -> None:
    video = make_video(tmp_path)
    other = VideoFormat(Size(64, 64), 30, Quality.STANDARD)
    odd = tmp_path / "odd.mp4"
    encode_chunk(sweep, chunk=Chunk(0, 5, (0,)), video=other, to=odd, on_frame=nothing)
    parts = Parts([tmp_path / "0.mp4", odd], tmp_path / "sound.mp4")
    with pytest.raises(RenderFailed, match=r"'odd\.mp4' was encoded with other settings"):
        join(parts, fps=30, to=video, on_packet=nothing)


def test_a_painter_may_stop_a_chunk_and_nothing_stays(tmp_path: Path) -> None:
    def stop() -> None:
        raise InterruptedError("enough")

    with pytest.raises(Exception, match="enough"):
        encode_chunk(sweep, chunk=CHUNKS[0], video=SMALL, to=tmp_path / "a.mp4", on_frame=stop)
    assert list(tmp_path.iterdir()) == []


def test_sound_plays_when_it_should(video: Path) -> None:
    played = heard(video)[:SAMPLES, 0]
    given = np.concatenate(list(tones(SAMPLES)))[:, 0]
    spectrum = np.fft.rfft(played, 2 * SAMPLES) * np.conj(np.fft.rfft(given, 2 * SAMPLES))
    lag = int(np.argmax(np.fft.irfft(spectrum)))
    assert lag in range(RATE_HZ // 1000)


@pytest.mark.parametrize("given", [1000, SAMPLES, SAMPLES + 7777])
def test_sound_is_made_exactly_as_long_as_asked_for(tmp_path: Path, given: int) -> None:
    to = tmp_path / "sound.mp4"
    encode_audio(tones(given), samples=SAMPLES, quality=Quality.DRAFT, to=to)
    with av.open(str(to)) as container:
        assert container.streams.audio[0].duration == SAMPLES


def test_silence_is_sound(tmp_path: Path) -> None:
    to = tmp_path / "sound.mp4"
    encode_audio([], samples=SAMPLES, quality=Quality.STANDARD, to=to)
    assert np.abs(heard(to)).max() == 0


def test_sound_beyond_full_scale_is_clipped_and_what_is_no_number_is_silent(
    tmp_path: Path,
) -> None:
    bad = np.full((SAMPLES, 2), np.nan, np.float32)
    bad[: SAMPLES // 2] = np.inf
    to = tmp_path / "sound.mp4"
    encode_audio([bad], samples=SAMPLES, quality=Quality.STANDARD, to=to)
    assert np.isfinite(heard(to)).all()


def test_a_video_that_differs_from_its_promise_is_refused_with_every_reason(
    video: Path,
) -> None:
    with pytest.raises(RenderFailed, match="frames 90, not 91; samples 144000, not 5"):
        verify(video, Promise(SMALL, FRAMES + 1, 5))


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    (chunk, *_) = chunk_files(tmp_path)
    with pytest.raises(RenderFailed, match="index is not at the front; it holds"):
        verify(chunk, Promise(SMALL, 40, 1))


def test_a_sound_much_shorter_than_the_picture_is_refused(tmp_path: Path) -> None:
    make_video(tmp_path)
    short, to = tmp_path / "short.mp4", tmp_path / "odd.mp4"
    encode_audio([], samples=RATE_HZ, quality=Quality.DRAFT, to=short)
    files = [tmp_path / f"{chunk.first}.mp4" for chunk in CHUNKS]
    join(Parts(files, short), fps=30, to=to, on_packet=nothing)
    with pytest.raises(RenderFailed, match=r"picture and sound last 3\.000 s and 1\.000 s"):
        verify(to, Promise(SMALL, FRAMES, RATE_HZ))


def test_a_file_that_is_no_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(b"not a video at all")
    with pytest.raises(RenderFailed, match="cannot be read again"):
        verify(path, Promise(SMALL, 1, 1))


def test_a_black_start_is_noted(tmp_path: Path) -> None:
    def black(number: int, planes: Planes) -> None:
        planes.y[:], planes.u[:], planes.v[:] = 16, 128, 128

    chunk, audio, to = tmp_path / "c.mp4", tmp_path / "a.mp4", tmp_path / "v.mp4"
    encode_chunk(black, chunk=Chunk(0, 30, (0,)), video=SMALL, to=chunk, on_frame=nothing)
    encode_audio([], samples=RATE_HZ, quality=Quality.DRAFT, to=audio)
    join(Parts([chunk], audio), fps=30, to=to, on_packet=nothing)
    assert verify(to, Promise(SMALL, 30, RATE_HZ)) == (
        "the first frame is black, and so will be the thumbnail",
    )
