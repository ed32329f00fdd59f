from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mvpipe.engine.encode.chunks import LONGEST_S, SHORTEST_S, Chunk, plan_chunks
from mvpipe.engine.encode.settings import GOP_SECONDS

FPS = 30

lengths = st.integers(min_value=1, max_value=400 * FPS)
rates = st.sampled_from([1, 12, 24, 25, 30, 50, 60])
cut_lists = st.lists(st.integers(min_value=-10, max_value=420 * FPS), max_size=80)


@given(cut_lists, lengths, rates)
def test_chunks_hold_every_frame_once_and_in_order(
    cuts: list[int], frames: int, fps: int
) -> None:
    chunks = plan_chunks(cuts, frames=frames, fps=fps)
    assert chunks[0].first == 0
    assert chunks[-1].end == frames
    assert all(one.end == other.first for one, other in pairwise(chunks))
    assert all(chunk.frames > 0 for chunk in chunks)


@given(cut_lists, st.integers(min_value=2 * SHORTEST_S, max_value=400), rates)
def test_chunks_of_ten_seconds_or_more_last_five_to_fifteen(
    cuts: list[int], seconds: int, fps: int
) -> None:
    chunks = plan_chunks(cuts, frames=seconds * fps, fps=fps)
    assert all(SHORTEST_S * fps <= chunk.frames <= LONGEST_S * fps for chunk in chunks)


@given(cut_lists, lengths, rates)
def test_chunks_meet_at_cuts_or_at_whole_gops_of_a_shot(
    cuts: list[int], frames: int, fps: int
) -> None:
    starts = sorted({0, *(cut for cut in cuts if 0 < cut < frames)})
    for chunk in plan_chunks(cuts, frames=frames, fps=fps):
        shot = max(start for start in starts if start <= chunk.first)
        assert (chunk.first - shot) % (GOP_SECONDS * fps) == 0


@given(cut_lists, lengths)
def test_every_shot_begins_with_a_keyframe(cuts: list[int], frames: int) -> None:
    chunks = plan_chunks(cuts, frames=frames, fps=FPS)
    keyframes = [at for chunk in chunks for at in chunk.keyframes]
    assert keyframes == sorted(set(keyframes))
    assert {0, *(cut for cut in cuts if 0 < cut < frames)} <= set(keyframes)
    assert all(chunk.keyframes[0] == chunk.first for chunk in chunks)


@given(cut_lists, st.integers(min_value=1, max_value=10 * FPS - 1))
def test_a_short_video_is_one_chunk_or_two(cuts: list[int], frames: int) -> None:
    assert len(plan_chunks(cuts, frames=frames, fps=FPS)) in {1, 2}


def test_a_video_of_three_seconds_is_one_chunk() -> None:
    assert plan_chunks([40], frames=90, fps=FPS) == (Chunk(0, 90, (0, 40)),)


def test_a_video_of_eight_seconds_gives_two_cores_work() -> None:
    assert [c.frames for c in plan_chunks([], frames=240, fps=FPS)] == [120, 120]


def test_a_shot_boundary_near_is_taken_rather_than_a_shot_split() -> None:
    chunks = plan_chunks([200, 395], frames=600, fps=FPS)
    assert [chunk.first for chunk in chunks] == [0, 200, 395]
