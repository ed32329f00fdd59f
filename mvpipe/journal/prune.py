"""Decides which records nobody will ask for again. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from mvpipe.journal.records import Record, Stage
from mvpipe.model.canonical import Digest

KEYS_KEPT = 3
RUN_DAYS = 90


def outdated(records: Sequence[Record]) -> frozenset[int]:
    """Return the positions of those of a job's records, in order of intention, that may go.

    Kept are the newest three keys of each task, what was finished last of each, and all that
    is still open. What happened in one session stays or goes together: with a part of it
    missing, a session would pass for one that is less far.
    """
    newest = _newest_keys(records)
    last_done = {
        record.intent.task: position
        for position, record in enumerate(records)
        if record.stage is Stage.DONE
    }
    kept = {
        position
        for position, record in enumerate(records)
        if record.intent.key in newest[record.intent.task]
        or record.stage not in {Stage.DONE, Stage.FAILED}
        or last_done.get(record.intent.task) == position
    }
    sessions = {records[position].session for position in kept} - {None}
    return frozenset(
        position
        for position, record in enumerate(records)
        if position not in kept and record.session not in sessions
    )


def _newest_keys(records: Sequence[Record]) -> defaultdict[str, list[Digest]]:
    newest: defaultdict[str, list[Digest]] = defaultdict(list)
    for record in reversed(records):
        keys = newest[record.intent.task]
        if record.intent.key not in keys and len(keys) < KEYS_KEPT:
            keys.append(record.intent.key)
    return newest
