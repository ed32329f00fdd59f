"""A render is ordered once, asked about at a decent pace, and fetched whole or not at all."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mvpipe.backends.base import RenderId, RenderState, RenderStatus, SessionId
from mvpipe.backends.nemo.backend import NemoBackend
from mvpipe.errors import (
    BadAnswer,
    DirectionError,
    MvpipeError,
    OutcomeUnknown,
    Refused,
    RenderExists,
    RenderFailed,
    StillRendering,
    Timeout,
    UnknownRender,
    Unreachable,
)
from mvpipe.model.hints import MusicHints
from mvpipe.protocol.paths import (
    CLAIM_PATH,
    OPEN_PATH,
    RENDER_PATH,
    cancel_path,
    download_path,
    poll_path,
    state_path,
)
from tests.evil import (
    CANARY,
    VIDEO,
    Behaviour,
    Evil,
    Visit,
    caller,
    data,
    evil_server,
    hang_up,
    html,
    plain,
    refuse,
    sends_to,
    video,
    whole,
)
from tests.jobs import export

SESSION, RENDER = SessionId("1"), RenderId("render-1")
POLL, DOWNLOAD = poll_path(RENDER), download_path(RENDER)
DRAFT = {"t": [{"tt": 0, "sg": [{"x": 1.50}]}], "d": 1000}


@pytest.fixture
def evil() -> Iterator[Evil]:
    with evil_server() as server:
        server.on("GET", state_path(SESSION), data(state={"draft": DRAFT}))
        server.on("POST", RENDER_PATH, nested("pending", progress=5))
        yield server


def nested(status: str, **more: object) -> Behaviour:
    return plain({"success": True, "data": {"id": RENDER, "status": status, **more}})


def flat(status: str, **more: object) -> Behaviour:
    return plain({"taskId": RENDER, "status": status, **more})


def order(backend: NemoBackend) -> None:
    backend.render(SESSION, export=export(), render=RENDER)


def test_the_draft_goes_back_as_it_came(evil: Evil, tmp_path: Path) -> None:
    with caller(evil, tmp_path) as backend:
        order(backend)
    [seen] = evil.calls("POST", RENDER_PATH)
    assert b'"id":"render-1","sessionId":"1"' in seen.body
    assert b'"draft":{"t": [{"tt": 0, "sg": [{"x": 1.5}]}], "d": 1000}' in seen.body
    assert '"fps":30' in seen.headers["X-Mvpipe"]


def test_an_empty_timeline_is_not_ordered(evil: Evil, tmp_path: Path) -> None:
    evil.on("GET", state_path(SESSION), data(state={"draft": {}}))
    with caller(evil, tmp_path) as backend, pytest.raises(DirectionError):
        order(backend)
    assert evil.calls("POST", RENDER_PATH) == []


@pytest.mark.parametrize(
    ("known", "orders"), [(nested("processing"), 1), (refuse(404), 2)], ids=["known", "unknown"]
)
def test_after_a_lost_answer_the_service_is_asked_before_anything_is_ordered_again(
    evil: Evil, tmp_path: Path, known: Behaviour, orders: int
) -> None:
    evil.on("POST", RENDER_PATH, hang_up, nested("pending"))
    evil.on("GET", POLL, known)
    with caller(evil, tmp_path) as backend:
        order(backend)
    assert len(evil.calls("POST", RENDER_PATH)) == orders


def test_a_page_in_answer_to_an_order_is_no_answer_and_the_service_is_asked(
    evil: Evil, tmp_path: Path
) -> None:
    evil.on("POST", RENDER_PATH, html)
    evil.on("GET", POLL, nested("processing", progress=40))
    with caller(evil, tmp_path) as backend:
        order(backend)
        assert backend.poll(RENDER).frames_done == 40
    assert len(evil.calls("POST", RENDER_PATH)) == 1


def test_an_order_that_was_only_slow_counts(evil: Evil, tmp_path: Path) -> None:
    evil.on("POST", RENDER_PATH, refuse(504), refuse(409))
    evil.on("GET", POLL, refuse(404))
    with caller(evil, tmp_path) as backend:
        order(backend)
        assert backend.poll(RENDER).status is RenderStatus.PENDING


@pytest.mark.parametrize(
    ("posts", "poll"),
    [((hang_up,), hang_up), ((hang_up, hang_up), refuse(404)), ((html,), html)],
    ids=["no word", "no word twice", "pages"],
)
def test_an_order_nobody_can_tell_of_is_said_to_be_one(
    evil: Evil, tmp_path: Path, posts: tuple[Behaviour, ...], poll: Behaviour
) -> None:
    evil.on("POST", RENDER_PATH, *posts)
    evil.on("GET", POLL, poll)
    with caller(evil, tmp_path) as backend, pytest.raises(OutcomeUnknown):
        order(backend)


@pytest.mark.parametrize(
    "polled",
    [refuse(404), nested("cancelled")],
    ids=["another's", "cancelled"],
)
def test_an_id_that_is_taken_is_an_error(evil: Evil, tmp_path: Path, polled: Behaviour) -> None:
    evil.on("POST", RENDER_PATH, refuse(409))
    evil.on("GET", POLL, polled)
    with caller(evil, tmp_path) as backend, pytest.raises(RenderExists):
        order(backend)


def test_an_order_of_an_earlier_process_is_taken_up_and_not_repeated(
    evil: Evil, tmp_path: Path
) -> None:
    evil.on("POST", RENDER_PATH, refuse(409))
    evil.on("GET", POLL, nested("processing", progress=40))
    with caller(evil, tmp_path) as backend:
        order(backend)
        assert backend.poll(RENDER).frames_done == 40
    assert len(evil.calls("POST", RENDER_PATH)) == 1


def test_an_order_that_is_taken_by_nobody_knows_whom_is_unknown(
    evil: Evil, tmp_path: Path
) -> None:
    evil.on("POST", RENDER_PATH, refuse(409))
    evil.on("GET", POLL, hang_up)
    with caller(evil, tmp_path) as backend, pytest.raises(OutcomeUnknown):
        order(backend)


def test_a_page_without_a_word_of_the_render_does_not_make_it_unknown(
    evil: Evil, tmp_path: Path
) -> None:
    evil.on("POST", RENDER_PATH, hang_up)
    evil.on("GET", POLL, whole(b"<h1>Not Found</h1>", status=404, kind="text/html"))
    with caller(evil, tmp_path) as backend:
        with pytest.raises(Unreachable):
            backend.poll(RENDER)
        with pytest.raises(OutcomeUnknown):
            order(backend)
    assert len(evil.calls("POST", RENDER_PATH)) == 1


STATES = {
    "nested": (nested("processing", progress=40), RenderState(RenderStatus.RENDERING, 40, 100)),
    "flat": (flat("processing", progress=40), RenderState(RenderStatus.RENDERING, 40, 100)),
    "frames": (
        nested("processing", progress=40, frames={"done": 7, "total": 90}),
        RenderState(RenderStatus.RENDERING, 7, 90),
    ),
    "done": (flat("completed", output={"url": "x"}), RenderState(RenderStatus.DONE, 100, 100)),
    "failed": (
        nested("failed", error="no memory"),
        RenderState(
            RenderStatus.FAILED, 0, 100, "the service could not render it: 'no memory'"
        ),
    ),
    "failed bare": (nested("failed"), RenderState(RenderStatus.FAILED, 0, 100)),
    "cancelled": (nested("canceled"), RenderState(RenderStatus.CANCELLED, 0, 100)),
}


@pytest.mark.parametrize("form", STATES)
def test_both_forms_of_answer_are_read(evil: Evil, tmp_path: Path, form: str) -> None:
    evil.on("GET", POLL, STATES[form][0])
    with caller(evil, tmp_path) as backend:
        assert backend.poll(RENDER) == STATES[form][1]


def test_the_service_is_asked_every_half_minute_however_often_we_ask(
    evil: Evil, tmp_path: Path
) -> None:
    evil.on("GET", POLL, nested("processing", progress=50), nested("completed"))
    with caller(evil, tmp_path) as backend:
        order(backend)
        for _ in range(400):
            backend.poll(RENDER)
            backend.sleep(0.2)
        assert backend.poll(RENDER).status is RenderStatus.DONE
    assert len(evil.calls("GET", POLL)) == 2


def test_a_server_of_ours_is_asked_more_often(evil: Evil, tmp_path: Path) -> None:
    def ours(visit: Visit) -> None:
        body = b'{"success":true,"data":{"status":"processing"}}'
        visit.answer(200, {"X-Mvpipe-Server": "1", "Content-Length": str(len(body))}, body)

    evil.on("GET", POLL, ours)
    with caller(evil, tmp_path) as backend:
        for _ in range(100):
            backend.poll(RENDER)
            backend.sleep(0.2)
    assert 10 <= len(evil.calls("GET", POLL)) <= 25


def test_cancelling_what_is_unknown_is_done_already(evil: Evil, tmp_path: Path) -> None:
    evil.on("POST", cancel_path(RENDER), nested("cancelled"), refuse(404))
    with caller(evil, tmp_path) as backend:
        backend.cancel(RENDER)
        backend.cancel(RENDER)


@dataclass(slots=True)
class Fetched:
    """A folder that a video is to be put into."""

    evil: Evil
    folder: Path
    notes: list[str] = field(default_factory=list)

    def by(self, *behaviours: Behaviour, url: str | None = None) -> bytes:
        more = {} if url is None else {"outputUrl": url}
        self.evil.on("GET", POLL, nested("completed", notes=["a frame was late"], **more))
        self.evil.on("GET", DOWNLOAD, *behaviours)
        to = self.folder / "out" / "video.mp4"
        with caller(self.evil, self.folder) as backend:
            self.notes.extend(backend.fetch(RENDER, to))
        assert [path.name for path in to.parent.iterdir()] == ["video.mp4"]
        return to.read_bytes()


@pytest.fixture
def fetched(evil: Evil, tmp_path: Path) -> Fetched:
    return Fetched(evil, tmp_path)


def test_a_finished_video_is_put_where_it_belongs(fetched: Fetched) -> None:
    assert fetched.by(video()) == VIDEO
    assert fetched.notes == ["a frame was late"]


def test_a_broken_download_goes_on_where_it_broke(fetched: Fetched) -> None:
    assert fetched.by(video(breaks_at=100), video(breaks_at=5000), video()) == VIDEO
    ranges = [seen.headers["Range"] for seen in fetched.evil.calls("GET", DOWNLOAD)]
    assert ranges == [None, "bytes=100-", "bytes=5000-"]


def test_a_host_without_ranges_starts_over(fetched: Fetched) -> None:
    def whole_again(visit: Visit) -> None:
        visit.answer(200, {"Content-Length": str(len(VIDEO))}, VIDEO)

    assert fetched.by(video(breaks_at=100), whole_again) == VIDEO


def test_a_video_in_chunks_tells_its_own_end(fetched: Fetched) -> None:
    def chunked(visit: Visit) -> None:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(VIDEO), VIDEO)
        visit.answer(200, {"Transfer-Encoding": "chunked"}, body)

    assert fetched.by(chunked) == VIDEO


def _without_length(visit: Visit) -> None:
    visit.answer(200, {"Connection": "close"}, VIDEO)


def _packed(visit: Visit) -> None:
    visit.answer(200, {"Content-Encoding": "gzip", "Content-Length": "4"}, b"....")


def _piece_of_something(visit: Visit) -> None:
    visit.answer(206, {"Content-Range": "bytes 0-9/*", "Content-Length": "10"}, VIDEO[:10])


REFUSED: dict[str, tuple[tuple[Behaviour, ...], type[MvpipeError]]] = {
    "never whole": ((video(breaks_at=100), video(breaks_at=100)), Unreachable),
    "no answer": ((hang_up,), Unreachable),
    "longer than told": ((video(breaks_at=100, told=4_000_000_001),), BadAnswer),
    "without length": ((_without_length,), BadAnswer),
    "packed": ((_packed,), BadAnswer),
    "odd piece": ((_piece_of_something,), BadAnswer),
    "a page": ((html,), BadAnswer),
    "not a video": ((video(b"x" * 500),), BadAnswer),
    "empty": ((video(b""),), BadAnswer),
    "changed": ((video(breaks_at=100), video(VIDEO + b"more")), Unreachable),
    "gone": ((refuse(404),), UnknownRender),
    "down": ((refuse(503),), Unreachable),
    "odd": ((refuse(300),), BadAnswer),
    "circle": ((sends_to(f"{DOWNLOAD}?sig={CANARY}"),), BadAnswer),
    "to a private place": ((sends_to(f"https://10.0.0.1/x?sig={CANARY}"),), BadAnswer),
    "to a file": ((sends_to("file:///etc/passwd"),), BadAnswer),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_nothing_is_left_of_what_is_not_a_whole_video(
    fetched: Fetched, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    behaviours, kind = REFUSED[wrong]
    with pytest.raises(kind) as caught:
        fetched.by(*behaviours)
    out = fetched.folder / "out"
    assert not out.exists() or list(out.iterdir()) == []
    shown = "".join(traceback.format_exception(caught.value))
    assert CANARY not in f"{shown} {caught.value.hint} {caplog.text}"


def test_another_host_gets_no_credentials(fetched: Fetched) -> None:
    with evil_server() as other:
        other.on("GET", "/v.mp4", video())
        assert fetched.by(sends_to(f"{other.url}/v.mp4?sig=1")) == VIDEO
        [seen] = other.seen
    names = {name.lower() for name in seen.headers}
    assert not names & {"authorization", "x-client-id", "x-skill-source", "cookie"}


def test_a_place_that_is_told_is_used_and_an_unsafe_one_is_not(fetched: Fetched) -> None:
    with evil_server() as other:
        other.on("GET", "/v.mp4", video())
        assert fetched.by(refuse(404), url=f"{other.url}/v.mp4") == VIDEO
        assert fetched.by(video(), url="https://10.0.0.1/v.mp4") == VIDEO
        assert len(other.seen) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_an_address_that_has_grown_old_is_asked_for_anew(
    evil: Evil, tmp_path: Path, status: int
) -> None:
    to = tmp_path / "v.mp4"
    with evil_server() as other, caller(evil, tmp_path) as backend:
        other.on("GET", "/old.mp4", refuse(status))
        other.on("GET", "/new.mp4", video())
        told = [nested("completed", outputUrl=f"{other.url}/{n}.mp4") for n in ("old", "new")]
        evil.on("GET", POLL, *told)
        backend.fetch(RENDER, to)
    assert to.read_bytes() == VIDEO
    assert evil.calls("GET", DOWNLOAD) == []


def test_an_address_that_stays_old_leads_to_the_service_s_own_place(
    fetched: Fetched,
) -> None:
    with evil_server() as other:
        assert fetched.by(video(), url=f"{other.url}/old.mp4") == VIDEO
        assert len(other.seen) == 1


def test_bytes_that_trickle_are_given_up(evil: Evil, tmp_path: Path) -> None:
    evil.on("GET", POLL, nested("completed"))
    evil.on("GET", DOWNLOAD, video())
    ticks = iter(range(0, 10**9, 100))
    with (
        caller(evil, tmp_path, clock=lambda: float(next(ticks))) as backend,
        pytest.raises(Timeout),
    ):
        backend.fetch(RENDER, tmp_path / "out" / "v.mp4")


def test_what_is_not_done_cannot_be_fetched(evil: Evil, tmp_path: Path) -> None:
    evil.on("GET", POLL, nested("processing"), nested("failed", error="x"), nested("cancelled"))
    with caller(evil, tmp_path) as backend:
        with pytest.raises(StillRendering):
            backend.fetch(RENDER, tmp_path / "v.mp4")
        for _ in range(2):
            with pytest.raises(RenderFailed):
                backend.fetch(RENDER, tmp_path / "v.mp4")


def test_a_link_into_the_project_is_given_to_who_asks(evil: Evil, tmp_path: Path) -> None:
    evil.on("POST", OPEN_PATH, data(session_id="1", task_id="t", user_id="anon_a"))
    evil.on("POST", CLAIM_PATH, data(claim_token="clm_x"))  # noqa: S106 - opens nothing
    with caller(evil, tmp_path) as backend:
        with pytest.raises(Refused):
            backend.claim_link(SESSION)
        session = backend.open(name="a", language="en", seed=7, hints=MusicHints())
        link = backend.claim_link(session)
    assert link == "https://nemovideo.com/workspace/claim?ct=clm_x"
    assert '"seed":7' in evil.calls("POST", OPEN_PATH)[0].headers["X-Mvpipe"]
    assert backend.identify.caller.anonymous
