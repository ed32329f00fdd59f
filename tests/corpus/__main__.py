"""`python -m tests.corpus FOLDER [--plain] [--only WORD]`: the pieces as WAV files."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.corpus.pieces import clicked, pieces
from tests.corpus.sound import RATE_HZ, play
from tests.corpus.truth import HALVES
from tests.songs import write_wav


def main() -> None:
    """Write every piece whose name holds the word, with clicks on its true beats."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--plain", action="store_true", help="without clicks")
    parser.add_argument("--only", default="", help="pieces whose name holds this")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    for score in (piece for half in HALVES for piece in pieces(half)):
        if args.only in score.name:
            sound = play(score)
            heard = sound if args.plain else clicked(sound, score.truth)
            write_wav(args.folder / f"{score.name}.wav", heard, RATE_HZ)


if __name__ == "__main__":
    main()
