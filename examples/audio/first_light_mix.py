"""First Light played and mixed: the score in, the finished master out."""

from __future__ import annotations

import first_light as score
import mixing
import numpy as np
import synth
from first_light import SONG
from mixing import add, strike
from notation import BEATS_IN_BAR
from synth import RATE_HZ, Sound

LOUDNESS_LUFS = -12.6  # LAME turns everything down by 0.45 dB: the MP3 has -13
CEILING_DBTP = -2.0  # the encoder's own peaks come on top: the MP3 stays below -1


def play() -> Sound:
    """Return the finished master, of shape (frames, 2)."""
    drums, low = play_drums(), play_bass()
    chords, strings = play_pads(), play_arp()
    voice, bells = play_lead(), play_bells()
    winds = play_risers()
    strings += mixing.echoed(strings, delay_s=0.75 * SONG.beat_s, feedback=0.5) * 0.7
    voice += mixing.echoed(voice, delay_s=0.5 * SONG.beat_s, feedback=0.42) * 0.55
    bells += mixing.echoed(bells, delay_s=0.75 * SONG.beat_s, feedback=0.45) * 0.6
    sent = 0.5 * chords + 0.35 * strings + 0.3 * voice + 0.6 * bells + 0.4 * winds
    hall = mixing.reverberated(sent + 0.35 * play_bright_drums(), seconds=2.6)
    music = 0.8 * chords + 0.75 * strings + 1.0 * voice + 0.9 * bells + 0.6 * hall
    mix = drums + duck(low, depth=0.85, recover=0.55) + duck(music, depth=0.62, recover=0.85)
    mix += winds
    return mixing.mastered(
        mixing.faded(mix, SONG), lufs=LOUDNESS_LUFS, ceiling_dbtp=CEILING_DBTP
    )


def play_pads() -> Sound:
    """Return the chords, opening and closing with the curves of the score."""
    bus = mixing.silence(SONG)
    for chord, beat, beats in score.chord_notes():
        seconds = beats * SONG.beat_s + 0.45
        bars = (beat + np.arange(synth.frames(seconds)) / RATE_HZ / SONG.beat_s) / BEATS_IN_BAR
        cutoff_hz = mixing.curve(score.PAD_CUTOFF_HZ, bars)
        level = 0.12 * mixing.curve(score.PAD_LEVEL, bars)[:, None]
        for pitch in chord.voices:
            add(bus, synth.pad(pitch, seconds, cutoff_hz) * level, at_s=SONG.time_s(beat))
    return bus


def play_bass() -> Sound:
    """Return the bass."""
    bus = mixing.silence(SONG)
    for note in score.bass_notes():
        sound = synth.bass(note.pitch, note.beats * SONG.beat_s)
        add(bus, sound, at_s=SONG.time_s(note.beat), level=0.2 * note.level)
    return bus


def play_arp() -> Sound:
    """Return the plucked sixteenths, walking from side to side."""
    bus = mixing.silence(SONG)
    for turn, note in enumerate(score.arp_notes()):
        bar = note.beat / BEATS_IN_BAR
        cutoff_hz = float(mixing.curve(score.ARP_CUTOFF_HZ, bar))
        place = (-0.55, 0.2, 0.55, -0.2)[turn % 4]
        sound = synth.pluck(
            note.pitch, note.beats * SONG.beat_s, cutoff_hz=cutoff_hz, place=place
        )
        level = 0.3 * note.level * float(mixing.curve(score.ARP_LEVEL, bar))
        add(bus, sound, at_s=SONG.time_s(note.beat), level=level)
    return bus


def play_lead() -> Sound:
    """Return the hook and its second voice."""
    bus = mixing.silence(SONG)
    for note in (*score.lead_notes(), *score.harmony_notes()):
        sound = synth.lead(note.pitch, note.beats * SONG.beat_s, glide_from=note.glide_from)
        add(bus, sound, at_s=SONG.time_s(note.beat), level=0.155 * note.level)
    return bus


def play_bells() -> Sound:
    """Return the bells."""
    bus = mixing.silence(SONG)
    for note in score.bell_notes():
        sound = synth.bell(note.pitch, note.beats * SONG.beat_s)
        add(bus, sound, at_s=SONG.time_s(note.beat), level=0.16 * note.level)
    return bus


def play_risers() -> Sound:
    """Return the winds, and a crash played backwards that swells into the first downbeat."""
    bus = mixing.silence(SONG)
    for turn, note in enumerate(score.risers()):
        sound = synth.riser(note.beats * SONG.beat_s, seed=61 + 2 * turn)
        add(bus, sound, at_s=SONG.time_s(note.beat), level=0.2 * note.level)
    backwards = synth.crash()[: synth.frames(SONG.lead_in_s - 0.01)][::-1]
    add(bus, backwards * np.linspace(0, 1, len(backwards))[:, None] ** 2, at_s=0, level=0.12)
    return bus


def play_drums() -> Sound:
    """Return all drums."""
    bus = play_bright_drums()
    strike(bus, synth.kick(), score.kicks(), song=SONG, level=0.52)
    strike(bus, synth.muffled_kick(), score.heartbeats(), song=SONG, level=0.3)
    return bus


def play_bright_drums() -> Sound:
    """Return the drums above the kick: what the hall hears, too."""
    bus = mixing.silence(SONG)
    strike(bus, synth.clap(), score.claps(), song=SONG, level=0.55)
    strike(bus, synth.snare(), score.snares(), song=SONG, level=0.36)
    strike(bus, synth.hat(fade_s=0.028, seconds=0.12), score.hats(), song=SONG, level=0.42)
    strike(bus, synth.hat(fade_s=0.11, seconds=0.3), score.open_hats(), song=SONG, level=0.34)
    strike(bus, synth.crash(), score.crashes(), song=SONG, level=0.19)
    return bus


def duck(bus: Sound, *, depth: float, recover: float) -> Sound:
    """Return `bus` making room for every kick, back again after `recover` beats."""
    at_s = np.array([SONG.time_s(hit.beat) for hit in score.kicks()])
    return mixing.ducked(bus, at_s=at_s, depth=depth, recover_s=recover * SONG.beat_s)
