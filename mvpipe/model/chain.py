"""What a key is made of, task after task, and where two such chains part. Pure.

A key's parts name the key of the last change before it as `after`; so the tasks that lead to
one are found by their keys, back to the opening, which has none before it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mvpipe.model.canonical import Digest, Plain, canonical, digest_of_text, plain

Parts = dict[str, Plain]
AFTER = "after"


@dataclass(frozen=True, slots=True)
class Link:
    """One task of a chain: its id and the parts of its key, as canonical JSON."""

    task: str
    parts: str


Chain = tuple[Link, ...]
"""The opening first, the task that is meant last."""


class Change(StrEnum):
    """What happened to a part of a key, or to a whole task."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was; `part` is a dotted name, empty for the task itself.

    `old` and `new` are canonical JSON, `None` where there is nothing. A task is `forgotten`
    where nobody remembers what came before it.
    """

    task: str
    change: Change
    part: str = ""
    old: str | None = None
    new: str | None = None


def chain_to(key: Digest, links: Mapping[Digest, Link]) -> Chain:
    """Return the tasks that lead to `key`, as far back as `links` knows them."""
    found: list[Link] = []
    wanted: Digest | None = key
    while wanted is not None and (link := links.get(wanted)) is not None:
        found.append(link)
        before = parts_of(link).get(AFTER)
        wanted = Digest(before) if isinstance(before, str) else None
    return tuple(reversed(found))


def differences(old: Chain, new: Chain) -> tuple[Difference, ...]:
    """Return what a task's chain has that its older one had not, and the other way round.

    In the order of the new chain; tasks that are gone come last. Nothing differs where the keys
    are equal.
    """
    before, now = {link.task: link for link in old}, {link.task: link for link in new}
    forgotten = bool(old) and AFTER in parts_of(old[0])
    found = [Difference(old[0].task, Change.FORGOTTEN)] if forgotten else []
    for link in new:
        if link.task in before:
            found += _parts_changed(before[link.task], link)
        elif not forgotten:
            found.append(Difference(link.task, Change.ADDED, new=_does(link)))
    found += [
        Difference(link.task, Change.REMOVED, old=_does(link))
        for link in old
        if link.task not in now
    ]
    return tuple(found) or _moved(old, new)


def _moved(old: Chain, new: Chain) -> tuple[Difference, ...]:
    """Return the tasks that stand elsewhere in chains that hold the same ones."""
    pairs = zip(old, new, strict=True)
    return tuple(
        Difference(now.task, Change.MOVED) for was, now in pairs if was.task != now.task
    )


def _parts_changed(was: Link, now: Link) -> list[Difference]:
    old, new = _leaves(parts_of(was)), _leaves(parts_of(now))
    return [
        Difference(now.task, Change.CHANGED, name, old.get(name), new.get(name))
        for name in {**old, **new}
        if old.get(name) != new.get(name)
    ]


def _leaves(parts: Parts, under: str = "") -> dict[str, str]:
    """Return every single value by its dotted name, but for what came before."""
    found: dict[str, str] = {}
    for name, value in parts.items():
        if isinstance(value, dict):
            found |= _leaves(value, f"{under}{name}.")
        elif value is not None and (under or name != AFTER):
            found[f"{under}{name}"] = canonical(value)
    return found


def _does(link: Link) -> str:
    return canonical(parts_of(link).get("does"))


def parts_of(link: Link) -> Parts:
    """Return the parts as data; raises ValueError for what is no such thing."""
    found = plain(json.loads(link.parts))
    if not isinstance(found, dict):
        raise ValueError(f"the key of '{link.task}' has no parts")  # noqa: TRY004 - of its value
    return found


def key_after(parts: str, before: Digest) -> Digest:
    """Return the key that a task with these parts would have after another change."""
    return digest_of_text(canonical({**parts_of(Link("", parts)), AFTER: before}))
