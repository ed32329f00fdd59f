"""One chunk's wish about a title: its words, when it shows and how it looks."""

from __future__ import annotations

from mvpipe.engine.direct.chunks import Chunk
from mvpipe.engine.direct.wishes import (
    WHOLE,
    AddTitle,
    ChangeTitle,
    Look,
    Portion,
    RemoveTitles,
    Target,
    When,
    Wish,
)
from mvpipe.engine.direct.words import (
    OfColour,
    OfPosition,
    OfScale,
    Quote,
    Role,
    Timing,
)
from mvpipe.model.timeline import TitlePosition

_MIDDLE = Portion(33, 67)


def title_wish(chunk: Chunk) -> tuple[Wish, ...]:
    """Return what a chunk about a title asks for."""
    texts = tuple(item.text for item in chunk.all(Quote))
    when, look = _when(chunk), _look(chunk)
    if chunk.negated:
        target = next(iter(chunk.targets), WHOLE)
        return (RemoveTitles(texts[0] if texts else None, target),)
    changes = bool(chunk.roles & {Role.CHANGE, Role.REPLACE})
    if changes and texts:
        old = texts[0] if len(texts) > 1 else None
        return (ChangeTitle(old, texts[-1], when, look),)
    if not texts and Role.ADD not in chunk.roles and (changes or _restyles(chunk, look)):
        return (ChangeTitle(None, None, when, look),)
    return (AddTitle(texts[0] if texts else None, when, look),)


def _restyles(chunk: Chunk, look: Look) -> bool:
    """Say whether a title that is there is meant: `the title bigger`, not `with a title`."""
    return chunk.joined is not Role.WITH and look != Look() and Role.GENERATE not in chunk.roles


def _when(chunk: Chunk) -> When:
    timings = [timing.when for timing in chunk.all(Timing)]
    return When(
        target=_target(chunk),
        at_ms=next((when.at_ms for when in timings if when.at_ms is not None), None),
        length=next((when.length for when in timings if when.length is not None), None),
    )


def _target(chunk: Chunk) -> Target | None:
    return next((target for target in chunk.targets if target != _MIDDLE), None)


def _look(chunk: Chunk) -> Look:
    position = next((item.position for item in chunk.all(OfPosition)), None)
    if position is None and _MIDDLE in chunk.targets:
        position = TitlePosition.CENTRE
    return Look(
        position=position,
        colour=next((item.colour for item in chunk.all(OfColour)), None),
        scale=next((item.scale for item in chunk.all(OfScale)), None),
    )
