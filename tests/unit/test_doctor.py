from __future__ import annotations

import errno
from io import StringIO
from pathlib import Path

import pytest

from mvpipe.commands.doctor import doctor, examine
from mvpipe.engine.scenes.letters import font
from mvpipe.errors import Exit
from mvpipe.report.streams import Streams
from mvpipe.settings import read_settings


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def looks(state: Path, **environ: str) -> dict[str, tuple[str, str]]:
    found = {"MVPIPE_STATE_DIR": str(state), "MVPIPE_CACHE_DIR": str(state), **environ}
    return {
        look.name: (look.found, look.remedy) for look in examine(read_settings(found, cores=2))
    }


def test_everything_that_rendering_needs_is_looked_at(tmp_path: Path) -> None:
    seen = looks(tmp_path)
    assert {"mvpipe", "python", "cores", "av", "numpy", "numba", "pillow"} <= set(seen)
    assert {"libavcodec", "libx264", "aac", "state", "cache"} <= set(seen)


def test_what_is_well_needs_no_remedy(tmp_path: Path) -> None:
    seen = looks(tmp_path)
    well = set(seen) - {"state", "cache"}  # a test machine may be short of space
    assert {name: seen[name][1] for name in well} == dict.fromkeys(well, "")


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("mine", encoding="utf-8")
    for place in (tmp_path / "state", tmp_path / "state" / "deeper"):
        found, remedy = looks(place)["state"]
        assert found == f"{tmp_path / 'state'} is not a folder"
        assert "MVPIPE_STATE_DIR" in remedy


def test_a_folder_that_takes_no_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("mvpipe.commands.doctor.TemporaryFile", refuse)
    assert looks(tmp_path)["cache"][0].endswith("cannot be written: Permission denied")


def test_fonts_that_cannot_be_read_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert looks(tmp_path)["fonts"] == ("4 shipped", "")
    font.cache_clear()
    monkeypatch.setattr("mvpipe.engine.scenes.letters._FONTS", tmp_path)
    found, remedy = looks(tmp_path)["fonts"]
    assert found.startswith("cannot be read")
    assert remedy == "reinstall mvpipe"


def test_the_terminal_is_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert looks(tmp_path)["terminal"][0] == "none: runs are told in plain lines"
    monkeypatch.setattr("sys.stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    assert looks(tmp_path)["terminal"][0] == "xterm, 40 columns, no colour"


def test_looking_around_changes_nothing(tmp_path: Path) -> None:
    looks(tmp_path / "not" / "there")
    assert list(tmp_path.iterdir()) == []


def test_a_finding_has_a_mark_and_a_remedy_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mvpipe.commands.doctor.LITTLE_SPACE_BYTES", 10**18)
    out = StringIO()
    assert doctor(Streams(out, StringIO())) is Exit.FAILED
    assert "! state" in out.getvalue()
    assert "free some space" in out.getvalue()


def test_a_healthy_machine_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mvpipe.commands.doctor.LITTLE_SPACE_BYTES", 0)
    out = StringIO()
    assert doctor(Streams(out, StringIO())) is Exit.DONE
    assert "!" not in out.getvalue()
