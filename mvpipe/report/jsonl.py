"""Tells a run as JSON lines, one event each, as `schemas/event.schema.json` describes them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mvpipe.model.canonical import plain
from mvpipe.model.event import Event, JobFinished

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class JsonLines:
    """An observer; `write` takes one line without its end."""

    write: Callable[[str], None]

    def __call__(self, event: Event) -> None:
        self.write(encoded(event))


def results_json(results: Sequence[JobFinished]) -> str:
    """Return how every job ended as one document."""
    return json.dumps({"schema_version": SCHEMA_VERSION, "jobs": plain(results)}, indent=2)


def encoded(event: Event) -> str:
    """Return one event as one line of JSON, its kind as `event`: `task-started`."""
    kind = re.sub(r"(?<!^)(?=[A-Z])", "-", type(event).__name__).lower()
    fields = plain(event)
    if not isinstance(fields, dict):
        raise TypeError(f"{kind} is not an object")
    whole = {"schema_version": SCHEMA_VERSION, "event": kind, **fields}
    return json.dumps(whole, ensure_ascii=True, allow_nan=False)
