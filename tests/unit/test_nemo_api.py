"""What a hostile or broken server can do to a call that only reads: nothing but fail it."""

from __future__ import annotations

import itertools
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from mvpipe.backends.nemo.api import AnswerLost, Api, checked_base
from mvpipe.backends.nemo.places import allowed
from mvpipe.errors import (
    BadAnswer,
    MvpipeError,
    OutOfCredits,
    PlanRefused,
    RateLimited,
    Refused,
    TokenRefused,
    Unreachable,
    UsageError,
)
from mvpipe.protocol.paths import BALANCE_PATH
from mvpipe.protocol.wire import Attribution
from tests.evil import (
    CANARY,
    Behaviour,
    Evil,
    Visit,
    bomb,
    caller,
    code,
    data,
    endless,
    evil_server,
    hang_up,
    html,
    plain,
    refuse,
    sends_to,
    short,
    whole,
)
from tests.fakes import FakeClock


@pytest.fixture
def evil() -> Iterator[Evil]:
    with evil_server() as server:
        yield server


def ask(evil: Evil, folder: Path, *behaviours: Behaviour) -> int | None:
    evil.on("GET", BALANCE_PATH, *behaviours)
    with caller(evil, folder) as backend:
        return backend.credits().available


def test_an_answer_is_read(evil: Evil, tmp_path: Path) -> None:
    assert ask(evil, tmp_path, data(available=99.9, frozen=1, total=100.9)) == 99


def test_every_call_says_who_is_calling(evil: Evil, tmp_path: Path) -> None:
    ask(evil, tmp_path, data(available=1))
    headers = evil.seen[0].headers
    assert headers["Authorization"] == f"Bearer {CANARY}"
    assert headers["X-Skill-Source"] == "ai-music-video-generator-free"
    assert headers["X-Skill-Version"]
    assert headers["X-Skill-Platform"] == "unknown"
    assert headers["Accept-Encoding"] == "identity"


WRONG: dict[str, tuple[Behaviour, type[MvpipeError]]] = {
    "gzip bomb": (bomb, BadAnswer),
    "endless": (endless, BadAnswer),
    "html": (html, BadAnswer),
    "short": (short, AnswerLost),
    "no answer": (hang_up, AnswerLost),
    "half json": (whole(b'{"code":0,'), BadAnswer),
    "deep json": (whole(b"[" * 100_000), BadAnswer),
    "nan": (whole(b'{"code":0,"data":{"available":NaN}}'), BadAnswer),
    "wrong type": (whole(b'{"code":0,"data":{"available":"many"}}'), BadAnswer),
    "a list": (plain([]), BadAnswer),
    "500": (refuse(500), AnswerLost),
    "503": (refuse(503), Unreachable),
    "429": (refuse(429), RateLimited),
    "402": (refuse(402), PlanRefused),
    "401": (refuse(401), TokenRefused),
    "418": (refuse(418), Refused),
    "1001": (code(1001), TokenRefused),
    "2001": (code(2001), OutOfCredits),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_goes_wrong_has_a_name(
    evil: Evil,
    tmp_path: Path,
    wrong: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    behaviour, kind = WRONG[wrong]
    with pytest.raises(kind) as caught:
        ask(evil, tmp_path, behaviour)
    shown = "".join(traceback.format_exception(caught.value))
    assert CANARY not in f"{shown} {caught.value.hint} {caplog.text}"
    assert len(evil.seen) == 1


def test_nobody_there_is_unreachable_and_nothing_was_sent(tmp_path: Path) -> None:
    with evil_server() as gone:
        pass
    with caller(gone, tmp_path) as backend, pytest.raises(Unreachable) as caught:
        backend.credits()
    assert not isinstance(caught.value, AnswerLost)
    assert "cannot be reached" in str(caught.value)


def test_an_answer_that_trickles_is_given_up(evil: Evil, tmp_path: Path) -> None:
    evil.on("GET", BALANCE_PATH, endless)
    ticks = itertools.count(step=50)
    with (
        caller(evil, tmp_path, clock=lambda: float(next(ticks))) as backend,
        pytest.raises(AnswerLost, match="takes too long"),
    ):
        backend.credits()


def test_a_redirect_within_the_service_is_followed(evil: Evil, tmp_path: Path) -> None:
    evil.on("GET", "/moved", data(available=3))
    assert ask(evil, tmp_path, sends_to("/moved")) == 3
    assert evil.seen[1].headers["Authorization"] == f"Bearer {CANARY}"


def test_redirects_in_a_circle_end(evil: Evil, tmp_path: Path) -> None:
    with pytest.raises(BadAnswer, match="again and again"):
        ask(evil, tmp_path, sends_to(BALANCE_PATH))
    assert len(evil.seen) == 4


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_redirect_to_another_host_is_not_followed(
    evil: Evil, tmp_path: Path, scheme: str
) -> None:
    with evil_server() as other:
        place = other.url.replace("http", scheme, 1)
        with pytest.raises(BadAnswer, match="elsewhere"):
            ask(evil, tmp_path, sends_to(f"{place}/x?sig={CANARY}"))
    assert other.seen == []


def test_a_netrc_does_not_replace_the_token(
    evil: Evil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    ask(evil, tmp_path, data(available=1))
    assert evil.seen[0].headers["Authorization"] == f"Bearer {CANARY}"


def test_a_proxy_does_not_hear_what_this_machine_says_to_itself(
    evil: Evil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with evil_server() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        assert ask(evil, tmp_path, data(available=1)) == 1
    assert proxy.seen == []


def test_cookies_are_not_kept(evil: Evil, tmp_path: Path) -> None:
    def with_cookie(visit: Visit) -> None:
        body = b'{"code":0,"data":{"available":1}}'
        visit.answer(200, {"Set-Cookie": "a=b", "Content-Length": str(len(body))}, body)

    evil.on("GET", BALANCE_PATH, with_cookie)
    with caller(evil, tmp_path) as backend:
        backend.credits()
        backend.credits()
    assert [seen.headers["Cookie"] for seen in evil.seen] == [None, None]


@pytest.mark.parametrize(
    "base",
    [
        "http://example.com",
        "http://10.0.0.1:8000",
        "ftp://127.0.0.1",
        "https://a@example.com",
        "https://example.com?x=1",
        "https://example.com\\@127.0.0.1",
        "https://exa mple.com",
        "https://example.com:99999",
        "https://[::1",
        "nemo",
    ],
)
def test_an_address_that_is_not_safe_for_a_token_is_refused(base: str) -> None:
    with pytest.raises(UsageError, match="NEMO_API_URL"):
        checked_base(base)


@pytest.mark.parametrize(
    "base",
    ["https://example.com/", "http://127.0.0.1:1", "http://localhost", "http://[::1]:80"],
)
def test_https_and_this_machine_are_safe(base: str) -> None:
    assert checked_base(base) == base.rstrip("/")


PUBLIC, PRIVATE = ("93.184.216.34", "2606:2800:220:1::1"), ("93.184.216.34", "10.0.0.1")


@pytest.mark.parametrize(
    ("url", "addresses", "fine"),
    [
        ("https://api.example.com/x", (), True),
        ("https://static1.nemovideo.ai/x.mp4?sig=1", (), True),
        ("https://bucket.example.org/x", PUBLIC, True),
        ("https://bucket.example.org:443/x", PUBLIC, True),
        ("https://bucket.example.org:8443/x", PUBLIC, False),
        ("https://bucket.example.org/x", PRIVATE, False),
        ("https://bucket.example.org/x", (), False),
        ("https://bucket.example.org/x", ("::ffff:127.0.0.1",), False),
        ("https://bucket.example.org/x", ("64:ff9b::7f00:1",), False),
        ("https://bucket.example.org/x", ("2002:7f00:1::",), False),
        ("https://bucket.example.org/x", ("224.0.0.1",), False),
        ("https://bucket.example.org/x", ("fe80::1%eth0",), False),
        ("https://bucket.example.org/x", ("nonsense",), False),
        ("http://static1.nemovideo.ai/x", PUBLIC, False),
        ("https://nemovideo.ai.example.org/x", (), False),
        ("https://user@static1.nemovideo.ai/x", PUBLIC, False),
        ("https://good.example.org\\@127.0.0.1/", PUBLIC, False),
        ("https://127.0.0.1/x", PUBLIC, False),
        ("https://127.1/x", PUBLIC, False),
        ("https://0x7f.1/x", PUBLIC, False),
        ("https://2130706433/x", PUBLIC, False),
        ("https://１２７.0.0.1/x", PUBLIC, False),
        ("https://wiki/x", PUBLIC, False),
        ("https://wiki.internal/x", PUBLIC, False),
        ("https://[::1]/x", PUBLIC, False),
        ("https://[::1/x", PUBLIC, False),
        ("http://127.0.0.1/x", PUBLIC, False),
        ("https://a b.example.org/x", PUBLIC, False),
        ("file:///etc/passwd", PUBLIC, False),
    ],
)
def test_where_a_video_may_come_from(url: str, addresses: tuple[str, ...], fine: bool) -> None:  # noqa: FBT001 - a table's column
    api = Api("https://api.example.com", attribution=Attribution("1"), clock=FakeClock())
    assert allowed(url, api=api, resolve=lambda _: addresses) is fine
