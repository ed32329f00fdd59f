"""Titles on a timeline: added, changed, removed; nothing else moves."""

from __future__ import annotations

from dataclasses import replace

from mvpipe.engine.direct.brief import Brief
from mvpipe.engine.direct.facts import Edited, NoPart, NoTitle, TitleSet, TitlesGone
from mvpipe.engine.direct.spans import Stretch, length_ms, resolve, spans_of
from mvpipe.engine.direct.taste import within
from mvpipe.engine.direct.tracks import with_titles
from mvpipe.engine.direct.wishes import (
    WHOLE,
    AddTitle,
    ChangeTitle,
    Edge,
    Look,
    Part,
    RemoveTitles,
    Tail,
    When,
)
from mvpipe.model.timeline import Timeline, Title, TitlePosition

_LENGTH_MS = 3000
_SECTION_MS = 4000
_FADE_MS = 400


def add_title(wish: AddTitle, timeline: Timeline, brief: Brief) -> Edited:
    """Return the timeline with a title in every stretch that the wish means."""
    stretches = _stretches(wish.when, brief)
    if not stretches:
        return Edited(timeline, (NoPart(wish.when.target or WHOLE, _names(brief)),))
    text = wish.text or named_after(brief.song)
    added = tuple(_title(text, stretch, wish.look, timeline, brief) for stretch in stretches)
    kept = tuple(t for t in timeline.titles if not any(_replaces(new, t) for new in added))
    after = with_titles(timeline, (*kept, *added))
    return Edited(after, tuple(TitleSet(title, new=True) for title in added))


def named_after(song: str) -> str:
    """Return a song's id as a person would write its name: `first-light` is First Light."""
    words = song.replace("_", " ").replace("-", " ").split()
    return " ".join(word[:1].upper() + word[1:] for word in words) or song


def _replaces(new: Title, old: Title) -> bool:
    return new.text == old.text and new.start_ms < old.end_ms and old.start_ms < new.end_ms


def _names(brief: Brief) -> tuple[str, ...]:
    return tuple(span.name for span in spans_of(brief.music))


def _title(text: str, stretch: Stretch, look: Look, timeline: Timeline, brief: Brief) -> Title:
    start, end = stretch
    return Title(
        start_ms=start,
        end_ms=end,
        text=text,
        position=look.position or _free_position(text, stretch, timeline),
        scale=within(look.scale or 1.0, low=0.2, high=3.0),
        colour=look.colour or "#ffffff",
        fade_ms=min(_FADE_MS, (end - start) // 3),
        step=brief.step,
    )


def _free_position(text: str, stretch: Stretch, timeline: Timeline) -> TitlePosition:
    """Return the middle, or where no other title stands at that time."""
    start, end = stretch
    taken = {
        title.position
        for title in timeline.titles
        if title.start_ms < end and start < title.end_ms and title.text != text
    }
    wanted = (TitlePosition.CENTRE, TitlePosition.BOTTOM, TitlePosition.TOP)
    return next((position for position in wanted if position not in taken), wanted[0])


def _stretches(when: When, brief: Brief) -> tuple[Stretch, ...]:
    """Return when a title shows: three seconds from the start unless more was said."""
    duration = brief.music.duration_ms
    length = None if when.length is None else max(length_ms(when.length, brief.music), 200)
    if when.at_ms is not None:
        start = min(when.at_ms, max(duration - 200, 0))
        return ((start, min(start + (length or _LENGTH_MS), duration)),)
    if when.target is None:
        return ((0, min(length or _LENGTH_MS, duration)),)
    found = resolve(when.target, brief.music)
    return tuple(_within(stretch, when, length) for stretch in found)


def _within(stretch: Stretch, when: When, length: int | None) -> Stretch:
    start, end = stretch
    usual = _LENGTH_MS if isinstance(when.target, Edge) else _SECTION_MS
    if length is None and not isinstance(when.target, Edge | Part):
        return stretch
    shown = min(length or usual, end - start)
    late = isinstance(when.target, Tail) or when.target == Edge(last=True)
    return (end - shown, end) if late else (start, start + shown)


def change_title(wish: ChangeTitle, timeline: Timeline, brief: Brief) -> Edited:
    """Return the timeline with the meant titles changed."""
    meant = tuple(t for t in timeline.titles if wish.old is None or t.text == wish.old)
    if not meant:
        return Edited(timeline, (NoTitle(),))
    when = None if wish.when == When() else _stretches(wish.when, brief)
    new = {title: _changed(title, wish, when) for title in meant}
    after = with_titles(timeline, tuple(new.get(title, title) for title in timeline.titles))
    return Edited(after, tuple(TitleSet(title, new=False) for title in new.values()))


def _changed(title: Title, wish: ChangeTitle, when: tuple[Stretch, ...] | None) -> Title:
    look = wish.look
    start, end = when[0] if when else (title.start_ms, title.end_ms)
    return replace(
        title,
        start_ms=start,
        end_ms=end,
        text=wish.text or title.text,
        position=look.position or title.position,
        colour=look.colour or title.colour,
        scale=within(title.scale * (look.scale or 1.0), low=0.2, high=3.0),
        fade_ms=min(title.fade_ms, (end - start) // 3),
    )


def remove_titles(wish: RemoveTitles, timeline: Timeline, brief: Brief) -> Edited:
    """Return the timeline without the meant titles."""
    stretches = resolve(wish.target, brief.music)

    def meant(title: Title) -> bool:
        if wish.text is not None:
            return title.text == wish.text
        return wish.target == WHOLE or any(
            title.start_ms < end and start < title.end_ms for start, end in stretches
        )

    kept = tuple(title for title in timeline.titles if not meant(title))
    gone = len(timeline.titles) - len(kept)
    if not gone:
        return Edited(timeline, (NoTitle(),))
    return Edited(with_titles(timeline, kept), (TitlesGone(gone),))
