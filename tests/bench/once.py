"""One whole render in a process of its own, as the render bench times it.

`python -m tests.bench.once SONG VIDEO`: a song becomes a 1080p30 MP4 through the studio. Prints
as JSON when, in seconds after it began, it had heard the song and shown the first frame.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from mvpipe.engine.studio.session import Studio
from mvpipe.engine.studio.state import RenderPhase
from mvpipe.engine.studio.store import Store
from tests.bench.material import PROMPT, export_to, opened


def main(song: Path, video: Path) -> None:
    """Render one song and say when what was reached."""
    began = time.monotonic()
    reached = {}
    with tempfile.TemporaryDirectory(dir=video.parent) as folder:
        store = Store(Path(folder) / "chunks")  # empty, but each chunk is put there
        studio = Studio(folder=Path(folder), workers=os.cpu_count() or 1, store=store)
        session = opened(studio, song)
        reached["heard"] = time.monotonic() - began
        studio.say(session, PROMPT, step="make")
        studio.render(session, export_to(video), render="bench")
        while (now := studio.poll("bench")).phase is RenderPhase.RENDERING:
            if now.frames_done and "first frame" not in reached:
                reached["first frame"] = time.monotonic() - began
            time.sleep(0.05)
        studio.fetch("bench", video)
        studio.close()
    print(json.dumps(reached))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
