"""A conversation held with a backend that does what its script says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from mvpipe.backends.base import RenderState, RenderStatus, SessionId
from mvpipe.errors import (
    DirectionError,
    OutcomeUnknown,
    OutOfCredits,
    RenderFailed,
    SessionGone,
    StillRendering,
    Unreachable,
    UsageError,
)
from mvpipe.model.backend import BackendName
from mvpipe.model.job import ExportStep, Prompt, Upload
from mvpipe.model.timeline import Timeline
from mvpipe.protocol.gui import GuiAction, Meant
from mvpipe.protocol.judge import Ending
from mvpipe.spec.load import load
from mvpipe.talk.conversation import Conversation
from mvpipe.talk.mouth import Mouth
from mvpipe.talk.room import Room
from mvpipe.talk.script import Script, Shown
from mvpipe.talk.videos import free
from tests.fakes import FakeClock, ScriptedBackend
from tests.jobs import timeline

ONE, TWO, TITLED = timeline(shots=1), timeline(shots=2), timeline(shots=2, titles=1)
EDITS: tuple[Timeline, ...] = (ONE, TWO, TITLED)
CTRL_C = KeyboardInterrupt()


@dataclass(slots=True)
class Talk:
    """One conversation and everything it left."""

    folder: Path
    backend: ScriptedBackend
    attended: bool = False
    moving: bool = False
    save: str | None = None
    to: str | None = None
    language: str = "en"
    name: BackendName = BackendName.LOCAL
    links: bool = False
    answers: list[bool] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)

    def hold(self, *lines: str, songs: Sequence[str] = ("song.mp3",)) -> Talk:
        self.conversation(lines).hold([self.folder / song for song in songs])
        return self

    def conversation(self, lines: Iterable[str | BaseException]) -> Conversation:
        to = self.folder / self.to if self.to else None
        script = Script(
            folder=self.folder,
            name="song",
            backend=self.name,
            language=self.language,
            unmade=Shown(to or self.folder / "song.mp4", "auto"),
        )
        return Conversation(
            room=self.room(lines),
            script=script,
            preset="auto",
            to=to,
            save_to=self.folder / self.save if self.save else None,
        )

    def room(self, lines: Iterable[str | BaseException]) -> Room:
        typed, ids = iter(lines), count(1)

        def listen() -> str | None:
            line = next(typed, None)
            if isinstance(line, BaseException):
                raise line
            return line

        def confirm(question: str) -> bool:
            self.questions.append(question)
            return self.answers.pop(0)

        return Room(
            backend=self.backend,
            mouth=Mouth(write=self.said.append, moving=self.moving),
            listen=listen,
            confirm=confirm,
            result=self.results.append,
            link=self.link if self.links else None,
            clock=self.clock,
            sleep=self.clock.sleep,
            new_id=lambda: str(next(ids)),
            folder=self.folder,
            attended=self.attended,
        )

    def link(self, session: SessionId) -> str:
        return f"https://example.com/claim?ct={session}"

    @property
    def text(self) -> str:
        return "".join(self.said)

    def calls(self, *verbs: str) -> list[str]:
        return [call for call in self.backend.calls if call.split()[0] in verbs]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("song.mp3", "second.mp3", "cover.jpg"):
        (tmp_path / name).write_bytes(b"bytes of a file")
    return tmp_path


def scripted(*edits: Timeline, **more: object) -> ScriptedBackend:
    backend = ScriptedBackend(timelines=edits or EDITS, durations={"song": 82_000})
    backend.fetched.append(lambda to: to.write_bytes(b"a video"))
    backend.states = iter([RenderState(RenderStatus.DONE, 10, 10)] * 9)
    for name, value in more.items():
        setattr(backend, name, value)
    return backend


def meant(action: GuiAction, said: str = "Click the thing") -> tuple[Meant, ...]:
    return (Meant(action, said),)


# what is said


def test_a_conversation_connects_takes_the_song_and_says_when_it_is_ready(folder: Path) -> None:
    talk = Talk(folder, scripted()).hold()
    assert talk.text.splitlines() == [
        "Connecting...",
        "  the beat is uncertain",
        "Ready: song.mp3 (1:22.0). Say what you would like to see, or `help`.",
    ]
    assert talk.backend.calls == ["open song", "upload song"]


def test_a_prompt_is_answered_and_shows_the_timeline_it_left(folder: Path) -> None:
    talk = Talk(folder, scripted(reply="Made it.")).hold("a neon city")
    assert talk.calls("say") == ["say a neon city"]
    assert "Made it.\n  Timeline (2 tracks): 1. Video: aurora" in talk.text


def test_a_silent_edit_is_told_by_what_changed(folder: Path) -> None:
    talk = Talk(folder, scripted(reply="", current=TWO, timelines=iter([TITLED])))
    talk.hold("add a title")
    assert 'Changed: title added: "title 0" (0-3s)' in talk.text


def test_silence_that_changed_nothing_is_said(folder: Path) -> None:
    talk = Talk(folder, scripted(ONE, reply="", current=ONE)).hold("hm")
    assert "Nothing changed." in talk.text


def test_a_line_in_chinese_is_answered_in_chinese(folder: Path) -> None:
    talk = Talk(folder, scripted()).hold("生成视频", "导出", "credits")
    assert "您的视频" in talk.text
    assert "This costs no credits." in talk.text
    assert Talk(folder, scripted(), language="zh").hold().text.startswith("正在连接")


def test_credits_status_help_and_link_reach_no_agent(folder: Path) -> None:
    backend = scripted(balance=90)
    talk = Talk(folder, backend, links=True)
    talk.hold("status", "how many credits", "help", "link", "  ", "quit", "never said")
    assert talk.calls("say") == []
    assert "Nothing is on the timeline yet" in talk.text
    assert "90 credits" in talk.text
    assert "Presets: auto, " in talk.text
    assert talk.results == ["https://example.com/claim?ct=session"]


def test_escape_codes_of_a_backend_do_not_reach_the_terminal(folder: Path) -> None:
    talk = Talk(folder, scripted(reply="hi \x1b[2J there")).hold("x")
    assert "\x1b" not in talk.text


# what comes out


def test_an_export_names_its_file_as_a_result_and_hints_once_at_saving(folder: Path) -> None:
    talk = Talk(folder, scripted()).hold("make it", "export", "more", "export")
    assert talk.results == ["song.mp4", "song-2.mp4"]
    assert talk.text.count("`save` writes") == 1
    assert "Rendering song.mp4..." in talk.text


def test_a_prompt_may_end_in_an_export(folder: Path) -> None:
    talk = Talk(folder, scripted()).hold("make it darker, then export it")
    assert talk.calls("say", "render") == ["say make it darker", "render song"]


def test_an_unchanged_timeline_is_not_rendered_again(folder: Path) -> None:
    talk = Talk(folder, scripted()).hold("make it", "export", "export", "export again.mp4")
    assert talk.results == ["song.mp4", "again.mp4"]
    assert "song.mp4 shows this already" in talk.text


def test_a_video_that_was_taken_away_is_rendered_again(folder: Path) -> None:
    backend = scripted()
    backend.fetched.append(lambda to: to.unlink())
    assert Talk(folder, backend).hold("make it", "export", "export").results == ["song.mp4"] * 2


def test_nothing_is_replaced_without_asking(folder: Path) -> None:
    (folder / "out.mp4").write_bytes(b"mine")
    talk = Talk(folder, scripted(), to="out.mp4", attended=True, answers=[False, True])
    talk.hold("make it", "export")
    assert (folder / "out.mp4").read_bytes() == b"mine"
    talk.backend = scripted()
    talk.hold("make it", "export")
    assert (folder / "out.mp4").read_bytes() == b"a video"
    assert talk.questions == ["out.mp4 is there already. Replace it?"] * 2


def test_where_nobody_can_be_asked_a_free_name_is_taken(folder: Path) -> None:
    (folder / "out.mp4").write_bytes(b"mine")
    talk = Talk(folder, scripted(), to="out.mp4").hold("make it", "export")
    assert talk.results == ["out-2.mp4"]
    assert "out.mp4 is there already, so this goes to out-2.mp4." in talk.text


def test_a_preset_and_a_folder_can_be_named(folder: Path) -> None:
    talk = Talk(folder, scripted()).hold("make it", "export shorts", "export square a/b.mp4")
    assert talk.results == ["song-shorts.mp4", "a/b.mp4"]


def test_progress_moves_on_a_terminal_and_is_a_line_a_minute_elsewhere(folder: Path) -> None:
    def rendering(talk: Talk) -> Iterable[RenderState]:
        for done in (5, 0, 6, 10):
            talk.clock.now += 61
            status = RenderStatus.DONE if done == 10 else RenderStatus.RENDERING
            yield RenderState(status, done, 10)

    for moving, wanted in ((True, "\r\x1b[KRendering song.mp4 60 %"), (False, " 60 %\n")):
        talk = Talk(folder, scripted(), moving=moving)
        talk.backend.states = rendering(talk)
        talk.hold("make it", "export")
        assert wanted in talk.text
        assert " 0 %" not in talk.text
        (folder / "song.mp4").unlink()


def test_a_render_that_fails_is_stopped_and_leaves_no_file(folder: Path) -> None:
    talk = Talk(folder, scripted(states=iter([RenderState(RenderStatus.FAILED, 0, 1, "no")])))
    with pytest.raises(RenderFailed):
        talk.hold("make it", "export")
    assert talk.calls("cancel") == ["cancel"]
    assert talk.results == []


def test_a_render_that_goes_on_elsewhere_is_left_to_it(folder: Path) -> None:
    talk = Talk(folder, scripted(fails={"poll": StillRendering("later")}))
    with pytest.raises(StillRendering):
        talk.hold("make it", "export")
    assert talk.calls("cancel") == []


@pytest.mark.parametrize(
    ("cannot", "told"),
    [({}, "The render is stopped."), ({"cancel": Unreachable("no")}, "could not be stopped")],
)
def test_ctrl_c_stops_a_render_and_says_so(
    folder: Path, cannot: dict[str, BaseException], told: str
) -> None:
    talk = Talk(folder, scripted(fails={"poll": CTRL_C, **cannot}), attended=True)
    with pytest.raises(KeyboardInterrupt):
        talk.hold("make it", "export")
    assert told in talk.text
    assert talk.calls("cancel") == ["cancel"]


def test_a_video_is_handed_over_with_its_size_and_time(folder: Path) -> None:
    talk = Talk(folder, scripted()).hold("make it", "export")
    assert "Here is your video (0.1 MB, rendered in 0.0 s):" in talk.text


# what goes in


def test_a_file_can_be_handed_over_in_the_middle(folder: Path) -> None:
    talk = Talk(folder, scripted())
    talk.hold("upload second.mp3", "cover.jpg", "upload song.mp3")
    assert talk.calls("upload") == ["upload song", "upload second", "upload cover"]
    assert "second.mp3 is here." in talk.text
    assert "song.mp3 is here already." in talk.text


def test_the_video_of_a_second_song_has_its_name(folder: Path) -> None:
    talk = Talk(folder, scripted())
    talk.hold("make it", "upload second.mp3", "again", "export", "cover.jpg")
    assert talk.results == ["second.mp4"]


def test_a_file_dropped_onto_a_terminal_is_found(folder: Path) -> None:
    (folder / "my song.mp3").write_bytes(b"ID3")
    talk = Talk(folder, scripted()).hold(f"upload {folder}/my\\ song.mp3")
    assert talk.calls("upload") == ["upload song", "upload my-song"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("upload", "Sorry: which file?"),
        ("upload https://example.com/a.mp3", "download it first"),
        ("upload gone.mp3", "there is no file gone.mp3"),
        ("upload notes.pdf", "'notes.pdf' is of a kind that is not accepted"),
        ("link", "has no link"),
        ("export x/y\\z.mp4", "has a backslash"),
        ("x" * 4001, "at most 4,000 are allowed"),
    ],
)
def test_what_cannot_be_is_said_and_the_conversation_goes_on(
    folder: Path, line: str, told: str
) -> None:
    (folder / "notes.pdf").write_bytes(b"%PDF")
    talk = Talk(folder, scripted(), attended=True).hold(line, "make it")
    assert told in talk.text
    assert talk.calls("say") == ["say make it"]


def test_where_nobody_is_there_the_first_failure_ends_it(folder: Path) -> None:
    talk = Talk(folder, scripted())
    with pytest.raises(UsageError, match="no file gone"):
        talk.hold("upload gone.mp3", "make it")
    assert talk.calls("say") == []


def test_a_song_that_is_not_there_is_said_before_anything_is_opened(folder: Path) -> None:
    talk = Talk(folder, scripted(), attended=True)
    with pytest.raises(UsageError, match=r"'sogn\.mp3' is not there"):
        talk.hold(songs=["sogn.mp3"])
    assert talk.backend.calls == []


# what goes wrong


def test_who_is_out_of_credits_reads_where_to_register_and_nothing_is_exported(
    folder: Path,
) -> None:
    refused = OutOfCredits("not enough credits", hint="register at https://x/register?bind=a")
    talk = Talk(folder, scripted(fails={"say": refused}), attended=True)
    talk.hold("make it, then export it", "status")
    assert "not enough credits\n  register at https://x/register?bind=a" in talk.text
    assert talk.calls("render") == []


def test_what_was_said_to_a_session_that_is_gone_can_still_be_saved(folder: Path) -> None:
    talk = Talk(folder, scripted(), attended=True)

    def lines() -> Iterable[str]:
        yield "make it"
        talk.backend.fails["say"] = SessionGone("it is gone")
        yield from ("darker", "save")

    talk.conversation(lines()).hold([folder / "song.mp3"])
    assert "Sorry: it is gone\n  `save` keeps this as a job file" in talk.text
    assert prompts_of(folder / "song.mvpipe.yaml") == [("step-1", "make it")]


def test_a_prompt_whose_fate_is_unknown_is_not_sent_again_and_counts_once_it_arrives(
    folder: Path,
) -> None:
    backend = scripted(reply="", ending=Ending.CUT, timelines=iter(()), current=ONE)
    talk = Talk(folder, backend, attended=True, save="j.mvpipe.yaml")
    conversation = talk.conversation(_then(backend, TWO))
    conversation.hold([folder / "song.mp3"])
    assert talk.calls("say") == ["say make it"]
    assert "it cannot be told yet whether that arrived: the answer was cut off" in talk.text
    assert "The prompt before has arrived after all." in talk.text
    assert prompts_of(folder / "j.mvpipe.yaml") == [("step-1", "make it")]


def _then(backend: ScriptedBackend, later: Timeline) -> Iterable[str]:
    yield "make it"
    backend.later = iter([later])
    yield "status"


def test_help_needs_no_look_at_a_prompt_whose_fate_is_unknown(folder: Path) -> None:
    backend = scripted(reply="", ending=Ending.CUT, timelines=iter(()), current=ONE)
    talk = Talk(folder, backend, attended=True)

    def lines() -> Iterable[str]:
        yield "make it"
        backend.blind_after = 0
        yield from ("help", "status")

    talk.conversation(lines()).hold([folder / "song.mp3"])
    assert "Presets: auto" in talk.text
    assert talk.text.count("Sorry: nobody answers") == 1


def test_where_nobody_is_there_an_unknown_fate_is_raised(folder: Path) -> None:
    backend = scripted(reply="", ending=Ending.CUT, timelines=iter(()), current=ONE)
    with pytest.raises(OutcomeUnknown, match="cannot be told yet"):
        Talk(folder, backend).hold("make it", "again")


def test_ctrl_c_in_a_turn_says_what_goes_on_elsewhere(folder: Path) -> None:
    backend = scripted(gone={"say": CTRL_C}, remote=True)
    talk = Talk(folder, backend, attended=True)
    with pytest.raises(KeyboardInterrupt):
        talk.hold("make it")
    assert talk.text.endswith(
        "The prompt was sent and goes on without you; nothing is sent twice.\n"
    )


def test_ctrl_c_on_this_machine_leaves_nothing_behind_to_speak_of(folder: Path) -> None:
    talk = Talk(folder, scripted(gone={"say": CTRL_C}), attended=True)
    with pytest.raises(KeyboardInterrupt):
        talk.hold("make it")
    assert "goes on" not in talk.text


# words for somebody before a screen


def test_an_export_button_exports_once_for_a_line(folder: Path) -> None:
    backend = scripted(meant=meant(GuiAction.EXPORT, "Click Export now") * 3)
    talk = Talk(folder, backend).hold("make it", "make it darker, then export it")
    assert talk.calls("render") == ["render song", "render song-2"]


def test_an_export_for_later_is_only_mentioned(folder: Path) -> None:
    backend = scripted(meant=meant(GuiAction.EXPORT, "Click Export once you are happy"))
    talk = Talk(folder, backend).hold("make it")
    assert talk.calls("render") == []
    assert "Say `export` when you want the video." in talk.text


@pytest.mark.parametrize("action", [GuiAction.SEND_EDIT, GuiAction.CARRY_OUT])
def test_what_should_be_done_by_hand_is_asked_for_once_and_never_in_circles(
    folder: Path, action: GuiAction
) -> None:
    talk = Talk(folder, scripted(meant=meant(action, "Drag the title to 0:02"))).hold("title")
    assert talk.calls("say") == [
        "say title",
        "say There is no screen here; please do this yourself: Drag the title to 0:02",
    ]


def test_panels_and_bills_are_read_and_not_opened(folder: Path) -> None:
    both = (*meant(GuiAction.READ_STATE), *meant(GuiAction.CREDITS))
    talk = Talk(folder, scripted(meant=both, balance=7)).hold("make it")
    assert talk.text.count("Timeline (2 tracks)") == 2
    assert "7 credits" in talk.text
    assert talk.calls("say") == ["say make it"]


# the job


def prompts_of(path: Path) -> list[tuple[str, str]]:
    (job,) = load(path)
    return [(step.id, step.text) for step in job.steps if isinstance(step, Prompt)]


def test_the_job_has_every_prompt_that_was_taken_and_every_video_that_was_made(
    folder: Path,
) -> None:
    talk = Talk(folder, scripted(), save="j.mvpipe.yaml")
    talk.hold("make it", "export", 'say "hi" ${{ x }}', "export shorts tall.mp4")
    (job,) = load(folder / "j.mvpipe.yaml")
    assert (job.name, job.backend, job.seed) == ("song", BackendName.LOCAL, 0)
    assert prompts_of(folder / "j.mvpipe.yaml") == [
        ("step-1", "make it"),
        ("step-3", 'say "hi" $ {{ x }}'),
    ]
    said = [call.removeprefix("say ") for call in talk.calls("say")]
    assert said == [text for _, text in prompts_of(folder / "j.mvpipe.yaml")]
    assert [s.export.shown for s in job.steps if isinstance(s, ExportStep)] == ["song.mp4"]
    assert [(e.shown, e.preset) for e in job.exports] == [("tall.mp4", "shorts")]
    assert "j.mvpipe.yaml makes the same again: mvpipe run j.mvpipe.yaml" in talk.text


def test_a_prompt_that_failed_is_not_in_the_job_and_ids_stay_what_they_were(
    folder: Path,
) -> None:
    backend = scripted(gone={"say": DirectionError("no")})
    talk = Talk(folder, backend, save="j.mvpipe.yaml", attended=True)
    talk.hold("nonsense", "make it", "darker")
    assert prompts_of(folder / "j.mvpipe.yaml") == [("step-2", "make it"), ("step-3", "darker")]


@pytest.mark.parametrize(("name", "kept"), [(BackendName.LOCAL, 1), (BackendName.NEMO, 2)])
def test_words_that_moved_nothing_count_only_for_an_agent_that_remembers_them(
    folder: Path, name: BackendName, kept: int
) -> None:
    backend = scripted(ONE, ONE)
    Talk(folder, backend, save="j.mvpipe.yaml", name=name).hold("make it", "what is that?")
    assert len(prompts_of(folder / "j.mvpipe.yaml")) == kept


def test_files_of_the_middle_are_handed_over_in_the_middle(folder: Path) -> None:
    talk = Talk(folder, scripted(), save="j.mvpipe.yaml")
    talk.hold("make it", "export", "upload second.mp3", "again", "export")
    (job,) = load(folder / "j.mvpipe.yaml")
    assert [item.id for item in job.inputs] == ["song", "second"]
    assert [step.inputs for step in job.steps if isinstance(step, Upload)] == [("second",)]
    assert [export.shown for export in job.exports] == ["second.mp4"]


def test_a_video_that_was_replaced_is_in_the_job_once(folder: Path) -> None:
    talk = Talk(folder, scripted(), save="j.mvpipe.yaml", attended=True, answers=[True])
    talk.hold("make it", "export a.mp4", "darker", "export a.mp4")
    (job,) = load(folder / "j.mvpipe.yaml")
    assert [export.shown for export in job.exports] == ["a.mp4"]
    assert len(job.steps) == 2


def test_a_job_can_be_saved_at_any_time_and_is_kept_up_to_date(folder: Path) -> None:
    talk = Talk(folder, scripted()).hold("save", "make it", "save", "darker")
    assert "There is nothing to save yet" in talk.text
    assert len(prompts_of(folder / "song.mvpipe.yaml")) == 2


def test_a_job_elsewhere_names_its_files_from_there(folder: Path) -> None:
    (folder / "jobs").mkdir()
    (folder / "pyproject.toml").touch()
    talk = Talk(folder, scripted()).hold("make it", "save jobs/my job.yaml")
    (job,) = load(folder / "jobs" / "my job.yaml")
    assert job.inputs[0].shown == "../song.mp3"
    assert "mvpipe run 'jobs/my job.yaml'" in talk.text


def test_a_job_that_leads_out_of_its_project_says_how_to_run_it(folder: Path) -> None:
    (folder / "jobs").mkdir()
    talk = Talk(folder, scripted()).hold("make it", "save jobs/j.mvpipe.yaml")
    assert "run it with --allow-outside" in talk.text
    assert load(folder / "jobs" / "j.mvpipe.yaml", allow_outside=True)


@pytest.mark.parametrize("given", ["--save", "line"])
def test_a_job_file_of_somebody_else_is_never_replaced_unasked(
    folder: Path, given: str
) -> None:
    (folder / "j.yaml").write_text("mine", encoding="utf-8")
    save, lines = ("j.yaml", []) if given == "--save" else (None, ["make it", "save j.yaml"])
    talk = Talk(folder, scripted(), save=save)
    with pytest.raises(UsageError, match=r"j\.yaml is already there"):
        talk.hold(*lines)
    talk = Talk(folder, scripted(), save=save, attended=True, answers=[False])
    talk.hold("make it", *lines)
    assert (folder / "j.yaml").read_text(encoding="utf-8") == "mine"
    talk = Talk(folder, scripted(), save=save, attended=True, answers=[True])
    talk.hold("make it", *lines)
    assert prompts_of(folder / "j.yaml")


def test_a_conversation_without_a_prompt_leaves_no_job(folder: Path) -> None:
    talk = Talk(folder, scripted(), save="j.mvpipe.yaml").hold("help")
    assert not (folder / "j.mvpipe.yaml").exists()
    assert "There is nothing to save yet" in talk.text


def test_who_breaks_off_keeps_the_job_and_reads_what_may_be_missing(folder: Path) -> None:
    backend = scripted(remote=True)
    talk = Talk(folder, backend, save="j.mvpipe.yaml", attended=True)

    def lines() -> Iterable[str]:
        yield "make it"
        backend.gone["say"] = CTRL_C
        yield "darker"

    with pytest.raises(KeyboardInterrupt):
        talk.conversation(lines()).hold([folder / "song.mp3"])
    assert prompts_of(folder / "j.mvpipe.yaml") == [("step-1", "make it")]
    assert "whether the last prompt arrived is not known" in talk.text.lower()


def test_a_free_name_counts_on(folder: Path) -> None:
    (folder / "song-2.mp3").touch()
    assert free(folder / "song.mp3").name == "song-3.mp3"
