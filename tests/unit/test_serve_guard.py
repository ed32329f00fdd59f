"""What the server refuses before it does anything: strangers, pages, endless or odd bodies."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.errors import OutputError, UsageError
from mvpipe.model.secret import Secret
from mvpipe.serve.guard import host_name
from mvpipe.serve.options import ENV_SERVE_TOKEN, Limits, token_given
from mvpipe.serve.run import announcement, furnish, listen
from mvpipe.serve.uploads import clean_name
from tests.serving import JSON, QuickStudio, Served, form, options_in, serving

ROUTES = (
    ("POST", "/api/auth/anonymous-token"),
    ("POST", "/api/tasks/me/with-session/nemo_agent"),
    ("POST", "/run_sse"),
    ("POST", "/api/upload-video/nemo_agent/me/1"),
    ("GET", "/api/credits/balance/simple"),
    ("GET", "/api/state/nemo_agent/me/1/latest"),
    ("POST", "/api/auth/claim-token"),
    ("POST", "/api/render/proxy/lambda"),
    ("GET", "/api/render/proxy/lambda/r"),
    ("POST", "/api/render/proxy/lambda/r/cancel"),
    ("GET", "/api/render/proxy/r/download"),
)
EVERYWHERE = (*ROUTES, ("GET", "/"), ("DELETE", "/run_sse"), ("OPTIONS", "/run_sse"))
FOREIGN = (
    ({"Host": "evil.example"}, 421),
    ({"Host": "evil.example:80"}, 421),
    ({"Host": "127.0.0.1.evil.example"}, 421),
    ({"Host": "evil@127.0.0.1"}, 421),
    ({"Origin": "https://evil.example"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "http://127.0.0.1:1"}, 403),
    ({"Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "same-site"}, 403),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(options_in(tmp_path_factory.mktemp("serve"))) as served:
        yield served


@pytest.mark.parametrize(("method", "path"), EVERYWHERE)
@pytest.mark.parametrize(("headers", "status"), FOREIGN)
def test_what_a_page_of_another_place_could_send_is_refused_everywhere(
    server: Served, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = server.call(method, path, headers=headers)
    assert answer.status == status
    assert answer.json["code"] == status
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(("method", "path"), ROUTES[1:])
@pytest.mark.parametrize("given", [None, "Basic abc", "Bearer ", "Bearer wrong", "canary"])
def test_every_call_but_one_wants_a_token(
    server: Served, method: str, path: str, given: str | None
) -> None:
    headers = {} if given is None else {"Authorization": given}
    answer = server.call(method, path, headers=headers, token=None)
    assert answer.status == 401
    assert answer.json["code"] == 1001
    assert answer.headers["x-mvpipe-server"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path"), [r for r in ROUTES if r[0] == "POST" and "upload" not in r[1]]
)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_is_not_said_to_be_json_is_refused(
    server: Served, method: str, path: str, kind: str
) -> None:
    answer = server.call(method, path, body=b"{}", headers={"Content-Type": kind})
    assert answer.status == 415


def test_names_of_this_machine_and_allowed_ones_are_answered(tmp_path: Path) -> None:
    with serving(options_in(tmp_path, allowed_hosts=("Studio.local",))) as server:
        for host in ("localhost", "127.0.0.1:9", "[::1]:9", "studio.LOCAL:8765"):
            got = server.call("GET", "/api/credits/balance/simple", headers={"Host": host})
            assert got.status == 200, host
        same = {"Origin": f"http://127.0.0.1:{server.port}", "Sec-Fetch-Site": "same-origin"}
        path = "/api/credits/balance/simple"
        assert server.call("GET", path, headers=same).status == 200


def test_a_path_or_method_there_is_none_of_gets_an_envelope(server: Served) -> None:
    nothing = server.call("GET", "/nowhere")
    assert (nothing.status, nothing.json) == (404, {"code": 404, "message": "no such path"})
    assert server.call("DELETE", "/run_sse").status == 405


def test_a_token_needs_a_client_id(server: Served) -> None:
    for headers in ({}, {"X-Client-Id": ""}, {"X-Client-Id": "x" * 65}):
        path = "/api/auth/anonymous-token"
        assert server.call("POST", path, token=None, headers=headers).status == 400


def test_a_server_for_others_gives_no_tokens_unless_told_to(tmp_path: Path) -> None:
    options = options_in(tmp_path)
    assert options.gives_tokens
    assert not options_in(tmp_path, host="0.0.0.0").gives_tokens  # noqa: S104 - not bound
    assert options_in(tmp_path, host="0.0.0.0", anonymous=True).gives_tokens  # noqa: S104 - as above
    with serving(options_in(tmp_path, anonymous=False)) as server:
        mine = {"X-Client-Id": "me"}
        asked = server.call("POST", "/api/auth/anonymous-token", token=None, headers=mine)
        assert (asked.status, asked.json["code"]) == (401, 1001)


def test_only_so_many_tokens_are_given(tmp_path: Path) -> None:
    with serving(options_in(tmp_path, limits=Limits(tokens=1))) as server:
        asked = [
            server.call(
                "POST", "/api/auth/anonymous-token", token=None, headers={"X-Client-Id": name}
            ).status
            for name in ("a", "b")
        ]
        assert asked == [200, 429]


BAD_BODIES = (
    (b"", 422),
    (b"[]", 422),
    (b"{", 422),
    (b"[" * 100_000, 422),
    (b'{"session_id":"../x","new_message":{"parts":[{"text":"a"}]}}', 422),
    (b'{"session_id":"1","new_message":{"parts":[{"text":" "}]}}', 422),
    (b'{"session_id":"1","new_message":{"parts":[{"text":"a"}]}}', 404),
)


@pytest.mark.parametrize(("body", "status"), BAD_BODIES)
def test_a_turn_that_makes_no_sense_is_refused_as_the_framework_does(
    server: Served, body: bytes, status: int
) -> None:
    answer = server.call("POST", "/run_sse", body=body, headers=JSON)
    assert answer.status == status
    assert list(answer.json) == ["detail"]


def test_a_json_body_past_its_limit_is_refused(tmp_path: Path) -> None:
    with serving(options_in(tmp_path, limits=Limits(json_bytes=1000))) as server:
        path = "/api/tasks/me/with-session/nemo_agent"
        answer = server.call("POST", path, body={"task_name": "x" * 1000})
        assert (answer.status, answer.json["code"]) == (413, 4002)


BAD_FORMS = (
    (form(("a.wav", b"1"), field_name="file"), 422),
    ((form(("a.wav", b"1"))[0][:-10], form()[1]), 422),
    ((b"nonsense", form()[1]), 422),
    (form(), 422),
    ((b"x", "multipart/form-data"), 415),
    ((b"x", "text/plain"), 415),
    ((b'{"urls":["https://example.com/a.mp3"],"source_type":"url"}', "application/json"), 415),
    (form(("notes.pdf", b"1")), 415),
    ((b"--edge-of-a-part\r\n\r\nx\r\n--edge-of-a-part--\r\n", form()[1]), 422),
    ((b"--edge-of-a-part\r\n\xff: x\r\n\r\n", form()[1]), 422),
    (form(*[("a.wav", b"1")] * 21), 413),
)


@pytest.mark.parametrize(("sent", "status"), BAD_FORMS)
def test_an_upload_that_is_none_is_refused_and_leaves_nothing(
    server: Served, sent: tuple[bytes, str], status: int
) -> None:
    session = server.opened()
    path = f"/api/upload-video/nemo_agent/me/{session}"
    answer = server.call("POST", path, body=sent[0], headers={"Content-Type": sent[1]})
    assert answer.status == status
    assert list(server.house.sessions[session].folder.iterdir()) == []


def test_there_must_be_room_for_an_upload(tmp_path: Path) -> None:
    with serving(options_in(tmp_path, limits=Limits(keep_free_bytes=10**18))) as server:
        answer = server.uploaded(server.opened())
        assert (answer.status, answer.json["message"]) == (
            507,
            "the server has no room for this file",
        )


def raw(server: Served, request: bytes) -> bytes:
    """Send bytes as they are, and return all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(request)
        got = b""
        while piece := connection.recv(65536):
            got += piece
    return got


HEAD = (
    b"POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    b"Authorization: Bearer canary-own-token-0123456789\r\n"
)


def test_an_upload_without_a_length_is_refused(server: Served) -> None:
    path = f"/api/upload-video/nemo_agent/me/{server.opened()}".encode()
    kind = b"Content-Type: multipart/form-data; boundary=x\r\n"
    got = raw(server, HEAD % path + kind + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 411 ")


def test_an_upload_that_announces_too_much_is_refused_before_it_comes(server: Served) -> None:
    path = f"/api/upload-video/nemo_agent/me/{server.opened()}".encode()
    kind = b"Content-Type: multipart/form-data; boundary=x\r\n"
    got = raw(server, HEAD % path + kind + b"Content-Length: 900000000000\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 413 ")


def test_a_body_that_dawdles_is_given_up(tmp_path: Path) -> None:
    with serving(options_in(tmp_path, limits=Limits(body_idle_s=0.05))) as server:
        head = HEAD % b"/run_sse" + b"Content-Type: application/json\r\n"
        got = raw(server, head + b"Content-Length: 100\r\n\r\n{")
        assert got.startswith(b"HTTP/1.1 408 ")


def test_a_refusal_is_read_by_who_sends_a_long_body(server: Served) -> None:
    answer = server.uploaded("1", data=b"1" * 5_000_000)
    assert (answer.status, answer.json["code"]) == (404, 1002)


def test_a_refusal_waits_no_longer_than_for_any_body(tmp_path: Path) -> None:
    with serving(options_in(tmp_path, limits=Limits(body_idle_s=0.05))) as server:
        kind = b"Content-Type: text/plain\r\nContent-Length: 100\r\n\r\nx"
        assert raw(server, HEAD % b"/run_sse" + kind).startswith(b"HTTP/1.1 415 ")


def test_a_folder_that_cannot_be_had_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot be written"):
        furnish(options_in(tmp_path / "file" / "below"), clock=lambda: 0.0)


def test_a_client_that_leaves_in_the_middle_of_its_body_harms_nobody(server: Served) -> None:
    session = server.opened()
    path = f"/api/upload-video/nemo_agent/me/{session}".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        kind = b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n"
        connection.sendall(HEAD % path + kind + b"--x\r\n")
    assert server.state(session).status == 200


@given(st.text(max_size=400))
def test_a_cleaned_name_is_one_short_component(sent: str) -> None:
    name = clean_name(sent)
    assert name
    assert len(name) <= 120
    assert not set(name) & set("/\\\x00\n")
    assert name not in {".", ".."}


@pytest.mark.parametrize("host", ["", "[", "a@b", "[::1", "\x00"])
def test_a_host_that_is_none_has_no_name_of_ours(host: str) -> None:
    assert host_name(host) not in {"localhost", "127.0.0.1", "::1"}


def test_the_token_comes_from_the_environment_or_a_private_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-a-file-0123456789\n", encoding="utf-8")
    file.chmod(0o600)
    given = {ENV_SERVE_TOKEN: "from-the-environment"}
    assert token_given({}) is None
    assert token_given(given) == Secret("from-the-environment")
    assert token_given(given, file=file) == Secret("from-a-file-0123456789")
    file.chmod(0o644)
    with pytest.raises(UsageError, match="can be read by others"):
        token_given({}, file=file)
    with pytest.raises(UsageError, match="cannot be read"):
        token_given({}, file=tmp_path / "none")
    with pytest.raises(UsageError, match="16 or more"):
        token_given({ENV_SERVE_TOKEN: "short"})


def test_the_operator_is_told_the_token_only_if_the_server_made_it(tmp_path: Path) -> None:
    def told(**more: Any) -> str:
        options = options_in(tmp_path, **more)
        house = furnish(options, clock=lambda: 0.0, make_engine=lambda _f, _w: QuickStudio())
        house.home.leave()
        return "\n".join(announcement(house, port=8765))

    assert told() == "serving at http://127.0.0.1:8765"
    assert "token for this run: nmv_usr_" in told(token=None)
    assert told(host="::1").startswith("serving at http://[::1]:8765")


def test_an_empty_host_is_not_every_host(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--host is empty"):
        listen(replace(options_in(tmp_path), host=""))


def test_a_port_that_is_taken_is_said_so(tmp_path: Path) -> None:
    with listen(options_in(tmp_path)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"127.0.0.1:{port} cannot be listened on"):
            listen(options_in(tmp_path, port=port))


def test_options_and_habits_can_be_read_without_a_server_or_an_engine() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import mvpipe.serve.options, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    heavy = {"starlette", "uvicorn", "numpy", "av", "asyncio"}
    assert heavy.isdisjoint(done.stdout.split())
