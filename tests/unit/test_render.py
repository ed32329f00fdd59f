from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mvpipe.engine.encode.verify import Promise, verify
from mvpipe.engine.studio.pool import Pool, _for_workers
from mvpipe.engine.studio.render import Render, RenderOrder, chunks_of, size_estimate
from mvpipe.engine.studio.state import RenderPhase, RenderProgress
from mvpipe.errors import DamagedMedia, OutputError, RenderFailed
from tests import painters
from tests.disks import FaultyFiles
from tests.painters import SMALL, make_sweep, music_of, timeline_of, write_song

LENGTH_MS = 12_000


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
def order(tmp_path: Path, song: Path) -> RenderOrder:
    (tmp_path / "work").mkdir()
    return RenderOrder(
        timeline=timeline_of(LENGTH_MS, 2_000, 6_500, 9_000),
        music=music_of(LENGTH_MS),
        songs={"song": song},
        pictures={},
        video=SMALL,
        folder=tmp_path / "work",
        to=tmp_path / "video.mp4",
        make_paint=make_sweep,
    )


def finished(render: Render, pool: Pool) -> RenderProgress:
    """Poll until the render has ended, waiting for the workers in between."""
    for _ in range(10_000):
        now = render.poll()
        if now.phase is not RenderPhase.RENDERING:
            return now
        pool.wait(0.05)
    raise AssertionError("the render does not end")


def rendered(order: RenderOrder, pool: Pool) -> RenderProgress:
    """Carry an order out and say how it ended."""
    render = Render(order, pool)
    render.start()
    return finished(render, pool)


def left_in(order: RenderOrder) -> set[str]:
    """Return the names of all files that a render has left."""
    return {path.name for path in order.to.parent.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_render_leaves_the_promised_video_and_nothing_else(
    order: RenderOrder, pool: Pool
) -> None:
    now = rendered(order, pool)
    assert now == RenderProgress(RenderPhase.DONE, 360, 360)
    assert verify(order.to, Promise(SMALL, frames=360, samples=LENGTH_MS * 48)) == ()
    assert left_in(order) == {"video.mp4"}


@pytest.mark.slow
def test_one_worker_and_a_second_run_give_the_same_bytes(
    order: RenderOrder, pool: Pool
) -> None:
    rendered(order, pool)
    first = order.to.read_bytes()
    rendered(order, pool)
    assert order.to.read_bytes() == first
    alone = Pool(1, preload=())
    rendered(order, alone)
    alone.close()
    assert order.to.read_bytes() == first


@pytest.mark.slow
def test_a_video_of_three_frames_is_rendered(order: RenderOrder, pool: Pool) -> None:
    tiny = replace(order, timeline=timeline_of(100))
    assert rendered(tiny, pool) == RenderProgress(RenderPhase.DONE, 3, 3)


@pytest.mark.slow
def test_a_render_waits_for_the_one_before_it(order: RenderOrder, pool: Pool) -> None:
    first = Render(order, pool)
    second = Render(replace(order, to=order.to.with_name("second.mp4")), pool)
    first.start()
    second.start()
    assert second.poll() == RenderProgress(RenderPhase.RENDERING, 0, 360)
    assert finished(first, pool).phase is RenderPhase.DONE
    assert finished(second, pool).phase is RenderPhase.DONE
    assert left_in(order) == {"video.mp4", "second.mp4"}


@pytest.mark.slow
def test_a_black_first_frame_is_a_note_and_no_failure(order: RenderOrder, pool: Pool) -> None:
    render = Render(replace(order, make_paint=painters.make_black), pool)
    render.start()
    finished(render, pool)
    assert render.result() == ("the first frame is black, and so will be the thumbnail",)


@pytest.mark.slow
def test_a_cancelled_render_leaves_nothing_and_the_pool_goes_on(
    order: RenderOrder, pool: Pool
) -> None:
    render = Render(order, pool)
    render.start()
    for _ in range(10_000):
        if render.poll().frames_done > 10:
            break
        pool.wait(0.01)
    render.cancel()
    assert render.poll().phase is RenderPhase.CANCELLED
    assert left_in(order) == set()
    with pytest.raises(RenderFailed, match="the render is cancelled, not done"):
        render.result()
    assert rendered(order, pool).phase is RenderPhase.DONE


@pytest.mark.slow
def test_a_painter_that_never_returns_is_ended(order: RenderOrder) -> None:
    pool = Pool(2, preload=())
    render = Render(replace(order, make_paint=painters.make_stuck), pool)
    render.start()
    render.poll()
    render.cancel()
    assert render.poll().phase is RenderPhase.CANCELLED
    assert left_in(order) == set()
    assert rendered(order, pool).phase is RenderPhase.DONE
    pool.close()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_worker_that_is_killed_fails_the_render_with_a_sentence(
    order: RenderOrder, pool: Pool
) -> None:
    now = rendered(replace(order, make_paint=painters.make_doomed), pool)
    assert now.phase is RenderPhase.FAILED
    assert now.problem == "a worker process was ended from outside (SIGKILL)"
    assert left_in(order) == set()
    assert rendered(order, pool).phase is RenderPhase.DONE


@pytest.mark.slow
def test_what_a_worker_raises_is_raised_again(order: RenderOrder, pool: Pool) -> None:
    render = Render(replace(order, make_paint=painters.make_refusing), pool)
    render.start()
    assert finished(render, pool).problem == "this painter does not paint"
    with pytest.raises(RenderFailed, match="this painter does not paint"):
        render.result()
    assert left_in(order) == set()


@pytest.mark.slow
def test_a_bug_in_a_worker_is_one_sentence_and_a_trace_for_who_looks_closer(
    order: RenderOrder,
    pool: Pool,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    now = rendered(replace(order, make_paint=painters.make_broken), pool)
    assert now.phase is RenderPhase.FAILED
    assert now.problem.startswith("a worker process met a bug in painters.py:")
    assert now.problem.endswith(r": KeyError: 'no such\nkey'")
    assert "MVPIPE_DEBUG=1" in now.hint
    assert "Traceback" in caplog.text
    assert "in broken" in caplog.text
    assert capfd.readouterr() == ("", "")
    assert left_in(order) == set()
    assert rendered(order, pool).phase is RenderPhase.DONE


@pytest.mark.slow
def test_a_worker_that_cannot_import_ahead_goes_on_in_silence(
    order: RenderOrder, capfd: pytest.CaptureFixture[str]
) -> None:
    pool = Pool(1, preload=("mvpipe.no_such_module",))
    assert rendered(order, pool).phase is RenderPhase.DONE
    pool.close()
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_a_song_that_is_no_song_fails_the_render(
    order: RenderOrder, pool: Pool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    empty = tmp_path_factory.mktemp("empty") / "song.mp3"
    empty.touch()
    render = Render(replace(order, songs={"song": empty}), pool)
    render.start()
    assert finished(render, pool).phase is RenderPhase.FAILED
    with pytest.raises(DamagedMedia):
        render.result()


@pytest.mark.slow
def test_an_output_folder_that_vanishes_fails_the_render(
    order: RenderOrder, pool: Pool
) -> None:
    gone = order.to.parent / "gone"
    gone.mkdir()
    render = Render(replace(order, to=gone / "video.mp4"), pool)
    render.start()
    gone.rmdir()
    assert finished(render, pool).phase is RenderPhase.FAILED
    with pytest.raises(OutputError, match="its folder does not exist"):
        render.result()


def test_a_render_without_room_does_not_begin(order: RenderOrder) -> None:
    render = Render(order, Pool(1, preload=()), files=FaultyFiles(free=1))
    with pytest.raises(OutputError, match="0 KB left"):
        render.start()
    assert left_in(order) == set()


def test_chunks_begin_at_the_shots_that_suit(order: RenderOrder) -> None:
    assert [chunk.first for chunk in chunks_of(order)] == [0, 195]


def test_a_longer_video_takes_more_room(order: RenderOrder) -> None:
    longer = replace(order, timeline=timeline_of(2 * LENGTH_MS))
    assert abs(size_estimate(longer) - 2 * size_estimate(order)) <= 1


_ORPHAN = """
import sys
from mvpipe.engine.studio.pool import Pool
if __name__ == "__main__":
    pool = Pool(2, preload=())
    pool.warm()
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
def test_workers_leave_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_ORPHAN, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline().strip() == b"ready"
        parent.kill()
        assert parent.stdout.read() == b""  # its end: nobody holds the other side any more


@pytest.mark.slow
def test_the_environment_is_what_it_was_after_workers_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    pool = Pool(1, preload=())
    pool.warm()
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "NUMBA_NUM_THREADS" not in os.environ
    if hasattr(signal, "pthread_sigmask"):
        held_back = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        assert held_back.isdisjoint({signal.SIGINT, signal.SIGTERM})
    pool.close()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="Windows has no masks")
def test_a_signal_that_comes_while_workers_start_takes_effect_once_they_have() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    pool = Pool(1, preload=())
    try:
        with _for_workers():
            signal.raise_signal(signal.SIGTERM)
            pool.warm()
            assert not heard
        assert heard == [signal.SIGTERM]
        worker = pool._hands[0].process
        worker.terminate()  # held back in there too, until it can hear it
        worker.join(60)
        assert worker.exitcode == -signal.SIGTERM
    finally:
        pool.close()
        signal.signal(signal.SIGTERM, before)
