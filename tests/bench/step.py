"""One step of a pipeline: says that it was submitted, writes half, waits, writes the rest.

`python step.py NUMBER OUTPUT LOG`. On its own: every runner starts it as a program.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

HALF = b"half of it\n" * 50
WAIT_S = 0.5


def main(number: str, output: Path, log: Path) -> None:
    """Do it."""
    with log.open("a", encoding="ascii") as file:
        file.write(f"submitted {number}\n")
        file.flush()
        os.fsync(file.fileno())
    with output.open("wb") as file:
        file.write(HALF)
        file.flush()
        time.sleep(WAIT_S)
        file.write(HALF)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
