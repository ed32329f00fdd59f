"""Compose "First Light": play the score, mix it, and write the song with its exact truth.

    python examples/audio/compose.py [FOLDER]

writes `first-light.mp3` and `first-light.beats.json` beside this file, or into FOLDER. Needs
mvpipe with its `local` extra. Safe to repeat: the same files come out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import av
import mixing
import numpy as np
import score
import synth
from mixing import add
from score import Hit, Points
from synth import RATE_HZ, Sound

BEAT_S = 60 / score.BPM
SONG_S = score.LEAD_IN_S + score.start_beat(score.END_BAR) * BEAT_S
BITS_A_SECOND = 160_000
LOUDNESS_LUFS = -12.6  # LAME turns everything down by 0.45 dB: the MP3 has -13
CEILING_DBTP = -2.0  # the encoder's own peaks come on top: the MP3 stays below -1
TAGS = {"title": "First Light", "artist": "mvpipe", "copyright": "CC0 1.0"}


def main(folder: Path) -> None:
    """Write the song and its truth into `folder`."""
    pcm = compose()
    song = folder / "first-light.mp3"
    encode(pcm, song)
    heard = decode(song)
    shift = heard_shift(pcm, heard)
    truth = json.dumps(known(shift_ms=shift * 1000 / RATE_HZ), indent=1)
    (folder / "first-light.beats.json").write_text(_rows_joined(truth) + "\n", encoding="utf-8")
    loudness, peak = mixing.loudness_lufs(heard), 20 * np.log10(mixing.true_peak(heard))
    print(f"{song}: {song.stat().st_size} bytes, heard {shift} samples late")
    print(f"{loudness:.1f} LUFS, true peak {peak:.1f} dBTP")


# Playing and mixing.


def compose() -> Sound:
    """Return the finished master, of shape (frames, 2)."""
    drums, low = play_drums(), play_bass()
    chords, strings = play_pads(), play_arp()
    voice, bells = play_lead(), play_bells()
    winds = play_risers()
    strings += mixing.echoed(strings, delay_s=0.75 * BEAT_S, feedback=0.5) * 0.7
    voice += mixing.echoed(voice, delay_s=0.5 * BEAT_S, feedback=0.42) * 0.55
    bells += mixing.echoed(bells, delay_s=0.75 * BEAT_S, feedback=0.45) * 0.6
    sent = 0.5 * chords + 0.35 * strings + 0.3 * voice + 0.6 * bells + 0.4 * winds
    hall = mixing.reverberated(sent + 0.35 * play_bright_drums(), seconds=2.6)
    music = 0.8 * chords + 0.75 * strings + 1.0 * voice + 0.9 * bells + 0.6 * hall
    mix = drums + duck(low, depth=0.85, recover=0.55) + duck(music, depth=0.62, recover=0.85)
    mix += winds
    return mixing.mastered(faded(mix), lufs=LOUDNESS_LUFS, ceiling_dbtp=CEILING_DBTP)


def play_pads() -> Sound:
    """Return the chords, opening and closing with the curves of the score."""
    bus = new_bus()
    for chord, beat, beats in score.chord_notes():
        seconds = beats * BEAT_S + 0.45
        bars = (beat + np.arange(synth.frames(seconds)) / RATE_HZ / BEAT_S) / score.BEATS_IN_BAR
        cutoff_hz = curve(score.PAD_CUTOFF_HZ, bars)
        level = 0.12 * curve(score.PAD_LEVEL, bars)[:, None]
        for pitch in chord.voices:
            add(bus, synth.pad(pitch, seconds, cutoff_hz) * level, at_s=time_s(beat))
    return bus


def play_bass() -> Sound:
    """Return the bass."""
    bus = new_bus()
    for note in score.bass_notes():
        sound = synth.bass(note.pitch, note.beats * BEAT_S)
        add(bus, sound, at_s=time_s(note.beat), level=0.2 * note.level)
    return bus


def play_arp() -> Sound:
    """Return the plucked sixteenths, walking from side to side."""
    bus = new_bus()
    for turn, note in enumerate(score.arp_notes()):
        bar = note.beat / score.BEATS_IN_BAR
        cutoff_hz = float(curve(score.ARP_CUTOFF_HZ, bar))
        place = (-0.55, 0.2, 0.55, -0.2)[turn % 4]
        sound = synth.pluck(note.pitch, note.beats * BEAT_S, cutoff_hz=cutoff_hz, place=place)
        level = 0.3 * note.level * float(curve(score.ARP_LEVEL, bar))
        add(bus, sound, at_s=time_s(note.beat), level=level)
    return bus


def play_lead() -> Sound:
    """Return the hook and its second voice."""
    bus = new_bus()
    for note in (*score.lead_notes(), *score.harmony_notes()):
        sound = synth.lead(note.pitch, note.beats * BEAT_S, glide_from=note.glide_from)
        add(bus, sound, at_s=time_s(note.beat), level=0.155 * note.level)
    return bus


def play_bells() -> Sound:
    """Return the bells."""
    bus = new_bus()
    for note in score.bell_notes():
        sound = synth.bell(note.pitch, note.beats * BEAT_S)
        add(bus, sound, at_s=time_s(note.beat), level=0.16 * note.level)
    return bus


def play_risers() -> Sound:
    """Return the winds, and a crash played backwards that swells into the first downbeat."""
    bus = new_bus()
    for turn, note in enumerate(score.risers()):
        sound = synth.riser(note.beats * BEAT_S, seed=61 + 2 * turn)
        add(bus, sound, at_s=time_s(note.beat), level=0.2 * note.level)
    backwards = synth.crash()[: synth.frames(score.LEAD_IN_S - 0.01)][::-1]
    add(bus, backwards * np.linspace(0, 1, len(backwards))[:, None] ** 2, at_s=0, level=0.12)
    return bus


def play_drums() -> Sound:
    """Return all drums."""
    bus = play_bright_drums()
    strike_all(bus, synth.kick(), score.kicks(), level=0.52)
    strike_all(bus, synth.muffled_kick(), score.heartbeats(), level=0.3)
    return bus


def play_bright_drums() -> Sound:
    """Return the drums above the kick: what the hall hears, too."""
    bus = new_bus()
    strike_all(bus, synth.clap(), score.claps(), level=0.55)
    strike_all(bus, synth.snare(), score.snares(), level=0.36)
    strike_all(bus, synth.hat(fade_s=0.028, seconds=0.12), score.hats(), level=0.42)
    strike_all(bus, synth.hat(fade_s=0.11, seconds=0.3), score.open_hats(), level=0.34)
    strike_all(bus, synth.crash(), score.crashes(), level=0.19)
    return bus


def strike_all(bus: Sound, drum: Sound, hits: Iterable[Hit], *, level: float) -> None:
    """Add every stroke of one drum to `bus`."""
    for hit in hits:
        add(bus, drum, at_s=time_s(hit.beat), level=level * hit.level)


def duck(bus: Sound, *, depth: float, recover: float) -> Sound:
    """Return `bus` making room for every kick, back again after `recover` beats."""
    at_s = np.array([time_s(hit.beat) for hit in score.kicks()])
    return mixing.ducked(bus, at_s=at_s, depth=depth, recover_s=recover * BEAT_S)


def faded(mix: Sound) -> Sound:
    """Return `mix` dying away smoothly over the last bar."""
    last_s = score.BEATS_IN_BAR * BEAT_S
    fade = np.clip((SONG_S - np.arange(len(mix)) / RATE_HZ) / last_s, 0, 1)
    return mix * (fade**1.5)[:, None]


def new_bus() -> Sound:
    """Return silence as long as the song."""
    return np.zeros((synth.frames(SONG_S), 2))


def time_s(beat: float) -> float:
    """Return when a beat is played, in seconds from the start of the song."""
    return score.LEAD_IN_S + beat * BEAT_S


def curve(points: Points, bars: float | Sound) -> Sound:
    """Return the value of a curve of the score at each place, in bars."""
    at, value = zip(*points, strict=True)
    return np.asarray(np.interp(bars, at, value))


# Writing and the truth.


def encode(pcm: Sound, path: Path) -> None:
    """Write `pcm` as an MP3 with its tags; the file's length holds no silence of the codec."""
    words = np.round(np.clip(pcm, -1, 1) * 32_767).astype(np.int16)
    with av.open(str(path), "w", format="mp3") as container:
        container.metadata.update(TAGS)
        stream = container.add_stream("libmp3lame", rate=RATE_HZ)
        stream.layout = "stereo"
        stream.bit_rate = BITS_A_SECOND
        frame = av.AudioFrame.from_ndarray(words.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = RATE_HZ
        resampler = av.AudioResampler("s16p", "stereo", RATE_HZ, frame_size=1152)
        for piece in (*resampler.resample(frame), *resampler.resample(None), None):
            container.mux(stream.encode(piece))


def decode(path: Path) -> Sound:
    """Return the samples as a player hears them, of shape (frames, 2)."""
    with av.open(str(path)) as container:
        pieces = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(pieces, axis=1).T.astype(np.float64)


def heard_shift(pcm: Sound, heard: Sound) -> int:
    """Return by how many samples `heard` is later than `pcm`: the peak of their correlation."""
    size = synth.quick_size(len(pcm) + len(heard))
    spectra = (np.fft.rfft(sound.sum(axis=1), size) for sound in (heard, pcm))
    heard_spectrum, pcm_spectrum = spectra
    shift = int(np.argmax(np.fft.irfft(heard_spectrum * np.conj(pcm_spectrum), size)))
    return shift - size if shift > size // 2 else shift


def known(*, shift_ms: float) -> dict[str, object]:
    """Return the truth about the song, in milliseconds as heard in the decoded MP3."""

    def heard_ms(beat: float) -> int:
        return round(time_s(beat) * 1000 + shift_ms)

    return {
        "about": "Times are milliseconds in the MP3 as FFmpeg decodes it. The shift against the"
        " composed sound was measured by cross-correlation and is already added to them.",
        "title": TAGS["title"],
        "shift_ms": round(shift_ms, 3),
        "duration_ms": heard_ms(score.start_beat(score.END_BAR)),
        "bpm": score.BPM,
        "meter": f"{score.BEATS_IN_BAR}/4",
        "key": score.KEY,
        "mode": score.MODE,
        "beats_ms": [heard_ms(beat) for beat in score.beats()],
        "downbeats_ms": [heard_ms(beat) for beat in score.beats()[:: score.BEATS_IN_BAR]],
        "sections": _sections(heard_ms),
    }


def _sections(heard_ms: Callable[[float], int]) -> list[dict[str, object]]:
    return [
        {
            "start_ms": heard_ms(score.start_beat(passage.bar)),
            "end_ms": heard_ms(score.start_beat(passage.end_bar)),
            "kind": passage.kind.value,
            "label": passage.label,
        }
        for passage in score.FORM
    ]


def _rows_joined(text: str) -> str:
    """Return indented JSON with its lists of numbers on one line each."""
    return text.replace("\n  ", " ").replace("\n ]", " ]")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
