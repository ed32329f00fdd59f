"""The quick calls: tokens, sessions, files, state, credits, links."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from mvpipe.errors import MediaError, SessionGone, TooLarge, UnsupportedMedia
from mvpipe.model.job import Input
from mvpipe.model.media import FULL_HD, MediaKind
from mvpipe.model.place import Place
from mvpipe.model.secret import Secret
from mvpipe.protocol.answers import (
    Asset,
    Balance,
    Claim,
    OpenedSession,
    TaskId,
    UploadedFiles,
    UserId,
    write_balance,
    write_claim,
    write_opened,
    write_token,
    write_uploaded,
)
from mvpipe.protocol.bodies import read_claim_body, read_open
from mvpipe.protocol.draft import NO_DRAFT, digest, encode
from mvpipe.protocol.extras import (
    NO_HINTS,
    OpenExtras,
    UploadExtras,
    read_open_extras,
    read_upload_extras,
)
from mvpipe.protocol.state import SessionState, write_state
from mvpipe.protocol.wire import (
    CLAIM_LIFETIME_S,
    FREE_CREDITS,
    HEADER_CLIENT_ID,
    HEADER_EXTRAS,
    JSON_TYPE,
    content_type,
)
from mvpipe.serve.bodies import whole_body
from mvpipe.serve.chaos import Habit
from mvpipe.serve.house import House, Workspace
from mvpipe.serve.replies import as_json
from mvpipe.serve.uploads import Received, receive_files
from mvpipe.spec.inputs import KIND_BY_SUFFIX
from mvpipe.spec.naming import distinct, slug

NOWHERE = Place(file="upload", line=1, column=1)


@dataclass(frozen=True, slots=True)
class Calls:
    """Each method answers one call of a user; raises MvpipeError to refuse it."""

    house: House

    async def token(self, request: Request) -> Response:
        """Give a token to who has none."""
        given = self.house.tokens.give(request.headers.get(HEADER_CLIENT_ID))
        return as_json(write_token(given))

    async def open(self, request: Request, user: UserId) -> Response:
        """Start a session."""
        house = self.house
        house.require_place()
        limits = house.options.limits
        body = read_open(await whole_body(request, most=limits.json_bytes, limits=limits))
        extras = read_open_extras(request.headers.get(HEADER_EXTRAS))
        extras = extras or OpenExtras(seed=0, hints=NO_HINTS)
        studio = await house.workshop.open(name=body.name, seed=extras.seed, hints=extras.hints)
        session = Workspace(
            id=str(10**18 + secrets.randbelow(9 * 10**18)),
            task=TaskId(f"task_{secrets.token_hex(8)}"),
            name=body.name,
            user=user,
            studio=studio,
            folder=house.new_folder(),
            used_s=house.clock(),
        )
        house.sessions[session.id] = session
        return as_json(
            write_opened(OpenedSession(session=session.id, task=session.task, user=user))
        )

    async def upload(self, request: Request, user: UserId) -> Response:
        """Take files in, one after the other; the first that is refused ends the call."""
        house = self.house
        session = house.session(request.path_params["session"], user)
        extras = read_upload_extras(request.headers.get(HEADER_EXTRAS))
        if request.headers.get("content-type", "").startswith(JSON_TYPE):
            raise UnsupportedMedia("this server fetches nothing: send the file itself")
        files = await receive_files(
            request, folder=session.folder, limits=house.options.limits, free=house.free
        )
        house.require_known(session)
        try:
            assets = [await self._take(session, file, extras) for file in files]
        finally:
            for file in files:
                file.path.unlink(missing_ok=True)
        return as_json(write_uploaded(UploadedFiles(files=tuple(assets), applied=True)))

    async def _take(
        self, session: Workspace, file: Received, extras: UploadExtras | None
    ) -> Asset:
        kind = self._kind(file.name)
        media = _media_id(session, file, extras)
        if (
            media not in session.assets
            and len(session.assets) >= self.house.options.limits.assets
        ):
            raise TooLarge("the session has as many files as it may have")
        stored = session.folder / f"{file.digest}{Path(file.name).suffix.lower()}"
        if not stored.exists():
            file.path.replace(stored)
        item = Input(id=media, path=stored, shown=file.name, kind=kind, place=NOWHERE)
        try:
            heard, timeline = await self.house.workshop.upload(session.studio, item)
        except MediaError:
            if file.digest not in session.media:
                stored.unlink(missing_ok=True)
            raise
        asset = Asset(
            name=file.name,
            kind=_shown_kind(file.name),
            duration_ms=heard.duration_ms,
            digest=file.digest,
            notes=heard.notes,
        )
        session.media[file.digest] = media
        session.assets[media] = asset
        session.timeline, session.hidden = timeline, 0
        return asset

    def _kind(self, name: str) -> MediaKind:
        """Return what a file is for, by its ending; the engine looks at its bytes itself."""
        ending = Path(name).suffix.lower()
        flac = ending == ".flac" and self.house.dice.chaos.amount(Habit.NO_FLAC)
        if ending not in KIND_BY_SUFFIX or flac:
            raise UnsupportedMedia(f"'{name}' is of no kind that is accepted")
        return KIND_BY_SUFFIX[ending]

    async def state(self, request: Request, user: UserId) -> Response:
        """Tell what a session holds, if possible once the turn under way has ended."""
        session = self.house.session(request.path_params["session"], user)
        await self.house.settled(session)
        timeline = session.timeline
        if session.hidden:
            session.hidden -= 1
            timeline = session.before
        draft = NO_DRAFT if timeline is None else encode(timeline, title=session.name)
        state = SessionState(
            session=session.id,
            assets=tuple(session.assets.values()),
            draft=draft,
            digest=digest(draft),
            task=session.task,
            name=session.name,
            steps=frozenset(+session.steps),
            busy=bool(session.doing),
        )
        size = None if timeline is None else FULL_HD[timeline.aspect]
        canvas = None if size is None else (size.width, size.height)
        return as_json(write_state(state, canvas=canvas))

    async def balance(self, _request: Request, _user: UserId) -> Response:
        """Tell the credits, of which nothing here ever takes any."""
        credits_left = 0 if self.house.dice.chaos.amount(Habit.NO_CREDITS) else FREE_CREDITS
        return as_json(write_balance(Balance(credits_left, frozen=0, total=credits_left)))

    async def claim(self, request: Request, user: UserId) -> Response:
        """Give a link's token, in the service's form: here nothing is behind the link."""
        limits = self.house.options.limits
        body = read_claim_body(await whole_body(request, most=limits.json_bytes, limits=limits))
        if self.house.session(body.session, user).task != body.task:
            raise SessionGone("Session not found")
        token = Secret(f"clm_{secrets.token_urlsafe(24)}")
        return as_json(write_claim(Claim(token=token, expires_in_s=CLAIM_LIFETIME_S)))


def _media_id(session: Workspace, file: Received, extras: UploadExtras | None) -> str:
    """Return the id the caller gives; else one from the file's name, the same for the same."""
    if extras is not None:
        return extras.id
    if file.digest in session.media:
        return session.media[file.digest]
    return distinct(slug(Path(file.name).stem, default="file"), set(session.assets))


def _shown_kind(name: str) -> str:
    kind = content_type(name) or "audio/other"
    return kind.partition("/")[0]
