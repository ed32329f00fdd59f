"""Renders: ordered once, asked about at a decent pace, fetched when they are done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mvpipe.backends.base import RenderId, RenderState, RenderStatus
from mvpipe.backends.nemo.api import AnswerLost, Request, Timeouts
from mvpipe.backends.nemo.client import Client
from mvpipe.backends.nemo.download import Downloader, LinkRefused
from mvpipe.backends.nemo.places import allowed
from mvpipe.errors import (
    BadAnswer,
    MvpipeError,
    OutcomeUnknown,
    RenderExists,
    RenderFailed,
    StillRendering,
    UnknownRender,
    Unreachable,
)
from mvpipe.protocol.answers import Reply
from mvpipe.protocol.extras import RenderExtras, write_extras
from mvpipe.protocol.failures import Caller
from mvpipe.protocol.parse import quoted
from mvpipe.protocol.paths import RENDER_PATH, Call, cancel_path, download_path, poll_path
from mvpipe.protocol.progress import CLOSE, GENTLE, poll_wait_s
from mvpipe.protocol.renders import (
    RenderAnswer,
    RenderOrder,
    RenderStage,
    read_render,
    write_order,
)

STATUS = {
    RenderStage.PENDING: RenderStatus.PENDING,
    RenderStage.PROCESSING: RenderStatus.RENDERING,
    RenderStage.COMPLETED: RenderStatus.DONE,
    RenderStage.FAILED: RenderStatus.FAILED,
    RenderStage.CANCELLED: RenderStatus.CANCELLED,
}
CANCEL_TIMEOUTS = Timeouts(connect_s=1, read_s=1, answer_s=2)
"""Whoever cancels is leaving."""


@dataclass(slots=True)
class _Asked:
    """What is known of a render, and when to ask again."""

    answer: RenderAnswer
    next_s: float
    polls: int = 0


@dataclass(frozen=True, slots=True)
class Renders:
    """The renders of one service."""

    client: Client
    clock: Callable[[], float]
    downloader: Downloader
    asked: dict[RenderId, _Asked] = field(default_factory=dict)

    def order(self, order: RenderOrder, extras: RenderExtras) -> None:
        """Order a render under the caller's id; it is accepted once, whatever the network does.

        Where no answer comes, or one that says nothing about the order, the service is asked
        about the id, and the order repeated only if it knows none. An id that it knows as this
        user's already is that very render, since ids are derived from what is rendered: it is
        taken up, not ordered anew. Raises RenderExists for one that is another's or was
        cancelled, OutcomeUnknown where nobody can tell what became of the order.
        """
        render = RenderId(order.render)
        request = Request(
            call=Call.RENDER,
            method="POST",
            path=RENDER_PATH,
            body=write_order(order),
            extras=write_extras(extras),
        )
        try:
            self._note(render, self._answer(request, render))
        except RenderExists as taken:
            self._take_up(render, taken)
        except (AnswerLost, BadAnswer) as problem:
            self._after_silence(request, render, problem)

    def _take_up(self, render: RenderId, taken: RenderExists) -> None:
        try:
            answer = self._ask(render)
        except UnknownRender:
            raise taken from None
        except Unreachable as problem:
            raise _unknown() from problem
        if answer.stage is RenderStage.CANCELLED:
            raise taken
        self._note(render, answer)

    def _after_silence(self, request: Request, render: RenderId, silence: MvpipeError) -> None:
        try:
            self._note(render, self._ask(render))
        except UnknownRender:
            self._again(request, render)
        except MvpipeError:
            raise _unknown() from silence

    def _again(self, request: Request, render: RenderId) -> None:
        try:
            self._note(render, self._answer(request, render))
        except RenderExists:  # the first order had only been slow
            self._note(render, RenderAnswer(render=render, stage=RenderStage.PENDING))
        except (AnswerLost, BadAnswer) as problem:
            raise _unknown() from problem

    def poll(self, render: RenderId) -> RenderState:
        """Return how far a render is; between two polls that are due, what is known already.

        Safe to repeat, as often as one likes. Raises UnknownRender.
        """
        known = self.asked.get(render)
        if known is not None and (known.answer.stage.final or self.clock() < known.next_s):
            return _state(known.answer)
        return _state(self._note(render, self._ask(render)))

    def fetch(self, render: RenderId, to: Path) -> tuple[str, ...]:
        """Put the finished video at `to`; return notes. Asks anew, as addresses grow old.

        Safe to repeat. Raises StillRendering, RenderFailed, and what the download raises.
        """
        answer = self._finished(render)
        url = self._address(answer)
        try:
            self._download(url, to)
        except LinkRefused:  # as one that has grown old
            self._download(self._other_address(render, url), to)
        return answer.notes

    def _finished(self, render: RenderId) -> RenderAnswer:
        answer = self._note(render, self._ask(render))
        if not answer.stage.final:
            raise StillRendering(
                f"the render is at {answer.progress} %", hint="fetch it once it is done"
            )
        if answer.stage is not RenderStage.COMPLETED:
            raise RenderFailed(_problem(answer) or f"the render was {answer.stage}")
        return answer

    def _download(self, url: str, to: Path) -> None:
        self.downloader.fetch(url, to, token=self.client.identity.token())

    def _address(self, answer: RenderAnswer) -> str:
        """Return where the video lies: as told, or the service's own place for it."""
        api = self.client.api
        if answer.url and allowed(answer.url, api=api, resolve=self.downloader.resolve):
            return answer.url
        return api.base + download_path(answer.render)

    def _other_address(self, render: RenderId, refused: str) -> str:
        """Return a new address, or the service's own place where it tells the same again."""
        renewed = self._address(self._finished(render))
        own = self.client.api.base + download_path(render)
        return renewed if renewed != refused else own

    def cancel(self, render: RenderId) -> None:
        """Stop a render; one that is unknown is stopped already. Safe to repeat."""
        request = Request(
            call=Call.CANCEL,
            method="POST",
            path=cancel_path(render),
            timeouts=CANCEL_TIMEOUTS,
        )
        try:
            self._answer(request, render)
        except UnknownRender:
            return
        finally:
            self.asked.pop(render, None)

    def _ask(self, render: RenderId) -> RenderAnswer:
        """Return how far a render is; raises UnknownRender only where the service says so.

        A page that something in between answers with proves nothing: on that word the render
        would be ordered, and paid for, again.
        """
        request = Request(call=Call.POLL, method="GET", path=poll_path(render))

        def read(reply: Reply, caller: Caller) -> RenderAnswer:
            if reply.status == 404 and not reply.body.lstrip().startswith(b"{"):
                host = self.client.api.host
                raise Unreachable(f"{host} answers with something else than was asked for")
            return read_render(reply, call=Call.POLL, render=render, caller=caller)

        return self.client.ask(request, read)

    def _answer(self, request: Request, render: RenderId) -> RenderAnswer:
        return self.client.ask(
            request,
            lambda reply, who: read_render(reply, call=request.call, render=render, caller=who),
        )

    def _note(self, render: RenderId, answer: RenderAnswer) -> RenderAnswer:
        before = self.asked.get(render)
        polls = 0 if before is None else before.polls + 1
        cadence = CLOSE if self.client.api.ours else GENTLE
        wait = poll_wait_s(polls, cadence=cadence)
        self.asked[render] = _Asked(answer=answer, next_s=self.clock() + wait, polls=polls)
        return answer


def _unknown() -> OutcomeUnknown:
    return OutcomeUnknown(
        "the render was ordered and the service has not said whether it took the order",
        hint="look at the project before you run the job again",
    )


def _state(answer: RenderAnswer) -> RenderState:
    """Return a render's state, in frames where they are told, else in percent."""
    done, total = answer.frames_done, answer.frames_total
    if done is None or not total:
        done, total = answer.progress, 100
    return RenderState(
        status=STATUS[answer.stage],
        frames_done=done,
        frames_total=total,
        problem=_problem(answer) if answer.stage is RenderStage.FAILED else "",
    )


def _problem(answer: RenderAnswer) -> str:
    if not answer.problem:
        return ""
    return f"the service could not render it: {quoted(answer.problem)}"
