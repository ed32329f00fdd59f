"""A whole edit from nothing: music and wishes in, a timeline of shots out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mvpipe.engine.direct.brief import Brief
from mvpipe.engine.direct.casting import (
    CALM,
    Colours,
    Role,
    cast,
    colours_for,
    fierceness,
    key_of,
)
from mvpipe.engine.direct.chance import number
from mvpipe.engine.direct.cuts import Pace, cuts_in
from mvpipe.engine.direct.gallery import hang
from mvpipe.engine.direct.spans import Span, beat_ms, spans_of
from mvpipe.engine.direct.taste import Taste, graded, taste_of, within
from mvpipe.engine.direct.wishes import Generate
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.media import Aspect
from mvpipe.model.music import Mood, SectionKind
from mvpipe.model.timeline import (
    Grade,
    Palette,
    Shot,
    Sound,
    Timeline,
    Track,
    TrackKind,
    Transition,
    TransitionKind,
)

_FLASH_MS = 180
_DIP_MS = 600
_DISSOLVE_MS = 800


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is decided once for the whole video."""

    wanted: Generate
    taste: Taste
    roles: dict[str, Role]
    colours: Colours


def storyboard(wanted: Generate, brief: Brief) -> Timeline:
    """Return a timeline over the whole song; pure and decided by the brief's seed.

    Cuts fall on beats, scenes change with sections, sections that share a label share scenes.
    """
    spans = spans_of(brief.music)
    taste = taste_of(wanted)
    plan = _Plan(
        wanted=wanted,
        taste=taste,
        roles=cast(
            spans, wanted=wanted, taste=taste, catalogue=brief.catalogue, seed=brief.seed
        ),
        colours=colours_for(
            brief.music, wanted=wanted, taste=taste, catalogue=brief.catalogue, seed=brief.seed
        ),
    )
    shots = hang(
        _shots(spans, plan, brief),
        wanted=wanted,
        brief_pictures=brief.pictures,
        catalogue=brief.catalogue,
    )
    sound = Sound(0, brief.music.duration_ms, brief.song, step=brief.step)
    return Timeline(
        duration_ms=brief.music.duration_ms,
        tracks=(
            Track(TrackKind.VIDEO, shots, "Video"),
            Track(TrackKind.AUDIO, (sound,), "BGM"),
        ),
        aspect=Aspect.WIDE,
    )


def _shots(spans: tuple[Span, ...], plan: _Plan, brief: Brief) -> tuple[Shot, ...]:
    pace = _enough(Pace(plan.taste.cuts / 2, plan.wanted.every), spans, brief)
    shots: list[Shot] = []
    seen: dict[str, int] = {}
    for before, span in zip((None, *spans), spans, strict=False):
        key = key_of(span)
        cuts = cuts_in(span, music=brief.music, pace=pace)
        scenes = _fresh(plan.roles[key].scenes, after=shots[-1].scene if shots else None)
        section = _section(
            span, cuts, scenes=scenes, plan=plan, brief=brief, turn=seen.get(key, 0)
        )
        seen[key] = seen.get(key, 0) + 1
        entry = _entry(before, span, brief=brief, taste=plan.taste, first=section[0])
        shots += [replace(section[0], transition=entry), *section[1:]]
    return tuple(shots)


def _enough(pace: Pace, spans: tuple[Span, ...], brief: Brief) -> Pace:
    """Return a pace that makes room for every picture, where the song has the room."""
    paces = (pace, *(Pace(pace.faster + faster) for faster in (1.0, 2.0, 3.0)))

    def room(pace: Pace) -> int:
        return sum(len(cuts_in(span, music=brief.music, pace=pace)) for span in spans)

    return next((each for each in paces if room(each) >= len(brief.pictures)), paces[-1])


def _fresh(scenes: tuple[SceneCard, ...], *, after: str | None) -> tuple[SceneCard, ...]:
    """Return a section's scenes so that it begins with another one than was just shown."""
    others = tuple(card for card in scenes if card.name != after)
    return (*others, *(card for card in scenes if card.name == after))


def _section(
    span: Span,
    cuts: tuple[int, ...],
    *,
    scenes: tuple[SceneCard, ...],
    plan: _Plan,
    brief: Brief,
    turn: int,
) -> tuple[Shot, ...]:
    """Return one section's shots; `turn` counts how often its like has been shown before."""
    fierce = fierceness(span, plan.taste)
    shots = []
    for i, (start, end) in enumerate(zip(cuts, (*cuts[1:], span.end_ms), strict=True)):
        card = scenes[_who(i, fierce=fierce, cast=len(scenes))]
        first = number(brief.seed, "variant", card.name, key_of(span))
        shots.append(
            Shot(
                start_ms=start,
                end_ms=end,
                scene=card.name,
                palette=_palette(span, plan.colours),
                seed=number(brief.seed, "shot", start, card.name),
                variant=(first + turn + i) % max(card.variants, 1),
                motion=_motion(fierce, brief.music.mood, plan.taste),
                reaction=within(
                    0.7 + 0.6 * fierce + 0.25 * plan.taste.reaction, low=0.0, high=2.0
                ),
                grade=_grade(span, brief.music.mood, plan.taste),
                section=span.name,
                step=brief.step,
            )
        )
    return tuple(shots)


def _who(i: int, *, fierce: float, cast: int) -> int:
    """Return which of a section's scenes its shot number `i` shows.

    Loud sections change over every second shot, quiet ones stay longer with the first.
    """
    if cast < 2:
        return 0
    return i % 2 if fierce > 0.6 else int(i % 3 == 2)


def _palette(span: Span, colours: Colours) -> Palette:
    if span.kind is SectionKind.DROP:
        return colours.fierce
    if span.kind in {SectionKind.BREAK, SectionKind.BRIDGE}:
        return colours.calm
    return colours.main


def _motion(fierce: float, mood: Mood, taste: Taste) -> float:
    return within(
        0.55 + 0.5 * fierce + 0.3 * mood.arousal + 0.25 * taste.motion, low=0.1, high=2.0
    )


def _grade(span: Span, mood: Mood, taste: Taste) -> Grade:
    drop, calm = span.kind is SectionKind.DROP, span.kind in CALM
    base = Grade(
        brightness=0.1 * (mood.arousal - 0.5) + (0.05 if drop else -0.05 if calm else 0.0),
        contrast=0.1 if drop else 0.0,
        saturation=0.3 * (mood.arousal - 0.5) + (0.1 if drop else -0.1 if calm else 0.0),
    )
    return graded(base, taste)


def _entry(
    before: Span | None, span: Span, *, brief: Brief, taste: Taste, first: Shot
) -> Transition:
    """Return how a section begins; nothing lasts longer than half its first shot."""
    if before is None:
        return Transition()
    longest = (first.end_ms - first.start_ms) // 2
    if span.kind is SectionKind.OUTRO:
        return Transition(TransitionKind.DIP, min(_DIP_MS, longest))
    if span.kind is SectionKind.DROP:
        if taste.flashes < -0.5:
            return Transition()
        return Transition(TransitionKind.FLASH, min(_FLASH_MS, longest))
    if span.kind in CALM or (
        before.kind is SectionKind.DROP and span.energy < before.energy - 0.2
    ):
        length = min(_DISSOLVE_MS, round(2 * beat_ms(brief.music)), longest)
        return Transition(TransitionKind.DISSOLVE, length)
    return Transition()
