"""Is a file ready? One gate for every file, however it was noticed. Pure.

A file is ready when it has been quiet for long enough, nobody has it open for writing where the
kernel can tell, and what is inside it is complete. How long is enough depends on the file: on
how long its writer paused so far, and on whether its format can tell a whole file from a part.
Times are seconds of a clock that never jumps; a file's own times are compared for being equal
and for nothing else, since a NAS may live in another year.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mvpipe.watch.model import Completeness, Decision, Look, Unseen, Verdict

SETTLE_S = 5.0
CACHED_S = 60.0
"""How long an NFS client may answer from its memory: nfs(5), `acregmax`."""

_GAPS = 3.0
"""A writer that paused for a time may pause for this many of it."""
_IN_DOUBT = 6.0
"""How much longer a file has to be quiet whose format cannot tell that it is whole."""
_LONGEST_QUIET_S = 600.0
_SOON_S = 0.1
_SELDOM_S = 15.0


@dataclass(frozen=True, slots=True)
class Rules:
    """How long files have to be quiet, in seconds.

    `settle_s` for a file that is whole and never paused; `cached_s` more than the system may
    answer out of its memory, on a network disk; after `patience_s` without a change, a file
    that is not whole, or is held open, is given up until it changes.
    """

    settle_s: float = SETTLE_S
    cached_s: float = 0.0
    patience_s: float = 900.0


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of one file between looks; a new one knows nothing.

    `since_s` is when it was last seen to change or open for writing, `changed_s` to change,
    `gap_s` its longest pause between two changes, `seen_s` when the bytes were first read that
    were read last.
    """

    last: Look | None = None
    since_s: float | None = None
    changed_s: float = 0.0
    gap_s: float = 0.0
    seen: str | None = None
    seen_s: float | None = None


def step(
    state: Watched, look: Look | Unseen, now_s: float, rules: Rules
) -> tuple[Watched, Verdict]:
    """Return what is known after a look that was taken at `now_s`, and what that means.

    Looks may come at any time and as often as anyone likes; `until_s` is when the next one
    is needed.
    """
    if isinstance(look, Unseen):
        return _after_none(state, look, now_s=now_s, rules=rules)
    state, since_s = _after(state, look, now_s)
    if look.written:
        verdict = _held(now_s - state.changed_s, rules)
    else:
        verdict = _judged(state, look, quiet_s=now_s - since_s, rules=rules)
    return state, replace(verdict, until_s=now_s + max(_SOON_S, verdict.until_s))


def _after(state: Watched, look: Look, now_s: float) -> tuple[Watched, float]:
    """Return what is known after a look, and since when the file is quiet."""
    last, since_s = state.last, state.since_s
    fresh = Watched(look, now_s, now_s, seen=look.seen, seen_s=now_s)
    if last is None or since_s is None:
        return fresh, now_s
    if (last.inode, last.device) != (look.inode, look.device):  # another file
        return fresh, now_s
    if _changed(state, look):
        return replace(fresh, gap_s=max(state.gap_s, now_s - since_s)), now_s
    if look.written:
        return replace(fresh, changed_s=state.changed_s, gap_s=state.gap_s), now_s
    if state.seen is None:
        return replace(state, last=look, seen=look.seen, seen_s=now_s), since_s
    return replace(state, last=look), since_s


def _changed(state: Watched, look: Look) -> bool:
    """Return whether the file is not what it was at the look before."""
    if state.last is None or state.last.same_file != look.same_file:
        return True
    return None not in {look.seen, state.seen} and look.seen != state.seen


def _judged(state: Watched, look: Look, *, quiet_s: float, rules: Rules) -> Verdict:
    """Return a verdict whose `until_s` counts from now."""
    wanted_s = _wanted_s(state, look, rules)
    if look.contents is None:
        return _wait("it has just changed", rules.settle_s / 2)
    if look.contents.state is Completeness.INCOMPLETE:
        return _unfinished(look.contents.why, quiet_s=quiet_s, rules=rules)
    read_s = quiet_s - ((state.seen_s or 0.0) - (state.since_s or 0.0))
    left_s = max(wanted_s - quiet_s, wanted_s / 2 - read_s)
    if left_s > 0:
        why = f"it has to be quiet for {wanted_s:.0f} s"
        why = f"{why}: {look.contents.why}" if look.contents.why else why
        return _wait(why, min(left_s, rules.settle_s))  # to see its pauses as they are
    if look.links > 1:
        return _refused(f"it has {look.links} names (hard links); copy it here instead")
    return Verdict(Decision.READY)


def _wanted_s(state: Watched, look: Look, rules: Rules) -> float:
    """Return how long this file has to be quiet."""
    least_s = rules.settle_s + rules.cached_s
    whole = look.contents is not None and look.contents.state is Completeness.COMPLETE
    doubt_s = least_s if whole else rules.settle_s * _IN_DOUBT
    return max(least_s, min(max(doubt_s, state.gap_s * _GAPS), _LONGEST_QUIET_S))


def _held(unchanged_s: float, rules: Rules) -> Verdict:
    """Wait for a writer to close a file, until patience ends."""
    if unchanged_s < rules.patience_s:
        return _wait("another program has it open for writing", rules.settle_s / 2)
    return _refused("another program has it open for writing, and writes nothing")


def _unfinished(why: str, *, quiet_s: float, rules: Rules) -> Verdict:
    """Wait for more of a file, ever less often, until patience ends."""
    if quiet_s < rules.patience_s:
        often_s = min(max(rules.settle_s / 2, quiet_s / 4), _SELDOM_S)
        return _wait(why, min(often_s, rules.patience_s - quiet_s))
    return _refused(f"it is not complete and has not grown for {quiet_s:.0f} s: {why}")


def _after_none(
    state: Watched, look: Unseen, *, now_s: float, rules: Rules
) -> tuple[Watched, Verdict]:
    """Wait for a file that cannot be opened now, until patience ends."""
    known = state.since_s is not None and state.last is None
    since_s = state.since_s if known and state.since_s is not None else now_s
    if look.for_good or now_s - since_s >= rules.patience_s:
        return Watched(since_s=since_s), _refused(look.why)
    return Watched(since_s=since_s), replace(
        _wait(look.why, 0.0), until_s=now_s + max(_SOON_S, rules.settle_s)
    )


def _wait(why: str, for_s: float) -> Verdict:
    return Verdict(Decision.WAIT, why, for_s)


def _refused(why: str) -> Verdict:
    return Verdict(Decision.REFUSED, why)
