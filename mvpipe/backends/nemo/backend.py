"""The cloud as a `Backend`: eight verbs over HTTP. Repeats nothing that may count twice."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mvpipe.backends.base import (
    Backend,
    Credits,
    Notice,
    Percent,
    RenderId,
    RenderState,
    SessionId,
    Snapshot,
    Turn,
    Uploaded,
)
from mvpipe.backends.nemo.api import AnswerLost, Api, Request, Timeouts
from mvpipe.backends.nemo.client import Client
from mvpipe.backends.nemo.download import Downloader
from mvpipe.backends.nemo.identity import Identity
from mvpipe.backends.nemo.places import Resolve, addresses_of
from mvpipe.backends.nemo.renders import Renders
from mvpipe.backends.nemo.turns import OpenSource, Pump, Told, listen
from mvpipe.backends.nemo.uploads import (
    Parcel,
    advice,
    as_wav,
    convertible,
    digest_of_file,
    names_of,
    parcel,
    send_file,
)
from mvpipe.errors import DirectionError, Refused, SessionGone, UnsupportedMedia
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Export, Input, Prompt
from mvpipe.protocol.answers import (
    Asset,
    OpenedSession,
    TaskId,
    UserId,
    read_balance,
    read_claim,
    read_opened,
)
from mvpipe.protocol.bodies import (
    ClaimBody,
    OpenBody,
    SayBody,
    write_claim_body,
    write_open,
    write_say,
)
from mvpipe.protocol.draft import decode, exportable
from mvpipe.protocol.extras import OpenExtras, RenderExtras, SayExtras, write_extras
from mvpipe.protocol.judge import Ending
from mvpipe.protocol.paths import (
    BALANCE_PATH,
    CLAIM_PATH,
    OPEN_PATH,
    SAY_PATH,
    Call,
    claim_link,
    state_path,
)
from mvpipe.protocol.progress import USUAL_LIMITS, TurnLimits
from mvpipe.protocol.renders import RenderOrder
from mvpipe.protocol.state import SessionState, read_state
from mvpipe.protocol.wire import STREAM_TYPE

Taken = tuple[SessionId, str, Path, int, int]
"""What makes an upload the same as one before: session, id, path, size, time of change."""

SOCKET_LATER_S = 5.0
"""The socket outlasts the idle limit, so that the limit ends a turn and not the socket."""


def unheard(_text: str) -> None:
    """Take words as they come, and do nothing with them."""


@dataclass(slots=True)
class NemoBackend:
    """One service, or an `mvpipe serve`; `told` hears a turn's words as they come.

    `open_source` gives the bytes of a turn's answer: in real time, unless it is a simulation.
    """

    api: Api
    identify: Identity
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    limits: TurnLimits = USUAL_LIMITS
    told: Told = unheard
    resolve: Resolve = addresses_of
    open_source: OpenSource = Pump
    sessions: dict[SessionId, OpenedSession] = field(default_factory=dict)
    taken: dict[Taken, Uploaded] = field(default_factory=dict)
    attempted: dict[tuple[Taken, str], int] = field(default_factory=dict)
    arrived: Counter[tuple[SessionId, str]] = field(default_factory=Counter)
    resumed: set[SessionId] = field(default_factory=set)
    client: Client = field(init=False)
    renders: Renders = field(init=False)

    def __post_init__(self) -> None:
        self.client = Client(api=self.api, identity=self.identify, sleep=self.sleep)
        self.renders = Renders(
            client=self.client,
            clock=self.clock,
            downloader=Downloader(api=self.api, clock=self.clock, resolve=self.resolve),
        )

    def identity(self) -> str:
        return f"nemo/1 {self.api.base}"

    def lasts(self) -> bool:
        return True

    def open(self, *, name: str, language: str, seed: int, hints: MusicHints) -> SessionId:
        request = Request(
            call=Call.OPEN,
            method="POST",
            path=OPEN_PATH,
            body=write_open(OpenBody(name=name, language=language)),
            extras=write_extras(OpenExtras(seed=seed, hints=hints)),
        )
        opened = self.client.ask(request, lambda reply, who: read_opened(reply, caller=who))
        session = SessionId(opened.session)
        self.sessions[session] = opened
        self.identify.user = opened.user or self.identify.user
        return session

    def resume(self, session: SessionId, *, uploaded: Sequence[Input]) -> bool:
        try:
            state = self._state(session)
        except SessionGone:
            return False
        self._recall(session, state.assets, uploaded)
        task = None if state.task is None else TaskId(state.task)
        user = None if state.user is None else UserId(state.user)
        self.sessions[session] = OpenedSession(session=session, task=task, user=user)
        self.identify.user = user or self.identify.user
        return True

    def _recall(
        self, session: SessionId, assets: tuple[Asset, ...], uploaded: Sequence[Input]
    ) -> None:
        """Find the files that were given before among those a session has, by their names.

        One more of a name than was given is a file whose answer the earlier process lost.
        """
        self.resumed.add(session)
        given: Counter[str] = Counter()
        for item in uploaded:
            for name in names_of(item.path):
                named = [asset for asset in assets if asset.name == name]
                if len(named) > given[name]:
                    self._remember(session, item, named[given[name]])
                    given[name] += 1
                    break
        for name, count in given.items():
            self.arrived[session, name] = count

    def upload(self, session: SessionId, item: Input, *, progress: Percent) -> Uploaded:
        sent = parcel(item.path)
        key = _key(session, item)
        if key not in self.taken:
            asset, notes = self._sent(session, item, sent, progress)
            self._remember(session, item, asset, notes)
        return self.taken[key]

    def _remember(
        self, session: SessionId, item: Input, asset: Asset, notes: tuple[str, ...] = ()
    ) -> None:
        self.taken[_key(session, item)] = Uploaded(
            media=item.id, duration_ms=asset.duration_ms, notes=(*notes, *asset.notes)
        )

    def _sent(
        self, session: SessionId, item: Input, sent: Parcel, progress: Percent
    ) -> tuple[Asset, tuple[str, ...]]:
        """Send a file, as WAV where it is refused as it is; return also what to say of it."""
        try:
            return self._sent_once(session, item, sent, progress), ()
        except UnsupportedMedia as refused:
            if not convertible(sent):
                raise advice(sent, refused) from refused
        kind = sent.name.rpartition(".")[2].upper()
        with as_wav(sent) as other:
            asset = self._sent_once(session, item, other, progress)
        return asset, (f"'{item.shown}' went as WAV: the service takes no {kind}",)

    def _sent_once(
        self, session: SessionId, item: Input, sent: Parcel, progress: Percent
    ) -> Asset:
        """Send a file unless an earlier try, whose answer was lost, has arrived after all."""
        attempt, place = (_key(session, item), sent.name), (session, sent.name)
        asked = attempt in self.attempted or session in self.resumed
        named = self._named(session, sent.name) if asked else ()
        known = self.attempted.setdefault(attempt, self.arrived[place])
        if len(named) > known and self._may_be(named[-1], sent):
            asset = named[-1]
        else:
            asset = send_file(self.client, session, sent, known_as=item.id, progress=progress)
        self.arrived[place] += 1
        return asset

    def _named(self, session: SessionId, name: str) -> tuple[Asset, ...]:
        return tuple(asset for asset in self._state(session).assets if asset.name == name)

    def _may_be(self, asset: Asset, sent: Parcel) -> bool:
        """Return whether an asset holds a file's bytes, as far as the service tells.

        Our own server tells the SHA-256; what the cloud calls a hash, nobody knows.
        """
        return not self.api.ours or asset.digest in {None, digest_of_file(sent.path)}

    def say(self, session: SessionId, prompt: Prompt, *, notice: Notice) -> Turn:
        limits = _within(self.limits, prompt.timeout_s)
        request = Request(
            call=Call.SAY,
            method="POST",
            path=SAY_PATH,
            body=write_say(SayBody(session=session, text=prompt.text)),
            extras=write_extras(SayExtras(step=prompt.id)),
            accept=STREAM_TYPE,
            timeouts=Timeouts(read_s=limits.idle_s + SOCKET_LATER_S),
        )
        try:
            response = self.client.stream(request)
        except AnswerLost as problem:
            notice(f"{problem}; looking at the timeline instead")
            return Turn(text="", ending=Ending.CUT)
        return listen(
            self.open_source(response),
            notice=notice,
            told=self.told,
            clock=self.clock,
            limits=limits,
            token=self.identify.token(),
        )

    def timeline(self, session: SessionId) -> Snapshot:
        state = self._state(session)
        timeline = decode(state.draft) if exportable(state.draft) else None
        return Snapshot(
            digest=state.digest, timeline=timeline, taken=state.steps, busy=state.busy
        )

    def _state(self, session: SessionId) -> SessionState:
        request = Request(call=Call.STATE, method="GET", path=state_path(session))
        return self.client.ask(
            request, lambda reply, who: read_state(reply, session=session, caller=who)
        )

    def credits(self) -> Credits:
        request = Request(call=Call.BALANCE, method="GET", path=BALANCE_PATH)
        balance = self.client.ask(request, lambda reply, who: read_balance(reply, caller=who))
        if self.api.ours:  # whose balance is there for foreign clients: nothing costs any
            return Credits(available=None)
        frozen = None if balance.frozen is None else math.floor(balance.frozen)
        return Credits(available=math.floor(balance.available), frozen=frozen)

    def render(self, session: SessionId, *, export: Export, render: RenderId) -> None:
        draft = self._state(session).draft
        if not exportable(draft):
            raise DirectionError(
                "there is no timeline to export yet", hint="put a prompt before the export"
            )
        extras = RenderExtras(
            fps=export.fps,
            quality=export.quality,
            aspect=export.aspect,
            size=export.size,
            preset=export.preset,
        )
        self.renders.order(RenderOrder(render=render, session=session, draft=draft), extras)

    def poll(self, render: RenderId) -> RenderState:
        return self.renders.poll(render)

    def fetch(self, render: RenderId, to: Path) -> tuple[str, ...]:
        return self.renders.fetch(render, to)

    def cancel(self, render: RenderId) -> None:
        self.renders.cancel(render)

    def claim_link(self, session: SessionId) -> str:
        """Return a link that opens the project in a browser, for whoever has it, for a week.

        Not told by itself: it is as good as a key to the project, and logs are public.
        """
        opened = self.sessions.get(session)
        if opened is None or opened.task is None:
            raise Refused("the service gave this session no project to link to")
        request = Request(
            call=Call.CLAIM,
            method="POST",
            path=CLAIM_PATH,
            body=write_claim_body(ClaimBody(task=opened.task, session=session)),
        )
        claim = self.client.ask(request, lambda reply, who: read_claim(reply, caller=who))
        return claim_link(claim.token.reveal(), web=self.identify.web)

    def close(self) -> None:
        """Do nothing: no connection and no file is held between calls."""


_conforms: type[Backend] = NemoBackend


def _key(session: SessionId, item: Input) -> Taken:
    found = item.path.stat()
    return session, item.id, item.path, found.st_size, found.st_mtime_ns


def _within(limits: TurnLimits, timeout_s: int) -> TurnLimits:
    return TurnLimits(
        idle_s=limits.idle_s,
        notice_s=limits.notice_s,
        heartbeats_s=limits.heartbeats_s,
        total_s=min(limits.total_s, timeout_s),
    )
