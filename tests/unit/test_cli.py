from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from mvpipe.cli import flags
from mvpipe.cli.main import VERBS, cli, main
from mvpipe.errors import Exit, Terminated, Timeout
from mvpipe.report.streams import Streams
from mvpipe.spec.presets import PRESETS

JOB = """\
mvpipe: 1
inputs: [song.mp3]
steps: [generate a music video]
exports: [{id: wide, to: out/song.mp4, size: 640x360}]
"""
Fails = Callable[[BaseException], int]
Said = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "song.mp3").write_bytes(b"ID3")
    (tmp_path / "song.mvpipe.yaml").write_text(JOB, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def verb(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


def test_every_command_is_listed_in_the_order_of_use(capsys: Said) -> None:
    assert main(["--help"]) == 0
    listed = re.findall(
        r"^  ([a-z]+)  ", capsys.readouterr().out.split("Commands:")[1], re.MULTILINE
    )
    assert listed == list(VERBS)


def test_the_list_says_of_each_command_what_its_own_help_says_first() -> None:
    for name, said in VERBS.items():
        assert (verb(name).help or "").splitlines()[0] == said


@pytest.mark.parametrize("command", VERBS)
def test_every_command_explains_itself_and_its_options(command: str, capsys: Said) -> None:
    assert main([command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"Usage: mvpipe {command} ")
    options = [p for p in verb(command).params if isinstance(p, click.Option)]
    assert all(option.help for option in options)
    assert max(len(line) for line in shown.splitlines()) <= 96


def test_the_exit_codes_are_in_the_help(capsys: Said) -> None:
    main(["--help"])
    shown = capsys.readouterr().out
    for code in Exit:
        assert re.search(rf"\b{code.value}\b", shown), code


def test_the_version_is_told(capsys: Said) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("mvpipe, version ")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["run", "--bogus"], "No such option '--bogus'"),
        (["rnu"], "No such command 'rnu'"),
        (["make"], "Missing argument 'SONG'"),
        (["run", "-j", "0"], "0 is not in the range 1<=x<=64"),
        (["run", "--progress", "loud"], "'loud' is not one of"),
        (["make", "song.mp3", "--bpm", "7"], "7.0 is not in the range 20<=x<=400"),
        (["run", "--set", "title"], "'title' is not NAME=VALUE"),
        (["run", "--set", "=x"], "'=x' is not NAME=VALUE"),
        (["run", "--json", "--events", "jsonl"], "choose one"),
        (["run", "--token", "t"], "No such option '--token'"),
        (["serve", "--port", "99999"], "99999 is not in the range 0<=x<=65535"),
    ],
)
def test_a_wrong_command_line_is_answered_with_what_is_wrong(
    arguments: list[str], complaint: str, capsys: Said
) -> None:
    assert main(arguments) == Exit.USAGE
    out, err = capsys.readouterr()
    assert not out
    assert complaint in err
    assert "Traceback" not in err


def test_no_command_at_all_shows_the_help(capsys: Said) -> None:
    assert main([]) == Exit.USAGE
    assert "Commands:" in capsys.readouterr().err


def test_a_sound_job_is_said_to_be_so(folder: Path, capsys: Said) -> None:
    assert main(["validate"]) == Exit.DONE
    assert "song.mvpipe.yaml: ok (1 job)" in capsys.readouterr().err


def test_quiet_keeps_results_only(folder: Path, capsys: Said) -> None:
    assert main(["-q", "validate"]) == Exit.DONE
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("flag", ["-q", "--quiet"])
def test_quiet_may_be_said_after_the_command_too(flag: str, folder: Path, capsys: Said) -> None:
    assert main(["validate", flag]) == Exit.DONE
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("place", [0, 1])
def test_who_wants_more_is_shown_what_mvpipe_notes(
    place: int, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    @flags.loudness
    @click.pass_obj
    def note(streams: Streams) -> None:
        assert streams.verbose
        logging.getLogger("mvpipe.somewhere").debug("%s chunks", 7)

    monkeypatch.setitem(cli.commands, "note", click.command("note")(note))
    arguments = ["note"]
    arguments.insert(place, "-v")
    for _ in range(2):
        assert main(arguments) == Exit.DONE
        assert capsys.readouterr() == ("", "debug: mvpipe.somewhere: 7 chunks\n")
    assert logging.getLogger("mvpipe").handlers == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(shell: str, capsys: Said) -> None:
    assert main(["completion", shell]) == Exit.DONE
    assert f"_MVPIPE_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_a_shell_that_asks_is_told_what_could_come_next(
    monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.setenv("_MVPIPE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "mvpipe in")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert main([]) == Exit.DONE
    assert capsys.readouterr().out.split() == ["plain,init", "plain,inspect"]


def test_make_lists_the_presets(capsys: Said) -> None:
    main(["make", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert f"One of {', '.join(PRESETS)}." in shown


def test_everything_wrong_with_a_job_is_said_with_its_place(folder: Path, capsys: Said) -> None:
    text = JOB.replace("640x360", "9x").replace("inputs", "input")
    (folder / "song.mvpipe.yaml").write_text(text, encoding="utf-8")
    assert main(["validate"]) == Exit.SPEC
    shown = capsys.readouterr().err
    assert "song.mvpipe.yaml:2:1: " in shown
    assert "song.mvpipe.yaml:4:46: exports[0].size: '9x'" in shown


@pytest.mark.parametrize("command", [["plan"], ["run", "-n"], ["run", "--dry-run"]])
def test_a_plan_names_every_task(command: list[str], folder: Path, capsys: Said) -> None:
    assert main(command) == Exit.DONE
    shown = capsys.readouterr().out
    assert [line.split()[1] for line in shown.splitlines()[1:5]] == [
        "open",
        "upload",
        "say",
        "render",
    ]
    assert not (folder / "out").exists()


@pytest.mark.parametrize("command", [["plan", "--json"], ["run", "-n", "--json"]])
def test_a_plan_is_one_json_document(command: list[str], folder: Path, capsys: Said) -> None:
    assert main(command) == Exit.DONE
    out, err = capsys.readouterr()
    assert json.loads(out)["jobs"][0]["name"] == "song"
    assert not err


def test_what_the_command_line_changes_is_in_the_plan(folder: Path, capsys: Said) -> None:
    assert main(["plan", "--draft", "--set", "name=dawn", "--only", "wide"]) == Exit.DONE
    shown = capsys.readouterr().out
    assert shown.startswith("dawn  (song.mvpipe.yaml, backend local)")
    assert "wide: out/song.draft.mp4" in shown


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["plan", "--only", "tall"], Exit.NOTHING, "--only tall: no export has this id"),
        (["plan", "*.yml"], Exit.NOTHING, "*.yml: no file matches"),
        (["plan", "gone.yaml"], Exit.USAGE, "gone.yaml: no such job file"),
        (["make", "gone.mp3"], Exit.USAGE, "gone.mp3: no such file"),
        (["inspect", "gone.mp3"], Exit.USAGE, "gone.mp3: no such file"),
        (["init"], Exit.USAGE, "song.mvpipe.yaml is already there"),
    ],
)
def test_a_failure_is_one_sentence_with_its_exit_code(
    arguments: list[str], code: Exit, said: str, folder: Path, capsys: Said
) -> None:
    assert main(arguments) == code
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith(f"mvpipe: {said}")
    assert len(err.splitlines()) == 2


def test_a_folder_without_jobs_matches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run"]) == Exit.NOTHING
    assert "no job file here" in capsys.readouterr().err


def test_an_environment_that_makes_no_sense_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.setenv("MVPIPE_WORKERS", "many")
    assert main(["plan"]) == Exit.USAGE
    assert "MVPIPE_WORKERS: 'many' is not a number" in capsys.readouterr().err


def test_the_schema_is_printed_and_written(folder: Path, capsys: Said) -> None:
    assert main(["schema"]) == Exit.DONE
    printed = capsys.readouterr().out
    assert json.loads(printed)["title"] == "mvpipe job"
    assert main(["schema", "--write"]) == Exit.DONE
    out, err = capsys.readouterr()
    written = out.strip()
    assert f"$schema={written}" in err
    assert (folder / written).read_text(encoding="utf-8").strip() == printed.strip()


def failing(error: BaseException) -> click.Command:
    def fail() -> None:
        raise error

    return click.Command("fail", callback=fail)


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Fails:
    def add(error: BaseException) -> int:
        monkeypatch.setitem(cli.commands, "fail", failing(error))
        return main(["fail"])

    return add


def test_a_bug_is_one_sentence_and_how_to_see_more(fails: Fails, capsys: Said) -> None:
    assert fails(ZeroDivisionError("\x1b[31mno")) == Exit.BUG
    err = capsys.readouterr().err
    assert err.startswith("mvpipe: this is a bug: ZeroDivisionError: \ufffd[31mno\n")
    assert "MVPIPE_DEBUG=1" in err


def test_a_bug_is_a_traceback_for_who_asks_for_one(
    fails: Fails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MVPIPE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        fails(ZeroDivisionError())
    assert logging.getLogger("mvpipe").handlers == []


def test_ctrl_c_is_told_in_one_line(fails: Fails, capsys: Said) -> None:
    assert fails(KeyboardInterrupt()) == Exit.INTERRUPTED
    assert capsys.readouterr().err.startswith("mvpipe: interrupted; ")


def test_an_error_brings_its_own_exit_code(fails: Fails, capsys: Said) -> None:
    assert fails(Timeout("too slow")) == Exit.UNREACHABLE
    assert capsys.readouterr().err == "mvpipe: too slow\n"


def test_sigterm_has_an_exit_code_of_its_own(fails: Fails, capsys: Said) -> None:
    assert fails(Terminated()) == Exit.TERMINATED
    assert capsys.readouterr().err.startswith("mvpipe: terminated; ")


def test_every_command_is_given_where_to_write(
    monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    @click.pass_obj
    def tell(streams: Streams) -> None:
        streams.result("result")
        streams.talk("talk")

    monkeypatch.setitem(cli.commands, "tell", click.Command("tell", callback=tell))
    assert main(["tell"]) == Exit.DONE
    assert capsys.readouterr() == ("result\n", "talk\n")
