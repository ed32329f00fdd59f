"""`mvpipe credits`: what is left to spend."""

from __future__ import annotations

import json
import os
from typing import assert_never

from mvpipe.backends.base import Credits
from mvpipe.commands import parts
from mvpipe.errors import Exit
from mvpipe.model.backend import BackendName
from mvpipe.report.streams import Streams

SCHEMA_VERSION = 1
FREE = "rendering on this machine (--backend local) is free"


def show_credits(name: BackendName, streams: Streams, *, as_json: bool) -> Exit:
    """Tell the balance in one line. Safe to repeat; the cloud is asked, nothing is spent."""
    found = _balance(name, streams)
    if as_json:
        streams.result(_document(name, found))
        return Exit.DONE
    streams.result(_line(name, found))
    if name is not BackendName.LOCAL:
        streams.talk(FREE)
    return Exit.DONE


def _balance(name: BackendName, streams: Streams) -> Credits:
    match name:
        case BackendName.LOCAL:
            return Credits(available=None)
        case BackendName.NEMO:
            settings = parts.settings()
            with parts.backend_for(name, settings, workers=None, streams=streams) as backend:
                return backend.credits()
        case _:
            assert_never(name)


def _line(name: BackendName, found: Credits) -> str:
    if found.available is None:
        return FREE if name is BackendName.LOCAL else "this service takes no credits"
    held = f", {found.frozen} frozen for work under way" if found.frozen else ""
    return f"{found.available} credits{held}"


def _document(name: BackendName, found: Credits) -> str:
    service = parts.identity_of(name, os.environ)
    return json.dumps(
        {
            "schema_version": SCHEMA_VERSION,
            "backend": name,
            "service": service,
            "free": found.available is None,
            "available": found.available,
            "frozen": found.frozen,
        },
        indent=2,
    )
