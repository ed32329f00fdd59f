"""Pieces of music made by code, with the truth about them: what hearing is held against.

Two halves that share no pattern, progression, instrument or seed: constants are chosen on
`development` alone, and `held-out` says how good they are. `python -m tests.corpus FOLDER`
writes the pieces as WAV files with audible clicks.
"""
