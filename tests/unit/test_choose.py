from __future__ import annotations

import json
from io import StringIO

import pytest

from mvpipe.report.choose import reporter
from mvpipe.report.streams import Streams
from tests.events import RUN
from tests.fakes import FakeClock


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def run_told(
    *, style: str, events: bool = False, quiet: bool = False, err: StringIO | None = None
) -> tuple[str, str]:
    out, err, clock = StringIO(), err or StringIO(), FakeClock()
    streams = Streams(out=out, err=err, quiet=quiet)
    with reporter(streams, style=style, events=events, clock=clock) as observe:
        for at, event in RUN:
            clock.now = at
            observe(event)
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize("style", ["auto", "plain"])
def test_a_log_gets_plain_lines_on_standard_error(style: str) -> None:
    out, err = run_told(style=style)
    assert not out
    assert "  [4/4] render out/night.mp4\n" in err
    assert "\x1b" not in err


@pytest.mark.parametrize("quiet", [True, False])
def test_with_events_the_run_goes_to_standard_output_and_nothing_else_is_told(
    quiet: bool,  # noqa: FBT001 - a case of the table
) -> None:
    out, err = run_told(style="tty", events=True, quiet=quiet)
    assert not err
    assert len([json.loads(line) for line in out.splitlines()]) == len(RUN)


@pytest.mark.parametrize(("style", "quiet"), [("none", False), ("auto", True), ("tty", True)])
def test_who_wants_silence_hears_of_failures_only(
    style: str,
    quiet: bool,  # noqa: FBT001 - a case of the table
) -> None:
    out, err = run_told(style=style, quiet=quiet)
    assert not out
    assert err.startswith("failed: broken: ")
    assert "midnight" not in err


def test_a_terminal_gets_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    _, err = run_told(style="auto", err=Terminal())
    assert "\x1b[" in err


def test_asking_for_bars_where_there_is_no_terminal_gives_the_lines() -> None:
    _, err = run_told(style="tty")
    assert "  [4/4] render out/night.mp4\n" in err
