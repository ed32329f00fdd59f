"""What lines ask for, what a screen's words cause, what a terminal shows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.model.backend import BackendName
from mvpipe.model.job import Prompt
from mvpipe.protocol.gui import GuiAction, Meant
from mvpipe.spec.load import load_text
from mvpipe.talk.lines import Kind, Wish, is_chinese, understood
from mvpipe.talk.mouth import ERASE, Mouth
from mvpipe.talk.screen import FOLLOW_UPS, Todo, todo
from mvpipe.talk.script import Script, Shown, safe_name
from mvpipe.talk.videos import usual_name
from mvpipe.talk.words import EN, WORDS, ZH

LINES = [
    ("help", Wish(Kind.HELP)),
    ("/help", Wish(Kind.HELP)),
    ("?", Wish(Kind.HELP)),
    ("帮助", Wish(Kind.HELP)),
    ("Quit.", Wish(Kind.QUIT)),
    ("退出", Wish(Kind.QUIT)),
    ("link", Wish(Kind.LINK)),
    ("链接", Wish(Kind.LINK)),
    ("save", Wish(Kind.SAVE)),
    ("保存", Wish(Kind.SAVE)),
    ("save jobs/my job.yaml", Wish(Kind.SAVE, "jobs/my job.yaml")),
    ("save the job as 'a.mvpipe.yaml'", Wish(Kind.SAVE, "a.mvpipe.yaml")),
    ("保存a.yaml", Wish(Kind.SAVE, "a.yaml")),
    ("save the video", Wish(Kind.EXPORT)),
    ("export", Wish(Kind.EXPORT)),
    ("导出", Wish(Kind.EXPORT)),
    ("send me the video", Wish(Kind.EXPORT)),
    ("export shorts", Wish(Kind.EXPORT, preset="shorts")),
    ("export as Shorts to tall.mp4", Wish(Kind.EXPORT, "tall.mp4", "shorts")),
    ("export intro.mp4", Wish(Kind.EXPORT, "intro.mp4")),
    ("export to 'my cut.mp4'", Wish(Kind.EXPORT, "my cut.mp4")),
    ("导出为 夜.mp4", Wish(Kind.EXPORT, "夜.mp4")),
    ("导出 draft 夜.mp4", Wish(Kind.EXPORT, "夜.mp4", "draft")),
    ("export the feeling of rain", Wish(Kind.TURN, "export the feeling of rain")),
    ("exporting.mp4 is a word", Wish(Kind.TURN, "exporting.mp4 is a word")),
    ("upload notes.pdf", Wish(Kind.UPLOAD, "notes.pdf")),
    ("上传 my cover.jpg", Wish(Kind.UPLOAD, "my cover.jpg")),
    ("second.mp3", Wish(Kind.UPLOAD, "second.mp3")),
    ("status", Wish(Kind.STATE)),
    ("积分", Wish(Kind.CREDITS)),
    ("make it darker", Wish(Kind.TURN, "make it darker")),
    ("x" * 2000, Wish(Kind.TURN, "x" * 2000)),
]


@pytest.mark.parametrize(("line", "wish"), LINES)
def test_a_line_asks_for_one_thing(line: str, wish: Wish) -> None:
    assert understood(f"  {line}\n") == (wish,)


def test_a_prompt_may_end_in_an_action_and_nothing_asks_for_nothing() -> None:
    assert understood("make it darker, then export it") == (
        Wish(Kind.TURN, "make it darker"),
        Wish(Kind.EXPORT),
    )
    assert understood(" \n") == ()


@given(st.text(max_size=200))
def test_any_line_is_understood_somehow_and_a_prompt_loses_no_word(line: str) -> None:
    prompts = [wish.text for wish in understood(line) if wish.kind is Kind.TURN]
    assert all(text in line for text in prompts)


def test_a_hostile_line_takes_no_time() -> None:
    for line in ("export" + " it" * 300, "export" + " " * 1000, "upload " + "a." * 500):
        understood(line + "x")


def test_chinese_is_answered_in_chinese() -> None:
    assert is_chinese("导出 song.mp4")
    assert not is_chinese("export “song”")
    assert set(WORDS.values()) == {EN, ZH}


# before a screen


def told(action: GuiAction, said: str) -> Meant:
    return Meant(action, said)


EXPORT = told(GuiAction.EXPORT, "Click Export")
LATER = told(GuiAction.EXPORT, "When you are done, click Export")
DRAG = told(GuiAction.SEND_EDIT, "Drag it left")
PRESS = told(GuiAction.CARRY_OUT, "点击添加按钮")

TODOS: list[tuple[tuple[Meant, ...], Todo]] = [
    ((), Todo()),
    ((EXPORT, EXPORT), Todo(export=True)),
    ((LATER,), Todo(offered=True)),
    ((LATER, EXPORT), Todo(export=True)),
    ((told(GuiAction.EXPORT, "如果满意，点击导出"),), Todo(offered=True)),
    ((told(GuiAction.CREDITS, "See the billing page"),), Todo(credits=True)),
    ((told(GuiAction.READ_STATE, "Open the panel"),), Todo(state=True)),
    ((told(GuiAction.SHOW_TRACKS, "Preview in timeline"),), Todo(state=True)),
    (
        (DRAG, DRAG),
        Todo(ask="There is no screen here; please do this yourself: Drag it left"),
    ),
    ((PRESS,), Todo(ask="我没有屏幕，请你直接完成：点击添加按钮")),
]


@pytest.mark.parametrize(("meant", "wanted"), TODOS)
def test_words_about_a_screen_cause_what_the_table_says(
    meant: tuple[Meant, ...], wanted: Todo
) -> None:
    assert todo(meant, left=FOLLOW_UPS, exporting=False) == wanted


def test_no_turn_follows_where_none_is_left_and_no_export_where_one_is_asked_for() -> None:
    assert todo((DRAG, EXPORT, LATER), left=0, exporting=True) == Todo()


# what is shown


def shown(*pieces: str, moving: bool = False) -> str:
    said: list[str] = []
    mouth = Mouth(write=said.append, moving=moving)
    mouth.begin()
    for piece in pieces:
        mouth.words(piece)
    mouth.end()
    return "".join(said)


def test_words_come_as_they_are_said_sentence_by_sentence() -> None:
    said: list[str] = []
    mouth = Mouth(write=said.append)
    mouth.words("Made 12 sh")
    assert said == []
    mouth.words("ots. And ")
    assert said == ["Made 12 shots."]
    assert mouth.spoke
    mouth.words("a title.")
    mouth.end()
    assert "".join(said) == "Made 12 shots. And a title.\n"


REPLY = "Made 12 shots! Click the Export button. It has 1.5 s of fade.\n\nDrag the clip. Bye"


def test_sentences_about_a_screen_are_kept_back() -> None:
    assert shown(REPLY) == "Made 12 shots! It has 1.5 s of fade. Bye\n"
    assert shown("点击导出按钮。完成了。") == "完成了。\n"
    assert shown("Click the Export button.") == ""


@given(st.sets(st.integers(1, len(REPLY) - 1)))
def test_words_read_the_same_however_they_are_cut(cuts: set[int]) -> None:
    edges = [0, *sorted(cuts), len(REPLY)]
    assert shown(*(REPLY[a:b] for a, b in pairwise(edges))).split() == shown(REPLY).split()


def test_a_sentence_without_end_is_not_held_for_ever() -> None:
    said: list[str] = []
    Mouth(write=said.append).words("word " * 100)
    assert said


def test_a_line_of_ours_begins_a_line_whatever_is_on_the_screen() -> None:
    said: list[str] = []
    mouth = Mouth(write=said.append, moving=True)
    mouth.words("Half a reply. ")
    mouth.detail("still working (2 min)")
    mouth.words("More. ")
    mouth.move("10 %")
    mouth.move("20 %")
    mouth.words("Last. ")
    mouth.move("30 %")
    mouth.line("Done")
    assert "".join(said) == (
        "Half a reply.\n  still working (2 min)\nMore.\n"
        f"{ERASE}10 %{ERASE}20 %{ERASE}Last.\n{ERASE}30 %{ERASE}Done\n"
    )


def test_nothing_moves_where_nothing_can() -> None:
    said: list[str] = []
    Mouth(write=said.append).move("10 %")
    assert said == []


def test_escape_codes_and_commands_of_a_pipeline_are_harmless() -> None:
    assert shown("\x1b[31mred\x1b]0;title\x07. ") == "�[31mred�]0;title�.\n"
    assert shown("::error::x. ") == ": :error::x.\n"


# the job


def script(folder: Path, **more: object) -> Script:
    unmade = Shown(folder / "out.mp4", "auto")
    begun = Script(folder, "night", BackendName.NEMO, "zh", unmade)
    (folder / "song.mp3").write_bytes(b"ID3")
    return begun.given(folder / "song.mp3")


def test_a_job_says_what_is_not_usual(tmp_path: Path) -> None:
    text = script(tmp_path).said("step-1", "x").text(tmp_path)
    (job,) = load_text(text, file="x.yaml", folder=tmp_path)
    assert (job.name, job.backend, job.language) == ("night", BackendName.NEMO, "zh")
    assert [export.shown for export in job.exports] == ["out.mp4"]


def test_a_file_that_is_given_twice_is_given_once(tmp_path: Path) -> None:
    once = script(tmp_path)
    assert once.given(tmp_path / "song.mp3", tmp_path / "song.mp3") is not None
    assert once.given(tmp_path / "song.mp3") == once


@given(text=st.text(min_size=1, max_size=60).filter(lambda t: t.isprintable() and t.strip()))
def test_a_prompt_means_in_the_job_what_it_meant_when_it_was_said(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.mktemp("job")
    said = script(folder).said("step-1", text.strip())
    prompt = said.prompt()
    (job,) = load_text(said.text(folder), file="x.yaml", folder=folder)
    again = job.steps[0]
    assert isinstance(again, Prompt)
    assert (prompt.id, prompt.text) == (again.id, again.text)


def test_a_script_whose_last_line_is_no_prompt_has_none_to_give(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        script(tmp_path).said("step-1", "x").given(_other(tmp_path)).prompt()


def _other(folder: Path) -> Path:
    (folder / "b.mp3").write_bytes(b"ID3")
    return folder / "b.mp3"


def test_names_are_safe_on_every_system() -> None:
    assert usual_name("AC/DC: live", preset="shorts") == "AC_DC_ live-shorts.mp4"
    assert safe_name("-CON") == "_CON"
    assert len(safe_name("x" * 300)) == 100
