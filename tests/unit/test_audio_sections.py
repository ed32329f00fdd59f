from __future__ import annotations

import numpy as np

from mvpipe.engine.audio.onsets import Onsets, find_onsets
from mvpipe.engine.audio.sections import find_sections
from mvpipe.engine.audio.spectrum import BANDS, Spectra, analyse
from mvpipe.model.music import Section, SectionKind
from tests.songs import noise, silence

BAR_S = 2.0
LEVELS = {"i": 0.1, "v": 0.3, "b": 0.55, "d": 0.9, "k": 0.05}


def built(form: str, *, bars: int = 8, kicks: str = "vd") -> tuple[Section, ...]:
    """Return the sections of noise whose level follows a letter for each part."""
    levels = np.repeat([LEVELS[part] for part in form], bars)
    length = int(BAR_S * 24_000)
    rng = np.random.default_rng(5)
    pcm = np.repeat(levels, length) * rng.uniform(-0.5, 0.5, len(levels) * length)
    spectra = analyse([pcm.astype(np.float32)[:, None]])
    onsets = _kicked(find_onsets(spectra), form, bars=bars, kicks=kicks)
    return find_sections(
        spectra,
        onsets,
        downbeats_s=np.arange(len(levels), dtype=np.float64) * BAR_S,
        duration_ms=round(len(levels) * BAR_S * 1000),
    )


def _kicked(onsets: Onsets, form: str, *, bars: int, kicks: str) -> Onsets:
    """Return onsets whose kick strikes twice a second in the parts named."""
    kick = np.zeros_like(onsets.kick)
    kick[::50] = 1.0
    on = np.repeat([part in kicks for part in form], bars * int(BAR_S * 100))
    rest = np.zeros_like(kick)
    return Onsets(full=rest, kick=kick * on, snare=rest, hat=rest, fine=onsets.fine)


def test_edges_fall_where_the_sound_changes() -> None:
    starts = [section.start_ms for section in built("ivdkd")]
    assert starts == [0, 16_000, 32_000, 48_000, 64_000]


def test_parts_that_repeat_share_a_letter() -> None:
    labels = [section.label for section in built("ivdkd")]
    assert labels[2] == labels[4]
    assert len({labels[0], labels[1], labels[2]}) == 3


def test_kinds_follow_energy_and_kick() -> None:
    kinds = [section.kind for section in built("ivdkdi")]
    assert kinds == [
        SectionKind.INTRO,
        SectionKind.BUILD,
        SectionKind.DROP,
        SectionKind.BREAK,
        SectionKind.DROP,
        SectionKind.OUTRO,
    ]


def test_a_quieter_part_with_a_beat_is_a_verse() -> None:
    kinds = [section.kind for section in built("ivdvd", bars=12)]
    assert kinds[1] is kinds[3] is SectionKind.VERSE


def test_a_verse_that_comes_once_and_late_is_a_bridge() -> None:
    kinds = [section.kind for section in built("ididvd", bars=12)]
    assert kinds[4] is SectionKind.BRIDGE


def test_a_long_start_without_kick_is_all_intro() -> None:
    kinds = [section.kind for section in built("ikvd", bars=12)]
    assert kinds[:2] == [SectionKind.INTRO, SectionKind.INTRO]


def test_even_sound_is_one_section() -> None:
    sections = built("vvvv")
    assert [section.kind for section in sections] == [SectionKind.VERSE]


def test_without_beats_sections_lie_on_a_two_second_grid() -> None:
    spectra = analyse([noise(10, rate_hz=24_000).pcm[:, :1]])
    sections = find_sections(
        spectra, find_onsets(spectra), downbeats_s=np.zeros(0), duration_ms=10_000
    )
    assert all(section.start_ms % 2000 == 0 for section in sections)
    assert sections[-1].end_ms == 10_000


def test_no_sound_has_no_sections() -> None:
    spectra = analyse([])
    assert spectra.bands.shape == (0, BANDS)
    assert _sections(spectra, duration_ms=0) == ()


def test_silence_is_one_section() -> None:
    spectra = analyse([silence(8, rate_hz=24_000).pcm[:, :1]])
    assert len(_sections(spectra, duration_ms=8000)) == 1


def _sections(spectra: Spectra, *, duration_ms: int) -> tuple[Section, ...]:
    return find_sections(
        spectra, find_onsets(spectra), downbeats_s=np.zeros(0), duration_ms=duration_ms
    )
