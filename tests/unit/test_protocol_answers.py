from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mvpipe.errors import (
    BadAnswer,
    ClientIdMissing,
    DirectionError,
    Exit,
    MvpipeError,
    OutOfCredits,
    PlanRefused,
    RateLimited,
    Refused,
    RenderExists,
    SessionGone,
    TokenRefused,
    TooLarge,
    UnknownRender,
    Unreachable,
    UnsupportedMedia,
)
from mvpipe.model.canonical import Digest, plain
from mvpipe.model.hints import Meter, MusicHints
from mvpipe.model.media import Aspect, Quality, Size
from mvpipe.model.secret import Secret
from mvpipe.protocol import bodies, extras
from mvpipe.protocol.answers import (
    Asset,
    Balance,
    Claim,
    OpenedSession,
    Reply,
    TaskId,
    Token,
    UploadedFiles,
    UserId,
    check_reply,
    read_balance,
    read_claim,
    read_opened,
    read_token,
    read_uploaded,
    unwrap,
    wrap_detail,
    wrap_error,
    write_balance,
    write_claim,
    write_opened,
    write_token,
    write_uploaded,
)
from mvpipe.protocol.draft import Draft, draft_of
from mvpipe.protocol.failures import STATUS_OF, Caller, refusal_of
from mvpipe.protocol.paths import (
    Call,
    cancel_path,
    claim_link,
    download_path,
    poll_path,
    register_link,
    state_path,
    upload_path,
)
from mvpipe.protocol.renders import (
    RenderAnswer,
    RenderForm,
    RenderOrder,
    RenderStage,
    read_order,
    read_render,
    wrap_render_error,
    write_order,
    write_render,
)
from mvpipe.protocol.state import SessionState, read_state, write_state
from mvpipe.protocol.wire import (
    Attribution,
    attribution_headers,
    bearer,
    content_type,
    platform_of,
    token_in,
)


def reply(body: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(body).encode())


def raised(answer: Reply, call: Call, caller: Caller | None = None) -> MvpipeError:
    with pytest.raises(MvpipeError) as found:
        unwrap(answer, call=call, caller=caller or Caller())
    return found.value


DETAIL = {"detail": [{"loc": ["body", "user_id"], "msg": "field required", "type": "x"}]}


@pytest.mark.parametrize(
    ("status", "body", "call", "kind", "code"),
    [
        (200, {"code": 1001, "message": "bad"}, Call.OPEN, TokenRefused, Exit.TOKEN),
        (401, {"code": 1001}, Call.OPEN, TokenRefused, Exit.TOKEN),
        (401, {}, Call.SAY, TokenRefused, Exit.TOKEN),
        (200, {"code": 1010}, Call.OPEN, TokenRefused, Exit.TOKEN),
        (200, {"code": "1001"}, Call.OPEN, TokenRefused, Exit.TOKEN),
        (200, {"code": 1002}, Call.STATE, SessionGone, Exit.FAILED),
        (404, {"detail": "Session not found"}, Call.SAY, SessionGone, Exit.FAILED),
        (404, {}, Call.UPLOAD, SessionGone, Exit.FAILED),
        (200, {"code": 2001}, Call.UPLOAD, OutOfCredits, Exit.CREDITS),
        (402, {"code": 2001}, Call.SAY, OutOfCredits, Exit.CREDITS),
        (200, {"code": 4001}, Call.UPLOAD, UnsupportedMedia, Exit.FAILED),
        (415, {}, Call.UPLOAD, UnsupportedMedia, Exit.FAILED),
        (200, {"code": 4002}, Call.UPLOAD, TooLarge, Exit.FAILED),
        (413, "<html>", Call.UPLOAD, TooLarge, Exit.FAILED),
        (400, {"message": "X-Client-Id"}, Call.TOKEN, ClientIdMissing, Exit.TOKEN),
        (400, {}, Call.OPEN, Refused, Exit.FAILED),
        (402, {"success": False, "error": "plan"}, Call.RENDER, PlanRefused, Exit.TOKEN),
        (200, {"code": 402}, Call.RENDER, PlanRefused, Exit.TOKEN),
        (403, {}, Call.RENDER, PlanRefused, Exit.TOKEN),
        (429, {}, Call.TOKEN, RateLimited, Exit.UNREACHABLE),
        (200, {"code": 429}, Call.TOKEN, RateLimited, Exit.UNREACHABLE),
        (404, {"success": False}, Call.POLL, UnknownRender, Exit.FAILED),
        (404, {}, Call.OPEN, Refused, Exit.FAILED),
        (409, {}, Call.RENDER, RenderExists, Exit.FAILED),
        (200, {"success": False, "error": "Duplicate id"}, Call.RENDER, RenderExists, 1),
        (200, {"success": False, "error": "no"}, Call.RENDER, Refused, Exit.FAILED),
        (408, {}, Call.POLL, Unreachable, Exit.UNREACHABLE),
        (502, "<html>", Call.POLL, Unreachable, Exit.UNREACHABLE),
        (200, {"code": 500}, Call.POLL, Unreachable, Exit.UNREACHABLE),
        (422, DETAIL, Call.SAY, Refused, Exit.FAILED),
        (200, {"code": 7777, "message": "new"}, Call.OPEN, Refused, Exit.FAILED),
        (302, {}, Call.OPEN, BadAnswer, Exit.UNREACHABLE),
        (200, "<html>", Call.OPEN, BadAnswer, Exit.UNREACHABLE),
        (200, {"code": 0, "data": 7}, Call.OPEN, BadAnswer, Exit.UNREACHABLE),
    ],
)
def test_every_refusal_is_the_error_the_table_says(
    status: int, body: object, call: Call, kind: type[MvpipeError], code: int
) -> None:
    answer = Reply(status, b"<html>") if body == "<html>" else reply(body, status)
    problem = raised(answer, call)
    assert type(problem) is kind
    assert problem.exit == code


@pytest.mark.parametrize("kind", STATUS_OF)
def test_what_the_server_refuses_the_client_understands(kind: type[MvpipeError]) -> None:
    calls = {ClientIdMissing: Call.TOKEN, RenderExists: Call.RENDER, UnknownRender: Call.POLL}
    call = calls.get(kind, Call.SAY)
    refusal = refusal_of(kind("not this time"), call=call)
    for body in (wrap_error(refusal), wrap_render_error(refusal), wrap_detail(refusal)):
        problem = raised(Reply(refusal.status, body.encode()), call)
        expected = Refused if kind is BadAnswer else kind
        if refusal.code is None or body != wrap_detail(refusal):
            assert type(problem) is expected
        assert "not this time" in str(problem)


def test_an_error_the_table_lacks_is_refused_in_its_own_words() -> None:
    refusal = refusal_of(DirectionError("there is no song yet"), call=Call.RENDER)
    assert (refusal.status, refusal.code) == (400, None)
    problem = raised(Reply(refusal.status, wrap_error(refusal).encode()), Call.RENDER)
    assert str(problem) == "the service refuses this (400): 'there is no song yet'"


def test_an_anonymous_user_without_credits_is_shown_where_to_register() -> None:
    problem = raised(reply({"code": 2001}), Call.SAY, Caller(user="anon_abc123"))
    assert str(problem) == "there are not enough credits left"
    assert problem.hint == (
        "register at https://nemovideo.com/register?bind=anon_abc123 to go on with this work"
    )


def test_a_second_free_token_within_a_week_is_no_matter_of_seconds() -> None:
    assert raised(reply({}, 429), Call.TOKEN).hint.startswith("one free token is given a week")
    assert raised(reply({}, 429), Call.SAY).hint == "wait 30 seconds and try again"


@pytest.mark.parametrize("user", [None, "someone", "anon_../x"])
def test_everybody_else_is_told_to_top_up(user: str | None) -> None:
    problem = raised(reply({"code": 2001}), Call.SAY, Caller(user=user))
    assert problem.hint.startswith("top up")


def test_which_field_was_wrong_is_in_the_message() -> None:
    problem = raised(reply(DETAIL, 422), Call.SAY)
    assert str(problem) == "the service refuses this (422): 'body.user_id: field required'"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "deep"}}, ": 'deep'"),
        ({"detail": [7, {"msg": "x"}]}, ": '; x'"),
        ({"detail": []}, ""),
        ({"message": {}}, ""),
    ],
)
def test_the_service_s_own_words_are_found_wherever_they_are(body: object, words: str) -> None:
    assert str(raised(reply(body, 400), Call.OPEN)) == f"the service refuses this (400){words}"


def test_an_answer_without_an_envelope_is_its_own_data() -> None:
    assert unwrap(reply({"session_id": "s"}), call=Call.OPEN) == {"session_id": "s"}
    assert unwrap(reply({"code": True, "data": {"a": 1}}), call=Call.OPEN) == {"a": 1}


def test_an_answer_that_is_no_json_is_told_by_its_status_alone() -> None:
    check_reply(Reply(200, b"data: x\n\n"), call=Call.SAY)
    with pytest.raises(SessionGone):
        check_reply(Reply(404, b'{"detail":"Session not found"}'), call=Call.SAY)
    with pytest.raises(TokenRefused):
        check_reply(Reply(200, b' {"code":1001}'), call=Call.SAY)


TOKEN = Token(Secret("nmv_usr_x"), UserId("anon_abc123"), "2026-03-18T00:00:00Z", 100)
OPENED = OpenedSession("5529798706024415232", TaskId("task_x"), UserId("anon_abc123"))
SONG = Asset("a.mp3", "audio", "https://c/a.mp3?sig=1", 30_500, digest="abc", notes=("quiet",))
CLIP = Asset("v.mp4", "video", "https://c/v.mp4", 1000, width=1920, height=1080)


def test_answers_are_read_as_they_were_written() -> None:
    def sent(text: str) -> Reply:
        return Reply(200, text.encode())

    assert read_token(sent(write_token(TOKEN))) == TOKEN
    assert read_opened(sent(write_opened(OPENED))) == OPENED
    assert read_opened(sent(write_opened(OpenedSession("1")))) == OpenedSession("1")
    uploaded = UploadedFiles((SONG, CLIP), applied=True)
    assert read_uploaded(sent(write_uploaded(uploaded))) == uploaded
    balance = Balance(25_000, 40, 25_040)
    assert read_balance(sent(write_balance(balance))) == balance
    claim = Claim(Secret("clm_x"), 604_800)
    assert read_claim(sent(write_claim(claim))) == claim


def test_the_published_samples_are_read() -> None:
    token = {"token": "nmv_usr_xxxxxx", "user_id": "anon_abc123", "credits": 100}
    assert read_token(reply({"code": 0, "data": token})) == replace(
        TOKEN, expires_at=None, token=Secret("nmv_usr_xxxxxx")
    )
    file = {"filename": "v.mp4", "duration": 30.5, "width": 1920, "height": "?", "notes": [1]}
    found = read_uploaded(reply({"code": 0, "data": {"files": [file]}}))
    assert found == UploadedFiles((Asset("v.mp4", duration_ms=30_500, width=1920),))


@pytest.mark.parametrize("token", ["", "a b", "é", "a\r\nX: y", 7, None, "x" * 5000])
def test_a_token_that_cannot_stand_in_a_header_is_none(token: object) -> None:
    with pytest.raises(BadAnswer, match=r"^token: data\.token"):
        read_token(reply({"code": 0, "data": {"token": token}}))


@pytest.mark.parametrize("session", ["", "../x", "a/b", "a?b", ".", "x" * 200, 7, None, "é"])
def test_a_session_id_cannot_lead_anywhere_else(session: object) -> None:
    with pytest.raises(BadAnswer):
        read_opened(reply({"code": 0, "data": {"session_id": session}}))


def test_paths_and_links_are_the_published_ones() -> None:
    assert upload_path("55") == "/api/upload-video/nemo_agent/me/55"
    assert state_path("55") == "/api/state/nemo_agent/me/55/latest"
    assert poll_path("render_1") == "/api/render/proxy/lambda/render_1"
    assert cancel_path("render_1") == "/api/render/proxy/lambda/render_1/cancel"
    assert download_path("render_1") == "/api/render/proxy/render_1/download"
    assert register_link("anon_a") == "https://nemovideo.com/register?bind=anon_a"
    assert claim_link("clm_x", web="http://h/") == "http://h/workspace/claim?ct=clm_x"


DONE = RenderAnswer(
    "render_1", RenderStage.COMPLETED, 100, "https://c/o.mp4?s", notes=("a", "b")
)
GOING = RenderAnswer("render_1", RenderStage.PROCESSING, 40, frames_done=4, frames_total=10)
LOST = RenderAnswer("render_1", RenderStage.FAILED, problem="no font")


@pytest.mark.parametrize("answer", [DONE, GOING, LOST])
@pytest.mark.parametrize("form", RenderForm)
def test_a_render_is_read_from_every_form(form: RenderForm, answer: RenderAnswer) -> None:
    sent = Reply(200, write_render(answer, form=form).encode())
    assert read_render(sent, call=Call.POLL, render="render_1") == answer


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"success": True, "data": {"status": "Completed"}}, RenderStage.COMPLETED),
        ({"status": "canceled"}, RenderStage.CANCELLED),
        ({"status": "queued", "progress": "x", "frames": {"done": -1}}, RenderStage.PENDING),
        ({"success": False, "data": {"status": "failed"}}, RenderStage.FAILED),
        ({"success": False, "status": "failed", "error": "e"}, RenderStage.FAILED),
        ({"success": True, "data": {"status": "failed", "message": "m"}}, RenderStage.FAILED),
    ],
)
def test_a_stage_is_read_however_it_is_spelt(body: object, answer: RenderStage) -> None:
    assert read_render(reply(body), call=Call.POLL, render="r").stage is answer


@pytest.mark.parametrize("body", [{"status": "exploded"}, {"success": True, "data": {}}])
def test_a_stage_that_nobody_knows_is_an_error(body: object) -> None:
    with pytest.raises(BadAnswer, match="poll: status is"):
        read_render(reply(body), call=Call.POLL, render="r")


def test_an_accepted_call_need_not_say_more() -> None:
    yes = reply({"success": True})
    assert read_render(yes, call=Call.CANCEL, render="r").stage is RenderStage.CANCELLED
    assert read_render(yes, call=Call.RENDER, render="r").stage is RenderStage.PENDING


def test_only_a_refused_poll_with_a_bad_status_is_an_error() -> None:
    with pytest.raises(UnknownRender):
        read_render(reply({"success": False}, 404), call=Call.POLL, render="r")


def test_three_stages_are_final() -> None:
    assert [stage.value for stage in RenderStage if stage.final] == [
        "completed",
        "failed",
        "cancelled",
    ]


FOREIGN = Draft('{ "t":[{"tt":3,"zz":1.50, "sg":[{"x":1e2}]}] , "d":10000.0}')


def test_an_order_carries_the_draft_byte_for_byte() -> None:
    order = RenderOrder("render_1", "55", FOREIGN)
    text = write_order(order)
    assert FOREIGN.raw in text
    assert json.loads(text)["output"] == {"format": "mp4", "quality": "high"}
    assert read_order(text.encode()) == order


def test_an_order_may_leave_the_output_out_but_not_the_draft() -> None:
    bare = b'{"id":"r","sessionId":"s","draft":{"d":1}}'
    assert read_order(bare) == RenderOrder("r", "s", draft_of('{"d":1}'))
    with pytest.raises(BadAnswer, match="draft is missing"):
        read_order(b'{"id":"r","sessionId":"s"}')


STATE = SessionState(
    session="55",
    assets=(SONG,),
    draft=FOREIGN,
    digest=Digest(""),
    task="task_x",
    name="A name",
)


def read_back(state: SessionState, canvas: tuple[int, int] | None = None) -> SessionState:
    return read_state(Reply(200, write_state(state, canvas=canvas).encode()), session="55")


def test_a_state_carries_the_draft_byte_for_byte() -> None:
    found = read_back(STATE)
    assert replace(found, digest=Digest("")) == STATE


def test_a_state_of_ours_tells_which_prompts_arrived_and_whether_one_is_under_way() -> None:
    busy = replace(STATE, steps=frozenset({"cut"}), busy=True)
    assert replace(read_back(busy), digest=Digest("")) == busy


def test_the_digest_moves_with_draft_files_and_canvas_but_not_with_names() -> None:
    first = read_back(STATE).digest
    resigned = replace(SONG, url="https://c/a.mp3?sig=2")
    assert read_back(replace(STATE, name="B", task=None, assets=(resigned,))).digest == first
    others = [
        read_back(replace(STATE, draft=draft_of("{}"))).digest,
        read_back(replace(STATE, assets=(SONG, CLIP))).digest,
        read_back(STATE, canvas=(1080, 1920)).digest,
    ]
    assert len({first, *others}) == 4


@pytest.mark.parametrize(
    "body",
    [
        {"code": 0, "data": {"draft": {"d": 1}}},
        {"code": 0, "data": {"state": {"draft": {"d": 1}}}},
        {"draft": {"d": 1}},
        {"state": {"draft": {"d": 1}, "video_infos": [7], "user_id": "u"}},
    ],
)
def test_the_draft_is_found_wherever_it_lies(body: object) -> None:
    found = read_state(reply(body), session="55")
    assert (found.draft, found.assets) == (Draft('{"d": 1}'), ())


def test_a_fresh_session_has_no_draft() -> None:
    found = read_state(reply({"code": 0, "data": {"state": {"draft": {}}}}), session="55")
    assert found.draft == Draft("{}")
    assert read_back(replace(STATE, name=None)).name is None


def test_bodies_are_read_as_they_were_written() -> None:
    opened = bodies.OpenBody("My song", "zh-CN")
    assert bodies.read_open(bodies.write_open(opened).encode()) == opened
    assert bodies.read_open(b"") == bodies.OpenBody("project")
    said = bodies.SayBody("55", "make it 蓝色\n🎬")
    assert bodies.read_say(bodies.write_say(said).encode()) == said
    urls = bodies.UrlsBody(("https://a/b.mp4",))
    assert bodies.read_urls(bodies.write_urls(urls).encode()) == urls
    claim = bodies.ClaimBody("task_x", "55")
    assert bodies.read_claim_body(bodies.write_claim_body(claim).encode()) == claim


def test_a_turn_may_come_in_camel_case_and_in_parts() -> None:
    body = (
        b'{"sessionId":"5","newMessage":{"parts":[{"text":"a"},{"inlineData":1},{"text":"b"}]}}'
    )
    assert bodies.read_say(body) == bodies.SayBody("5", "a\nb")


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"session_id":"5","new_message":{"parts":[]}}',
        b'{"session_id":"5","new_message":{"parts":[{"text":" "}]}}',
        b'{"session_id":"../5","new_message":{"parts":[{"text":"x"}]}}',
        b'{"session_id":"5","new_message":{"parts":[{"text":"' + b"x" * 20_001 + b'"}]}}',
    ],
)
def test_a_turn_without_session_or_words_is_refused(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        bodies.read_say(body)


@pytest.mark.parametrize("body", [b'{"urls":[]}', b'{"urls":[7]}', b'{"urls":"x"}'])
def test_an_upload_needs_addresses(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        bodies.read_urls(body)


def test_extras_are_read_as_they_were_written() -> None:
    hints = MusicHints(bpm=128.5, first_downbeat_ms=350, meter=Meter(3, 4))
    opened = extras.OpenExtras(seed=-7, hints=hints)
    assert extras.read_open_extras(extras.write_extras(opened)) == opened
    bare = extras.OpenExtras(seed=1)
    assert extras.read_open_extras(extras.write_extras(bare)) == bare
    assert extras.read_open_extras('{"seed":1}') == bare
    song = extras.UploadExtras("Lied ü")
    assert extras.write_extras(song).isascii()
    assert extras.read_upload_extras(extras.write_extras(song)) == song
    step = extras.SayExtras("step-1")
    assert extras.read_say_extras(extras.write_extras(step)) == step
    video = extras.RenderExtras(30, Quality.DRAFT, Aspect.TALL, Size(360, 640), "shorts")
    assert extras.read_render_extras(extras.write_extras(video)) == video
    plain_video = extras.RenderExtras(30, Quality.HIGH)
    assert extras.read_render_extras(extras.write_extras(plain_video)) == plain_video


def test_without_the_header_there_are_no_extras() -> None:
    assert extras.read_open_extras(None) is None
    assert extras.read_upload_extras(None) is None
    assert extras.read_say_extras(None) is None
    assert extras.read_render_extras(None) is None


@pytest.mark.parametrize(
    "header",
    [
        '{"fps":30,"quality":"huge"}',
        '{"fps":0,"quality":"high"}',
        '{"fps":30,"quality":"high","aspect":"2:1"}',
        '{"fps":30,"quality":"high","size":{"width":1921,"height":1080}}',
        "[]",
        '{"fps":30,' + " " * 5000 + "}",
    ],
)
def test_extras_that_make_no_sense_are_refused(header: str) -> None:
    with pytest.raises(BadAnswer):
        extras.read_render_extras(header)


def test_every_request_says_who_is_calling() -> None:
    assert attribution_headers(Attribution(version="0.1.0")) == {
        "X-Skill-Source": "ai-music-video-generator-free",
        "X-Skill-Version": "0.1.0",
        "X-Skill-Platform": "unknown",
    }


@pytest.mark.parametrize(
    ("path", "environment", "platform"),
    [
        ("/home/a/.clawhub/skills/x", None, "clawhub"),
        ("C:\\Users\\a\\.cursor\\skills", None, "cursor"),
        ("/home/a/.venv/lib", None, "unknown"),
        ("/home/a/.cursorx/lib", "", "unknown"),
        ("/home/a/.cursor", "github", "github"),
    ],
)
def test_the_platform_is_told_by_the_install_path(
    path: str, environment: str | None, platform: str
) -> None:
    assert platform_of(path, environment=environment) == platform


def test_a_file_is_sent_as_what_its_name_says() -> None:
    assert content_type("A.B.MP3") == "audio/mpeg"
    assert content_type("a.flac") == "audio/flac"
    assert content_type("a.pdf") is None
    assert content_type("mp3x") is None


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", "Basic abc", "nmv_usr_x"])
def test_a_header_without_a_bearer_has_no_token(header: str) -> None:
    assert token_in(header) is None


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = token_in(bearer(Secret("nmv_usr_x")))
    assert secret == Secret("nmv_usr_x")
    assert secret != Secret("other")
    assert hash(secret) == hash(Secret("nmv_usr_x"))
    assert f"{secret} {secret!r} {TOKEN}".count("nmv") == 0
    assert "sig" not in repr(SONG)
    assert "?s" not in repr(DONE)
    with pytest.raises(TypeError):
        plain(secret)
