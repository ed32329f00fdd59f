"""The word that may be meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(wrong: str, known: Iterable[str]) -> str | None:
    """Return the known word most like a wrong one, or None where none comes near."""
    # Imported here because difflib takes 5 ms, and only a file with a mistake needs it.
    from difflib import get_close_matches  # noqa: PLC0415

    by_lower = {word.lower(): word for word in known}
    if begun := next(
        (w for w in by_lower if len(wrong) > 3 and w.startswith(wrong.lower())), None
    ):
        return by_lower[begun]
    if found := get_close_matches(wrong.lower()[:80], by_lower, n=1, cutoff=0.6):
        return by_lower[found[0]]
    return None


def did_you_mean(wrong: str, known: Iterable[str], *, none: str) -> str:
    """Return a remedy: the nearest known word, else the list of them, else `none`."""
    words = list(known)
    if found := nearest(wrong, words):
        return f"did you mean '{found}'?"
    return f"known: {', '.join(words[:12])}" if words else none
