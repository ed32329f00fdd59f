from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.model.canonical import canonical, digest_of_text
from mvpipe.model.chain import (
    Chain,
    Change,
    Difference,
    Link,
    chain_to,
    differences,
    key_after,
    parts_of,
)
from mvpipe.model.content import Content, Gop, Stretch, differing
from mvpipe.model.job import Job
from tests.jobs import export, job, planned, prompt

WANTED = job(
    prompt("a", step="one"), prompt("b", step="two"), exports=(export("x"), export("y"))
)


def chain(wanted: Job, task: str = "render x") -> Chain:
    plan = planned(wanted)
    links = {task.key: Link(task.id, task.parts) for task in plan.tasks}
    return chain_to(next(t.key for t in plan.tasks if t.id == task), links)


def texts(*changed: str) -> Job:
    named = zip(("one", "two", "three"), changed, strict=False)
    return replace(WANTED, steps=tuple(prompt(text, step=step) for step, text in named))


def test_a_chain_leads_from_the_opening_through_every_change() -> None:
    found = [link.task for link in chain(WANTED)]
    assert found == ["open", "upload song", "say one", "say two", "render x"]


def test_a_chain_goes_back_as_far_as_is_known() -> None:
    whole = chain(WANTED)
    links = {digest_of_text(link.parts): link for link in whole[2:]}
    assert chain_to(digest_of_text(whole[-1].parts), links) == whole[2:]
    assert chain_to(digest_of_text("?"), links) == ()


def test_a_changed_prompt_is_the_one_difference_of_all_that_follow() -> None:
    changed = Difference("say one", Change.CHANGED, "does.text", '"a"', '"A"')
    assert differences(chain(WANTED), chain(texts("A", "b"))) == (changed,)


def test_added_and_removed_tasks_are_told_with_what_they_do() -> None:
    longer, shorter = chain(texts("a", "b", "c")), chain(WANTED)
    (added,) = differences(shorter, longer)
    (removed,) = differences(longer, shorter)
    assert (added.task, added.change, added.old) == ("say three", Change.ADDED, None)
    assert (removed.task, removed.change, removed.new) == ("say three", Change.REMOVED, None)
    assert added.new == removed.old
    assert '"text":"c"' in (added.new or "")


def test_tasks_in_another_order_are_told_where_nothing_else_differs() -> None:
    turned = replace(WANTED, steps=WANTED.steps[::-1])
    assert differences(chain(WANTED), chain(turned)) == (
        Difference("say two", Change.MOVED),
        Difference("say one", Change.MOVED),
    )


def test_what_nobody_remembers_is_told_to_be_forgotten_and_not_new() -> None:
    remembered = chain(WANTED)[2:]
    (found,) = differences(remembered, chain(WANTED))
    assert (found.task, found.change) == ("say one", Change.FORGOTTEN)


def test_a_part_that_comes_or_goes_has_one_side_only() -> None:
    old = Link("open", canonical({"version": 1, "hints": {"bpm": None}}))
    new = Link("open", canonical({"version": 1, "hints": {"bpm": 120}}))
    assert differences((old,), (new,)) == (
        Difference("open", Change.CHANGED, "hints.bpm", None, "120"),
    )


@given(
    st.lists(st.text("ab", max_size=2), max_size=3),
    st.lists(st.text("ab", max_size=2), max_size=3),
)
def test_nothing_differs_exactly_where_the_keys_are_equal(
    old: list[str], new: list[str]
) -> None:
    before, now = chain(texts(*old)), chain(texts(*new))
    same = digest_of_text(before[-1].parts) == digest_of_text(now[-1].parts)
    assert (differences(before, now) == ()) == same


def test_parts_that_are_no_object_are_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="the key of 'x' has no parts"):
        parts_of(Link("x", "[]"))


def test_a_key_can_be_asked_for_after_another_change() -> None:
    one, two = planned(texts("a", "b")), planned(texts("A", "b"))
    assert key_after(one.tasks[3].parts, two.tasks[2].key) == two.tasks[3].key


def video(*digests: str, frames: int = 90) -> Content:
    gops = tuple(Gop(30 * n, digest) for n, digest in enumerate(digests))
    return Content(frames, "30", None, None, gops)


@pytest.mark.parametrize(
    ("wanted", "found", "apart"),
    [
        (video("a", "b", "c"), video("a", "b", "c"), ()),
        (video("a", "b", "c"), video("a", "x", "c"), (Stretch(30, 60),)),
        (video("a", "b", "c"), video("a", "x", "y"), (Stretch(30, 90),)),
        (video("a", "b", "c"), video("x", "b", "y"), (Stretch(0, 30), Stretch(60, 90))),
        (video("a", "b"), video("a", "b", frames=80), (Stretch(30, 90),)),
        (video("a", "b", "c"), video("b", "a", "c"), (Stretch(0, 60),)),
        (video(), video("a", frames=30), (Stretch(0, 30),)),
    ],
)
def test_two_videos_differ_in_the_frames_that_are_not_in_both(
    wanted: Content, found: Content, apart: tuple[Stretch, ...]
) -> None:
    assert differing(wanted, found) == differing(found, wanted) == apart
