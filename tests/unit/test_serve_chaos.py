"""How the server misbehaves: asked for by name, decided by seed, seen on the wire."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mvpipe.errors import UsageError
from mvpipe.protocol.stream import EventForm
from mvpipe.serve.chaos import (
    CALM,
    TRAITS,
    Chaos,
    Dice,
    Fate,
    Habit,
    chaos_help,
    parse_chaos,
)
from tests.serving import QuickStudio, Served, options_in, serving


def test_habits_are_read_with_and_without_amounts() -> None:
    chaos = parse_chaos("silent=0.3, 429=2,slow-body,,no-credits", seed=5)
    assert chaos == Chaos(
        {Habit.SILENT: 0.3, Habit.RATE_LIMIT: 2, Habit.SLOW_BODY: 0.1, Habit.NO_CREDITS: 1}, 5
    )
    assert parse_chaos("") == CALM


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("silnt=0.3", "'silnt' is no habit"),
        ("silent=1.5", "out of bounds"),
        ("silent=nan", "out of bounds"),
        ("silent=", "out of bounds"),
        ("429=0.5", "out of bounds"),
        ("429=-1", "out of bounds"),
        ("no-credits=1", "takes no amount"),
        ("cut,cut", "is there twice"),
    ],
)
def test_what_makes_no_sense_is_said(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_chaos(text)


def test_a_slip_of_the_pen_is_answered_with_the_nearest_habit() -> None:
    with pytest.raises(UsageError) as caught:
        parse_chaos("silnt")
    assert caught.value.hint == "did you mean 'silent'?"


def test_every_habit_has_its_line_of_help() -> None:
    lines = chaos_help()
    assert len(lines) == len(Habit) == len(TRAITS)
    assert lines[0].split()[0] == "silent=P"
    assert max(len(line) for line in lines) < 100


def test_the_same_seed_throws_the_same_dice_whatever_else_is_asked() -> None:
    def thrown(text: str, seed: int) -> list[bool]:
        dice = Dice(parse_chaos(text, seed=seed))
        return [dice.strikes(Habit.SILENT) for _ in range(400)]

    assert thrown("silent=0.3", 1) == thrown("cut=0.1,silent=0.3", 1)
    assert thrown("silent=0.3", 1) != thrown("silent=0.3", 2)
    assert 90 < sum(thrown("silent=0.3", 1)) < 150
    assert sum(thrown("silent=0", 1)) == 0
    assert sum(thrown("silent", 1)) == 400


def test_the_worst_that_strikes_is_a_turns_fate() -> None:
    assert Dice(parse_chaos("silent,cut")).fate() is Fate.CUT
    assert Dice(parse_chaos("silent,cut,lost")).fate() is Fate.LOST
    assert Dice(CALM).fate() is Fate.GOOD


def test_a_count_strikes_first_and_then_no_more() -> None:
    dice = Dice(parse_chaos("429=2"))
    assert [dice.strikes(Habit.RATE_LIMIT) for _ in range(4)] == [True, True, False, False]
    late = Dice(parse_chaos("expire-token=3"))
    assert [late.comes_to(Habit.EXPIRE_TOKEN) for _ in range(4)] == [False, False, True, False]


def titles(server: Served, session: str) -> list[str]:
    draft = server.state(session).data["state"]["draft"]
    return [s["text"] for track in draft.get("t", []) for s in track["sg"]]


@pytest.mark.parametrize(
    ("chaos", "ends", "broken", "seen"),
    [
        ("silent", b'"status":"success"}}}],"role":"user"}', False, True),
        ("cut", b"", True, True),
        ("lost", b"", True, False),
        ("noise", b"Please try again.", False, True),
    ],
)
def test_a_turn_goes_as_it_was_asked_to(
    tmp_path: Path, chaos: str, ends: bytes, *, broken: bool, seen: bool
) -> None:
    with serving(options_in(tmp_path, chaos=chaos)) as server:
        session = server.opened()
        server.uploaded(session)
        told = server.said(session)
        assert (told.status, told.broken) == (200, broken)
        assert ends in told.body
        assert told.body.endswith(b"\n\n") is (chaos != "cut")
        assert titles(server, session) == (["make it"] if seen else [])


def test_every_turn_is_carried_out_once_whatever_its_client_hears(tmp_path: Path) -> None:
    prompts = [f"prompt {n}" for n in range(5)]
    with serving(options_in(tmp_path, chaos="silent=0.3,cut=0.2", seed=7)) as server:

        def job(_number: int) -> tuple[list[str], list[bool]]:
            session = server.opened()
            server.uploaded(session)
            told = [server.said(session, prompt) for prompt in prompts]
            return titles(server, session), [answer.broken for answer in told]

        with ThreadPoolExecutor(max_workers=8) as pool:
            ended = list(pool.map(job, range(20)))
    assert all(seen == prompts for seen, _ in ended)
    broken = sum(sum(cuts) for _, cuts in ended)
    assert broken == sum(
        parse_chaos("cut=0.2", seed=7).strikes(Habit.CUT, turn=n) for n in range(100)
    )


def test_a_late_edit_shows_at_the_second_look(tmp_path: Path) -> None:
    with serving(options_in(tmp_path, chaos="late")) as server:
        session = server.ready()
        assert [titles(server, session) for _ in range(3)] == [[], ["make it"], ["make it"]]


def test_heartbeats_come_while_the_studio_works_and_when_asked_for(tmp_path: Path) -> None:
    options = options_in(tmp_path, chaos="heartbeats=2", heartbeat_every_s=0.01)
    studio = QuickStudio()
    with serving(options, make_engine=lambda _f, _w: studio) as server:
        session = server.opened()
        server.uploaded(session)
        assert server.said(session).body.count(b"data: heartbeat\n\n") == 2
        studio.hold = lambda: threading.Event().wait(0.1)
        assert server.said(session).body.count(b"data: heartbeat\n\n") > 3


@pytest.mark.parametrize(
    ("chaos", "form", "piece"),
    [
        ("", EventForm.ADK, b'"functionCall"'),
        ("e2", EventForm.FLAT, b'{"type":"text","content":"Did: make it"}'),
        ("e3", EventForm.PLAIN, b'data: {"text":"Did: make it"}\n\n'),
    ],
)
def test_streams_speak_every_form(
    tmp_path: Path, chaos: str, form: EventForm, piece: bytes
) -> None:
    assert options_in(tmp_path, chaos=chaos).event_form is form
    with serving(options_in(tmp_path, chaos=chaos)) as server:
        session = server.opened()
        server.uploaded(session)
        assert piece in server.said(session).body


@pytest.mark.parametrize(
    ("chaos", "keys"),
    [
        ("", {"success", "data"}),
        ("p2", {"taskId", "status", "progress"}),
        ("p1+p2", {"success", "data", "id", "taskId", "status", "progress"}),
    ],
)
def test_renders_answer_in_every_form(tmp_path: Path, chaos: str, keys: set[str]) -> None:
    with serving(options_in(tmp_path, chaos=chaos)) as server:
        assert set(server.submitted(server.ready()).json) == keys


def test_the_first_calls_are_too_many(tmp_path: Path) -> None:
    with serving(options_in(tmp_path, chaos="429=2")) as server:
        got = [server.call("GET", "/api/credits/balance/simple") for _ in range(3)]
        assert [answer.status for answer in got] == [429, 429, 200]


def test_a_token_expires_once_and_a_new_one_is_given(tmp_path: Path) -> None:
    with serving(options_in(tmp_path, chaos="expire-token=2")) as server:

        def token() -> str:
            path, mine = "/api/auth/anonymous-token", {"X-Client-Id": "me"}
            given: str = server.call("POST", path, token=None, headers=mine).data["token"]
            return given

        first = token()
        session = server.opened(token=first)
        got = [server.state(session, token=first).status for _ in range(2)]
        assert got == [401, 401]
        assert server.state(session, token=token()).status == 200  # the same user as before


def test_the_servers_own_token_stays_expired(tmp_path: Path) -> None:
    with serving(options_in(tmp_path, chaos="expire-token=1")) as server:
        got = [server.call("GET", "/api/credits/balance/simple") for _ in range(2)]
        assert [answer.json["code"] for answer in got] == [1001, 1001]


def test_a_session_is_forgotten_once(tmp_path: Path) -> None:
    with serving(options_in(tmp_path, chaos="gone-session=2")) as server:
        session = server.opened()
        got = [server.state(session).status for _ in range(3)]
        assert got == [200, 404, 404]
        other = server.opened()
        assert server.state(other).status == 200
        assert list(server.house.sessions) == [other]


def test_no_credits_and_no_plan_are_said_as_the_service_does(tmp_path: Path) -> None:
    with serving(options_in(tmp_path, chaos="no-credits,plan-402")) as server:
        session = server.opened()
        assert server.said(session).json["code"] == 2001
        assert server.call("GET", "/api/credits/balance/simple").data["total"] == 0
        assert server.submitted(session, body={"draft": {}}).status == 402


def test_exports_may_want_to_know_who_asks(tmp_path: Path) -> None:
    named = {"X-Skill-Source": "s", "X-Skill-Version": "1", "X-Skill-Platform": "unknown"}
    with serving(options_in(tmp_path, chaos="attribution")) as server:
        session = server.ready()
        assert server.submitted(session).status == 402
        assert server.submitted(session, headers=named).status == 200


def test_flac_may_be_refused(tmp_path: Path) -> None:
    with serving(options_in(tmp_path, chaos="no-flac")) as server:
        session = server.opened()
        assert server.uploaded(session, name="a.flac").json["code"] == 4001
        assert server.uploaded(session, name="a.wav").status == 200


def test_the_first_renders_fail(tmp_path: Path) -> None:
    with serving(options_in(tmp_path, chaos="render-fails=1")) as server:
        session = server.ready()
        first = server.submitted(session).data
        assert (first["status"], first["error"]) == ("failed", "the render worker was lost")
        server.submitted(session, "render_2")
        assert server.rendered("render_2").data["status"] == "completed"


def test_a_download_may_end_halfway(tmp_path: Path) -> None:
    with serving(options_in(tmp_path, chaos="wrong-length")) as server:
        server.submitted(server.ready())
        server.rendered()
        got = server.call("GET", "/api/render/proxy/render_1/download")
        assert got.broken
        assert len(got.body) * 2 == int(got.headers["content-length"])


@pytest.mark.parametrize(
    ("chaos", "status", "kind"),
    [
        ("5xx", 503, "application/json"),
        ("html", 200, "text/html; charset=utf-8"),
        ("bad-json", 200, "application/json"),
    ],
)
def test_a_call_may_get_anything_but_an_answer(
    tmp_path: Path, chaos: str, status: int, kind: str
) -> None:
    with serving(options_in(tmp_path, chaos=chaos)) as server:
        got = server.call("GET", "/api/credits/balance/simple")
        assert (got.status, got.headers["content-type"]) == (status, kind)
        assert server.call("POST", "/run_sse", body={}).status == status


def test_a_slow_body_comes_whole_in_the_end(tmp_path: Path) -> None:
    with serving(options_in(tmp_path, chaos="slow-body=0.001")) as server:
        session = server.ready()
        assert titles(server, session) == ["make it"]
        server.submitted(session)
        server.rendered()
        got = server.call("GET", "/api/render/proxy/render_1/download")
        assert len(got.body) == int(got.headers["content-length"])
