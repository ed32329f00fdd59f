from __future__ import annotations

import pytest

from mvpipe.engine.encode.settings import SETTINGS, x264_options
from mvpipe.model.media import Quality


def params(quality: Quality, *, fps: int = 30) -> dict[str, str]:
    options = x264_options(SETTINGS[quality], fps=fps)
    return dict(pair.split("=") for pair in options["x264-params"].split(":"))


def test_every_quality_has_settings() -> None:
    assert set(SETTINGS) == set(Quality)


@pytest.mark.parametrize("quality", Quality)
def test_chunks_of_every_quality_can_be_joined(quality: Quality) -> None:
    assert params(quality)["open-gop"] == "0"
    assert params(quality)["scenecut"] == "0"
    assert x264_options(SETTINGS[quality], fps=30)["forced-idr"] == "1"


@pytest.mark.parametrize("quality", Quality)
def test_every_quality_is_high_profile(quality: Quality) -> None:
    assert params(quality)["8x8dct"] == "1"


def test_a_keyframe_comes_every_two_seconds_at_any_frame_rate() -> None:
    assert params(Quality.STANDARD, fps=24)["keyint"] == "48"
    assert params(Quality.STANDARD, fps=60)["keyint"] == "120"


def test_a_better_quality_quantises_less() -> None:
    crfs = [SETTINGS[quality].crf for quality in Quality]
    assert crfs == sorted(crfs, reverse=True)
