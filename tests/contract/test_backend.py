"""What every backend does alike: the embedded engine, and the same engine behind a socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mvpipe.backends.base import Backend, RenderId, RenderState, RenderStatus, SessionId
from mvpipe.backends.local import LocalBackend
from mvpipe.backends.nemo.connect import nemo_client
from mvpipe.engine.studio.session import Studio
from mvpipe.errors import DirectionError, MissingMedia, UnknownRender, UnsupportedMedia
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Amount, Comparison, Expectation, Input
from mvpipe.model.media import MediaKind, Quality, Size
from mvpipe.runner.expect import unmet
from mvpipe.runner.turn import take_turn
from mvpipe.serve.run import studio as real_studio
from tests.fakes import FakeClock
from tests.jobs import PLACE, export, prompt
from tests.serving import TOKEN, options_in, serving
from tests.songs import little_song, write_wav

pytestmark = pytest.mark.slow

TINY = replace(export(size=Size(128, 128)), fps=12, quality=Quality.DRAFT)
GENERATE = prompt("generate a music video, cuts on the bar")


@dataclass(frozen=True, slots=True)
class Both:
    local: Backend
    nemo: Backend


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("backends")
    studio = LocalBackend(Studio(folder=folder / "work", workers=1))
    with serving(options_in(folder), make_engine=real_studio) as served:
        environ = {
            "NEMO_API_URL": served.url,
            "NEMO_TOKEN": TOKEN,
            "XDG_CONFIG_HOME": str(folder / "config"),
        }
        clock = FakeClock()
        nemo = nemo_client(environ, clock=clock, sleep=clock.sleep, state_dir=folder / "state")
        yield Both(local=studio, nemo=_Ticking(nemo, clock))
        nemo.close()
    studio.close()


class _Ticking:
    """The backend over HTTP, for whom time goes on whenever somebody polls."""

    def __init__(self, inner: Backend, clock: FakeClock) -> None:
        self._inner, self._clock = inner, clock
        self.identity, self.open, self.upload = inner.identity, inner.open, inner.upload
        self.say, self.timeline, self.credits = inner.say, inner.timeline, inner.credits
        self.render, self.fetch, self.cancel = inner.render, inner.fetch, inner.cancel
        self.close, self.resume = inner.close, inner.resume
        self.lasts = inner.lasts

    def poll(self, render: RenderId) -> RenderState:
        self._clock.sleep(60)
        return self._inner.poll(render)


@pytest.fixture(params=["local", "nemo"])
def backend(request: pytest.FixtureRequest, both: Both) -> Backend:
    found: Backend = getattr(both, request.param)
    return found


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Input:
    path = write_wav(tmp_path_factory.mktemp("songs") / "song.wav", little_song(160, 4).pcm)
    return an_input(path)


def an_input(path: Path, *, kind: MediaKind = MediaKind.AUDIO) -> Input:
    return Input(id="track", path=path, shown=path.name, kind=kind, place=PLACE)


def opened(backend: Backend) -> SessionId:
    return backend.open(name="demo", language="en", seed=7, hints=MusicHints())


def ready(backend: Backend, song: Input) -> SessionId:
    session = opened(backend)
    backend.upload(session, song, progress=lambda _: None)
    backend.say(session, GENERATE, notice=lambda _: None)
    return session


def waited(backend: Backend, render: RenderId) -> RenderState:
    while True:
        state = backend.poll(render)
        if state.status not in {RenderStatus.PENDING, RenderStatus.RENDERING}:
            return state


def test_each_session_is_another(backend: Backend) -> None:
    assert opened(backend) != opened(backend)


def test_a_song_is_heard_and_its_length_told(backend: Backend, song: Input) -> None:
    percents: list[int] = []
    uploaded = backend.upload(opened(backend), song, progress=percents.append)
    assert (uploaded.media, uploaded.duration_ms) == ("track", 6000)
    assert percents[-1:] in ([100], [])  # nothing, where the song is known already


def test_the_same_file_is_taken_once(backend: Backend, song: Input) -> None:
    session = ready(backend, song)
    before = backend.timeline(session)
    backend.upload(session, song, progress=lambda _: None)
    assert backend.timeline(session) == before


def test_an_unknown_kind_of_file_is_refused(backend: Backend, tmp_path: Path) -> None:
    path = tmp_path / "notes.pdf"
    path.write_bytes(b"%PDF-1.7\nnothing to hear")
    with pytest.raises(UnsupportedMedia, match=r"notes\.pdf'"):
        backend.upload(opened(backend), an_input(path), progress=lambda _: None)


def test_a_missing_file_is_missed(backend: Backend, tmp_path: Path) -> None:
    with pytest.raises(MissingMedia, match=r"gone\.mp3' does not exist"):
        backend.upload(
            opened(backend), an_input(tmp_path / "gone.mp3"), progress=lambda _: None
        )


def test_there_is_no_timeline_before_the_first_prompt(backend: Backend, song: Input) -> None:
    session = opened(backend)
    backend.upload(session, song, progress=lambda _: None)
    assert backend.timeline(session).timeline is None
    with pytest.raises(DirectionError, match="no timeline to export"):
        backend.render(session, export=TINY, render=RenderId("render-none"))


def test_a_prompt_moves_the_timeline_and_answers_in_words(
    backend: Backend, song: Input
) -> None:
    session = opened(backend)
    backend.upload(session, song, progress=lambda _: None)
    before = backend.timeline(session)
    turn = backend.say(session, GENERATE, notice=lambda _: None)
    after = backend.timeline(session)
    assert turn.text
    assert before.digest != after.digest
    assert backend.timeline(session).digest == after.digest
    wanted = Expectation(video=Amount(Comparison.AT_LEAST, 1), duration_of="track")
    assert unmet(wanted, after.timeline, durations={"track": 6000}) == ()


def test_a_prompt_that_was_said_has_arrived_where_a_backend_can_tell(
    backend: Backend, song: Input
) -> None:
    session = ready(backend, song)
    assert backend.timeline(session).taken in {None, frozenset({GENERATE.id})}


def test_a_session_is_taken_up_exactly_where_sessions_outlive_their_process(
    backend: Backend, song: Input
) -> None:
    session = ready(backend, song)
    before = backend.timeline(session)
    assert backend.resume(session, uploaded=[song]) is backend.lasts()
    assert backend.upload(session, song, progress=lambda _: None).duration_ms == 6000
    assert backend.timeline(session) == before


def test_a_session_that_never_was_cannot_be_taken_up(backend: Backend) -> None:
    assert not backend.resume(SessionId("1"), uploaded=[])


def test_a_prompt_without_a_song_fails_in_a_sentence(backend: Backend) -> None:
    session = opened(backend)
    with pytest.raises(DirectionError, match="no song yet"):
        take_turn(
            backend,
            session,
            GENERATE,
            before=backend.timeline(session),
            notice=lambda _: None,
            sleep=FakeClock().sleep,
        )


def test_both_direct_the_same_edit(both: Both, song: Input) -> None:
    edits = [b.timeline(ready(b, song)).timeline for b in (both.local, both.nemo)]
    assert edits[0] is not None
    assert edits[0] == edits[1]


def test_both_render_the_same_bytes(both: Both, song: Input, tmp_path: Path) -> None:
    for name in ("local", "nemo"):
        backend: Backend = getattr(both, name)
        render = RenderId(f"render-same-{name}")
        backend.render(ready(backend, song), export=TINY, render=render)
        assert waited(backend, render).status is RenderStatus.DONE
        backend.fetch(render, tmp_path / f"{name}.mp4")
    videos = [(tmp_path / f"{name}.mp4").read_bytes() for name in ("local", "nemo")]
    assert videos[0][4:8] == b"ftyp"
    assert videos[0] == videos[1]


def test_progress_is_told_in_frames(backend: Backend, song: Input, tmp_path: Path) -> None:
    session = ready(backend, song)
    render = RenderId("render-frames")
    backend.render(session, export=TINY, render=render)
    state = waited(backend, render)
    assert (state.frames_done, state.frames_total) == (72, 72)


def test_a_cancelled_render_is_gone(backend: Backend, song: Input) -> None:
    session = ready(backend, song)
    render = RenderId("render-cancelled")
    backend.render(session, export=TINY, render=render)
    backend.cancel(render)
    backend.cancel(render)
    with suppress(UnknownRender):
        assert backend.poll(render).status is RenderStatus.CANCELLED


def test_an_unknown_render_is_said_to_be_one(backend: Backend, tmp_path: Path) -> None:
    with pytest.raises(UnknownRender):
        backend.fetch(RenderId("render-never"), tmp_path / "never.mp4")
    assert list(tmp_path.iterdir()) == []


def test_credits_are_a_number_or_need_none(backend: Backend) -> None:
    available = backend.credits().available
    assert available is None or available >= 0


def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    backend = LocalBackend(Studio(folder=tmp_path, workers=1))
    backend.close()
    backend.close()
