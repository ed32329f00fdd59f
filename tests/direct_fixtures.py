"""A small catalogue and a song whose grid is known, for the tests of direction."""

from __future__ import annotations

from mvpipe.engine.direct.director import Directed, Situation, direct
from mvpipe.model.catalogue import Catalogue, PaletteCard, SceneCard
from mvpipe.model.hints import Meter
from mvpipe.model.music import Beat, Curve, Curves, Mood, Music, Section, SectionKind, Tempo
from mvpipe.model.timeline import Palette, Timeline

_FLAT = Curve(rate_hz=100, levels=b"")
CURVES = Curves(*[_FLAT] * 9)
MOOD = Mood(0.6, 0.5, 0.5, 0.5, "A", "minor", 0.7)
PARTS = (
    ("intro", 8, "A", 0.2),
    ("verse", 8, "B", 0.45),
    ("build", 4, "C", 0.55),
    ("drop", 8, "D", 0.9),
    ("break", 8, "E", 0.25),
    ("build", 4, "C", 0.6),
    ("drop", 8, "D", 0.95),
    ("outro", 4, "A", 0.2),
)
Parts = tuple[tuple[str, int, str, float], ...]


def song(
    parts: Parts = PARTS, *, bpm: float = 120.0, first_ms: int = 300, beats_in_bar: int = 4
) -> Music:
    """Return a song of parts in bars; its first downbeat is at `first_ms`."""
    beat = 60_000 / bpm
    sections, bars = [], 0
    for i, (kind, length, label, energy) in enumerate(parts):
        start = 0 if i == 0 else round(first_ms + bars * beats_in_bar * beat)
        bars += length
        end = round(first_ms + bars * beats_in_bar * beat)
        sections.append(Section(start, end, SectionKind(kind), label, energy, 0.8))
    count = bars * beats_in_bar
    beats = tuple(
        Beat(round(first_ms + i * beat), i % beats_in_bar + 1, 0.9) for i in range(count)
    )
    return Music(
        duration_ms=round(first_ms + count * beat + 500),
        tempo=Tempo(bpm, 0.9),
        meter=Meter(beats_in_bar),
        beats=beats,
        sections=tuple(sections),
        curves=CURVES,
        mood=MOOD,
    )


def unheard(duration_ms: int) -> Music:
    """Return music in which nothing was heard."""
    return Music(duration_ms, Tempo(0.0, 0.0), Meter(), (), (), CURVES, MOOD)


def _scene(name: str, words: str, *, calm: float, fierce: float) -> SceneCard:
    return SceneCard(name, name.title(), tuple(words.split("|")), calm, fierce, 3)


def _palette(
    name: str, colours: str, words: str, *, warmth: float, light: float
) -> PaletteCard:
    return PaletteCard(
        Palette(name, tuple(colours.split())), tuple(words.split("|")), warmth, light
    )


SCENES = (
    _scene("aurora", "aurora|northern lights|mountains|极光|雪山", calm=0.95, fierce=0.3),
    _scene("nebula", "nebula|galaxy|space|ink|smoke|星云|银河|水墨", calm=0.75, fierce=0.5),
    _scene("tunnel", "tunnel|wormhole|speed|techno|隧道|速度", calm=0.2, fierce=0.95),
    _scene("horizon", "horizon|sun|grid|sunset|retro|地平线|日落", calm=0.55, fierce=0.7),
    _scene("skyline", "skyline|city|city at night|城市|天际线", calm=0.5, fierce=0.6),
    _scene("rain", "rain|rain on glass|雨|下雨", calm=0.8, fierce=0.2),
    _scene("particles", "particles|fireworks|粒子|烟花", calm=0.3, fierce=0.9),
)
IMAGE = SceneCard(
    "image", "Picture", ("photos", "pictures", "照片", "图片"), 0.6, 0.6, 2, needs_media=True
)
CATALOGUE = Catalogue(
    scenes=(*SCENES, IMAGE),
    palettes=(
        _palette(
            "ember", "#0a0402 #e0591c #ffd9a0", "ember|fire|red|火", warmth=0.95, light=0.45
        ),
        _palette(
            "deep", "#02030a #2f5fd0 #b8d4ff", "deep ocean|blue|蓝色", warmth=0.1, light=0.4
        ),
        _palette(
            "neon", "#05020a #f02fb0 #50f0ff", "neon|cyberpunk|霓虹", warmth=0.45, light=0.5
        ),
        _palette(
            "pastel", "#2a2440 #f0b8d0 #fff4e8", "pastel|dreamy|梦幻", warmth=0.6, light=0.85
        ),
        _palette(
            "ice", "#04101a #8ad8f0 #f4ffff", "ice|cold|winter|冰", warmth=0.1, light=0.75
        ),
        _palette("aurora", "#02100a #20c080 #c8ffe8", "aurora|极光", warmth=0.25, light=0.5),
        _palette("noir", "#000000 #606060 #e0e0e0", "noir|dark|黑暗", warmth=0.5, light=0.2),
        _palette("gold", "#0a0702 #e0b040 #fff4c8", "gold|golden|金色", warmth=0.9, light=0.6),
    ),
)


def say(
    prompt: str,
    before: Timeline | None = None,
    *,
    music: Music | None = None,
    pictures: tuple[str, ...] = (),
    catalogue: Catalogue = CATALOGUE,
    seed: int = 7,
    name: str = "first-light",
) -> Directed:
    """Direct one prompt over the known song."""
    situation = Situation(
        before=before,
        music=music or song(),
        song=name,
        pictures=pictures,
        catalogue=catalogue,
        seed=seed,
        step="s1",
    )
    return direct(prompt, situation=situation)


def video(prompt: str = "generate a music video") -> Timeline:
    """Return a video to edit."""
    return say(prompt).timeline


def titled() -> Timeline:
    """Return a video with the title "Old" over its first three seconds."""
    return say('add the title "Old" for the first 3 seconds', video()).timeline
