"""What a command imports is what it costs before it does anything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("numpy", "av", "numba", "PIL", "rich")
MORE = ("requests", "sseclient", "watchdog", "multiprocessing.pool", "asyncio")

PROBE = """
import json, sys
from mvpipe.cli.main import main
code = main(sys.argv[1:])
print(json.dumps([int(code), sorted(sys.modules)]), file=sys.stderr)
"""

JOB = """\
mvpipe: 1
inputs: [song.mp3]
steps: [generate a music video]
exports: [out/song.mp4]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "song.mp3").write_bytes(b"ID3")
    (tmp_path / "song.mvpipe.yaml").write_text(JOB, encoding="utf-8")
    return tmp_path


def imported(folder: Path, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(modules)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["run", "--help"],
        ["schema"],
        ["validate"],
        ["plan"],
        ["plan", "--json"],
        ["config"],
        ["status"],
        ["explain"],
    ],
    ids=" ".join,
)
def test_a_command_that_renders_nothing_starts_light(
    folder: Path, arguments: list[str]
) -> None:
    assert imported(folder, *arguments).isdisjoint({*HEAVY, *MORE})


def test_help_reads_no_yaml_and_checks_no_schema(folder: Path) -> None:
    assert imported(folder, "--help").isdisjoint({"yaml", "jsonschema", "tinytag"})


def test_a_sound_job_file_is_validated_without_a_validator(folder: Path) -> None:
    assert "jsonschema" not in imported(folder, "validate")
