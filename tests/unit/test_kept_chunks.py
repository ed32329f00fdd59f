from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mvpipe.engine.studio.pool import Pool
from mvpipe.engine.studio.render import Render, RenderOrder, chunks_of
from mvpipe.engine.studio.session import Studio, session_id
from mvpipe.engine.studio.state import RenderPhase, RenderProgress
from mvpipe.engine.studio.store import Store
from mvpipe.errors import MissingMedia, OutputError
from mvpipe.model.canonical import digest_of
from mvpipe.model.hints import MusicHints
from mvpipe.model.timeline import Title, Track, TrackKind
from tests import painters
from tests.disks import FaultyFiles
from tests.painters import SMALL, make_sweep, music_of, timeline_of, write_song

LENGTH_MS = 24_000
FRAMES = LENGTH_MS * 30 // 1000
CHUNKS = 4


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_song(tmp_path_factory.mktemp("song") / "song.wav", LENGTH_MS)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Give two workers that know nothing of numba."""
    pool = Pool(2, preload=())
    yield pool
    pool.close()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "chunks")


@pytest.fixture
def order(tmp_path: Path, song: Path) -> RenderOrder:
    (tmp_path / "work").mkdir()
    return RenderOrder(
        timeline=timeline_of(LENGTH_MS, 6_000, 12_000, 18_000),
        music=music_of(LENGTH_MS),
        songs={"song": song},
        pictures={},
        video=SMALL,
        folder=tmp_path / "work",
        to=tmp_path / "video.mp4",
        make_paint=make_sweep,
    )


def finished(render: Render, pool: Pool) -> RenderProgress:
    render.start()
    for _ in range(10_000):
        now = render.poll()
        if now.phase is not RenderPhase.RENDERING:
            return now
        pool.wait(0.05)
    raise AssertionError("the render does not end")


def rendered(order: RenderOrder, pool: Pool, store: Store | None) -> tuple[int, bytes]:
    """Carry an order out; return how many frames were there already, and the video."""
    now = finished(Render(order, pool, store=store), pool)
    assert (now.phase, now.frames_done) == (RenderPhase.DONE, FRAMES)
    assert list(order.folder.iterdir()) == []
    return now.frames_kept, order.to.read_bytes()


def stored(store: Store) -> list[Path]:
    return sorted(store.folder.glob("*/*"))


def titled(order: RenderOrder, text: str) -> RenderOrder:
    track = Track(TrackKind.TITLE, (Title(0, 3_000, text),))
    tracks = (*order.timeline.tracks, track)
    return replace(order, timeline=replace(order.timeline, tracks=tracks))


@pytest.mark.slow
def test_a_video_of_kept_chunks_has_the_bytes_of_one_rendered_anew(
    order: RenderOrder, pool: Pool, store: Store
) -> None:
    anew = rendered(order, pool, None)
    assert rendered(order, pool, store) == anew == (0, anew[1])
    assert len(stored(store)) == CHUNKS + 1  # and the sound
    assert rendered(order, pool, store) == (FRAMES, anew[1])


@pytest.mark.slow
def test_a_changed_title_renders_the_chunk_it_is_in(
    order: RenderOrder, pool: Pool, store: Store
) -> None:
    rendered(titled(order, "Dawn"), pool, store)
    render = Render(titled(order, "Dusk"), pool, store=store)
    now = finished(render, pool)
    assert (now.frames_kept, now.frames_done) == (FRAMES - 6 * 30, FRAMES)
    assert render.result() == ("3 of 4 chunks were there already",)


@pytest.mark.slow
def test_all_that_was_there_already_is_said_in_a_sentence(
    order: RenderOrder, pool: Pool, store: Store
) -> None:
    short = replace(order, timeline=timeline_of(1_000))
    for asked, told in ((order, "every chunk was"), (short, "the one chunk was")):
        finished(Render(asked, pool, store=store), pool)
        again = Render(asked, pool, store=store)
        finished(again, pool)
        assert again.result() == (f"{told} there already",)


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["cut", "zeroed", "empty"])
def test_a_damaged_chunk_is_rendered_again(
    order: RenderOrder, pool: Pool, store: Store, damage: str
) -> None:
    _, video = rendered(order, pool, store)
    for path in stored(store)[:2]:
        content = path.read_bytes()
        kept = {"cut": content[:-9], "zeroed": bytes(len(content)), "empty": b""}[damage]
        path.unlink()
        path.write_bytes(kept)
    kept_frames, again = rendered(order, pool, store)
    assert kept_frames < FRAMES
    assert again == video
    assert rendered(order, pool, store) == (FRAMES, video)


@pytest.mark.slow
def test_what_a_cancelled_render_had_done_is_not_done_again(
    order: RenderOrder, pool: Pool, store: Store
) -> None:
    render = Render(order, pool, store=store)
    render.start()
    for _ in range(10_000):
        if render.poll().frames_done > FRAMES * 3 // 4:
            break
        pool.wait(0.01)
    render.cancel()
    assert list(order.folder.iterdir()) == []
    kept, video = rendered(order, pool, store)
    assert kept >= FRAMES // 4
    assert video == rendered(order, pool, None)[1]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_what_a_lost_worker_had_done_is_not_done_again(
    order: RenderOrder, pool: Pool, store: Store
) -> None:
    alone = Pool(1, preload=())
    doomed = replace(order, make_paint=painters.make_doomed)  # dies at frame 100
    late = replace(doomed, timeline=timeline_of(LENGTH_MS, 5_000, 14_000, 19_000))
    first = chunks_of(late)[0]
    assert finished(Render(late, alone, store=store), alone).phase is RenderPhase.FAILED
    alone.close()
    longer = [chunk for chunk in chunks_of(late) if chunk.frames > first.frames]
    assert len(stored(store)) == 1 + len(longer)


@pytest.mark.slow
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_store_that_cannot_be_written_fails_no_render(
    order: RenderOrder, pool: Pool, tmp_path: Path, number: int
) -> None:
    full = Store(tmp_path / "chunks", FaultyFiles(number, fails_at=2, stays=True))
    kept, video = rendered(order, pool, full)
    assert (kept, stored(full)) == (0, [])
    assert video == rendered(order, pool, None)[1]


@pytest.mark.slow
def test_a_song_that_is_gone_is_told(order: RenderOrder, pool: Pool, store: Store) -> None:
    gone = replace(order, songs={"song": order.folder / "gone.wav"})
    render = Render(gone, pool, store=store)
    assert finished(render, pool).phase is RenderPhase.FAILED
    with pytest.raises(MissingMedia, match="a song cannot be read any more"):
        render.result()


def test_old_chunks_make_room_for_a_render(order: RenderOrder, store: Store) -> None:
    made = order.folder / "made.mp4"
    made.write_bytes(bytes(1000))
    key = digest_of("old")
    store.put(key, made)
    tight = Store(store.folder, FaultyFiles(free=1))
    render = Render(order, Pool(1, preload=()), store=tight, files=FaultyFiles(free=1))
    with pytest.raises(OutputError, match="0 KB left"):
        render.start()
    assert not store.has(key)


def test_sessions_of_any_process_have_ids_of_their_own(tmp_path: Path) -> None:
    assert session_id() != session_id()
    ids = iter(["one", "two"])
    studio = Studio(folder=tmp_path, workers=1, new_id=lambda: next(ids))
    opened = [studio.open(name="x", seed=1, hints=MusicHints()) for _ in range(2)]
    assert opened == ["one", "two"]
    studio.close()


_KILLED = """
import sys
from pathlib import Path
from mvpipe.engine.studio.pool import Pool
from mvpipe.engine.studio.render import Render, RenderOrder
from mvpipe.engine.studio.store import Store
from tests.painters import SMALL, make_sweep, music_of, timeline_of

def main():
    folder, song, length = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    order = RenderOrder(
        timeline=timeline_of(length, 6_000, 12_000, 18_000), music=music_of(length),
        songs={"song": song}, pictures={}, video=SMALL, folder=folder / "work",
        to=folder / "video.mp4", make_paint=make_sweep,
    )
    pool = Pool(1, preload=())
    render = Render(order, pool, store=Store(folder / "chunks"))
    render.start()
    while True:
        print(render.poll().frames_done, flush=True)
        pool.wait(0.01)

if __name__ == "__main__":
    main()
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_render_killed_late_has_little_to_go(
    order: RenderOrder, pool: Pool, store: Store, tmp_path: Path, song: Path
) -> None:
    script = tmp_path / "killed.py"
    script.write_text(_KILLED, encoding="utf-8")
    command = [sys.executable, str(script), str(tmp_path), str(song), str(LENGTH_MS)]
    root = Path(__file__).parents[2]
    environ = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) > FRAMES * 0.9:
                break
        process.send_signal(signal.SIGKILL)
    fresh = replace(order, folder=tmp_path / "fresh")
    fresh.folder.mkdir()
    kept, video = rendered(fresh, pool, store)
    assert kept >= FRAMES * 3 // 4
    assert video == rendered(fresh, pool, None)[1]
