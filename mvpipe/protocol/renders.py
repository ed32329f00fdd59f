"""The render calls, whose envelope is their own and comes in two forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

from mvpipe.errors import BadAnswer
from mvpipe.model.canonical import Plain
from mvpipe.protocol.answers import Reply, json_text, succeeded, unwrap
from mvpipe.protocol.draft import Draft, draft_at
from mvpipe.protocol.failures import NOBODY, Caller, Refusal
from mvpipe.protocol.parse import Object, a_text, an_integer, an_object, maybe, parse, quoted
from mvpipe.protocol.paths import Call, checked_id

SUBMIT_PROGRESS = 5
MOST_FRAMES = 10**9


class RenderStage(StrEnum):
    """Where a render stands; the last three are final."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen."""
        return self not in {RenderStage.PENDING, RenderStage.PROCESSING}


_SPELLINGS: Mapping[str, RenderStage] = {
    **{stage.value: stage for stage in RenderStage},
    "canceled": RenderStage.CANCELLED,
    "queued": RenderStage.PENDING,
}


class RenderForm(StrEnum):
    """How a render's answer is laid out."""

    NESTED = "nested"
    """`{"success":true,"data":{…,"outputUrl"}}`: judged the likelier one."""
    FLAT = "flat"
    """`{"taskId",…,"output":{"url"}}`: the newer wording."""
    BOTH = "both"
    """Every field in both places, for every client there is."""


@dataclass(frozen=True, slots=True)
class RenderAnswer:
    """How far a render is; `progress` is in percent, `problem` says why it failed.

    The address may be signed, so it is never shown. Frames and notes are our own server's.
    """

    render: str
    stage: RenderStage
    progress: int = 0
    url: str | None = field(default=None, repr=False)
    problem: str = ""
    frames_done: int | None = None
    frames_total: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RenderOrder:
    """What a client asks to be rendered, under an id of its own making."""

    render: str
    session: str
    draft: Draft
    format: str = "mp4"
    quality: str = "high"


def read_render(
    reply: Reply, *, call: Call, render: str, caller: Caller = NOBODY
) -> RenderAnswer:
    """Return how far the render `render` is, from either form, of a submit, poll or cancel.

    Raises by the error table, or BadAnswer for a status that is not known: it might be final.
    """
    if (failed := _failed_render(reply, render)) is not None:
        return failed
    data = unwrap(reply, call=call, caller=caller)
    written = data.get("status")
    if written is None and call is not Call.POLL:
        return _bare(call, render)
    stage = _stage(written, where=f"{call}: status")
    return RenderAnswer(
        render=render,
        stage=stage,
        progress=_progress(data, stage),
        url=_address(data),
        problem=_problem(data),
        frames_done=_frames(data, "done"),
        frames_total=_frames(data, "total"),
        notes=_notes(data),
    )


def _failed_render(reply: Reply, render: str) -> RenderAnswer | None:
    """Return a failed render that came as a refusal: an answer about it, and no error.

    `{"success":false,"data":{"status":"failed"},"error":…}` with status 200.
    """
    if not succeeded(reply.status):
        return None
    body = an_object(parse(reply.body), where="the answer")
    data = body.get("data")
    inner = data if isinstance(data, dict) else body
    if body.get("success") is not False or inner.get("status") != RenderStage.FAILED:
        return None
    problem = _problem(inner) or _problem(body)
    return RenderAnswer(render=render, stage=RenderStage.FAILED, problem=problem)


def _bare(call: Call, render: str) -> RenderAnswer:
    """Return what an answer without a status means: the call was taken, no more."""
    stage = RenderStage.CANCELLED if call is Call.CANCEL else RenderStage.PENDING
    return RenderAnswer(render=render, stage=stage)


def _stage(value: Plain, *, where: str) -> RenderStage:
    written = a_text(value, where=where)
    if (stage := _SPELLINGS.get(written.lower())) is None:
        raise BadAnswer(f"{where} is {quoted(written)}, which is not known")
    return stage


def _progress(data: Object, stage: RenderStage) -> int:
    if stage is RenderStage.COMPLETED:
        return 100
    read = maybe(
        data.get("progress"), lambda v: an_integer(v, where="progress", low=0, high=100)
    )
    return read or 0


def _address(data: Object) -> str | None:
    output = data.get("output")
    nested = output.get("url") if isinstance(output, dict) else None
    found = (value for value in (data.get("outputUrl"), nested) if isinstance(value, str))
    return next((value for value in found if value), None)


def _problem(data: Object) -> str:
    found = (data.get(key) for key in ("error", "message"))
    return next((value for value in found if isinstance(value, str) and value), "")


def _frames(data: Object, part: str) -> int | None:
    frames = data.get("frames")
    if not isinstance(frames, dict):
        return None
    return maybe(
        frames.get(part), lambda v: an_integer(v, where="frames", low=0, high=MOST_FRAMES)
    )


def _notes(data: Object) -> tuple[str, ...]:
    notes = data.get("notes")
    found = notes if isinstance(notes, list) else []
    return tuple(note for note in found if isinstance(note, str))


def write_render(answer: RenderAnswer, *, form: RenderForm = RenderForm.NESTED) -> str:
    """Return a render's answer in the form wanted."""
    nested, flat = _nested(answer), _flat(answer)
    match form:
        case RenderForm.NESTED:
            return json_text({"success": True, "data": nested})
        case RenderForm.FLAT:
            return json_text(flat)
        case RenderForm.BOTH:
            both = {**nested, **flat}
            return json_text({"success": True, **both, "data": both})
        case _:
            assert_never(form)


def _nested(answer: RenderAnswer) -> dict[str, Plain]:
    address = {} if answer.url is None else {"outputUrl": answer.url}
    return {"id": answer.render, **_common(answer), **address}


def _flat(answer: RenderAnswer) -> dict[str, Plain]:
    address: dict[str, Plain] = {} if answer.url is None else {"output": {"url": answer.url}}
    return {"taskId": answer.render, **_common(answer), **address}


def _common(answer: RenderAnswer) -> dict[str, Plain]:
    said: dict[str, Plain] = {"status": answer.stage.value, "progress": answer.progress}
    if answer.problem:
        said["error"] = answer.problem
    if answer.frames_done is not None and answer.frames_total is not None:
        said["frames"] = {"done": answer.frames_done, "total": answer.frames_total}
    if answer.notes:
        said["notes"] = [*answer.notes]
    return said


def wrap_render_error(refusal: Refusal) -> str:
    """Return a refusal in the render calls' envelope, with the code where there is one."""
    code: dict[str, Plain] = {} if refusal.code is None else {"code": refusal.code}
    return json_text({"success": False, "error": refusal.message, **code})


def write_order(order: RenderOrder) -> str:
    """Return the submit body; the draft's text goes in untouched."""
    output = json_text({"format": order.format, "quality": order.quality})
    ids = f'"id":{json_text(order.render)},"sessionId":{json_text(order.session)}'
    return f'{{{ids},"draft":{order.draft.raw},"output":{output}}}'


def read_order(body: bytes) -> RenderOrder:
    """Return what a client asks for; raises BadAnswer."""
    text = body.decode(errors="replace")
    data = an_object(parse(text), where="the body")
    given = data.get("output")
    output = given if isinstance(given, dict) else {}
    draft = draft_at(text, ("draft",))
    if draft is None:
        raise BadAnswer("draft is missing")
    return RenderOrder(
        render=checked_id(a_text(data.get("id"), where="id")),
        session=checked_id(a_text(data.get("sessionId"), where="sessionId")),
        draft=draft,
        format=_text_or(output.get("format"), "mp4"),
        quality=_text_or(output.get("quality"), "high"),
    )


def _text_or(value: Plain, otherwise: str) -> str:
    return value if isinstance(value, str) and value else otherwise
