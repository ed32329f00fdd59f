"""The one mouth: results on standard output, talk on standard error."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

from mvpipe.errors import MvpipeError, OutputError, SpecError
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
        """Write one line of what was asked for. Raises OutputError, BrokenPipeError."""
        _write(line, self.out, called="standard output")

    def talk(self, line: str) -> None:
        """Write one line about what is going on. Raises OutputError, BrokenPipeError."""
        if not self.quiet:
            _write(line, self.err, called="standard error")

    def error(self, line: str) -> None:
        """Write one line about what went wrong, if it can be. Raises BrokenPipeError."""
        with suppress(OutputError):  # the exit code tells as well
            _write(line, self.err, called="standard error")

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


def _write(line: str, to: TextIO, *, called: str) -> None:
    try:
        print(line, file=to, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(
            f"{called} cannot be written: {error.strerror or 'it fails'}",
            hint="see to the disk that it goes to, then run the same command again",
        ) from error
