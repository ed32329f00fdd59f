from __future__ import annotations

from pathlib import Path

import pytest

from mvpipe.errors import Exit, UsageError
from mvpipe.settings import ProgressStyle, read_settings


def test_without_an_environment_every_core_works_and_progress_is_automatic(
    own_home: Path,
) -> None:
    settings = read_settings({}, cores=3)
    assert settings.workers == 3
    assert settings.progress is ProgressStyle.AUTO
    assert own_home in settings.state_dir.parents
    assert own_home in settings.cache_dir.parents


def test_a_machine_with_very_many_cores_is_not_flooded() -> None:
    assert read_settings({}, cores=256).workers == 64


def test_the_environment_decides_where_it_says_something() -> None:
    environ = {
        "MVPIPE_WORKERS": "7",
        "MVPIPE_STATE_DIR": "/s",
        "MVPIPE_CACHE_DIR": "/c",
        "MVPIPE_PROGRESS": "none",
    }
    settings = read_settings(environ, cores=2)
    assert settings.workers == 7
    assert (settings.state_dir, settings.cache_dir) == (Path("/s"), Path("/c"))
    assert settings.progress is ProgressStyle.NONE


def test_an_empty_variable_counts_as_none() -> None:
    names = ("WORKERS", "STATE_DIR", "CACHE_DIR", "PROGRESS")
    empty = {f"MVPIPE_{name}": "" for name in names}
    assert read_settings(empty, cores=2) == read_settings({}, cores=2)


@pytest.mark.parametrize("given", ["0", "65", "-1", "two", "1.5", "²", "٣", " 2", "9" * 5000])
def test_a_number_of_workers_that_is_none_is_refused_by_name(given: str) -> None:
    with pytest.raises(UsageError, match=r"^MVPIPE_WORKERS: .* from 1 to 64$") as caught:
        read_settings({"MVPIPE_WORKERS": given}, cores=2)
    assert caught.value.exit is Exit.USAGE
    assert caught.value.hint


def test_an_unknown_style_of_progress_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="'bars' is not one of auto, tty, plain, none"):
        read_settings({"MVPIPE_PROGRESS": "bars"}, cores=2)
