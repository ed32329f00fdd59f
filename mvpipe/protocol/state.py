"""A session's state: the files, the draft, and a digest that moves when the edit does."""

from __future__ import annotations

from dataclasses import dataclass

from mvpipe.model.canonical import Digest, Plain
from mvpipe.protocol.answers import Asset, Reply, asset_data, json_text, read_asset, unwrap
from mvpipe.protocol.draft import NO_DRAFT, Draft, digest_of_data, draft_at
from mvpipe.protocol.failures import NOBODY, Caller
from mvpipe.protocol.parse import Object, maybe, parse
from mvpipe.protocol.paths import Call

OURS = "mvpipe"
"""What `mvpipe serve` tells beyond the service, under a name that others pass over."""


@dataclass(frozen=True, slots=True)
class SessionState:
    """What a session holds; `assets` are uploaded and generated files alike.

    `digest` covers draft, assets and canvas: an edit moved something where it differs.
    `steps` are the job's steps whose prompts have arrived, `None` where the service does not
    tell; `busy` says that one is being carried out. Only our own server tells either.
    """

    session: str
    assets: tuple[Asset, ...]
    draft: Draft
    digest: Digest
    task: str | None = None
    name: str | None = None
    user: str | None = None
    steps: frozenset[str] | None = None
    busy: bool = False


def read_state(reply: Reply, *, session: str, caller: Caller = NOBODY) -> SessionState:
    """Return the state; raises by the error table, or BadAnswer.

    The fields are looked for in `data.state`, and in `data` where there is no `state`.
    """
    data = unwrap(reply, call=Call.STATE, caller=caller)
    inner = data.get("state")
    state = inner if isinstance(inner, dict) else data
    draft = _draft(reply.body.decode(errors="replace"))
    assets = _assets(state)
    return SessionState(
        session=session,
        assets=assets,
        draft=draft,
        digest=_digest(draft, assets, state.get("canvas_config")),
        task=_text(data, "task_id"),
        name=_text(data, "task_name"),
        user=_text(data, "user_id") or _text(state, "user_id"),
        steps=_steps(data),
        busy=_ours(data).get("busy") is True,
    )


def _draft(text: str) -> Draft:
    for path in (("data", "state", "draft"), ("data", "draft"), ("state", "draft"), ("draft",)):
        if (found := draft_at(text, path)) is not None:
            return found
    return NO_DRAFT


def _assets(state: Object) -> tuple[Asset, ...]:
    entries = state.get("video_infos")
    found = entries if isinstance(entries, list) else []
    read = (maybe(entry, lambda v: read_asset(v, where="video_infos")) for entry in found)
    return tuple(asset for asset in read if asset is not None)


def _digest(draft: Draft, assets: tuple[Asset, ...], canvas: Plain) -> Digest:
    known: list[Plain] = [asset_data(asset) for asset in assets]
    return digest_of_data([parse(draft.raw), known, canvas])


def _text(data: Object, key: str) -> str | None:
    found = data.get(key)
    return found if isinstance(found, str) and found else None


def _steps(data: Object) -> frozenset[str] | None:
    steps = _ours(data).get("steps")
    if not isinstance(steps, list):
        return None
    return frozenset(step for step in steps if isinstance(step, str))


def _ours(data: Object) -> Object:
    found = data.get(OURS)
    return found if isinstance(found, dict) else {}


def write_state(state: SessionState, *, canvas: tuple[int, int] | None = None) -> str:
    """Return the answer about a session, the draft's text untouched; `canvas` is in pixels."""
    assets: list[Plain] = [asset_data(asset) for asset in state.assets]
    sides: Plain = {} if canvas is None else {"width": canvas[0], "height": canvas[1]}
    ids: dict[str, Plain] = {"session_id": state.session}
    if state.task is not None:
        ids["task_id"] = state.task
    if state.name is not None:
        ids["task_name"] = state.name
    if state.steps is not None:
        busy: dict[str, Plain] = {"busy": True} if state.busy else {}
        ids[OURS] = {"steps": [*sorted(state.steps)], **busy}
    inner = (
        f'{{"video_infos":{json_text(assets)},"draft":{state.draft.raw},'
        f'"canvas_config":{json_text(sides)},"video_analyses":{{}},"generated_media":{{}}}}'
    )
    return f'{{"code":0,"message":"success","data":{json_text(ids)[:-1]},"state":{inner}}}}}'
