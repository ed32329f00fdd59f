"""A process that died left a session behind: another takes it up and sends nothing twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from mvpipe.backends.base import RenderId, RenderStatus, SessionId
from mvpipe.backends.nemo.backend import NemoBackend
from mvpipe.backends.nemo.connect import nemo_client
from mvpipe.errors import TokenRefused, UnknownRender
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Input
from mvpipe.model.media import MediaKind
from mvpipe.protocol.paths import state_path, upload_path
from tests.evil import VIDEO, caller, code, data, evil_server
from tests.fakes import FakeClock
from tests.jobs import PLACE, export, prompt
from tests.recordings import encoded
from tests.serving import TOKEN, QuickStudio, Served, options_in, serving
from tests.songs import tone, write_wav

RENDER = RenderId("render-1")
GONE = SessionId("1")


@pytest.fixture
def studio() -> QuickStudio:
    return QuickStudio(video=VIDEO)


@pytest.fixture
def server(tmp_path: Path, studio: QuickStudio) -> Iterator[Served]:
    with serving(options_in(tmp_path), make_engine=lambda _f, _w: studio) as served:
        yield served


@pytest.fixture
def song(tmp_path: Path) -> Input:
    return an_input(write_wav(tmp_path / "song.wav", tone(1).pcm))


def an_input(path: Path, *, known_as: str = "track") -> Input:
    return Input(id=known_as, path=path, shown=path.name, kind=MediaKind.AUDIO, place=PLACE)


@contextmanager
def process(server: Served, folder: Path) -> Iterator[NemoBackend]:
    """Give a client that knows nothing of any before it, as in a process of its own."""
    clock = FakeClock()
    environ = {
        "NEMO_API_URL": server.url,
        "NEMO_TOKEN": TOKEN,
        "XDG_CONFIG_HOME": str(folder / "config"),
    }
    backend = nemo_client(environ, clock=clock, sleep=clock.sleep, state_dir=folder / "state")
    try:
        yield backend
    finally:
        backend.close()


def opened(backend: NemoBackend) -> SessionId:
    return backend.open(name="demo", language="en", seed=7, hints=MusicHints())


def say(backend: NemoBackend, session: SessionId, *, step: str) -> None:
    backend.say(session, replace(prompt("make it"), id=step), notice=lambda _: None)


def test_a_file_whose_answer_was_lost_is_not_sent_again(
    server: Served, tmp_path: Path, song: Input
) -> None:
    with process(server, tmp_path) as first:
        session = opened(first)
        first.upload(session, song, progress=lambda _: None)
    sent: list[int] = []
    with process(server, tmp_path) as second:
        assert second.resume(session, uploaded=())
        uploaded = second.upload(session, song, progress=sent.append)
    assert (uploaded.media, uploaded.duration_ms, sent) == ("track", 4000, [])
    assert list(server.house.sessions[session].assets) == ["track"]


def test_a_file_that_was_given_is_known_and_one_of_the_same_name_goes(
    server: Served, tmp_path: Path, song: Input
) -> None:
    (tmp_path / "b").mkdir()
    other = an_input(write_wav(tmp_path / "b" / "song.wav", tone(2).pcm), known_as="other")
    with process(server, tmp_path) as first:
        session = opened(first)
        first.upload(session, song, progress=lambda _: None)
    with process(server, tmp_path) as second:
        for _ in range(2):  # what is taken up twice is counted once
            assert second.resume(session, uploaded=[song])
        for item in (song, other):
            assert second.upload(session, item, progress=lambda _: None).media == item.id
    assert list(server.house.sessions[session].assets) == ["track", "other"]


def test_a_file_that_changed_meanwhile_goes_again(
    server: Served, tmp_path: Path, song: Input
) -> None:
    with process(server, tmp_path) as first:
        session = opened(first)
        first.upload(session, song, progress=lambda _: None)
    write_wav(song.path, tone(2).pcm)
    sent: list[int] = []
    with process(server, tmp_path) as second:
        assert second.resume(session, uploaded=())
        second.upload(session, song, progress=sent.append)
    assert sent[-1] == 100


def test_a_file_that_went_as_wav_is_found_by_that_name(tmp_path: Path) -> None:
    flac = an_input(
        encoded(tmp_path / "song.flac", tone(1).pcm[:, 0], codec="flac", rate_hz=22_050)
    )
    held = [{"filename": "song.wav", "file_type": "audio", "duration": 1.0}]
    with evil_server() as evil, caller(evil, tmp_path) as backend:
        evil.on("GET", state_path(GONE), data(state={"video_infos": held}))
        evil.on("POST", upload_path(GONE), code(4001))
        assert backend.resume(GONE, uploaded=[flac])
        assert backend.upload(GONE, flac, progress=lambda _: None).duration_ms == 1000
        assert evil.calls("POST", upload_path(GONE)) == []
        assert backend.resume(GONE, uploaded=())


def test_a_file_that_is_gone_is_no_reason_to_give_a_session_up(
    server: Served, tmp_path: Path, song: Input
) -> None:
    with process(server, tmp_path) as first:
        session = opened(first)
        first.upload(session, song, progress=lambda _: None)
    song.path.unlink()
    with process(server, tmp_path) as second:
        assert second.resume(session, uploaded=[song])


def test_a_session_that_is_gone_is_said_to_be(server: Served, tmp_path: Path) -> None:
    with process(server, tmp_path) as backend:
        assert not backend.resume(GONE, uploaded=())


def test_trouble_is_no_word_of_a_session_that_is_gone(tmp_path: Path) -> None:
    with evil_server() as evil, caller(evil, tmp_path) as backend:
        evil.on("GET", state_path(GONE), code(1001))
        with pytest.raises(TokenRefused):
            backend.resume(GONE, uploaded=())


def test_a_session_taken_up_can_still_be_linked_to(server: Served, tmp_path: Path) -> None:
    with process(server, tmp_path) as first:
        session = opened(first)
    with process(server, tmp_path) as second:
        second.resume(session, uploaded=())
        assert "/workspace/claim?ct=clm_" in second.claim_link(session)


def test_the_server_tells_which_prompts_have_arrived(
    server: Served, tmp_path: Path, song: Input
) -> None:
    with process(server, tmp_path) as first:
        session = opened(first)
        first.upload(session, song, progress=lambda _: None)
        assert first.timeline(session).taken == frozenset()
        before = first.timeline(session).digest
        say(first, session, step="cut")
        say(first, session, step="title")
    with process(server, tmp_path) as second:
        second.resume(session, uploaded=[song])
        assert second.timeline(session).taken == frozenset({"cut", "title"})
        assert second.timeline(session).digest != before


def test_a_prompt_has_arrived_before_the_engine_sees_it(tmp_path: Path, song: Input) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        go_on.wait(10)

    studio = QuickStudio(hold=hold)
    with (
        serving(options_in(tmp_path), make_engine=lambda _f, _w: studio) as server,
        process(server, tmp_path) as backend,
    ):
        session = opened(backend)
        backend.upload(session, song, progress=lambda _: None)
        turn = threading.Thread(target=say, args=(backend, session), kwargs={"step": "cut"})
        turn.start()
        assert begun.wait(10)
        with process(server, tmp_path) as other:
            assert other.timeline(session).taken == frozenset({"cut"})
        go_on.set()
        turn.join()


def test_a_state_waits_for_the_turn_under_way(tmp_path: Path, song: Input) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        go_on.wait(10)

    studio = QuickStudio(hold=hold)
    with (
        serving(options_in(tmp_path, settle_s=10), make_engine=lambda _f, _w: studio) as server,
        process(server, tmp_path) as backend,
    ):
        session = opened(backend)
        backend.upload(session, song, progress=lambda _: None)
        turn = threading.Thread(target=say, args=(backend, session), kwargs={"step": "cut"})
        turn.start()
        assert begun.wait(10)
        threading.Timer(0.05, go_on.set).start()
        with process(server, tmp_path) as other:
            assert other.timeline(session).timeline is not None
        turn.join()


@pytest.mark.parametrize(("habit", "taken"), [("cut", ["cut"]), ("lost", [])])
def test_a_prompt_whose_answer_is_cut_has_arrived_unless_it_was_lost(
    tmp_path: Path, song: Input, habit: str, taken: list[str]
) -> None:
    with (
        serving(options_in(tmp_path, chaos=habit)) as server,
        process(server, tmp_path) as backend,
    ):
        session = opened(backend)
        backend.upload(session, song, progress=lambda _: None)
        say(backend, session, step="cut")
        assert backend.timeline(session).taken == frozenset(taken)


def test_a_prompt_that_was_not_carried_out_may_come_again(
    server: Served, tmp_path: Path
) -> None:
    with process(server, tmp_path) as backend:
        session = opened(backend)
        say(backend, session, step="cut")  # there is no song yet
        assert backend.timeline(session).taken == frozenset()


def test_the_cloud_does_not_tell_which_prompts_have_arrived(tmp_path: Path) -> None:
    with evil_server() as evil, caller(evil, tmp_path) as backend:
        for ours in ({}, {"mvpipe": "?"}, {"mvpipe": {"steps": "?"}}):
            evil.on("GET", state_path(GONE), data(state={}, **ours))
            assert backend.timeline(GONE).taken is None
        evil.on("GET", state_path(GONE), data(state={}, mvpipe={"steps": ["a", 1]}))
        assert backend.timeline(GONE).taken == frozenset({"a"})


def test_a_render_of_an_earlier_process_is_asked_about_and_fetched(
    server: Served, tmp_path: Path, song: Input
) -> None:
    with process(server, tmp_path) as first:
        session = opened(first)
        first.upload(session, song, progress=lambda _: None)
        say(first, session, step="cut")
        first.render(session, export=export(), render=RENDER)
    server.rendered(RENDER)
    with process(server, tmp_path) as second:
        assert second.poll(RENDER).status is RenderStatus.DONE
    with process(server, tmp_path) as third:
        third.fetch(RENDER, tmp_path / "v.mp4")
        with pytest.raises(UnknownRender):
            third.poll(RenderId("render-2"))
    assert (tmp_path / "v.mp4").read_bytes() == VIDEO


def test_a_render_ordered_by_an_earlier_process_is_not_ordered_again(
    server: Served, tmp_path: Path, song: Input, studio: QuickStudio
) -> None:
    with process(server, tmp_path) as first:
        session = opened(first)
        first.upload(session, song, progress=lambda _: None)
        say(first, session, step="cut")
        first.render(session, export=export(), render=RENDER)
    with process(server, tmp_path) as second:
        second.render(session, export=export(), render=RENDER)
        server.rendered(RENDER)
        second.fetch(RENDER, tmp_path / "v.mp4")
    assert studio.ordered == [RENDER]


def test_a_render_that_was_cancelled_can_be_ordered_again(
    server: Served, tmp_path: Path, song: Input, studio: QuickStudio
) -> None:
    with process(server, tmp_path) as first:
        session = opened(first)
        first.upload(session, song, progress=lambda _: None)
        say(first, session, step="cut")
        first.render(session, export=export(), render=RENDER)
        first.cancel(RENDER)
        first.render(session, export=export(), render=RENDER)
        assert server.rendered(RENDER).data["status"] == "completed"
    assert studio.ordered == [RENDER, RENDER]
