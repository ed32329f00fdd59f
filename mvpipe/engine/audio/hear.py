"""A song file in, `Music` out: the only function other parts need of hearing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.audio.bars import Bars, find_bars
from mvpipe.engine.audio.beats import Pulse, find_beats
from mvpipe.engine.audio.curves import make_curves
from mvpipe.engine.audio.decode import AudioFacts, decode, probe
from mvpipe.engine.audio.mood import find_mood
from mvpipe.engine.audio.onsets import Onsets, find_onsets
from mvpipe.engine.audio.phase import on_the_beat
from mvpipe.engine.audio.sections import find_sections
from mvpipe.engine.audio.spectrum import RATE_HZ, Spectra, analyse
from mvpipe.engine.audio.tempo import TempoMap, find_tempo
from mvpipe.model.hints import MusicHints
from mvpipe.model.music import Beat, Music, Tempo

Progress = Callable[[float], None]

DOUBT = 0.4
_DECODING = 0.6


def hear(path: Path, *, hints: MusicHints, progress: Progress | None = None) -> Music:
    """Return what is heard in a song; `progress` is told the part done, from 0 to 1.

    The same file and hints give the same Music on one machine. Raises MissingMedia,
    UnsupportedMedia or DamagedMedia. Safe to repeat.
    """
    tell = progress or _untold
    facts = probe(path)
    blocks = decode(path, rate_hz=RATE_HZ, channels=1)
    spectra = analyse(_counted(blocks, expected_ms=facts.duration_ms, tell=tell))
    music = understand(spectra, hints=hints, facts=facts)
    tell(1.0)
    return music


def understand(spectra: Spectra, *, hints: MusicHints, facts: AudioFacts) -> Music:
    """Return what is heard in a song's levels; pure."""
    onsets = find_onsets(spectra)
    tempo = find_tempo(onsets, bpm=hints.bpm)
    first_ms = hints.first_downbeat_ms
    first_s = None if first_ms is None else first_ms / 1000
    pulse = _pulse(onsets, tempo, spectra, anchor_s=first_s)
    bars = find_bars(
        pulse,
        onsets,
        spectra,
        meter=hints.meter,
        first_downbeat_s=first_s,
    )
    told = _tempo(tempo, pulse)
    downbeats = pulse.at_s[bars.in_bar == 1]
    return Music(
        duration_ms=spectra.duration_ms,
        tempo=told,
        meter=bars.meter,
        beats=_beats(pulse, bars),
        sections=find_sections(
            spectra, onsets, downbeats_s=downbeats, duration_ms=spectra.duration_ms
        ),
        curves=make_curves(spectra, onsets),
        mood=find_mood(spectra, onsets, bpm=told.bpm),
        warnings=_warnings(spectra, facts, told),
    )


def _untold(part: float) -> None:
    """Ignore progress nobody asked for."""


def _counted(
    blocks: Iterator[NDArray[np.float32]], *, expected_ms: int | None, tell: Progress
) -> Iterator[NDArray[np.float32]]:
    """Pass blocks on, telling about once a second of sound how far decoding is."""
    expected = max(1, (expected_ms or 180_000) * RATE_HZ // 1000)
    done, told = 0, 0
    for block in blocks:
        yield block
        done += len(block)
        if done - told >= RATE_HZ:
            told = done
            tell(_DECODING * min(1.0, done / expected))


def _pulse(
    onsets: Onsets, tempo: TempoMap | None, spectra: Spectra, *, anchor_s: float | None
) -> Pulse:
    if tempo is None:
        return Pulse(at_s=np.zeros(0), confidence=np.zeros(0))
    duration_s = spectra.samples / RATE_HZ
    pulse = find_beats(onsets, tempo, duration_s=duration_s, anchor_s=anchor_s)
    if anchor_s is not None:
        return pulse
    return on_the_beat(pulse, onsets, spectra, tempo)


def _tempo(tempo: TempoMap | None, pulse: Pulse) -> Tempo:
    if tempo is None:
        return Tempo(bpm=120.0, confidence=0.0)
    bpm = tempo.bpm
    if len(pulse.at_s) > 8:
        bpm = 60.0 / float(np.median(np.diff(pulse.at_s)))
    sure = float(np.median(pulse.confidence)) if len(pulse.confidence) else 0.0
    return Tempo(
        bpm=round(bpm, 2),
        confidence=round(sure, 4),
        candidates=tempo.candidates,
    )


def _beats(pulse: Pulse, bars: Bars) -> tuple[Beat, ...]:
    return tuple(
        Beat(at_ms=round(at * 1000), in_bar=int(place), confidence=round(float(sure), 4))
        for at, place, sure in zip(pulse.at_s, bars.in_bar, pulse.confidence, strict=True)
    )


def _warnings(spectra: Spectra, facts: AudioFacts, tempo: Tempo) -> tuple[str, ...]:
    told = []
    missing_ms = (facts.duration_ms or 0) - spectra.duration_ms
    if missing_ms > 500:
        told.append(
            f"the file ends early, {missing_ms / 1000:.1f} s short of what it says; "
            "it is used as far as it goes"
        )
    if tempo.confidence == 0:
        told.append("no steady beat was heard; to cut on one, set `music: {bpm: ...}`")
    elif tempo.confidence < DOUBT:
        told.append(
            f"the beat is unsure ({tempo.confidence:.2f}); if the cuts miss it, "
            "set `music: {bpm: ...}` in the job"
        )
    return tuple(told)
