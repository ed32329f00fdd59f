from __future__ import annotations

import errno
from io import StringIO

import pytest

from mvpipe.errors import MissingMedia, OutputError, SpecError
from mvpipe.model.place import Finding, Place
from mvpipe.report.streams import Streams


def streams(*, quiet: bool = False) -> tuple[Streams, StringIO, StringIO]:
    out, err = StringIO(), StringIO()
    return Streams(out=out, err=err, quiet=quiet), out, err


def test_results_and_talk_go_separate_ways() -> None:
    both, out, err = streams()
    both.result("out.mp4")
    both.talk("rendering")
    assert (out.getvalue(), err.getvalue()) == ("out.mp4\n", "rendering\n")


def test_quiet_leaves_results_and_errors() -> None:
    both, out, err = streams(quiet=True)
    both.result("out.mp4")
    both.talk("rendering")
    both.error("no room")
    assert (out.getvalue(), err.getvalue()) == ("out.mp4\n", "no room\n")


class Full(StringIO):
    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


class Gone(StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError


def test_a_full_disk_under_a_stream_is_an_error_that_names_the_stream() -> None:
    both = Streams(out=Full(), err=Full())
    with pytest.raises(OutputError, match="standard output cannot be written: No space left"):
        both.result("out.mp4")
    with pytest.raises(OutputError, match="standard error cannot be written: No space left"):
        both.talk("rendering")
    both.error("nobody can be told")


def test_a_reader_that_went_away_is_none_of_an_error() -> None:
    both = Streams(out=Gone(), err=Gone())
    for say in (both.result, both.talk, both.error):
        with pytest.raises(BrokenPipeError):
            say("anyone there?")


def test_a_failure_is_one_sentence_and_a_hint() -> None:
    both, out, err = streams()
    both.failure(MissingMedia("x.mp3: cannot be read", hint="check the path"))
    assert err.getvalue() == "mvpipe: x.mp3: cannot be read\n  hint: check the path\n"
    assert not out.getvalue()


def test_a_failure_without_a_way_out_has_no_hint() -> None:
    both, _, err = streams()
    both.failure(MissingMedia("x.mp3: gone"))
    assert err.getvalue() == "mvpipe: x.mp3: gone\n"


def test_every_finding_is_shown_with_what_it_is_about() -> None:
    one = Finding(Place("a.yaml", 2, 3), "steps[0]", "'x' is wrong", "write y", "2 | x\n  | ^")
    two = Finding(Place("a.yaml", 1, 1), "", "too short", "")
    both, _, err = streams()
    both.failure(SpecError([one, two]))
    assert err.getvalue().splitlines() == [
        "a.yaml:1:1: too short",
        "a.yaml:2:3: steps[0]: 'x' is wrong, write y",
        "2 | x",
        "  | ^",
    ]


def test_no_text_of_a_failure_steers_a_terminal_or_ci() -> None:
    trick = "\x1b[2J\r\n::error::x"
    finding = Finding(Place("a.yaml", 1, 1), "x", trick, trick, trick)
    for error in (MissingMedia(trick, hint=trick), SpecError([finding])):
        both, _, err = streams()
        both.failure(error)
        assert "\x1b" not in err.getvalue()
        assert not any(line.startswith("::") for line in err.getvalue().splitlines())
