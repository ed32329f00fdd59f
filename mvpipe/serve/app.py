"""The routes, and what happens around every call: who is it, is it JSON, does chaos strike."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from mvpipe.errors import MvpipeError, RateLimited, TokenRefused
from mvpipe.protocol.answers import UserId, wrap_error
from mvpipe.protocol.failures import Refusal
from mvpipe.protocol.paths import (
    BALANCE_PATH,
    CANCEL_ROUTE,
    CLAIM_PATH,
    DOWNLOAD_ROUTE,
    OPEN_PATH,
    POLL_ROUTE,
    RENDER_PATH,
    SAY_PATH,
    STATE_ROUTE,
    TOKEN_PATH,
    UPLOAD_ROUTE,
    Call,
)
from mvpipe.protocol.wire import HEADER_AUTHORIZATION
from mvpipe.serve.bodies import require_json
from mvpipe.serve.calls import Calls
from mvpipe.serve.chaos import Habit
from mvpipe.serve.exports import Exports
from mvpipe.serve.guard import Guard
from mvpipe.serve.house import House
from mvpipe.serve.replies import Declined, as_json, refused
from mvpipe.serve.turns import Turns

log = logging.getLogger(__name__)

CLIENT_LEFT = 499
WORDS = {404: "no such path", 500: "the server met a bug"}
Does = Callable[[Request, UserId], Awaitable[ASGIApp]]
PAGE = "<!doctype html><title>Sign in</title><h1>Welcome to this network</h1>"


@dataclass(frozen=True, slots=True)
class Entry:
    """One route: which call it is, and who answers it."""

    call: Call
    method: str
    path: str
    does: Does


def build_app(house: House) -> ASGIApp:
    """Return the server as an ASGI app; its shutdown closes the engine and removes files."""
    calls, turns, exports = Calls(house), Turns(house), Exports(house)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        tidying = asyncio.create_task(_tidy(house))
        yield
        tidying.cancel()
        await exports.stop()
        await house.workshop.close()
        house.home.leave()

    entries = (
        Entry(Call.OPEN, "POST", OPEN_PATH, calls.open),
        Entry(Call.SAY, "POST", SAY_PATH, turns.say),
        Entry(Call.UPLOAD, "POST", UPLOAD_ROUTE, calls.upload),
        Entry(Call.BALANCE, "GET", BALANCE_PATH, calls.balance),
        Entry(Call.STATE, "GET", STATE_ROUTE, calls.state),
        Entry(Call.CLAIM, "POST", CLAIM_PATH, calls.claim),
        Entry(Call.RENDER, "POST", RENDER_PATH, exports.submit),
        Entry(Call.POLL, "GET", POLL_ROUTE, exports.poll),
        Entry(Call.CANCEL, "POST", CANCEL_ROUTE, exports.cancel),
        Entry(Call.DOWNLOAD, "GET", DOWNLOAD_ROUTE, exports.download),
    )
    token = Route(TOKEN_PATH, _open_door(house, calls), methods=["POST"])
    routes = [token, *(_route(house, entry) for entry in entries)]
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={HTTPException: _otherwise, Exception: _otherwise},
    )
    slow_s = house.dice.chaos.amount(Habit.SLOW_BODY)
    limits = house.options.limits
    return Guard(app, names=house.options.names, limits=limits, slow_s=slow_s)


async def _tidy(house: House) -> None:
    """Let go of what rests, also while nobody calls."""
    while True:
        await asyncio.sleep(house.options.tidy_every_s)
        await house.sweep()


def _open_door(house: House, calls: Calls) -> Callable[[Request], Awaitable[Response]]:
    """Return the one endpoint that asks for no token."""

    async def answer(request: Request) -> Response:
        try:
            require_json(request)
            await house.sweep()
            return await calls.token(request)
        except MvpipeError as error:
            return refused(error, call=Call.TOKEN)

    return answer


def _route(house: House, entry: Entry) -> Route:
    async def answer(request: Request) -> ASGIApp:
        try:
            user = house.tokens.user_of(request.headers.get(HEADER_AUTHORIZATION))
            if entry.call is not Call.UPLOAD:
                require_json(request)
            await house.sweep()
            if (page := _misbehave(house, user)) is not None:
                return page
            return await entry.does(request, user)
        except MvpipeError as error:
            return refused(error, call=entry.call)
        except ClientDisconnect:
            return Response(status_code=CLIENT_LEFT)

    # starlette lets an endpoint return any ASGI app; its type says Response
    return Route(entry.path, answer, methods=[entry.method])


def _misbehave(house: House, user: UserId) -> Response | None:
    """Return what chaos answers in place of the call, if it does; raises what it refuses."""
    dice = house.dice
    if dice.comes_to(Habit.EXPIRE_TOKEN):
        house.tokens.expire(user)
        raise TokenRefused("token expired")
    if dice.strikes(Habit.RATE_LIMIT):
        raise RateLimited("rate limit exceeded")
    if dice.strikes(Habit.TROUBLE):
        raise Declined(503, "upstream connect error")
    if dice.strikes(Habit.HTML):
        return Response(PAGE, media_type="text/html")
    return as_json('{"code":0,"data":{"se') if dice.strikes(Habit.BAD_JSON) else None


async def _otherwise(_request: Request, problem: Exception) -> Response:
    """Answer a path or method that there is none of, and what a bug has ended."""
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    words = WORDS.get(status, "not allowed here")
    refusal = Refusal(call=Call.OPEN, status=status, message=words)
    return as_json(wrap_error(refusal), status=status)
