"""How records lie in the database, each row sealed with a checksum of what it says. Pure."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mvpipe.journal.records import Intent, JobId, Outcome, Output, Record, Stage
from mvpipe.model.plan import TaskKind

Row = tuple[Any, ...]
"""What SQLite holds: integers, floats, texts, bytes and None."""

SEAL_BYTES = 16


class Damage(Exception):
    """Something in the database is not what was written."""


def seal(content: Row) -> bytes:
    """Return the checksum of what a row says, the same on every machine and Python."""
    return hashlib.blake2b(ascii(content).encode(), digest_size=SEAL_BYTES).digest()


def sealed(content: Row) -> Row:
    """Return the row as SQLite will give it back, with its seal behind it."""
    bare = tuple(map(_bare, content))
    return (*bare, seal(bare))


def _bare(value: object) -> object:
    """Return a value without what Python adds to it: an enum's member is read as its value."""
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind.__str__(value) if kind is str else kind(value)
    return value


def unsealed(row: Row) -> Row:
    """Return the row without its seal. Raises Damage where that does not fit."""
    content = row[:-1]
    if seal(content) != row[-1]:
        raise Damage("a row is not what was written")
    return content


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows there are, and one checksum of the set of their seals.

    `mix` is the seals' exclusive or: in any order the same, and cheap to keep when one changes.
    """

    count: int = 0
    mix: bytes = bytes(SEAL_BYTES)

    def changed(self, *, old: Row | None, new: Row | None) -> Tally:
        """Return the tally after a sealed row went, came, or took another's place."""
        mix = self.mix
        for row in (old, new):
            if row is not None:
                mix = bytes(a ^ b for a, b in zip(mix, row[-1], strict=True))
        return Tally(self.count - (old is not None) + (new is not None), mix)


def tally(rows: Iterable[Row]) -> Tally:
    """Return the tally of some sealed rows. Raises Damage where one has no seal at all."""
    count = mix = 0
    for row in rows:
        if not isinstance(row[-1], bytes) or len(row[-1]) != SEAL_BYTES:
            raise Damage("a row has lost its seal")
        count += 1
        mix ^= int.from_bytes(row[-1], "big")
    return Tally(count, mix.to_bytes(SEAL_BYTES, "big"))


@dataclass(frozen=True, slots=True)
class Whole:
    """How many changes the journal has seen, and what vouches for the rows of its tables."""

    changes: int
    jobs: Tally
    spendings: Tally

    def row(self) -> Row:
        """Return it as it is stored, sealed."""
        jobs, spendings = self.jobs, self.spendings
        tallies = (jobs.count, jobs.mix, spendings.count, spendings.mix)
        return sealed((1, self.changes, *tallies))


def whole_of(row: Row) -> Whole:
    """Return it from a stored row. Raises Damage."""
    _, changes, *tallies = unsealed(row)
    return Whole(changes, Tally(*tallies[:2]), Tally(*tallies[2:]))


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job, and what vouches for its attempts."""

    id: int
    job: JobId
    attempts: Tally

    def row(self) -> Row:
        """Return it as it is stored, sealed."""
        return sealed((self.id, os.fsencode(self.job), self.attempts.count, self.attempts.mix))


def job_of(row: Row) -> JobRow:
    """Return it from a stored row. Raises Damage."""
    number, job, *attempts = unsealed(row)
    return JobRow(number, JobId(os.fsdecode(job)), Tally(*attempts))


def attempt_row(number: int, job_id: int, record: Record) -> Row:
    """Return a record as it is stored, sealed."""
    intent, outcome = record.intent, record.outcome
    output = outcome.output
    left: Row = (None, None, None)
    if output is not None:
        left = (os.fsencode(output.path), output.digest, output.size_bytes)
    return sealed(
        (
            number,
            job_id,
            *(intent.task, intent.key, intent.attempt, intent.kind.value, intent.parts),
            *(intent.session, intent.render, intent.before),
            *(outcome.stage.value, _writable(outcome.detail), outcome.session, outcome.after),
            *(outcome.length_ms, *left, outcome.credits),
            *(record.intended_s, record.ended_s),
        )
    )


def record_of(row: Row, job: JobId) -> Record:
    """Return a record of `job` from a stored row. Raises Damage."""
    content = unsealed(row)
    task, key, attempt, kind, parts, session, render, before = content[2:10]
    stage, detail, opened, after, length_ms, path, digest, size_bytes, credit = content[10:19]
    kinds = TaskKind(kind)
    intent = Intent(job, task, kinds, key, attempt, parts, session, render, before)
    output = None if path is None else Output(Path(os.fsdecode(path)), digest, size_bytes)
    outcome = Outcome(Stage(stage), detail, opened, after, length_ms, output, credit)
    return Record(intent, outcome, intended_s=content[19], ended_s=content[20])


def _writable(text: str) -> str:
    """Return a text for people with `?` for what no file can hold, such as a lone surrogate."""
    return text.encode(errors="replace").decode()
