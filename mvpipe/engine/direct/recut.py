"""New cuts in a row of shots that keep the looks: splitting, joining, cutting at a density."""

from __future__ import annotations

from dataclasses import replace

from mvpipe.engine.direct.brief import Brief
from mvpipe.engine.direct.chance import number
from mvpipe.engine.direct.cuts import Pace, cuts_in, shortest_ms
from mvpipe.engine.direct.gallery import without_repeats
from mvpipe.engine.direct.spans import Stretch, beat_times, nearest_beat, spans_of
from mvpipe.engine.direct.wishes import CutEvery
from mvpipe.model.timeline import Shot, Transition

_LONGEST_JOINED_MS = 24_000


def inside(shot: Shot, stretches: tuple[Stretch, ...]) -> bool:
    """Say whether most of a shot lies in one of the stretches."""
    middle = (shot.start_ms + shot.end_ms) // 2
    return any(start <= middle < end for start, end in stretches)


def split_at_ends(
    shots: tuple[Shot, ...], stretches: tuple[Stretch, ...], brief: Brief
) -> tuple[Shot, ...]:
    """Return shots cut on the beats nearest to the ends of the stretches, looking as before.

    An end too close to a cut that is there makes no new one.
    """
    ends = {end for stretch in stretches for end in stretch}
    for end in sorted(ends - {0, brief.music.duration_ms}):
        shots = _split_at(shots, nearest_beat(end, brief.music), brief)
    return shots


def _split_at(shots: tuple[Shot, ...], at_ms: int, brief: Brief) -> tuple[Shot, ...]:
    shortest = shortest_ms(brief.music, Pace())
    parts: list[Shot] = []
    for shot in shots:
        if shot.start_ms + shortest <= at_ms <= shot.end_ms - shortest:
            parts += [
                replace(shot, end_ms=at_ms),
                replace(shot, start_ms=at_ms, transition=Transition()),
            ]
        else:
            parts.append(shot)
    return tuple(parts)


def repaced(
    shots: tuple[Shot, ...], stretches: tuple[Stretch, ...], *, faster: float, brief: Brief
) -> tuple[Shot, ...]:
    """Return shots cut about twice as often for every whole step up, half as often down."""
    rounds = 1 if abs(faster) < 1.5 else 2 if abs(faster) < 3 else 4
    old = frozenset(shot.start_ms for shot in shots)
    for _ in range(rounds):
        shots = _doubled(shots, stretches, brief) if faster > 0 else _joined(shots, stretches)
    fixed = (
        old if faster > 0 else frozenset(s.start_ms for s in shots if not inside(s, stretches))
    )
    return without_repeats(shots, fixed=fixed)


def _doubled(
    shots: tuple[Shot, ...], stretches: tuple[Stretch, ...], brief: Brief
) -> tuple[Shot, ...]:
    parts: list[Shot] = []
    times = beat_times(brief.music)
    shortest = shortest_ms(brief.music, Pace())
    for shot in shots:
        halves = inside(shot, stretches)
        cut = _middle(shot, times=times, shortest=shortest) if halves else None
        if cut is None:
            parts.append(shot)
            continue
        parts += [
            replace(shot, end_ms=cut),
            _next(shot, start=cut, end=shot.end_ms, brief=brief),
        ]
    return tuple(parts)


def _middle(shot: Shot, *, times: tuple[int, ...], shortest: int) -> int | None:
    """Return the beat nearest to a shot's middle that leaves both halves long enough."""
    low, high = shot.start_ms + shortest, shot.end_ms - shortest
    middle = (shot.start_ms + shot.end_ms) // 2
    fitting = [time for time in times if low <= time <= high] if times else [middle]
    best = min(fitting, key=lambda time: abs(time - middle), default=None)
    return best if best is not None and low <= best <= high else None


def _joined(shots: tuple[Shot, ...], stretches: tuple[Stretch, ...]) -> tuple[Shot, ...]:
    kept: list[Shot] = []
    grown = False
    for shot in shots:
        before = kept[-1] if kept else None
        if before and not grown and _joins(before, shot, stretches):
            kept[-1] = replace(before, end_ms=shot.end_ms)
            grown = True
        else:
            kept.append(shot)
            grown = False
    return tuple(kept)


def _joins(before: Shot, shot: Shot, stretches: tuple[Stretch, ...]) -> bool:
    together = before.section == shot.section and before.grade == shot.grade
    short = shot.end_ms - before.start_ms <= _LONGEST_JOINED_MS
    return together and short and inside(before, stretches) and inside(shot, stretches)


def cut_every(
    shots: tuple[Shot, ...], stretches: tuple[Stretch, ...], *, every: CutEvery, brief: Brief
) -> tuple[Shot, ...]:
    """Return shots cut at a density in the stretches, each with the look that was there."""
    old = frozenset(shot.start_ms for shot in shots if not inside(shot, stretches))
    pace = Pace(every=every)
    wanted = {
        cut
        for span in spans_of(brief.music)
        for cut in cuts_in(span, music=brief.music, pace=pace)
        if any(start <= cut < end for start, end in stretches)
    }
    parts: list[Shot] = []
    for run in _runs(shots, stretches):
        parts += _cut_run(run, wanted, brief) if inside(run[0], stretches) else run
    return without_repeats(tuple(parts), fixed=old)


def _runs(
    shots: tuple[Shot, ...], stretches: tuple[Stretch, ...]
) -> tuple[tuple[Shot, ...], ...]:
    """Return shots in rows that lie wholly inside or outside, each of one section."""
    runs: list[list[Shot]] = []
    for shot in shots:
        before = runs[-1][-1] if runs else None
        same = before is not None and before.section == shot.section
        if same and before is not None and inside(before, stretches) == inside(shot, stretches):
            runs[-1].append(shot)
        else:
            runs.append([shot])
    return tuple(tuple(run) for run in runs)


def _cut_run(run: tuple[Shot, ...], wanted: set[int], brief: Brief) -> list[Shot]:
    start, end = run[0].start_ms, run[-1].end_ms
    cuts = [start, *sorted(cut for cut in wanted if start < cut < end)]
    parts: list[Shot] = []
    for at, stop in zip(cuts, [*cuts[1:], end], strict=True):
        look = next(shot for shot in reversed(run) if shot.start_ms <= at)
        if look.start_ms == at:
            parts.append(replace(look, end_ms=stop))
        else:
            parts.append(_next(look, start=at, end=stop, brief=brief))
    return parts


def _next(shot: Shot, *, start: int, end: int, brief: Brief) -> Shot:
    """Return a further shot of the same scene: another composition, another seed."""
    variants = {card.name: card.variants for card in brief.catalogue.scenes}
    return replace(
        shot,
        start_ms=start,
        end_ms=end,
        transition=Transition(),
        seed=number(brief.seed, "recut", start, shot.scene),
        variant=(shot.variant + 1) % max(variants.get(shot.scene, 1), 1),
    )
