from __future__ import annotations

import numpy as np
import pytest

from mvpipe.engine.audio.curves import make_curves, pack
from mvpipe.engine.audio.mood import find_key, find_mood
from mvpipe.engine.audio.onsets import find_onsets
from mvpipe.engine.audio.spectrum import (
    FRAME_HZ,
    RATE_HZ,
    Spectra,
    analyse,
    band_edges_hz,
    unpacked,
)
from tests.songs import Sound, clicks, noise, silence, tone


def mono(pcm: Sound) -> Sound:
    return np.ascontiguousarray(pcm[:, :1])


def analysed(pcm: Sound, *, block: int = RATE_HZ) -> Spectra:
    sound = mono(pcm)
    return analyse(sound[at : at + block] for at in range(0, len(sound), block))


@pytest.mark.parametrize("block", [1_152, 7_777, 400_000])
def test_the_levels_do_not_depend_on_how_the_sound_is_cut(block: int) -> None:
    pcm = clicks(120, 13, rate_hz=RATE_HZ).pcm
    whole, cut = analysed(pcm, block=len(pcm)), analysed(pcm, block=block)
    assert np.array_equal(whole.bands, cut.bands)
    assert np.array_equal(whole.fine, cut.fine)
    assert np.array_equal(whole.chroma, cut.chroma)


def test_rows_cover_the_song_and_no_more() -> None:
    spectra = analysed(tone(2.345, rate_hz=RATE_HZ).pcm)
    assert (len(spectra.bands), len(spectra.fine)) == (235, 940)
    assert spectra.duration_ms == 2345


def test_a_tone_is_loudest_in_its_own_band_at_its_own_level() -> None:
    spectra = analysed(tone(1, hz=1_000, level=0.5, rate_hz=RATE_HZ).pcm)
    rows = unpacked(spectra.bands)[30:70].mean(axis=0)
    band = int(np.searchsorted(band_edges_hz(), 1_000)) - 1
    assert int(rows.argmax()) == band
    assert rows[band] == pytest.approx(-6, abs=2.5)


def test_a_tone_has_its_pitch_class() -> None:
    high = analysed(tone(1, hz=440, rate_hz=RATE_HZ).pcm).chroma[3:7].sum(axis=0)
    low = analysed(tone(1, hz=110, rate_hz=RATE_HZ).pcm).chroma[3:7].sum(axis=0)
    assert (int(high.argmax()), int(low.argmax())) == (9, 12 + 9)


def test_an_onset_shows_when_it_sounds() -> None:
    song = clicks(60, 5, first_ms=500, rate_hz=RATE_HZ)
    full = find_onsets(analysed(song.pcm)).full
    for at_ms in song.beats_ms:
        frame = round(at_ms * FRAME_HZ / 1000)
        assert abs(int(full[frame - 20 : frame + 21].argmax()) - 20) <= 1


def test_kick_and_hat_are_told_apart() -> None:
    song = clicks(60, 6, first_ms=500, rate_hz=RATE_HZ)
    onsets = find_onsets(analysed(song.pcm))
    beat, off = 250, 300
    assert onsets.kick[beat - 4 : beat + 5].max() > 3 * onsets.kick[off - 4 : off + 5].max()
    assert onsets.hat[off - 4 : off + 5].max() > onsets.hat[beat - 4 : beat + 5].max()


def test_silence_has_no_onsets_no_levels_and_a_neutral_mood() -> None:
    spectra = analysed(silence(3, rate_hz=RATE_HZ).pcm)
    onsets = find_onsets(spectra)
    curves = make_curves(spectra, onsets)
    assert not onsets.full.any()
    assert not any(curves.spectrum.levels)
    assert find_mood(spectra, onsets, bpm=120).confidence == 0.0


def test_no_sound_at_all_gives_empty_curves() -> None:
    spectra = analyse([])
    onsets = find_onsets(spectra)
    curves = make_curves(spectra, onsets)
    assert (curves.kick.levels, curves.spectrum.levels) == (b"", b"")
    assert find_mood(spectra, onsets, bpm=120).density == 0.0


def test_curves_pack_as_little_endian_16_bits_and_cut_off_what_lies_outside() -> None:
    curve = pack(np.array([-1.0, 0.5, 2.0]), rate_hz=10)
    assert curve.levels == b"\x00\x00\x00\x80\xff\xff"
    assert (curve.rate_hz, curve.width) == (10, 1)
    assert pack(np.zeros((4, 3))).width == 3


def test_a_scale_in_c_major_is_c_major() -> None:
    chroma = np.zeros((10, 24), np.float32)
    chroma[:, [0, 2, 4, 5, 7, 9, 11]] = [3, 1, 2, 1, 2, 1, 1]
    chroma[:, 12] = 3
    key, mode, confidence = find_key(chroma)
    assert (key, mode) == ("C", "major")
    assert confidence > 0.2


def test_noise_is_brighter_than_a_low_tone() -> None:
    moods = []
    for song in (noise(4, rate_hz=RATE_HZ), tone(4, hz=80, rate_hz=RATE_HZ)):
        spectra = analysed(song.pcm)
        moods.append(find_mood(spectra, find_onsets(spectra), bpm=120))
    assert moods[0].brightness > moods[1].brightness + 0.3
    assert all(0 <= value <= 1 for m in moods for value in (m.arousal, m.valence, m.density))
