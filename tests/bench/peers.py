"""Other runners, each in a virtual environment of its own that ours never sees.

Their versions are the `bench` extra's, which nothing of mvpipe ever imports.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = Path(
    os.environ.get("MVPIPE_BENCH_PEERS") or Path(tempfile.gettempdir(), "mvpipe-peers")
)
BIN = "Scripts" if os.name == "nt" else "bin"


class Missing(Exception):
    """A peer cannot be had here; its words say why."""


def wanted(name: str) -> str:
    """Return what pip is asked for: the peer in the version that `pyproject.toml` names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed: list[str] = project["optional-dependencies"]["bench"]
    return next(line for line in listed if line.partition("==")[0] == name)


def program(name: str) -> Path:
    """Return the peer's program, installed now if it is not there; raises Missing."""
    requirement = wanted(name)
    home = FOLDER / requirement.replace("==", "-")
    found = home / BIN / name
    if not found.exists():
        try:
            _quietly(sys.executable, "-m", "venv", str(home))
            _quietly(str(home / BIN / "python"), "-m", "pip", "install", "-q", requirement)
        except (OSError, subprocess.CalledProcessError) as problem:
            raise Missing(f"{requirement} cannot be installed here") from problem
    return found


def _quietly(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
