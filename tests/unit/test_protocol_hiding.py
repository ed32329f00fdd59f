from __future__ import annotations

import pytest

from mvpipe.model.secret import Secret
from mvpipe.protocol.answers import Reply
from mvpipe.protocol.hiding import SHORTEST, reply_without, without

TOKEN = Secret("not-of-the-usual-shape")


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("no: not-of-the-usual-shape", "no: ***"),
        ("not-of-the-usual-shapenot-of-the-usual-shape", "******"),
        ("not-of-the-usual", "not-of-the-usual"),
        ("", ""),
    ],
)
def test_a_token_that_is_said_back_is_not_read(said: str, left: str) -> None:
    assert without(said, TOKEN) == left
    assert reply_without(Reply(402, said.encode()), TOKEN) == Reply(402, left.encode())


@pytest.mark.parametrize("short", ["", "a", "x" * (SHORTEST - 1)])
def test_what_is_too_short_for_a_token_spoils_no_answer(short: str) -> None:
    said = f"a banana {short}"
    assert without(said, Secret(short)) == said
    assert reply_without(Reply(200, said.encode()), Secret(short)).body == said.encode()


def test_an_answer_that_says_no_token_is_the_very_same() -> None:
    reply = Reply(200, b'{"code":0}')
    assert reply_without(reply, TOKEN) is reply
