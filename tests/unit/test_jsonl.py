from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mvpipe.model.event import Event, JobFinished, Noted, RunStarted
from mvpipe.report.jsonl import JsonLines, encoded, results_json
from tests.events import KINDS, RUN

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "schemas" / "event.schema.json").read_text(encoding="utf-8")
)
KNOWN: list[str] = SCHEMA["properties"]["event"]["enum"]
EVENTS = [event for _, event in RUN]


def valid(line: str) -> bool:
    return jsonschema.Draft7Validator(SCHEMA).is_valid(json.loads(line))


def test_the_schema_of_events_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_is_as_its_schema_says(kind: type[Event]) -> None:
    assert all(valid(encoded(event)) for event in EVENTS if isinstance(event, kind))


def test_the_run_of_the_tests_holds_every_kind_and_the_schema_knows_no_other() -> None:
    assert {type(event) for event in EVENTS} == set(KINDS)
    assert {json.loads(encoded(event))["event"] for event in EVENTS} == set(KNOWN)
    assert set(SCHEMA["definitions"]) - {"schema_version"} == set(KNOWN)


def test_an_event_that_nobody_knows_is_refused() -> None:
    line = json.loads(encoded(RunStarted(jobs=())))
    assert not valid(json.dumps(line | {"event": "run-paused"}))
    assert not valid(json.dumps(line | {"mood": "calm"}))
    assert not valid(json.dumps({key: line[key] for key in ("schema_version", "event")}))


def properties(part: Any) -> Iterator[tuple[str, Any]]:
    for definition in [part, *part["definitions"].values()]:
        yield from definition.get("properties", {}).items()


def test_every_property_is_described_with_an_example_that_fits() -> None:
    for name, given in properties(SCHEMA):
        shared = given.get("$ref", "").rsplit("/", maxsplit=1)[-1]
        described = SCHEMA["definitions"][shared] if shared else given
        assert described["description"].endswith("."), name
        for example in described["examples"]:
            jsonschema.Draft7Validator(described).validate(example)


def test_an_event_is_one_line_of_plain_ascii() -> None:
    line = encoded(Noted("夜", "say", "a\nb\r::error::\x1b\u202e\u2028\udc80"))
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["text"] == "a\nb\r::error::\x1b\u202e\u2028\udc80"


def test_lines_are_written_as_they_happen() -> None:
    lines: list[str] = []
    report = JsonLines(write=lines.append)
    for count, event in enumerate(EVENTS, start=1):
        report(event)
        assert len(lines) == count


def test_all_results_are_one_document() -> None:
    ended = [event for event in EVENTS if isinstance(event, JobFinished)]
    whole = json.loads(results_json(ended))
    assert whole["schema_version"] == 1
    assert [job["ok"] for job in whole["jobs"]] == [True, False, True]
    assert whole["jobs"][0]["outputs"] == ["/p/out/night.mp4"]
