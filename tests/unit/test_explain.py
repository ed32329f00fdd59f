from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mvpipe.commands.explain import Question, as_left, explain, explained
from mvpipe.commands.options import Choice
from mvpipe.errors import NothingMatched
from mvpipe.journal.records import Outcome, Output, Record, Stage
from mvpipe.model.canonical import Digest
from mvpipe.model.chain import Change
from mvpipe.model.job import Job
from mvpipe.model.plan import Plan
from mvpipe.plan import make_plan
from mvpipe.report.explain import Explained, ExplainedJob, Standing, explain_json, explain_text
from mvpipe.report.streams import Streams
from tests.goldens import golden
from tests.jobs import BACKEND, export, facts, job, planned, prompt
from tests.records import FOLDER, done, output_of

WANTED = job(
    prompt("neon city", step="cut"),
    prompt('add the title "A"', step="title"),
    exports=(export("wide"), export("tall")),
)
WAS = done(planned(WANTED))


def yes(_output: Output) -> bool:
    return True


def told(plan: Plan, records: Sequence[Record] = WAS) -> dict[str, Explained]:
    return {one.task: one for one in explained(plan, records, good=yes)}


def retitled(text: str = 'add the title "B"') -> Job:
    return replace(WANTED, steps=(WANTED.steps[0], prompt(text, step="title")))


def test_a_plan_that_was_done_as_it_is_changed_in_nothing() -> None:
    found = told(planned(WANTED))
    assert {one.standing for one in found.values()} == {Standing.SAME}
    text = explain_text([ExplainedJob("song", "song.yaml", tuple(found.values()))], whole=False)
    assert text.splitlines()[-1] == "  nothing changed"


def test_a_changed_prompt_explains_itself_and_all_that_follows() -> None:
    found = told(planned(retitled()))
    assert found["say cut"].standing is Standing.SAME
    for name in ("say title", "render wide", "render tall"):
        (one,) = found[name].differences
        assert (one.task, one.change, one.part) == ("say title", Change.CHANGED, "does.text")
        assert (one.old, one.new) == (
            '"add the title \\"A\\""',
            '"add the title \\"B\\""',
        )


def test_another_song_is_found_behind_every_prompt_and_render() -> None:
    other = {"song": replace(facts(WANTED)["song"], digest=Digest("f" * 64))}
    found = told(make_plan(WANTED, facts=other, backend=BACKEND))
    assert found["open"].standing is Standing.SAME
    for name in ("upload song", "say cut", "say title", "render wide"):
        assert [one.part for one in found[name].differences] == ["does.digest"]


def test_what_was_last_done_counts_and_not_what_was_first_done() -> None:
    newer = done(planned(retitled('add the title "C"')), at_s=10)
    (one,) = told(planned(retitled()), (*WAS, *newer))["render wide"].differences
    assert one.old == '"add the title \\"C\\""'


def test_going_back_to_what_was_done_before_is_no_change() -> None:
    newer = done(planned(retitled()), at_s=10)
    assert told(planned(WANTED), (*WAS, *newer))["render wide"].standing is Standing.SAME


def test_a_video_that_is_gone_or_goes_elsewhere_is_told() -> None:
    gone = explained(planned(WANTED), WAS, good=lambda output: "wide" not in output.path.name)
    assert [one.told for one in gone if one.standing is Standing.GONE] == [
        "out/wide.mp4 is not there any more as it was left"
    ]
    moved = replace(export("wide"), to=Path("/p/new.mp4"), shown="new.mp4")
    found = told(planned(replace(WANTED, exports=(moved,))))["render wide"]
    assert found.told == "it was written to wide.mp4, and now goes to new.mp4"


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (Stage.FAILED, "never done; failed when last tried: no space"),
        (Stage.UNKNOWN, "never known to be done; what became of the last try is unknown"),
        (Stage.ACCEPTED, "under way, or broken off"),
        (Stage.INTENDED, "under way, or broken off"),
        (None, "never done"),
    ],
)
def test_a_task_that_was_never_done_says_how_far_it_came(
    stage: Stage | None, said: str
) -> None:
    outcome = Outcome(stage or Stage.DONE, detail="no space")
    last = [replace(WAS[-1], outcome=outcome)] if stage else []
    found = told(planned(WANTED), [*WAS[:-1], *last])["render tall"]
    assert (found.standing, found.told) == (Standing.NEVER, said)


def test_an_explanation_reads_as_a_list_of_causes() -> None:
    other = {"song": replace(facts(WANTED)["song"], digest=Digest("f" * 64))}
    more = replace(retitled(), seed=7, steps=(*retitled().steps, prompt("darker", step="last")))
    jobs = [
        ExplainedJob("retitled", "a.yaml", tuple(told(planned(retitled())).values())),
        ExplainedJob(
            "all",
            "b.yaml",
            tuple(told(make_plan(more, facts=other, backend=BACKEND)).values()),
        ),
    ]
    text = explain_text(jobs, whole=False) + "\n\n" + explain_text(jobs[1:], whole=True) + "\n"
    assert text == golden("explain.txt", text)


def test_every_kind_of_change_has_its_words() -> None:
    turned = replace(WANTED, steps=WANTED.steps[::-1])
    less = replace(WANTED, steps=WANTED.steps[:1])
    for wanted, words in (
        (turned, "comes in another order"),
        (less, "is gone from the job"),
    ):
        tasks = tuple(told(planned(wanted)).values())
        assert words in explain_text([ExplainedJob("x", "x", tasks)], whole=True)
    forgotten = tuple(told(planned(retitled("z")), WAS[3:]).values())
    shown = explain_text([ExplainedJob("x", "x", forgotten)], whole=True)
    assert "what came before it then is not remembered" in shown


def test_of_long_prompts_the_place_is_shown_where_they_part() -> None:
    long = "make it 80 % darker, " * 10 + "in "
    plan, was = planned(retitled(long + "blue")), done(planned(retitled(long + "gold")))
    shown = explain_text([ExplainedJob("x", "x", tuple(told(plan, was).values()))], whole=False)
    assert 'text: …80 % darker, in gold" -> …80 % darker, in blue"' in shown


def test_an_explanation_as_json_holds_old_and_new_values() -> None:
    tasks = tuple(told(planned(retitled())).values())
    document = json.loads(explain_json([ExplainedJob("song", "song.yaml", tasks)]))
    last = document["jobs"][0]["tasks"][-1]
    assert (last["id"], last["state"]) == ("render tall", "changed")
    assert last["differences"] == [
        {
            "task": "say title",
            "change": "changed",
            "part": "does.text",
            "old": 'add the title "A"',
            "new": 'add the title "B"',
        }
    ]


def test_a_file_is_as_it_was_left_only_with_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"video")
    output = output_of(path)
    assert as_left(output)
    path.write_bytes(b"vided")
    assert not as_left(output)
    path.write_bytes(b"vide")
    assert not as_left(output)
    path.unlink()
    assert not as_left(output)


JOB = """\
mvpipe: 1
matrix: {mood: [calm, wild]}
inputs: [song.mp3]
steps: ["${{ matrix.mood }} city"]
exports: ["out/${{ matrix.mood }}.mp4"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "song.mp3").write_bytes(b"ID3")
    (tmp_path / "song.mvpipe.yaml").write_text(JOB, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(folder: Path, job: str | None = None, task: str | None = None) -> str:
    out = io.StringIO()
    explain(Question(job, task), Choice(), Streams(out, out), folder=folder)
    return out.getvalue()


def test_without_a_journal_nothing_was_ever_done(folder: Path) -> None:
    assert asked(folder).count("never done") == 2 * 4
    assert asked(folder, "song.mvpipe.yaml#song-calm").count("never done") == 4
    assert asked(folder, "song.mvpipe.yaml", "render calm").splitlines() == [
        "song-calm  (song.mvpipe.yaml)",
        "  render calm  never done",
    ]


def test_a_job_or_a_task_that_is_not_there_is_told_with_the_nearest(folder: Path) -> None:
    with pytest.raises(NothingMatched, match="there is no job 'song-clam'") as caught:
        asked(folder, "song.mvpipe.yaml#song-clam")
    assert caught.value.hint == "did you mean song-calm?"
    with pytest.raises(NothingMatched, match="there is no job 'zzzz'") as caught:
        asked(folder, "song.mvpipe.yaml#zzzz")
    assert caught.value.hint == "there are: song-calm, song-wild"
    with pytest.raises(NothingMatched, match="no job has a task 'render clam'") as caught:
        asked(folder, ".", "render clam")
    assert caught.value.hint == "did you mean 'render calm'?"
    with pytest.raises(NothingMatched) as caught:
        asked(folder, "song.mvpipe.yaml", "zzzz")
    assert caught.value.hint.startswith("there are: open, render calm")


def test_the_folder_of_the_tests_is_the_one_that_records_are_of() -> None:
    assert {one.intent.job for one in WAS} == {f"{FOLDER}/song.mvpipe.yaml#song"}
