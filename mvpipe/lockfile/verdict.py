"""Decides whether a finished file is what the lock says, and where it is not. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from mvpipe.lockfile.entry import LockedOutput
from mvpipe.model.content import Content, Stretch, differing


class State(StrEnum):
    """How a file is, held against the lock."""

    SAME = "same"
    MISSING = "missing"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What there is to say of one output.

    `frames` are those that differ, shown at `rate` a second. `why` says in a few words what
    else does, or why nobody can tell what.
    """

    export: str
    path: str
    state: State
    frames: tuple[Stretch, ...] = ()
    rate: Fraction | None = None
    why: tuple[str, ...] = ()


def verdict(export: str, locked: LockedOutput, found: LockedOutput | None) -> Verdict:
    """Return how `found` is; `None` means that there is no such file."""
    if found is None:
        return Verdict(export, locked.path, State.MISSING)
    if found.digest == locked.digest:
        return Verdict(export, locked.path, State.SAME)
    if found.content is None:
        return _differs(export, locked, why=("nobody can look inside here",))
    if locked.content is None:
        return _differs(export, locked, why=("the lock does not say what is inside",))
    return _apart(export, locked, wanted=locked.content, found=found.content)


def _apart(export: str, locked: LockedOutput, *, wanted: Content, found: Content) -> Verdict:
    why = []
    if wanted.frames != found.frames:
        why.append(f"it has {found.frames} frames, not {wanted.frames}")
    if wanted.rate != found.rate:
        why.append(f"it shows {found.rate} frames a second, not {wanted.rate}")
    if wanted.encoder != found.encoder:
        said = found.encoder or "an unnamed encoder"
        why.append(f"it is by {said}, not {wanted.encoder or 'an unnamed encoder'}")
    if wanted.sound != found.sound:
        why.append("its sound differs")
    frames = differing(wanted, found)
    if not frames and not why:
        why.append("its pictures and its sound are the same, only the file around them is not")
    return _differs(export, locked, why=tuple(why), frames=frames)


def _differs(
    export: str,
    locked: LockedOutput,
    *,
    why: tuple[str, ...],
    frames: tuple[Stretch, ...] = (),
) -> Verdict:
    rate = locked.content.rate_a_second if locked.content else None
    return Verdict(export, locked.path, State.DIFFERS, frames, rate, why)
