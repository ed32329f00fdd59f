"""Where something stands in a job file, and what is wrong there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One point in a text file; `line` and `column` count from 1, columns in characters."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing wrong in a job file.

    `where` is the path of the value (`exports[0].aspect`), `problem` says what is wrong with
    the offending value quoted, `remedy` what to do, `snippet` shows the two lines around the
    place with a caret under the column.
    """

    place: Place
    where: str
    problem: str
    remedy: str
    snippet: str = ""

    def __str__(self) -> str:
        said = ", ".join(part for part in (self.problem, self.remedy) if part)
        where = f" {self.where}:" if self.where else ""
        return f"{self.place}:{where} {said}"
