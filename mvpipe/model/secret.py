"""A string that no log, report, hash or traceback may show."""

from __future__ import annotations


class Secret:
    """Wraps a token or a signed address; only `reveal` gives it away.

    Being no dataclass and no string, it has no canonical form and cannot be formatted by
    mistake.
    """

    __slots__ = ("_hidden",)

    def __init__(self, hidden: str) -> None:
        self._hidden = hidden

    def reveal(self) -> str:
        """Return what is hidden: for a request, and for nothing else."""
        return self._hidden

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._hidden == self._hidden

    def __hash__(self) -> int:
        return hash(self._hidden)
