"""One call to the service, with what the error table says to do about a definite no.

A refused token is replaced once, if it was a free one; where the service says "too often", the
calls that nobody else repeats are made once more. Both are refusals that came before anything
was done, so even a call that is not safe to repeat may be made again after them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import requests

from mvpipe.backends.nemo.api import HINT, UNTOLD, AnswerLost, Api, Request
from mvpipe.backends.nemo.identity import Identity
from mvpipe.errors import BadAnswer, RateLimited, TokenRefused, Unreachable
from mvpipe.protocol.answers import Reply, check_reply, succeeded
from mvpipe.protocol.failures import Caller
from mvpipe.protocol.hiding import reply_without
from mvpipe.protocol.paths import Call
from mvpipe.protocol.wire import RATE_LIMIT_WAIT_S

T = TypeVar("T")

ONCE_MORE = {Call.OPEN, Call.SAY, Call.RENDER, Call.CLAIM}
"""What is asked once more after 429; the rest is repeated from outside, see `retry`."""


@dataclass(frozen=True, slots=True)
class Client:
    """The service as one user sees it."""

    api: Api
    identity: Identity
    sleep: Callable[[float], None]

    def ask(self, request: Request, read: Callable[[Reply, Caller], T]) -> T:
        """Return what `read` makes of the answer; raises by the error table.

        Raises AnswerLost where it is open whether the call took effect.
        """

        def attempt() -> T:
            token = self.identity.token()
            response = self.api.send(request, token=token)
            reply = reply_without(self.api.reply(response, timeouts=request.timeouts), token)
            return self._read(reply, lambda: read(reply, self.identity.caller))

        return self._insist(request.call, attempt)

    def stream(self, request: Request) -> requests.Response:
        """Return a successful answer with its body unread; raises as `ask` does."""

        def attempt() -> requests.Response:
            token = self.identity.token()
            response = self.api.send(request, token=token)
            if succeeded(response.status_code) and _is(response, request.accept):
                return response
            reply = reply_without(self.api.reply(response, timeouts=request.timeouts), token)
            self._read(reply, lambda: self._checked(reply, request))
            raise AnswerLost(f"{self.api.host} answers with something else than was asked for")

        return self._insist(request.call, attempt)

    def _checked(self, reply: Reply, request: Request) -> None:
        check_reply(reply, call=request.call, caller=self.identity.caller)

    def _read(self, reply: Reply, read: Callable[[], T]) -> T:
        try:
            return read()
        except Unreachable as problem:
            if reply.status not in UNTOLD:
                raise
            raise AnswerLost(str(problem), hint=problem.hint) from problem
        except BadAnswer as problem:
            raise BadAnswer(str(problem), hint=problem.hint or HINT) from problem

    def _insist(self, call: Call, attempt: Callable[[], T]) -> T:
        try:
            return attempt()
        except TokenRefused:
            if not self.identity.renew():
                raise
        except RateLimited:
            if call not in ONCE_MORE:
                raise
            self.sleep(RATE_LIMIT_WAIT_S)
        return attempt()


def _is(response: requests.Response, wanted: str) -> bool:
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower() == wanted
