"""The file that a job is run for: what `${{ file.* }}` and `${{ tags.* }}` mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mvpipe.spec.scalars import Scalar

TAGS = ("title", "artist", "album", "track", "year", "genre")
PARTS = ("path", "name", "stem", "ext")
NOT_GIVEN = "has a value only with --file, or in a watched folder"


@dataclass(frozen=True, slots=True)
class Given:
    """An absolute path, and what the file says of itself; `tags` may lack any of TAGS.

    `beside` are pictures that belong to it and join the job's own inputs.
    """

    path: Path
    tags: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[Path, ...] = ()

    @property
    def names(self) -> dict[str, Scalar]:
        """Every name with its value; without a title tag that is the stem, others are empty."""
        tags = {"title": self.path.stem} | {k: v for k, v in self.tags.items() if v}
        parts = {
            "name": self.path.name,
            "stem": self.path.stem,
            "ext": self.path.suffix.removeprefix("."),
        }
        return {
            "file.path": str(self.path),
            **{f"file.{part}": readable(text) for part, text in parts.items()},
            **{f"tags.{tag}": readable(tags.get(tag, "")) for tag in TAGS},
        }


def readable(text: str) -> str:
    """Return text from outside as one line that can be printed and hashed everywhere."""
    kept = ("_" if unicodedata.category(c) in {"Cs", "Co"} else c for c in text)
    return " ".join("".join(" " if ord(c) < 32 or ord(c) == 127 else c for c in kept).split())


def absent() -> dict[str, str]:
    """Return why each name has no value where no file is given."""
    names = (*(f"file.{part}" for part in PARTS), *(f"tags.{tag}" for tag in TAGS))
    return dict.fromkeys(names, NOT_GIVEN)
