"""What each call of the server does, over a real socket and a quick studio."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mvpipe.errors import OutputError
from mvpipe.model.hints import Meter, MusicHints
from mvpipe.model.media import Aspect, Quality, Size
from mvpipe.protocol.answers import Reply, read_opened, read_token, read_uploaded
from mvpipe.protocol.bodies import SayBody, write_say
from mvpipe.protocol.draft import decode, draft_of
from mvpipe.protocol.extras import (
    OpenExtras,
    RenderExtras,
    SayExtras,
    UploadExtras,
    write_extras,
)
from mvpipe.protocol.state import read_state
from mvpipe.serve.options import Limits
from tests.fakes import FakeClock
from tests.serving import (
    TOKEN,
    VIDEO,
    QuickStudio,
    Served,
    form,
    options_in,
    serving,
)


@pytest.fixture
def studio() -> QuickStudio:
    return QuickStudio()


@pytest.fixture
def server(tmp_path: Path, studio: QuickStudio) -> Iterator[Served]:
    with serving(options_in(tmp_path), make_engine=lambda _f, _w: studio) as served:
        yield served


def test_a_song_and_a_prompt_become_a_video(server: Served) -> None:
    session = server.ready()
    assert server.submitted(session).data == {
        "id": "render_1",
        "status": "pending",
        "progress": 5,
    }
    done = server.rendered().data
    assert (done["status"], done["progress"]) == ("completed", 100)
    assert done["outputUrl"] == f"{server.url}/api/render/proxy/render_1/download"
    got = server.call("GET", "/api/render/proxy/render_1/download")
    assert (got.status, got.body) == (200, VIDEO)
    assert got.headers["content-type"] == "video/mp4"


def test_our_client_reads_what_our_server_says(server: Served) -> None:
    asked = server.call(
        "POST", "/api/auth/anonymous-token", token=None, headers={"X-Client-Id": "me"}
    )
    token = read_token(Reply(asked.status, asked.body))
    assert token.user is not None
    assert token.user.startswith("anon_")
    mine = token.token.reveal()
    opened = server.call(
        "POST", "/api/tasks/me/with-session/nemo_agent", body={"task_name": "a"}, token=mine
    )
    session = read_opened(Reply(opened.status, opened.body))
    assert session.session.isdigit()
    assert len(session.session) == 19
    sent = server.uploaded(session.session, token=mine)
    [asset] = read_uploaded(Reply(sent.status, sent.body)).files
    assert (asset.name, asset.kind, asset.duration_ms) == ("song.wav", "audio", 4000)
    assert asset.notes == ("the beat is uncertain",)
    assert server.said(session.session, token=mine).status == 200
    told = server.state(session.session, token=mine)
    state = read_state(Reply(told.status, told.body), session=session.session)
    assert [title.text for title in decode(state.draft).titles] == ["make it"]
    assert state.assets == (asset,)


def test_the_header_reaches_the_studio_unchanged(server: Served, studio: QuickStudio) -> None:
    hints = MusicHints(bpm=128, first_downbeat_ms=350, meter=Meter(3, 4))
    session = server.opened(headers={"X-Mvpipe": write_extras(OpenExtras(7, hints))})
    assert studio.opened == [("p", 7, hints)]
    server.uploaded(session, headers={"X-Mvpipe": write_extras(UploadExtras("track"))})
    assert list(studio.songs.values()) == ["track"]
    server.said(session, headers={"X-Mvpipe": write_extras(SayExtras("cut"))})
    timeline = studio.timeline("session-1")
    assert timeline is not None
    assert [title.step for title in timeline.titles] == ["cut"]
    extras = RenderExtras(24, Quality.DRAFT, Aspect.TALL, Size(128, 256), "shorts")
    server.submitted(session, headers={"X-Mvpipe": write_extras(extras)})
    export = studio.exports["render_1"]
    assert (export.fps, export.quality, export.aspect) == (24, Quality.DRAFT, Aspect.TALL)
    assert (export.size, export.preset) == (Size(128, 256), "shorts")


def test_without_the_header_there_are_plain_defaults(
    server: Served, studio: QuickStudio
) -> None:
    session = server.ready()
    server.said(session, "again")
    server.submitted(session, body={"output": {"format": "mp4", "quality": "draft"}})
    export = studio.exports["render_1"]
    assert (export.fps, export.quality, export.size) == (30, Quality.DRAFT, None)
    assert studio.opened[0][1] == 0
    timeline = studio.timeline("session-1")
    assert timeline is not None
    assert [title.step for title in timeline.titles] == ["step-1", "step-2"]


def test_a_turn_is_told_as_a_tool_call_its_result_and_text(server: Served) -> None:
    session = server.opened()
    server.uploaded(session)
    events = server.said(session).body.decode().split("\n\n")
    assert "functionCall" in events[0]
    assert "functionResponse" in events[1]
    assert "Did: make it" in events[2]
    assert events[3:] == [""]


def test_a_prompt_that_cannot_be_carried_out_is_an_error_inside_the_stream(
    server: Served,
) -> None:
    told = server.said(server.opened())
    assert told.status == 200
    assert told.body.endswith(b'data: {"error":"there is no song yet; upload one first"}\n\n')


def test_the_same_file_is_taken_once_and_another_gets_another_id(server: Served) -> None:
    session = server.opened()
    for name, data in (("a.wav", b"1"), ("a.wav", b"1"), ("a.wav", b"2"), ("b.png", b"3")):
        assert server.uploaded(session, name=name, data=data).status == 200
    held = server.house.sessions[session]
    assert list(held.assets) == ["a", "a-2", "b"]
    assert [asset.kind for asset in held.assets.values()] == ["audio", "audio", "image"]
    assert len(list(held.folder.iterdir())) == 3


def test_a_form_may_hold_several_files(server: Served) -> None:
    session = server.opened()
    body, kind = form(("a.wav", b"1"), ("../../b\x01.png", b"2" * 3_000_000))
    path = f"/api/upload-video/nemo_agent/me/{session}"
    sent = server.call("POST", path, body=body, headers={"Content-Type": kind})
    assert [file["filename"] for file in sent.data["files"]] == ["a.wav", "b.png"]


def test_a_refused_file_is_named_as_it_was_sent_and_leaves_nothing(server: Served) -> None:
    session = server.opened()
    refused = server.uploaded(session, name="mine.wav", data=b"bad")
    assert refused.status == 415
    assert refused.json == {"code": 4001, "message": "'mine.wav' is no song"}
    assert list(server.house.sessions[session].folder.iterdir()) == []


def test_a_range_of_a_video_can_be_had(server: Served) -> None:
    server.submitted(server.ready())
    server.rendered()
    path = "/api/render/proxy/render_1/download"
    part = server.call("GET", path, headers={"Range": "bytes=10-19"})
    assert (part.status, part.body) == (206, VIDEO[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(VIDEO)}"
    rest = server.call("GET", path, headers={"Range": f"bytes={len(VIDEO) - 5}-"})
    assert rest.body == VIDEO[-5:]
    assert server.call("GET", path, headers={"Range": "bytes=0-1,3-4"}).status == 416


def test_a_cancelled_render_keeps_nothing(tmp_path: Path) -> None:
    studio = QuickStudio(polls=10**9)
    with serving(options_in(tmp_path), make_engine=lambda _f, _w: studio) as server:
        server.submitted(server.ready())
        for _ in range(2):
            gone = server.call("POST", "/api/render/proxy/lambda/render_1/cancel")
            assert gone.data["status"] == "cancelled"
        assert studio.cancelled == ["render_1", "render_1"]
        assert server.polled().data["status"] == "cancelled"
        assert server.call("GET", "/api/render/proxy/render_1/download").status == 409


def test_a_render_whose_video_is_lost_has_failed(tmp_path: Path) -> None:
    studio = QuickStudio(video=b"")
    with serving(options_in(tmp_path), make_engine=lambda _f, _w: studio) as server:
        server.submitted(server.ready())
        assert server.rendered().data["error"] == "the video cannot be kept"


def test_credits_and_links_have_the_services_form(server: Served) -> None:
    balance = server.call("GET", "/api/credits/balance/simple")
    assert balance.data == {"available": 100, "frozen": 0, "total": 100}
    opened = server.call(
        "POST", "/api/tasks/me/with-session/nemo_agent", body={"task_name": "a"}
    ).data
    body = {"task_id": opened["task_id"], "session_id": opened["session_id"]}
    claim = server.call("POST", "/api/auth/claim-token", body=body).data
    assert claim["claim_token"].startswith("clm_")
    assert claim["expires_in"] == 604_800
    other = server.call("POST", "/api/auth/claim-token", body={**body, "task_id": "task_1"})
    assert (other.status, other.json["code"]) == (404, 1002)


def test_a_client_id_gets_one_token_a_week(tmp_path: Path) -> None:
    clock = FakeClock(now=1_800_000_000)
    with serving(options_in(tmp_path), clock=clock) as server:
        path, mine = "/api/auth/anonymous-token", {"X-Client-Id": "me"}
        first = server.call("POST", path, token=None, headers=mine)
        assert first.data["expires_at"] == "2027-01-22T08:00:00Z"
        assert server.call("POST", path, token=None, headers=mine).status == 429
        token = first.data["token"]
        assert server.call("GET", "/api/credits/balance/simple", token=token).status == 200
        clock.sleep(7 * 24 * 3600)
        old = server.call("GET", "/api/credits/balance/simple", token=token)
        assert (old.status, old.json["code"]) == (401, 1001)
        assert server.call("POST", path, token=None, headers=mine).status == 200


def test_a_session_that_rests_is_let_go_with_all_that_was_its(tmp_path: Path) -> None:
    clock = FakeClock(now=1_800_000_000)
    with serving(options_in(tmp_path), clock=clock) as server:
        session = server.ready()
        server.submitted(session)
        server.rendered()
        folder = server.house.sessions[session].folder
        clock.sleep(23 * 3600)
        assert server.polled().status == 200
        clock.sleep(23 * 3600)
        assert server.state(session).status == 200
        clock.sleep(25 * 3600)
        assert server.state(session).status == 404
        assert server.polled().status == 404
        assert not folder.exists()


def test_a_session_that_is_let_go_is_forgotten_by_the_engine_too(
    tmp_path: Path, studio: QuickStudio
) -> None:
    clock = FakeClock(now=1_800_000_000)
    with serving(
        options_in(tmp_path), clock=clock, make_engine=lambda _f, _w: studio
    ) as server:
        session = server.ready()
        clock.sleep(25 * 3600)
        assert server.state(session).status == 404
    assert studio.forgotten == ["session-1"]


def test_a_video_that_nobody_asks_for_is_let_go_while_its_session_stays(
    tmp_path: Path,
) -> None:
    clock = FakeClock(now=1_800_000_000)
    with serving(options_in(tmp_path), clock=clock) as server:
        session = server.ready()
        for render in ("render_1", "render_2"):
            server.submitted(session, render)
            server.rendered(render)
        for _ in range(2):
            clock.sleep(23 * 3600)
            assert server.state(session).status == 200
            assert server.polled("render_2").status == 200
        assert server.polled("render_1").status == 404
        assert server.call("GET", "/api/render/proxy/render_2/download").body == VIDEO
        folder = server.house.sessions[session].folder
        assert [path.name for path in folder.glob("render-*")] == ["render-render_2.mp4"]


def test_what_rests_is_let_go_while_nobody_calls(tmp_path: Path, studio: QuickStudio) -> None:
    clock, waiting = FakeClock(now=1_800_000_000), threading.Event()
    options = options_in(tmp_path, tidy_every_s=0.01)
    with serving(options, clock=clock, make_engine=lambda _f, _w: studio) as server:
        server.ready()
        clock.sleep(25 * 3600)
        for _ in range(1000):
            if studio.forgotten:
                return
            waiting.wait(0.01)  # the server tidies up in real time
    raise AssertionError("nothing was let go")


def test_a_file_that_comes_after_its_session_is_gone_is_refused(server: Served) -> None:
    session, waiting = server.opened(), threading.Event()
    held = server.house.sessions[session]
    body, kind = form(("a.wav", b"1" * 3_000_000))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest("POST", f"/api/upload-video/nemo_agent/me/{session}")
    sent = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}
    for name, value in {**sent, "Content-Length": str(len(body))}.items():
        connection.putheader(name, value)
    connection.endheaders(body[:2_000_000])
    while not list(held.folder.iterdir()):
        waiting.wait(0.01)
    server.house.sessions.pop(session)
    connection.send(body[2_000_000:])
    assert connection.getresponse().status == 404
    connection.close()


def test_nobody_sees_what_is_anothers(server: Served) -> None:
    session = server.ready()
    server.submitted(session)
    asked = server.call(
        "POST", "/api/auth/anonymous-token", token=None, headers={"X-Client-Id": "me"}
    )
    other = asked.data["token"]
    assert server.state(session, token=other).status == 404
    assert server.said(session, token=other).json == {"detail": "Session not found"}
    assert server.polled(token=other).json == {
        "success": False,
        "error": "there is no render of this id",
    }


def test_a_foreign_or_old_draft_is_not_rendered(server: Served) -> None:
    session = server.ready()
    draft = server.state(session).data["state"]["draft"]
    server.said(session, "another")
    body = {"id": "r", "sessionId": session, "draft": draft}
    refused = server.call("POST", "/api/render/proxy/lambda", body=body)
    assert refused.status == 422  # 409 would tell a client to try another id
    assert "read the state again" in refused.json["error"]


def test_the_folder_is_private_and_gone_in_the_end(tmp_path: Path) -> None:
    studio = QuickStudio()
    with serving(options_in(tmp_path), make_engine=lambda _f, _w: studio) as server:
        server.ready()
        folder = server.house.folder
        assert folder.stat().st_mode & 0o077 == 0
    assert studio.closed
    assert not folder.exists()


def test_a_session_of_a_draft_of_ours_reads_back_exactly(
    server: Served, studio: QuickStudio
) -> None:
    session = server.ready()
    text = server.state(session).body.decode()
    start = text.index('"draft":') + len('"draft":')
    raw = text[start : text.index(',"canvas_config"')]
    assert decode(draft_of(raw)) == studio.timeline("session-1")


def test_sessions_renders_and_files_are_counted(tmp_path: Path) -> None:
    limits = Limits(sessions=1, renders_waiting=1, assets=1, upload_bytes=1000)
    studio = QuickStudio(polls=10**9)
    options = options_in(tmp_path, limits=limits)
    with serving(options, make_engine=lambda _f, _w: studio) as server:
        session = server.ready()
        path = "/api/tasks/me/with-session/nemo_agent"
        assert server.call("POST", path, body={}).status == 429
        assert server.submitted(session).status == 200
        assert server.submitted(session, "render_2").status == 429
        again = server.submitted(session)
        assert (again.status, again.json["error"]) == (409, "duplicate render id")
        assert server.uploaded(session, name="b.wav", data=b"2").json["code"] == 4002
        large = server.uploaded(session, data=b"1" * 1001)
        assert (large.status, large.json["code"]) == (413, 4002)


def test_the_own_token_is_never_said_anywhere(
    server: Served, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    session = server.ready()
    server.state(session)
    server.said("1", token="wrong-token-canary")  # noqa: S106 - a made-up one
    server.uploaded(session, data=b"bad")
    assert TOKEN not in caplog.text
    assert "canary" not in caplog.text


def test_a_render_that_cannot_be_made_is_refused_in_the_render_calls_envelope(
    server: Served,
) -> None:
    empty = server.opened()
    refused = server.submitted(empty, body={"draft": {"t": []}})
    assert (refused.status, refused.json) == (
        400,
        {"success": False, "error": "there is no timeline to export yet"},
    )
    session = server.ready()
    other = server.submitted(session, body={"output": {"format": "gif"}})
    assert (other.status, other.json["code"]) == (415, 4001)
    extras = RenderExtras(24, Quality.DRAFT, None, Size(16_384, 16_384))
    large = server.submitted(session, headers={"X-Mvpipe": write_extras(extras)})
    assert (large.status, large.json["error"]) == (
        400,
        "16384x16384 is more than this server renders",
    )
    assert server.house.renders == {}


def test_a_render_that_finds_no_room_leaves_its_id_free(
    server: Served, studio: QuickStudio
) -> None:
    session = server.ready()
    studio.fails["render"] = OutputError("'/secret/folder' has 3 MB left")
    refused = server.submitted(session)
    assert (refused.status, refused.json["error"]) == (
        507,
        "the server has no room for this video",
    )
    studio.fails.clear()
    assert server.submitted(session).status == 200


def test_a_bug_in_the_engine_ends_every_render_instead_of_hanging_it(
    server: Served, studio: QuickStudio
) -> None:
    session = server.ready()
    studio.fails["poll"] = KeyError("a bug")
    server.submitted(session)
    assert server.rendered().data["error"] == "the server met a bug"
    studio.fails.clear()
    server.submitted(session, "render_2")
    assert server.rendered("render_2").data["status"] == "completed"


def test_a_server_that_ends_lets_go_of_what_it_renders(tmp_path: Path) -> None:
    studio = QuickStudio(polls=10**9)
    with serving(options_in(tmp_path), make_engine=lambda _f, _w: studio) as server:
        server.submitted(server.ready())
        assert server.polled().data["status"] in {"pending", "processing"}
    assert studio.closed


def test_others_are_answered_while_the_engine_works(
    server: Served, studio: QuickStudio
) -> None:
    session = server.ready()
    working, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        working.set()
        go_on.wait(20)

    studio.hold = hold
    turn = threading.Thread(target=server.said, args=(session, "slow"))
    turn.start()
    try:
        assert working.wait(20)
        assert server.state(session).status == 200
    finally:
        go_on.set()
        turn.join()
    assert studio.said == ["make it", "slow"]


def test_an_edit_is_made_though_its_client_has_left(
    server: Served, studio: QuickStudio
) -> None:
    session = server.opened()
    server.uploaded(session)
    working, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        working.set()
        go_on.wait(20)

    studio.hold = hold
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        body = write_say(SayBody(session, "left behind")).encode()
        head = (
            "POST /run_sse HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {TOKEN}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        assert working.wait(20)
    go_on.set()
    server.said(session, "next")
    assert studio.said == ["left behind", "next"]
    draft = server.state(session).data["state"]["draft"]
    assert [title["text"] for title in draft["t"][0]["sg"]] == ["left behind", "next"]


def test_a_bug_is_an_answer_too(server: Served, studio: QuickStudio) -> None:
    studio.fails["open"] = KeyError("a bug")
    path = "/api/tasks/me/with-session/nemo_agent"
    answer = server.call("POST", path, body={})
    assert (answer.status, answer.json) == (
        500,
        {"code": 500, "message": "the server met a bug"},
    )
    studio.fails.clear()
    assert server.opened()
