"""Music videos as code: a YAML job and a song become a beat-matched MP4.

Who may import whom, downwards only; `lint-imports` holds it::

    cli                          argv in, exit code out
    commands                     one function a verb; puts the parts together
    talk                         a conversation: lines in, turns, videos and a job file out
    report | runner | serve | settings | watch
                                 tell a run; carry plans out; be the cloud; the operator's
                                 choices; the hot folder
    backends                     who carries a job out: base (the contract), local, nemo, retry
    engine | journal | lockfile | plan | protocol | spec
                                 hears, directs, draws, encodes; what was tried and what came
                                 of it; what git keeps; tasks; the wire; job files
    disk                         files that are whole or not there
    process                      which process this is, and whether another is dead
    errors                       every failure that is not a bug, with its exit code
    model                        frozen data everyone shares

Inside the engine the stages do not know each other and meet in the studio::

    studio                       sessions, workers, renders: the engine's only face
    sheets                       contact sheets and pictures of what was heard
    audio | direct | encode | pictures | scenes
    kernel | planes | version    the door to numba; a frame's memory; which engine this is
"""

from __future__ import annotations

__version__ = "0.1.0"
