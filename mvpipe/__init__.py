"""Music videos as code: a YAML job and a song become a beat-matched MP4."""

from __future__ import annotations

__version__ = "0.1.0"
