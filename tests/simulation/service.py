"""The service in memory: sessions, turns, renders, credits, tokens, by a virtual clock.

It is honest: what it accepts it counts, and what it says is so. What goes wrong on the way is
the network's, in `network`; what goes wrong inside (edits that fail, renders that get stuck) is
drawn from `Temper`.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from mvpipe.model.canonical import Digest, canonical
from mvpipe.model.secret import Secret
from mvpipe.model.timeline import Palette, Shot, Sound, Timeline, Track, TrackKind
from mvpipe.protocol.answers import Asset, Balance, OpenedSession, TaskId, Token, UserId
from mvpipe.protocol.draft import NO_DRAFT, Draft, encode
from mvpipe.protocol.renders import RenderAnswer, RenderOrder, RenderStage
from mvpipe.protocol.state import SessionState
from tests.simulation.turns import Manner, Script, script_of

USER = UserId("anon_simulated")
TOKEN_LASTS_S = 7 * 86_400.0
LINK_LASTS_S = 900.0
RENDER_KEPT_S = 2 * 86_400.0
SONG_MS = 60_000
CDN = "https://static1.nemovideo.ai/render-result"


class No(Exception):
    """The service refuses: HTTP status, and the envelope's code where it has one."""

    def __init__(self, status: int, code: int | None, words: str) -> None:
        super().__init__(words)
        self.status, self.code, self.words = status, code, words


@dataclass(frozen=True, slots=True)
class Temper:
    """How likely it is that something goes wrong inside; each from 0 to 1."""

    silent: float = 0.3
    staged: float = 0.0
    early: float = 0.0
    cut: float = 0.0
    late: float = 0.0
    lost: float = 0.0
    stalled: float = 0.0
    dragging: float = 0.0
    fails: float = 0.0
    render_fails: float = 0.0
    render_slow: float = 0.0
    render_stuck: float = 0.0


CALM = Temper()


@dataclass(slots=True)
class Edit:
    """A prompt that was accepted; it takes effect at `at_s`, never where that is `None`."""

    text: str
    step: str | None
    accepted_s: float
    at_s: float | None
    price: int
    manner: Manner
    whole_s: float = 0.0
    """So long after it takes effect it is whole: some edits come in two stages."""

    @property
    def void(self) -> bool:
        """Whether it has no effect and costs nothing."""
        return self.manner in {Manner.FAILS, Manner.LOST}

    def settled(self, now_s: float) -> bool:
        return self.void or (self.at_s is not None and self.at_s <= now_s)


@dataclass(slots=True)
class Workspace:
    """A session."""

    id: str
    name: str
    assets: list[Asset] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    seen_s: float = -1.0
    """When a client last read the state to its end."""


@dataclass(slots=True)
class Order:
    """A render that was accepted."""

    order: RenderOrder
    extras: str
    accepted_s: float
    done_s: float
    fails: bool = False
    cancelled: bool = False
    forgotten: bool = False

    def lost_by(self, at_s: float) -> bool:
        """Say whether it was clear by then that no video will come of it."""
        late = at_s > self.accepted_s + RENDER_KEPT_S
        return late or self.stage(at_s) in {RenderStage.FAILED, RenderStage.CANCELLED}

    def stage(self, now_s: float) -> RenderStage:
        if self.cancelled:
            return RenderStage.CANCELLED
        if now_s >= self.done_s:
            return RenderStage.FAILED if self.fails else RenderStage.COMPLETED
        young = now_s < self.accepted_s + 2
        return RenderStage.PENDING if young else RenderStage.PROCESSING

    def progress(self, now_s: float) -> int:
        """Return percent; a render that is stuck stands still."""
        share = (now_s - self.accepted_s) / max(1.0, self.done_s - self.accepted_s)
        return max(5, min(99, int(100 * share)))


@dataclass(slots=True)
class Service:
    """All that the service knows. `silly` are prompts that change nothing, by text.

    `prices` is what each prompt costs, in credits, which stay frozen until `settles_s` after
    the edit. `ours` says that it is an `mvpipe serve`.
    """

    clock: Callable[[], float]
    dice: random.Random
    ours: bool
    prices: Mapping[str, int]
    silly: frozenset[str]
    total: int
    settles_s: float = 0.0
    hands_out_again: bool = True
    temper: Temper = CALM
    sessions: dict[str, Workspace] = field(default_factory=dict)
    gone: list[Workspace] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)
    tokens: dict[str, float] = field(default_factory=dict)
    charged: int = 0

    def token(self, client_id: str | None) -> Token:
        """Give the one free token of a week; the same again where it is asked for again."""
        if not client_id:
            raise No(400, None, "X-Client-Id is missing")
        live = [token for token, until in self.tokens.items() if until > self.clock()]
        if live and not self.hands_out_again:
            raise No(429, None, "one token a week")
        return Token(Secret(live[-1] if live else self.new_token()), user=USER, credits=100)

    def new_token(self) -> str:
        """Make a token that is good for a week."""
        token = f"nmv_usr_simulated{len(self.tokens):04}"
        self.tokens[token] = self.clock() + TOKEN_LASTS_S
        return token

    def expire(self) -> None:
        """Let every token be too old."""
        self.tokens = dict.fromkeys(self.tokens, 0.0)

    def require_token(self, token: str | None) -> None:
        """Refuse whoever has no token that is good."""
        if token is None or self.tokens.get(token, 0.0) <= self.clock():
            raise No(401, 1001, "token is invalid or expired")

    def open(self, name: str) -> OpenedSession:
        """Begin a session."""
        number = len(self.sessions) + len(self.gone) + 1
        space = Workspace(id=f"55297980660244{number:05}", name=name)
        self.sessions[space.id] = space
        return OpenedSession(session=space.id, task=TaskId(f"task_{number}"), user=USER)

    def vanish(self, session: str) -> None:
        """Forget a session."""
        if session in self.sessions:
            self.gone.append(self.sessions.pop(session))

    def space(self, session: str) -> Workspace:
        if session not in self.sessions:
            raise No(404, 1002, "Session not found")
        return self.sessions[session]

    @property
    def spaces(self) -> tuple[Workspace, ...]:
        """All sessions that there ever were."""
        return (*self.gone, *self.sessions.values())

    def upload(self, session: str, name: str, body: bytes) -> Asset:
        """Take a file."""
        asset = Asset(
            name=name,
            kind="audio",
            url=f"{CDN}/{name}",
            duration_ms=SONG_MS,
            digest=hashlib.sha256(body).hexdigest() if self.ours else None,
        )
        self.space(session).assets.append(asset)
        return asset

    def say(self, session: str, text: str, *, step: str | None) -> Script:
        """Accept a prompt; return what its stream will be like."""
        space = self.space(session)
        price = self.prices[text]
        if self.balance().available < price:
            raise No(403, 2001, "insufficient credits")
        manner = self._manner()
        staged = self.dice.random() < self.temper.staged
        script = script_of(manner, text, now_s=self.clock(), dice=self.dice, staged=staged)
        if manner is Manner.LOST and self.ours:
            return script  # it never got so far as to be taken
        edit = Edit(text, step, self.clock(), script.applied_s, price, manner, script.whole_s)
        self.charged += 0 if edit.void else price
        space.edits.append(edit)
        return script

    def _manner(self) -> Manner:
        temper, drawn = self.temper, self.dice.random()
        for manner, share in (
            (Manner.EARLY, temper.early),
            (Manner.CUT, temper.cut),
            (Manner.LATE, temper.late),
            (Manner.LOST, temper.lost),
            (Manner.STALLED, temper.stalled),
            (Manner.DRAGGING, temper.dragging),
            (Manner.FAILS, temper.fails),
            (Manner.SILENT, temper.silent),
        ):
            if drawn < share:
                return manner
            drawn -= share
        return Manner.FULL

    def balance(self) -> Balance:
        """Tell the credits; what is under way is held."""
        now = self.clock()
        before = now - self.settles_s
        under_way = [e for s in self.spaces for e in s.edits if not e.settled(before)]
        frozen = sum(edit.price for edit in under_way)
        available = self.total - self.charged
        return Balance(available=available, frozen=frozen, total=available + frozen)

    def state(self, session: str) -> SessionState:
        """Tell what a session holds by now."""
        space, now = self.space(session), self.clock()
        taken = frozenset(e.step for e in space.edits if not e.void and e.step is not None)
        return SessionState(
            session=session,
            assets=tuple(space.assets),
            draft=self.draft(space),
            digest=Digest(""),
            task=None,
            name=space.name,
            user=USER,
            steps=taken if self.ours else None,
            busy=self.ours and any(not e.settled(now - e.whole_s) for e in space.edits),
        )

    def draft(self, space: Workspace) -> Draft:
        """Return a session's edit as it is now."""
        done = sorted(
            (e for e in space.edits if not e.void and e.settled(self.clock())),
            key=lambda edit: edit.at_s or 0,
        )
        now = self.clock()
        texts = tuple(
            edit.text if edit.settled(now - edit.whole_s) else f"{edit.text}, so far"
            for edit in done
            if edit.text not in self.silly
        )
        return draft_of(texts, songs_in(space), ours=self.ours)

    def render(self, order: RenderOrder, extras: str) -> RenderAnswer:
        """Accept an order under the client's id."""
        if order.render in self.orders:
            raise No(409, None, "duplicate id")
        if order.session not in self.sessions:
            raise No(404, 1002, "Session not found")
        now, drawn = self.clock(), self.dice.random()
        lasts = self.dice.uniform(8, 90)
        if drawn < self.temper.render_stuck and not self.ours:
            lasts = 1e9
        elif drawn < self.temper.render_stuck + self.temper.render_slow:
            lasts = self.dice.uniform(200, 500 if self.ours else 5000)  # ours is asked often
        fails = self.dice.random() < self.temper.render_fails
        self.orders[order.render] = Order(order, extras, now, now + lasts, fails)
        return self.poll(order.render)

    def poll(self, render: str) -> RenderAnswer:
        """Tell how far a render is; where the video lies has a link that grows old."""
        found, now = self._order(render), self.clock()
        stage = found.stage(now)
        until = int(now + LINK_LASTS_S)
        return RenderAnswer(
            render=render,
            stage=stage,
            progress=100 if stage is RenderStage.COMPLETED else found.progress(now),
            url=f"{CDN}/{render}.mp4?until={until}" if stage is RenderStage.COMPLETED else None,
            problem="no luck" if stage is RenderStage.FAILED else "",
        )

    def cancel(self, render: str) -> RenderAnswer:
        """Stop a render."""
        self._order(render).cancelled = True
        return self.poll(render)

    def _order(self, render: str) -> Order:
        found = self.orders.get(render)
        if found is None or found.forgotten:
            raise No(404, None, "no such render")
        if self.clock() > found.accepted_s + RENDER_KEPT_S:
            found.forgotten = True
            raise No(404, None, "no such render")
        return found

    def video(self, render: str) -> bytes:
        """Return a finished video."""
        found = self._order(render)
        if found.stage(self.clock()) is not RenderStage.COMPLETED:
            raise No(404, None, "not ready")
        return video_of(found.order.draft, found.extras if self.ours else "")


def songs_in(space: Workspace) -> tuple[str, ...]:
    """Return the names of a session's files, each once."""
    return tuple(dict.fromkeys(asset.name for asset in space.assets))


def video_of(draft: Draft, extras: str) -> bytes:
    """Return the video of an edit: the same bytes for the same edit and form."""
    told = hashlib.sha256(f"{draft.raw}{extras}".encode()).hexdigest()
    return b"\x00\x00\x00\x18ftypisom" + (told * 40).encode()


@lru_cache(maxsize=4096)
def draft_of(texts: tuple[str, ...], songs: tuple[str, ...], *, ours: bool) -> Draft:
    """Return the edit that prompts make of songs; none before the first prompt."""
    if not texts:
        return NO_DRAFT
    if ours:
        return encode(_timeline(texts, songs))
    shots = [{"name": text, "len": SONG_MS} for text in texts]
    sounds = [{"name": song} for song in songs]
    tracks = [{"tt": 0, "sg": shots}, {"tt": 1, "sg": sounds}]
    return Draft(canonical({"t": tracks, "d": SONG_MS}))


def _timeline(texts: tuple[str, ...], songs: tuple[str, ...]) -> Timeline:
    long = SONG_MS // len(texts)
    dark = Palette(name="dark", colours=("#000000", "#ffffff"))
    shots = tuple(
        Shot(n * long, (n + 1) * long, scene="aurora", palette=dark, seed=n, section=text)
        for n, text in enumerate(texts)
    )
    sounds = tuple(Sound(0, SONG_MS, media=song) for song in songs)
    return Timeline(
        duration_ms=SONG_MS,
        tracks=(Track(TrackKind.VIDEO, shots), Track(TrackKind.AUDIO, sounds)),
    )
