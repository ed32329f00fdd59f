from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.lockfile.compare import compare
from mvpipe.lockfile.entry import (
    Entry,
    Lock,
    LockedOutput,
    engine_of,
    with_entry,
    without_others,
)
from mvpipe.lockfile.text import DamagedLock, parse, write
from mvpipe.model.canonical import Digest
from mvpipe.model.content import Content, Gop
from mvpipe.model.job import Check, Expectation, Job
from mvpipe.model.media import MediaKind, Size
from mvpipe.model.plan import Plan
from mvpipe.plan import BackendFacts, make_plan
from tests.goldens import golden
from tests.jobs import BACKEND, PLACE, SONG, SPEEDS, export, facts, job, planned, prompt

FOLDER = Path("/p")
CONTENT = Content(
    frames=90,
    rate="30",
    encoder="x264 core 165",
    sound="0123456789ab",
    gops=(Gop(0, "111111111111"), Gop(60, "222222222222")),
)

names = st.text(max_size=8)
digests = st.text("0123456789abcdef", min_size=4, max_size=8).map(Digest)
gops = st.builds(Gop, st.integers(0, 9999), digests)
contents = st.builds(
    Content,
    frames=st.integers(0, 9999),
    rate=st.sampled_from(["30", "30000/1001"]),
    encoder=st.none() | names,
    sound=st.none() | digests,
    gops=st.lists(gops, max_size=3).map(tuple),
)
outputs = st.builds(
    LockedOutput,
    path=names,
    digest=digests,
    size_bytes=st.integers(0),
    content=st.none() | contents,
)
entries = st.builds(
    Entry,
    engine=st.dictionaries(names, names, max_size=3),
    inputs=st.dictionaries(names, digests, max_size=3),
    steps=st.dictionaries(names, digests, max_size=3),
    outputs=st.dictionaries(names, outputs, max_size=2),
    timeline=st.none() | digests,
    credits=st.none() | st.integers(0),
)
locks = st.builds(
    Lock, st.dictionaries(names, st.dictionaries(names, entries, max_size=3), max_size=3)
)


def entry_of(plan: Plan, *, to: str = "out/out.mp4") -> Entry:
    """Return what the lock would hold of a plan that was carried out."""
    inputs = {task.subject.id: task.digest for task in plan.tasks if task.digest}  # type: ignore[union-attr]  # uploads have a file
    made = LockedOutput(to, Digest("ab" * 32), 4_000_000, CONTENT)
    return Entry(
        engine=engine_of(plan.backend),
        inputs=inputs,
        steps={task.id: task.key for task in plan.tasks},
        outputs={"out": made},
        timeline=Digest("cd" * 32),
        credits=0,
    )


@given(locks)
def test_what_is_written_is_read_again(lock: Lock) -> None:
    assert parse(write(lock)) == lock


@given(locks, names, names, entries)
def test_one_jobs_entry_leaves_every_other_line_as_it_was(
    lock: Lock, file: str, name: str, entry: Entry
) -> None:
    before = blocks(write(lock))
    after = blocks(write(with_entry(lock, file=file, job=name, entry=entry)))
    assert (file, name) in after
    for found in (before, after):
        found.pop((file, name), None)
    assert after == before


def blocks(text: str) -> dict[tuple[str, str], list[str]]:
    """Return the lines of every job's entry, but for the comma behind the last."""
    found: dict[tuple[str, str], list[str]] = {}
    file = name = ""
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip())
        key = line.strip().removesuffix("{}").removesuffix("{},").removesuffix("{")
        if depth == 2 and key.endswith(": "):
            file = json.loads(key[:-2])
        elif depth == 3 and key.endswith(": "):
            name = json.loads(key[:-2])
            found[file, name] = []
        elif depth > 3:
            found[file, name].append(line)
    return found


@given(locks, names, names, entries)
def test_a_lock_does_not_tell_in_which_order_jobs_were_done(
    lock: Lock, one: str, other: str, entry: Entry
) -> None:
    def done(*order: tuple[str, str]) -> Lock:
        made = lock
        for file, name in order:
            made = with_entry(made, file=file, job=name, entry=entry)
        return made

    first, second = (one, "a"), (other, "b")
    assert write(done(first, second)) == write(done(second, first))


def test_the_text_of_a_lock_is_one_fact_a_line() -> None:
    plan = planned(job(prompt("neon city, 夜の街"), exports=(export(),)))
    text = write(Lock({"song.mvpipe.yaml": {"song": entry_of(plan)}}))
    assert text == golden("mvpipe.lock", text)
    assert "/p" not in text.replace('"path"', "")


@pytest.mark.parametrize("odd", ["\udcff", "\u2028", "\x85", "\u202e"], ids=ascii)
def test_the_name_of_a_file_need_not_be_text(odd: str) -> None:
    lock = Lock({f"{odd}.mvpipe.yaml": {}})
    assert write(lock).isascii()
    assert parse(write(lock)) == lock


@pytest.mark.skipif(shutil.which("git") is None, reason="merges with git")
def test_git_merges_two_branches_that_ran_different_jobs(tmp_path: Path) -> None:
    old, new = Digest("00" * 32), Digest("ff" * 32)
    whole = entry_of(planned(job(prompt("x"), exports=(export(),))))
    changed = replace(whole, inputs={"song": new}, outputs={}, timeline=old)
    base = Lock({"album.mvpipe.yaml": dict.fromkeys(("calm", "dark", "wild"), whole)})
    texts = {
        "ours": with_entry(base, file="album.mvpipe.yaml", job="calm", entry=changed),
        "base": base,
        "theirs": with_entry(base, file="album.mvpipe.yaml", job="wild", entry=changed),
    }
    for name, lock in texts.items():
        (tmp_path / name).write_text(write(lock), encoding="utf-8")
    subprocess.run(["git", "merge-file", "ours", "base", "theirs"], cwd=tmp_path, check=True)
    merged = parse((tmp_path / "ours").read_text(encoding="utf-8"))
    assert merged.jobs["album.mvpipe.yaml"] == {"calm": changed, "dark": whole, "wild": changed}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"version": 2, "jobs": {}}', "mvpipe.lock: this lock has version 2, and this mvpipe"),
        ('{"version": true, "jobs": {}}', "has version True"),
        ('{"jobs": {}}', "mvpipe wrote: it has no version"),
        ("[]", "the file is not an object"),
        ("", "not a lock that mvpipe wrote"),
        ("[" * 100_000, "not a lock that mvpipe wrote"),
        ('{"version": 1}', "the file lacks 'jobs'"),
        ('{"version": 1, "jobs": {}, "x": 1}', "the file cannot have 'x'"),
        ('{"version": 1, "jobs": []}', "jobs is not an object"),
        ('{"version": 1, "jobs": {"a": {"b": 1}}}', r"jobs\.a\.b is not an object"),
        ('{\n<<<<<<< ours\n"version": 1\n', "mvpipe.lock:2: two versions of this lock"),
    ],
)
def test_a_lock_that_is_none_is_refused_with_a_sentence(text: str, problem: str) -> None:
    with pytest.raises(DamagedLock, match=problem):
        parse(text)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("credits", -1, "credits is not a count"),
        ("credits", True, "credits is not a count"),
        ("timeline", 7, "timeline is not a text"),
        ("inputs", {"song": None}, r"inputs\.song is not a text"),
        ("gops", {}, "gops is not a list"),
        ("gops", ["12"], "gops holds '12'"),
        ("gops", ["x ab"], "gops holds 'x ab'"),
    ],
)
def test_every_value_of_a_lock_is_looked_at(name: str, value: object, problem: str) -> None:
    plan = planned(job(prompt("x"), exports=(export(),)))
    data = json.loads(write(Lock({"f": {"j": entry_of(plan)}})))
    found = data["jobs"]["f"]["j"]
    place = found["outputs"]["out"]["content"] if name == "gops" else found
    place[name] = value
    with pytest.raises(DamagedLock, match=problem):
        parse(json.dumps(data))


def test_jobs_that_a_file_has_no_more_can_be_left_out() -> None:
    entry = Entry({}, {}, {}, {})
    lock = Lock({"a": {"one": entry, "two": entry}, "b": {"one": entry}})
    assert without_others(lock, file="a", jobs=frozenset({"two"})).jobs == {
        "a": {"two": entry},
        "b": {"one": entry},
    }
    assert without_others(lock, file="a", jobs=frozenset()).jobs == {"b": {"one": entry}}


def test_an_engines_versions_have_names_and_no_address() -> None:
    assert engine_of("local/1 av=18.1.0 numpy=2.4") == {
        "local": "1",
        "av": "18.1.0",
        "numpy": "2.4",
    }
    assert engine_of("nemo/1 https://api.example.com/v1 odd") == {"nemo": "1"}


WANTED = job(
    prompt("a", step="one"),
    prompt("b", step="two"),
    Check(id="long", expect=Expectation(duration_of="song"), place=PLACE),
    exports=(export(),),
)
LOCKED = entry_of(planned(WANTED))


def compared(wanted: Job, *, backend: BackendFacts = BACKEND) -> tuple[str, ...]:
    return compare(planned(wanted, backend=backend), LOCKED, folder=FOLDER)


def steps(*changed: str) -> Job:
    texts = zip(("one", "two"), changed, strict=True)
    return replace(
        WANTED, steps=(*(prompt(text, step=step) for step, text in texts), WANTED.steps[2])
    )


def test_a_plan_as_it_was_locked_differs_in_nothing() -> None:
    assert compared(WANTED) == ()


def test_a_job_that_was_never_locked_is_said_to_be_unknown() -> None:
    assert compare(planned(WANTED), None, folder=FOLDER) == (
        "the lock knows nothing of this job",
    )


def test_a_changed_prompt_is_told_and_what_follows_from_it_is_not() -> None:
    one, two = "the text or the expectation of 'say one' changed", "'say two' changed"
    assert compared(steps("A", "b")) == (one,)
    assert compared(steps("A", "B")) == (one, f"the text or the expectation of {two}")


def test_an_added_and_a_removed_step_are_told() -> None:
    more = replace(WANTED, steps=(prompt("new", step="new"), *WANTED.steps))
    assert compared(more) == ("'say new' is not in the lock",)
    less = replace(WANTED, steps=WANTED.steps[1:])
    assert compared(less) == ("'say one' is in the lock only",)


def test_another_order_is_told() -> None:
    turned = replace(WANTED, steps=(WANTED.steps[1], WANTED.steps[0], WANTED.steps[2]))
    assert compared(turned) == ("its steps come in another order",)


def test_another_file_under_an_inputs_name_is_told_as_the_job_spells_it() -> None:
    plan = make_plan(
        WANTED,
        facts={"song": replace(facts(WANTED)["song"], digest=Digest("new"))},
        backend=BACKEND,
    )
    assert compare(plan, LOCKED, folder=FOLDER) == (
        "the input 'song' (song.mp3) is another file",
    )


def test_inputs_that_come_and_go_are_told() -> None:
    cover = replace(SONG, id="cover", shown="cover.jpg", kind=MediaKind.PICTURE)
    more = replace(WANTED, inputs=(SONG, cover))
    assert compared(more) == ("the input 'cover' (cover.jpg) is not in the lock",)
    less = compare(planned(WANTED), entry_of(planned(more)), folder=FOLDER)
    assert less == ("the input 'cover' is in the lock only",)


def test_another_version_of_the_engine_is_told_once() -> None:
    newer = BackendFacts(identity="scripted/2 av=19", pixels_per_s=SPEEDS)
    assert compared(WANTED, backend=newer) == (
        "av is 19 here, and not there in the lock",
        "scripted is 2 here, and 1 in the lock",
    )


def test_another_seed_a_changed_check_and_another_size_are_told() -> None:
    check = replace(WANTED.steps[2], expect=Expectation())  # type: ignore[arg-type]  # a Check
    odd = replace(
        WANTED,
        seed=7,
        steps=(*WANTED.steps[:2], check),
        exports=(export(size=Size(640, 360)),),
    )
    assert compared(odd) == (
        "its language, seed or music hints, or the backend's address, changed",
        "what 'check long' expects changed",
        "size, frame rate or quality of 'render out' changed",
    )


def test_another_path_for_the_same_video_is_told() -> None:
    moved = replace(export(), to=Path("/elsewhere/out.mp4"), shown="../elsewhere/out.mp4")
    assert compared(replace(WANTED, exports=(moved,))) == (
        "the export 'out' goes to ../elsewhere/out.mp4, not out/out.mp4",
    )


def test_a_lock_is_small() -> None:
    text = write(Lock({"song.mvpipe.yaml": {"song": LOCKED}}))
    without = re.sub(r'\n *"\d+ [0-9a-f]{12}",?', "", text)
    assert len(without) < 1500
