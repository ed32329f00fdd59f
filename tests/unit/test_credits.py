from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest

from mvpipe.commands.credits import show_credits
from mvpipe.errors import Exit, OutOfCredits
from mvpipe.model.backend import BackendName
from mvpipe.protocol.paths import BALANCE_PATH, TOKEN_PATH
from mvpipe.report.streams import Streams
from tests.evil import CANARY, code, data, evil_server
from tests.serving import TOKEN, options_in, serving


def told(name: BackendName = BackendName.NEMO, *, as_json: bool = False) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    assert show_credits(name, Streams(out, err), as_json=as_json) is Exit.DONE
    return out.getvalue(), err.getvalue()


def test_the_balance_is_one_line_and_says_that_this_machine_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with evil_server() as evil:
        evil.on("GET", BALANCE_PATH, data(available=90, frozen=40), data(available=7, frozen=0))
        monkeypatch.setenv("NEMO_API_URL", evil.url)
        monkeypatch.setenv("NEMO_TOKEN", CANARY)
        first, aside = told()
        second, _ = told()
    assert first == "90 credits, 40 frozen for work under way\n"
    assert second == "7 credits\n"
    assert "free" in aside
    assert CANARY not in first + aside


def test_for_scripts_there_is_a_document(monkeypatch: pytest.MonkeyPatch) -> None:
    with evil_server() as evil:
        evil.on("GET", BALANCE_PATH, data(available=90, frozen=40))
        monkeypatch.setenv("NEMO_API_URL", evil.url)
        monkeypatch.setenv("NEMO_TOKEN", CANARY)
        document, aside = told(as_json=True)
    assert json.loads(document) == {
        "schema_version": 1,
        "backend": "nemo",
        "service": f"nemo/1 {evil.url}",
        "free": False,
        "available": 90,
        "frozen": 40,
    }
    assert aside == ""


def test_this_machine_is_free_and_asks_nobody() -> None:
    assert told(BackendName.LOCAL) == (
        "rendering on this machine (--backend local) is free\n",
        "",
    )
    assert json.loads(told(BackendName.LOCAL, as_json=True)[0])["free"] is True


def test_who_is_out_of_credits_is_told_where_to_register(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MVPIPE_STATE_DIR", str(tmp_path))
    with evil_server() as evil:
        monkeypatch.setenv("NEMO_API_URL", evil.url)
        evil.on("POST", TOKEN_PATH, data(token=CANARY, user_id="anon_abc"))
        evil.on("GET", BALANCE_PATH, code(2001))
        with pytest.raises(OutOfCredits) as caught:
            told()
    assert "register?bind=anon_abc" in caught.value.hint


def test_a_service_of_ones_own_takes_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with serving(options_in(tmp_path)) as server:
        monkeypatch.setenv("NEMO_API_URL", server.url)
        monkeypatch.setenv("NEMO_TOKEN", TOKEN)
        assert told()[0] == "this service takes no credits\n"
