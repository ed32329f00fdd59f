from __future__ import annotations

from io import StringIO

from mvpipe.errors import MissingMedia, SpecError
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
