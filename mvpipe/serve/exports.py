"""Renders: submitted under the client's id, moved on in the background, downloaded."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from mvpipe.engine.studio.state import RenderPhase, RenderProgress
from mvpipe.errors import (
    DirectionError,
    MvpipeError,
    OutputError,
    PlanRefused,
    RateLimited,
    RenderExists,
    UnsupportedMedia,
)
from mvpipe.model.job import Export
from mvpipe.model.media import Quality, natural_size
from mvpipe.model.place import Place
from mvpipe.protocol.answers import UserId
from mvpipe.protocol.draft import digest, encode
from mvpipe.protocol.extras import RenderExtras, read_render_extras
from mvpipe.protocol.paths import download_path
from mvpipe.protocol.renders import (
    SUBMIT_PROGRESS,
    RenderAnswer,
    RenderOrder,
    RenderStage,
    read_order,
    write_render,
)
from mvpipe.protocol.wire import (
    HEADER_EXTRAS,
    HEADER_PLATFORM,
    HEADER_SOURCE,
    HEADER_VERSION,
)
from mvpipe.serve.bodies import whole_body
from mvpipe.serve.chaos import Habit
from mvpipe.serve.house import House, RenderJob, Workspace
from mvpipe.serve.replies import Declined, HalfFile, as_json
from mvpipe.serve.workshop import Made

log = logging.getLogger(__name__)

FPS = 30
VIDEO_TYPE = "video/mp4"
NOWHERE = Place(file="render", line=1, column=1)
_ONE_RANGE = re.compile(r"bytes=(\d{1,18}-\d{0,18}|-\d{1,18})\Z", re.ASCII)

STAGES = {
    RenderPhase.DONE: RenderStage.COMPLETED,
    RenderPhase.FAILED: RenderStage.FAILED,
    RenderPhase.CANCELLED: RenderStage.CANCELLED,
}


@dataclass(slots=True)
class Exports:
    """Each method answers one call; `_following` moves renders on while there are any."""

    house: House
    _following: asyncio.Task[None] | None = field(default=None)

    async def submit(self, request: Request, user: UserId) -> Response:
        """Take a render in. Not safe to repeat: an id is taken once."""
        limits = self.house.options.limits
        body = await whole_body(request, most=limits.draft_bytes, limits=limits)
        order = await run_in_threadpool(read_order, body)
        extras = read_render_extras(request.headers.get(HEADER_EXTRAS))
        session = self.house.session(order.session, user)
        self._check_plan(request)
        self._check_order(order, session)
        export = _export(order, extras)
        self._check_size(export, session)
        job = self._taken(order, session)
        try:
            await self._begin(order.render, export, session)
        except MvpipeError:
            self.house.renders.pop(order.render, None)
            raise
        self._follow()
        return self._answer(job.answer, request)

    def _check_plan(self, request: Request) -> None:
        amount = self.house.dice.chaos.amount
        named = all(
            request.headers.get(name)
            for name in (HEADER_SOURCE, HEADER_VERSION, HEADER_PLATFORM)
        )
        if amount(Habit.PLAN) or (amount(Habit.ATTRIBUTION) and not named):
            raise PlanRefused("export requires account")

    def _check_order(self, order: RenderOrder, session: Workspace) -> None:
        known = self.house.renders.get(order.render)
        if known is not None and not _free_again(known, session):
            raise RenderExists("duplicate render id")
        if len(self.house.unfinished) >= self.house.options.limits.renders_waiting:
            raise RateLimited("too many renders are waiting")
        if order.format != "mp4":
            raise UnsupportedMedia("output.format can be mp4 only")
        if session.timeline is None:
            raise DirectionError("there is no timeline to export yet")
        if digest(order.draft) != digest(encode(session.timeline, title=session.name)):
            raise Declined(422, "draft is not the session's latest: read the state again")

    def _check_size(self, export: Export, session: Workspace) -> None:
        aspect = export.aspect or (session.timeline.aspect if session.timeline else None)
        size = export.size or (natural_size(aspect, export.quality) if aspect else None)
        if size is not None and size.width * size.height > self.house.options.limits.pixels:
            raise Declined(400, f"{size} is more than this server renders")

    def _taken(self, order: RenderOrder, session: Workspace) -> RenderJob:
        """Note the render before it begins, so that its id is taken at once."""
        answer = RenderAnswer(
            render=order.render, stage=RenderStage.PENDING, progress=SUBMIT_PROGRESS
        )
        job = RenderJob(
            session=session.id,
            user=session.user,
            answer=answer,
            video=session.folder / f"render-{order.render}.mp4",
            used_s=self.house.clock(),
        )
        self.house.renders[order.render] = job
        return job

    async def _begin(self, render: str, export: Export, session: Workspace) -> None:
        if self.house.dice.strikes(Habit.RENDER_FAILS):
            job = self.house.renders[render]
            job.answer = replace(
                job.answer, stage=RenderStage.FAILED, problem="the render worker was lost"
            )
            return
        try:
            await self.house.workshop.render(session.studio, export, render=render)
        except OutputError as error:
            log.warning("%s", error)  # names folders of ours, so it stays here
            await self.house.workshop.cancel(render)
            raise Declined(507, "the server has no room for this video") from error
        self.house.renders[render].begun = True

    def _follow(self) -> None:
        """See to it that somebody moves renders on."""
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._move_on())
            self._following.add_done_callback(self._give_up)

    async def _move_on(self) -> None:
        while unfinished := self.house.unfinished:
            for job in unfinished:
                if job.begun and not job.answer.stage.final:
                    await self._look(job)
            await asyncio.sleep(self.house.options.look_every_s)

    async def _look(self, job: RenderJob) -> None:
        render = job.answer.render
        try:
            made = await self.house.workshop.look(render, to=job.video)
        except MvpipeError as error:
            made = None
            log.warning("%s", error)
        if job.answer.stage.final:
            return  # it was cancelled meanwhile
        if made is None:
            job.answer = replace(
                job.answer, stage=RenderStage.FAILED, problem="the video cannot be kept"
            )
        else:
            job.answer = _answer_of(made, render)

    def _give_up(self, task: asyncio.Task[None]) -> None:
        """Let no render wait for ever where a bug ended what moved it on."""
        if task.cancelled() or task.exception() is None:
            return
        log.error("renders cannot be moved on", exc_info=task.exception())
        for job in self.house.unfinished:
            job.answer = replace(
                job.answer, stage=RenderStage.FAILED, problem="the server met a bug"
            )

    async def stop(self) -> None:
        """Move no render on any more. Safe to repeat."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait({self._following})

    async def poll(self, request: Request, user: UserId) -> Response:
        """Tell how far a render is."""
        job = self.house.job(request.path_params["render"], user)
        return self._answer(job.answer, request)

    async def cancel(self, request: Request, user: UserId) -> Response:
        """Stop a render and keep nothing of it. Safe to repeat."""
        job = self.house.job(request.path_params["render"], user)
        job.answer = RenderAnswer(
            render=job.answer.render,
            stage=RenderStage.CANCELLED,
            progress=job.answer.progress,
        )
        await self.house.workshop.cancel(job.answer.render)
        job.video.unlink(missing_ok=True)
        return self._answer(job.answer, request)

    async def download(self, request: Request, user: UserId) -> FileResponse | HalfFile:
        """Hand the video over, whole or the one range that is asked for."""
        job = self.house.job(request.path_params["render"], user)
        if job.answer.stage is not RenderStage.COMPLETED:
            raise Declined(409, f"the render is {job.answer.stage.value}")
        wanted = request.headers.get("range")
        if wanted is not None and not _ONE_RANGE.match(wanted):
            raise Declined(416, "one range of bytes at a time")
        if self.house.dice.strikes(Habit.WRONG_LENGTH):
            return HalfFile(job.video, VIDEO_TYPE)
        return FileResponse(
            job.video, media_type=VIDEO_TYPE, filename=f"{job.answer.render}.mp4"
        )

    def _answer(self, answer: RenderAnswer, request: Request) -> Response:
        shown = answer
        if answer.stage is RenderStage.COMPLETED:
            base = self.house.options.public_url or f"http://{request.headers['host']}"
            shown = replace(answer, url=f"{base.rstrip('/')}{download_path(answer.render)}")
        return as_json(write_render(shown, form=self.house.options.render_form))


def _free_again(job: RenderJob, session: Workspace) -> bool:
    """Return whether an id can be ordered anew: by its own user, once it was cancelled."""
    return job.user == session.user and job.answer.stage is RenderStage.CANCELLED


def _export(order: RenderOrder, extras: RenderExtras | None) -> Export:
    """Return the export that the header describes, else the plain one of the body."""
    known = extras or RenderExtras(fps=FPS, quality=_quality(order.quality))
    return Export(
        id=order.render,
        to=Path(f"{order.render}.mp4"),
        shown=f"{order.render}.mp4",
        preset=known.preset,
        aspect=known.aspect,
        size=known.size,
        fps=known.fps,
        quality=known.quality,
        place=NOWHERE,
    )


def _quality(written: str) -> Quality:
    return next((quality for quality in Quality if quality.value == written), Quality.HIGH)


def _answer_of(made: Made, render: str) -> RenderAnswer:
    progress = made.progress
    return RenderAnswer(
        render=render,
        stage=_stage(progress),
        progress=_percent(progress),
        problem=progress.problem,
        frames_done=progress.frames_done,
        frames_total=progress.frames_total,
        notes=made.notes,
    )


def _stage(progress: RenderProgress) -> RenderStage:
    if progress.phase is not RenderPhase.RENDERING:
        return STAGES[progress.phase]
    return RenderStage.PROCESSING if progress.frames_done else RenderStage.PENDING


def _percent(progress: RenderProgress) -> int:
    """Return 100 for a video that is there; 99 at most before."""
    if progress.phase is RenderPhase.DONE:
        return 100
    part = progress.frames_done / max(progress.frames_total, 1)
    return SUBMIT_PROGRESS + int(part * (99 - SUBMIT_PROGRESS))
