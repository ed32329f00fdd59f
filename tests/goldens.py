"""Files that people read to see what mvpipe prints; `GOLDEN=write pytest` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"
WRITING = os.environ.get("GOLDEN") == "write"


def golden(name: str, text: str) -> str:
    """Return what the golden file of that name holds."""
    path = FOLDER / name
    if WRITING:
        path.write_text(text, encoding="utf-8", newline="\n")
    return path.read_text(encoding="utf-8")
