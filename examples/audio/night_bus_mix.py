"""Night Bus played and mixed: the score in, the finished master out."""

from __future__ import annotations

import lofi
import mixing
import night_bus as score
import numpy as np
import synth
from mixing import add, strike
from night_bus import SONG
from notation import BEATS_IN_BAR, start_beat
from synth import RATE_HZ, Sound

LOUDNESS_LUFS = -14.6  # LAME turns everything down a little: the MP3 has -15
CEILING_DBTP = -2.5  # the encoder's own peaks come on top: the MP3 stays below -1
STRUM_S = 0.009  # from one voice of a chord to the next


def play() -> Sound:
    """Return the finished master, of shape (frames, 2)."""
    chords, low, drums = play_keys(), play_bass(), play_drums()
    tune, shadow = play_tune(), play_shadow()
    tune += mixing.echoed(tune, delay_s=0.75 * SONG.beat_s, feedback=0.38) * 0.5
    room = mixing.reverberated(
        0.4 * chords + 0.55 * tune + 0.5 * shadow + 0.12 * drums, seconds=1.7
    )
    music = duck(chords + tune + shadow + 0.5 * room, depth=0.2)
    mix = drums + duck(low, depth=0.35) + music
    warm = synth.filtered(np.tanh(0.9 * mix) / 0.9, high_hz=15_000)
    warm += 0.0022 * lofi.vinyl(SONG.seconds)[: len(warm)] * rising(len(warm))
    return mixing.mastered(
        mixing.faded(warm, SONG), lufs=LOUDNESS_LUFS, ceiling_dbtp=CEILING_DBTP
    )


def play_keys() -> Sound:
    """Return the chords, rolled from the lowest voice up, on a tape that sways a little."""
    bus = mixing.silence(SONG)
    for chord, beat, beats, level in score.chord_notes():
        for turn, pitch in enumerate(chord.voices):
            sound = lofi.keys(pitch, beats * SONG.beat_s, level=level)
            add(bus, sound, at_s=SONG.time_s(beat) + STRUM_S * turn, level=0.145)
    return lofi.wobbled(opened(trembling(bus)), cents=5, hz=0.7)


def trembling(bus: Sound) -> Sound:
    """Return `bus` passed gently from side to side, twice in a beat, as old pianos do."""
    at = np.arange(len(bus)) / RATE_HZ
    lean = 0.13 * np.sin(2 * np.pi * 2 * at / SONG.beat_s)
    return bus * np.stack((1 + lean, 1 - lean), axis=1)


def opened(bus: Sound) -> Sound:
    """Return `bus` behind the low-pass of the score: between a dull and a bright copy."""
    bars = (np.arange(len(bus)) / RATE_HZ - SONG.lead_in_s) / SONG.beat_s / BEATS_IN_BAR
    cutoff_hz = mixing.curve(score.KEYS_CUTOFF_HZ, bars)
    share = np.clip(np.log(cutoff_hz / 600) / np.log(6000 / 600), 0, 1)[:, None]
    dull, bright = (synth.filtered(bus, high_hz=hz) for hz in (600, 6000))
    return np.asarray(dull + (bright - dull) * share)


def play_bass() -> Sound:
    """Return the bass."""
    bus = mixing.silence(SONG)
    for note in score.bass_notes():
        sound = lofi.round_bass(note.pitch, note.beats * SONG.beat_s)
        add(bus, sound, at_s=SONG.time_s(note.beat), level=0.16 * note.level)
    return bus


def play_tune() -> Sound:
    """Return the tune, on the bells of First Light with their edges off."""
    bus = mixing.silence(SONG)
    for note in score.tune_notes():
        sound = synth.bell(note.pitch, note.beats * SONG.beat_s)
        add(bus, sound, at_s=SONG.time_s(note.beat), level=0.19 * note.level)
    return lofi.wobbled(synth.filtered(bus, high_hz=5000), cents=4, hz=0.9)


def play_shadow() -> Sound:
    """Return the long voice of the lift, far away."""
    bus = mixing.silence(SONG)
    for note in score.shadow_notes():
        cutoff_hz = np.full(synth.frames(note.beats * SONG.beat_s + 0.4), 700.0)
        sound = synth.pad(note.pitch, note.beats * SONG.beat_s + 0.4, cutoff_hz)
        add(bus, sound, at_s=SONG.time_s(note.beat), level=0.065 * note.level)
    return bus


def play_drums() -> Sound:
    """Return all drums, from under a blanket."""
    bus = mixing.silence(SONG)
    strike(bus, lofi.rim(), score.rims(), song=SONG, level=0.62)
    strike(bus, lofi.brushed_snare(), score.snares(), song=SONG, level=0.5)
    hat = synth.hat(fade_s=0.022, seconds=0.1)
    strike(bus, hat, score.hats(), song=SONG, level=0.55)
    strike(bus, lofi.shaker(), score.shakers(), song=SONG, level=0.24)
    strike(bus, lofi.soft_kick(), score.kicks(), song=SONG, level=0.54)
    return synth.filtered(bus, high_hz=12_000)


def duck(bus: Sound, *, depth: float) -> Sound:
    """Return `bus` making a little room for every kick."""
    at_s = np.array([SONG.time_s(hit.beat) for hit in score.kicks()])
    return mixing.ducked(bus, at_s=at_s, depth=depth, recover_s=0.5 * SONG.beat_s)


def rising(count: int) -> Sound:
    """Return the level of the record's surface: in with the needle, back in the verse."""
    bars = (np.arange(count) / RATE_HZ - SONG.lead_in_s) / start_beat(1) / SONG.beat_s
    level = mixing.curve(((-0.12, 0.0), (-0.05, 1.0), (3, 1.0), (5, 0.7), (12, 1.0)), bars)
    return level[:, None]
