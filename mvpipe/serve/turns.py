"""Turns: a prompt in, a stream of events out."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.requests import Request

from mvpipe.errors import MvpipeError, OutOfCredits
from mvpipe.model.timeline import Timeline
from mvpipe.protocol.answers import UserId
from mvpipe.protocol.bodies import read_say
from mvpipe.protocol.extras import read_say_extras
from mvpipe.protocol.stream import (
    Heartbeat,
    Stamp,
    StreamError,
    StreamEvent,
    Text,
    ToolCall,
    ToolResult,
    write_event,
)
from mvpipe.protocol.wire import HEADER_EXTRAS
from mvpipe.serve.bodies import whole_body
from mvpipe.serve.chaos import Fate, Habit
from mvpipe.serve.house import House, Said, Workspace
from mvpipe.serve.replies import EventStream, Severed

TOOL = "edit_multitrack"
EXCUSE = "I encountered a temporary issue while processing your request. Please try again."


@dataclass(frozen=True, slots=True)
class Turns:
    """Answers `/run_sse`."""

    house: House

    async def say(self, request: Request, user: UserId) -> EventStream:
        """Begin a turn. Not safe to repeat: the edit may be applied, come what may."""
        limits = self.house.options.limits
        body = read_say(await whole_body(request, most=limits.json_bytes, limits=limits))
        extras = read_say_extras(request.headers.get(HEADER_EXTRAS))
        session = self.house.session(body.session, user)
        if self.house.dice.chaos.amount(Habit.NO_CREDITS):
            raise OutOfCredits("insufficient credits")
        session.turns += 1
        step = f"step-{session.turns}" if extras is None else extras.step
        turn = Turn(self.house, session, prompt=body.text, step=step)
        fate = self.house.dice.fate()
        if fate is not Fate.LOST:
            session.steps[step] += 1  # from now on, whatever becomes of the connection
        return EventStream(turn.told(fate))


@dataclass(frozen=True, slots=True)
class Turn:
    """One prompt on its way."""

    house: House
    session: Workspace
    prompt: str
    step: str

    async def told(self, fate: Fate) -> AsyncIterator[str]:
        """Yield the stream's text, event by event, as the turn's fate has it."""
        write = _Writer(self.house, invocation=f"e-{secrets.token_hex(8)}")
        yield write(ToolCall(TOOL))
        for _ in range(int(self.house.dice.chaos.amount(Habit.HEARTBEATS))):
            yield write(Heartbeat())
        if fate is Fate.LOST:
            raise Severed
        doing = asyncio.ensure_future(self._done(fate))
        self.session.doing.add(doing)
        doing.add_done_callback(self.session.doing.discard)
        while not await _ended(doing, patience_s=self.house.options.heartbeat_every_s):
            yield write(Heartbeat())
        if isinstance(text := doing.result(), StreamError):
            yield write(text)
            return
        async for piece in _reply(text, fate, write):
            yield piece

    async def _done(self, fate: Fate) -> Said:
        """Carry the prompt out; what cannot be is said inside the stream, as agents do."""
        session = self.session
        try:
            text, timeline = await self.house.workshop.say(
                session.studio, self.prompt, step=self.step
            )
        except MvpipeError as error:
            session.steps[self.step] -= 1  # it left no trace, and may come again
            return StreamError(f"{error}; {error.hint}" if error.hint else str(error))
        _applied(session, timeline, late=fate is Fate.LATE)
        return text


def _applied(session: Workspace, timeline: Timeline | None, *, late: bool) -> None:
    session.before, session.timeline = session.timeline, timeline
    session.hidden = 1 if late else 0


async def _ended(doing: asyncio.Future[Said], *, patience_s: float) -> bool:
    done, _ = await asyncio.wait({doing}, timeout=patience_s)
    return bool(done)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the events of one turn in the form the server speaks."""

    house: House
    invocation: str

    def __call__(self, event: StreamEvent) -> str:
        options = self.house.options
        stamp = Stamp(
            id=secrets.token_hex(4), invocation=self.invocation, at_s=self.house.clock()
        )
        return write_event(
            event, form=options.event_form, stamp=stamp, heartbeat=options.heartbeat
        )


async def _reply(text: str, fate: Fate, write: _Writer) -> AsyncIterator[str]:
    """Yield what follows an edit that was applied."""
    yield write(ToolResult(TOOL))
    if fate in {Fate.SILENT, Fate.LATE}:
        return
    whole = write(Text(text)) if text else ""
    if fate is Fate.CUT:
        yield whole[: len(whole) // 2]
        raise Severed
    yield whole
    if fate is Fate.NOISE:
        yield write(Text(EXCUSE))
