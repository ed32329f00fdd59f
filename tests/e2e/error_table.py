"""The service's error table as the service says it, and all that should come of each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mvpipe.errors import Exit
from tests.e2e.wellspoken import (
    BALANCE,
    EDITED,
    EMPTY,
    NEXT_UPLOAD,
    OPEN,
    OPENED,
    RENDER,
    RICH,
    SAID,
    SAY,
    STATE,
    TAKEN,
    TOKEN,
    UPLOAD,
    Where,
    order_taken,
    order_that_fails,
    token,
)
from tests.evil import (
    CANARY,
    Behaviour,
    code,
    hang_up,
    html,
    plain,
    sends_to,
    whole,
)

FREE = None
"""No token of one's own: the service gives a free one."""

NO_SESSION = plain({"detail": "Session not found"}, status=404)
INVALID = plain(
    {"detail": [{"loc": ["body", "new_message"], "msg": "field required", "type": "missing"}]},
    status=422,
)
PAGE = whole(b"<!doctype html><h1>502 Bad Gateway</h1>", status=502, kind="text/html")
OFTEN = code(429, status=429, message="slow down")
BUSY = plain({"message": "upstream connect error"}, status=503)
EXPIRED = code(1001, status=401, message="token expired")
NO_PLAN = plain({"success": False, "error": "export requires account"}, status=402)

GET_ONE = "set NEMO_TOKEN to a valid token, or unset it for a free one"
LATER = "try again later"


@dataclass(frozen=True, slots=True)
class Row:
    """What the service says other than well, and all that should come of it.

    `waits` are those of a second and more; `calls` how often it was asked for what; `polls`
    says that a render is asked about, which is done every half minute.
    """

    says: Mapping[Where, tuple[Behaviour, ...]]
    exit: Exit = Exit.DONE
    problem: str = ""
    hint: str = ""
    waits: tuple[float, ...] = ()
    calls: Mapping[Where, int] = field(default_factory=dict)
    token: str | None = CANARY
    song: str = "song.wav"
    told: str = ""
    polls: bool = False


ROWS: dict[str, Row] = {
    # 1001: a new anonymous token with the same client id, once
    "a token of one's own that is refused is never replaced": Row(
        {BALANCE: (EXPIRED,), OPEN: (EXPIRED,)},
        Exit.TOKEN,
        "the service does not accept the token, or it has expired: 'token expired'",
        GET_ONE,
        calls={TOKEN: 0},
    ),
    "a refusal in an answer of status 200 is one all the same": Row(
        {BALANCE: (code(1001),), OPEN: (code(1001),)},
        Exit.TOKEN,
        "the service does not accept the token, or it has expired: 'no'",
        GET_ONE,
    ),
    "a bare 401 is about the token": Row(
        {BALANCE: (plain({}, status=401),), OPEN: (plain({}, status=401),)},
        Exit.TOKEN,
        "the service does not accept the token, or it has expired",
        GET_ONE,
    ),
    "a free token that has expired is replaced under the same client id": Row(
        {BALANCE: (EXPIRED, RICH)}, calls={TOKEN: 2}, token=FREE
    ),
    "a free token that expires before a prompt is replaced and the prompt said once": Row(
        {SAY: (EXPIRED, SAID)}, calls={TOKEN: 2, SAY: 2, OPEN: 1}, token=FREE
    ),
    "a free token is replaced once a call and no oftener": Row(
        {BALANCE: (EXPIRED,), OPEN: (EXPIRED,)},
        Exit.TOKEN,
        "the service does not accept the token, or it has expired: 'token expired'",
        GET_ONE,
        calls={TOKEN: 2, BALANCE: 2},
        token=FREE,
    ),
    # 1002: a new session
    "a session that is gone when the prompt comes is begun anew": Row(
        {SAY: (NO_SESSION, SAID)},
        calls={OPEN: 2, UPLOAD: 1, NEXT_UPLOAD: 1, SAY: 2, RENDER: 1},
        told="note: the session is gone; starting in a new one",
    ),
    "a session that is gone when the file comes is begun anew": Row(
        {UPLOAD: (code(1002, status=404),)},
        calls={OPEN: 2, UPLOAD: 1, NEXT_UPLOAD: 1, SAY: 1},
        told="note: the session is gone; starting in a new one",
    ),
    "a session that goes again and again ends the job": Row(
        {UPLOAD: (code(1002),), NEXT_UPLOAD: (code(1002),)},
        Exit.FAILED,
        "the service no longer knows this session: 'no'",
        "run the job again; it begins a new session",
        calls={OPEN: 2, UPLOAD: 1, NEXT_UPLOAD: 1, SAY: 0},
    ),
    # 2001: register with ?bind=, or top up
    "who has no account and no credits is sent to register and keeps the work": Row(
        {SAY: (code(2001, status=403, message="insufficient credits"),)},
        Exit.CREDITS,
        "there are not enough credits left: 'insufficient credits'",
        "register at https://nemovideo.com/register?bind=anon_abc123 to go on with this work",
        calls={SAY: 1},
        token=FREE,
    ),
    "who has an account and no credits is told to top up": Row(
        {
            OPEN: (plain({"code": 0, "data": {"session_id": "5529798706024415232"}}),),
            SAY: (code(2001),),
        },
        Exit.CREDITS,
        "there are not enough credits left: 'no'",
        "top up the account, or use --backend local, which costs nothing",
        calls={SAY: 1},
    ),
    # 4001: list the formats, or convert
    "a kind of file that is refused is answered with those that are not": Row(
        {UPLOAD: (code(4001, status=415),)},
        Exit.FAILED,
        "the service does not take this kind of file: 'no'",
        "it takes mp4 mov avi webm mkv jpg jpeg png gif webp mp3 wav m4a aac",
        calls={UPLOAD: 1, SAY: 0},
    ),
    "FLAC that is refused goes again as WAV and that is said": Row(
        {UPLOAD: (code(4001), TAKEN)},
        song="song.flac",
        calls={UPLOAD: 2, SAY: 1},
        told="note: 'song.flac' went as WAV: the service takes no FLAC",
    ),
    # 4002: compress or trim
    "a file that is too large is to be made smaller": Row(
        {UPLOAD: (code(4002, status=413),)},
        Exit.FAILED,
        "the file is over the service's limit (200 MB): 'no'",
        "compress or trim it",
        calls={UPLOAD: 1},
    ),
    "a bare 413 is about the size": Row(
        {UPLOAD: (whole(b"<h1>413</h1>", status=413, kind="text/html"),)},
        Exit.FAILED,
        "the file is over the service's limit (200 MB)",
        "compress or trim it",
    ),
    # 400: X-Client-Id is missing
    "a token that is not given without an id can be asked for with another": Row(
        {TOKEN: (plain({"message": "X-Client-Id required"}, status=400),)},
        Exit.TOKEN,
        "the service gives no token without a client id: 'X-Client-Id required'",
        "set NEMO_CLIENT_ID to any text of up to 64 characters",
        calls={TOKEN: 1, OPEN: 0},
        token=FREE,
    ),
    # 402: the plan, not the credits
    "an export that the plan does not allow is no matter of credits": Row(
        {RENDER: (NO_PLAN,)},
        Exit.TOKEN,
        "the account's plan does not allow this; it is not a matter of credits:"
        " 'export requires account'",
        "register or upgrade, or use --backend local, which has no plans",
        calls={RENDER: 1},
    ),
    # 429: 30 s, once
    "a session refused as too often is asked for once more after half a minute": Row(
        {OPEN: (OFTEN, OPENED)}, waits=(30,), calls={OPEN: 2}
    ),
    "a prompt refused as too often is said after half a minute": Row(
        {SAY: (OFTEN, SAID)}, waits=(30,), calls={SAY: 2}
    ),
    "an order refused as too often is given after half a minute": Row(
        {RENDER: (OFTEN, order_taken)}, waits=(30,), calls={RENDER: 2}
    ),
    "a state refused as too often is read after half a minute": Row(
        {STATE: (OFTEN, EMPTY, EDITED)}, waits=(30,)
    ),
    "a prompt refused as too often for good is given up after the one wait": Row(
        {SAY: (OFTEN,)},
        Exit.UNREACHABLE,
        "the service was asked too often: 'slow down'",
        "wait 30 seconds and try again",
        waits=(30,),
        calls={SAY: 2},
    ),
    "a limit on free tokens that passes is waited out": Row(
        {TOKEN: (OFTEN, token("late"))}, waits=(30,), calls={TOKEN: 2}, token=FREE
    ),
    "the week's only free token that was given already is said to be so": Row(
        {TOKEN: (OFTEN,)},
        Exit.TOKEN,
        "the service gives one free token a week and has given this week's",
        "set NEMO_TOKEN to a token of your own, or use --backend local",
        waits=(30,),
        calls={TOKEN: 2},
        token=FREE,
    ),
    # 5xx: repeated where that is safe
    "trouble that passes is waited out where repeating is safe": Row(
        {STATE: (BUSY, BUSY, EMPTY, EDITED)}, waits=(1, 2), calls={SAY: 1}
    ),
    "trouble that stays is given up": Row(
        {BALANCE: (BUSY,), OPEN: (BUSY,)},
        Exit.UNREACHABLE,
        "the service is in trouble (503): 'upstream connect error'",
        LATER,
        waits=(1, 2, 4, 8, 16, 30),
    ),
    "a prompt is not said twice because the service is in trouble": Row(
        {SAY: (BUSY,)},
        Exit.UNREACHABLE,
        "the service is in trouble (503): 'upstream connect error'",
        LATER,
        calls={SAY: 1},
    ),
    "a gateway that loses the answer to a prompt makes nobody say it twice": Row(
        {SAY: (PAGE,), STATE: (EMPTY,)},
        Exit.UNKNOWN,
        "the answer was cut off and the timeline has not moved since",
        "look at the project; `mvpipe run --resend` says the prompt again",
        waits=(30, 60, 60, 60, 60, 60),
        calls={SAY: 1},
    ),
    "a prompt whose answer is lost counts once the edit is seen": Row(
        {SAY: (PAGE,), STATE: (EMPTY, EMPTY, EDITED)}, waits=(30, 30), calls={SAY: 1, RENDER: 1}
    ),
    "an order whose answer is lost is asked about before it is given again": Row(
        {RENDER: (PAGE, order_taken)}, calls={RENDER: 2}
    ),
    # renders: a new id, once
    "a render that fails is ordered once more under another id": Row(
        {RENDER: (order_that_fails, order_taken)},
        calls={RENDER: 2},
        told="the service could not render it: 'out of memory'; ordering it once more",
    ),
    "a render that fails twice ends the job": Row(
        {RENDER: (order_that_fails,)},
        Exit.FAILED,
        "the service could not render it: 'out of memory'",
        "run the job again; `mvpipe doctor` looks around",
        calls={RENDER: 2},
        polls=True,
    ),
    # what the agent's framework says
    "a body that the framework refuses is told field by field": Row(
        {SAY: (INVALID,)},
        Exit.FAILED,
        "the service refuses this (422): 'body.new_message: field required'",
        "change what it objects to, or use --backend local",
        calls={SAY: 1},
    ),
    # no answer of the protocol at all
    "a network's sign-in page is no answer": Row(
        {BALANCE: (html,), OPEN: (html,)},
        Exit.UNREACHABLE,
        "the answer is no JSON: '<!doctype html><title>Sign in</title>'",
        "check the network and NEMO_API_URL, or use --backend local",
    ),
    "a page in place of a stream leaves the outcome to the timeline": Row(
        {SAY: (html,), STATE: (EMPTY, EMPTY, EDITED)}, waits=(30, 30), calls={SAY: 1}
    ),
    "a service that sends us elsewhere is not followed": Row(
        {BALANCE: (sends_to("https://example.com/x"),), OPEN: (sends_to("https://e.com/"),)},
        Exit.UNREACHABLE,
        "balance: the service sends us elsewhere (302)",
        "check the network and NEMO_API_URL, or use --backend local",
    ),
    "a connection that breaks off is tried again where that is safe": Row(
        {STATE: (hang_up, EMPTY, EDITED)}, waits=(1,)
    ),
}
