"""`mvpipe plan`: what a run would do."""

from __future__ import annotations

from pathlib import Path

from mvpipe.commands import parts
from mvpipe.commands.jobs import chosen
from mvpipe.commands.options import Choice
from mvpipe.commands.speed import remembered
from mvpipe.errors import Exit
from mvpipe.report.plan import plan_json, plan_text
from mvpipe.report.streams import Streams


def plan(choice: Choice, streams: Streams, *, folder: Path, as_json: bool) -> Exit:
    """Show what a run would do. Reads, writes nothing, opens no socket. Safe to repeat."""
    settings = parts.settings()
    plans = parts.plans_of(chosen(choice, folder=folder), settings)
    measured = remembered(settings.state_dir).measured
    text = plan_json(plans) if as_json else plan_text(plans, measured=measured)
    streams.result(text)
    return Exit.DONE
