"""`python -m tests.simulation SEED [TO]`: replay a seed, or look for one that breaks a law."""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.simulation.play import play


def main(words: list[str]) -> int:
    """Print the trace of one seed, or a line for each failing one of a range."""
    if len(words) == 1:
        story = play(int(words[0]))
        sys.stdout.write(f"{story}\n")
        return 1 if story.broken else 0
    began, ends, failed = time.perf_counter(), Counter[str](), 0
    for seed in range(int(words[0]), int(words[1])):
        story = play(seed)
        ends.update(story.runs[-1:])
        if story.broken:
            failed += 1
            sys.stdout.write(f"seed {seed}: {' | '.join(story.broken)[-600:]}\n")
    took = time.perf_counter() - began
    sys.stdout.write(f"{failed} failed, {took:.1f} s; {dict(ends)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
