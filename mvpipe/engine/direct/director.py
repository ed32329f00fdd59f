"""One prompt in, a timeline and a reply out: the only face of direction.

Pure and seeded: the same prompt in the same situation gives the same timeline.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from mvpipe.engine.direct.brief import Brief
from mvpipe.engine.direct.edits import carry_out
from mvpipe.engine.direct.facts import Edited, Fact, Made
from mvpipe.engine.direct.read import Context, read
from mvpipe.engine.direct.reply import reply
from mvpipe.engine.direct.storyboard import storyboard
from mvpipe.engine.direct.tracks import with_titles
from mvpipe.engine.direct.wishes import Generate, Reading
from mvpipe.errors import DirectionError
from mvpipe.model.catalogue import Catalogue
from mvpipe.model.music import Music
from mvpipe.model.summary import changes
from mvpipe.model.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Situation:
    """What a prompt meets: the edit so far, the song heard, the user's pictures, the choice.

    `song` and `pictures` are ids of inputs; `step` is the id of the step that speaks.
    """

    before: Timeline | None
    music: Music
    song: str
    pictures: tuple[str, ...]
    catalogue: Catalogue
    seed: int
    step: str


@dataclass(frozen=True, slots=True)
class Directed:
    """The edit after a prompt, what to tell the user, and what changed in plain words."""

    timeline: Timeline
    reply: str
    changes: tuple[str, ...]


def direct(prompt: str, *, situation: Situation) -> Directed:
    """Carry out a prompt; what cannot be done is said in the reply.

    Raises DirectionError when nothing at all can be done: an edit before there is a video.
    """
    before = situation.before
    context = Context(
        catalogue=situation.catalogue,
        pictures=bool(situation.pictures),
        started=before is not None and _plays(before, situation.song),
    )
    reading = read(prompt, context)
    done = _carried_out(reading, situation)
    said = reply(
        done.facts,
        unmet=reading.unmet,
        main=_main_scene(done.timeline) if _makes(reading) else None,
        language=reading.language,
        catalogue=situation.catalogue,
    )
    return Directed(done.timeline, said, changes(before, done.timeline))


def _makes(reading: Reading) -> bool:
    return any(isinstance(wish, Generate) for wish in reading.wishes)


def _plays(timeline: Timeline, song: str) -> bool:
    return any(sound.media == song for sound in timeline.sounds)


def _carried_out(reading: Reading, situation: Situation) -> Edited:
    brief = Brief(
        music=situation.music,
        song=situation.song,
        pictures=situation.pictures,
        catalogue=situation.catalogue,
        seed=situation.seed,
        step=situation.step,
    )
    wanted = next((wish for wish in reading.wishes if isinstance(wish, Generate)), None)
    timeline = _start(wanted, situation.before, brief)
    facts: tuple[Fact, ...] = ()
    for wish in reading.wishes:
        edited = carry_out(wish, timeline, brief)
        timeline, facts = edited.timeline, (*facts, *edited.facts)
    if wanted is not None:
        facts = (_made(timeline, brief), *facts)
    return Edited(timeline, facts)


def _start(wanted: Generate | None, before: Timeline | None, brief: Brief) -> Timeline:
    if wanted is not None:
        return _generated(wanted, before, brief)
    if before is None:
        raise DirectionError(
            "there is no video yet; say what to generate first",
            hint="start with a prompt such as 'a dreamy music video, cuts on the bar'",
        )
    return before


def _generated(wanted: Generate, before: Timeline | None, brief: Brief) -> Timeline:
    """Return a new edit; titles and shape stay where it is the same song again."""
    if not any(not card.needs_media for card in brief.catalogue.scenes):
        raise DirectionError("there is no scene to choose from")
    made = storyboard(wanted, brief)
    if before is None or not _plays(before, brief.song):
        return made
    return replace(with_titles(made, before.titles), aspect=before.aspect)


def _made(timeline: Timeline, brief: Brief) -> Made:
    shots = timeline.shots
    shown = {shot.media for shot in shots}
    return Made(
        shots=len(shots),
        scenes=tuple(dict.fromkeys(shot.scene for shot in shots)),
        palettes=tuple(dict.fromkeys(shot.palette.name for shot in shots)),
        bpm=round(brief.music.tempo.bpm) if brief.music.beats else None,
        left_out=sum(picture not in shown for picture in brief.pictures),
    )


def _main_scene(timeline: Timeline) -> str:
    """Return the procedural scene that shows longest, or the first scene."""
    lasting: Counter[str] = Counter()
    for shot in timeline.shots:
        lasting[shot.scene] += (shot.end_ms - shot.start_ms) * (1 if shot.media is None else 0)
    return max(lasting, key=lambda scene: lasting[scene])
