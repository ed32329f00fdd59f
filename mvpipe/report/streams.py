"""The one mouth: results on standard output, talk on standard error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TextIO

from mvpipe.errors import MvpipeError, SpecError
from mvpipe.report.clean import clean


@dataclass(frozen=True, slots=True)
class Streams:
    """Where to write; `quiet` leaves out everything but results and errors.

    `verbose` asks observers to say more.
    """

    out: TextIO
    err: TextIO
    quiet: bool = False
    verbose: bool = False

    def result(self, line: str) -> None:
        """Write one line of what was asked for."""
        print(line, file=self.out, flush=True)

    def talk(self, line: str) -> None:
        """Write one line about what is going on."""
        if not self.quiet:
            print(line, file=self.err, flush=True)

    def error(self, line: str) -> None:
        """Write one line about what went wrong."""
        print(line, file=self.err, flush=True)

    def failure(self, error: MvpipeError) -> None:
        """Write what a user should read of an error: every finding, or one line and a hint."""
        if isinstance(error, SpecError):
            for finding in error.findings:
                self.error(clean(str(finding)))
                if finding.snippet:
                    self.error(clean(finding.snippet))
            return
        self.error(f"mvpipe: {clean(str(error))}")
        if error.hint:
            self.error(f"  hint: {clean(error.hint)}")
