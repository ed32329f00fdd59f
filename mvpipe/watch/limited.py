"""`python -m mvpipe.watch.limited LIMITS COMMAND...`: limits itself, then becomes the command.

Songs come from anybody, so what reads them may use so much and no more. Limits are set here and
not between fork and exec, where a parent with threads may run next to nothing. Runs where there
are such limits: on POSIX systems.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass

NICE = 10


@dataclass(frozen=True, slots=True)
class Most:
    """What one process may use: CPU seconds, bytes of memory and of one file, open files."""

    cpu_s: int
    memory_bytes: int
    file_bytes: int
    files: int = 1024

    def command(self, command: Sequence[str]) -> list[str]:
        """Return the command line that runs `command` within these limits."""
        told = json.dumps(asdict(self))
        return [sys.executable, "-m", "mvpipe.watch.limited", told, *command]


def limits(most: Most) -> Iterator[tuple[int, int]]:
    """Yield each of the system's limits, and what it is to be."""
    yield resource.RLIMIT_CPU, most.cpu_s
    yield resource.RLIMIT_AS, most.memory_bytes
    yield resource.RLIMIT_FSIZE, most.file_bytes
    yield resource.RLIMIT_NOFILE, most.files
    yield resource.RLIMIT_CORE, 0


def limit(most: Most) -> None:
    """Limit this process and those it starts. Lower limits stay. Safe to repeat."""
    for what, value in limits(most):
        with suppress(OSError, ValueError):  # macOS knows some of them by name only
            lower(what, value)
    with suppress(OSError):
        os.nice(NICE)


def lower(what: int, value: int) -> None:
    """Lower one limit of this process. Raises OSError and ValueError."""
    _, most = resource.getrlimit(what)
    if most != resource.RLIM_INFINITY:
        value = min(value, most)
    resource.setrlimit(what, (value, most))


def main(arguments: Sequence[str]) -> None:
    """Limit this process and become the command. Never returns."""
    told, *command = arguments
    limit(Most(**json.loads(told)))
    os.execv(command[0], command)  # noqa: S606 - our own command, which no shell reads


if __name__ == "__main__":
    main(sys.argv[1:])
