"""Watch files: what they mean, and what is wrong with them and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mvpipe.commands.jobs import loaded as loaded_jobs
from mvpipe.commands.options import Choice
from mvpipe.errors import SpecError
from mvpipe.model.watch import MATCH, Limits, Mode, Sidecars, WatchJob
from mvpipe.spec.source import parse
from mvpipe.spec.watch import load_watch, size_bytes, watch_schema

HERE = Path("/home/me")
NAS = Path(__file__).parents[2] / "examples" / "nas" / "templates" / "mvpipe-watch.yaml"


def loaded(watch: str) -> WatchJob:
    return load_watch(f"mvpipe: 1\nwatch: {watch}\n", file="w.yaml", folder=HERE)


def findings(watch: str) -> list[str]:
    with pytest.raises(SpecError) as told:
        loaded(watch)
    return [str(finding) for finding in told.value.findings]


def test_two_lines_are_enough() -> None:
    job = loaded("{inbox: in, job: reel.mvpipe.yaml}")
    assert job == WatchJob(
        HERE / "in", HERE / "reel.mvpipe.yaml", done=HERE / "done", failed=HERE / "failed"
    )


def test_every_key_has_its_effect() -> None:
    job = loaded(
        "{inbox: /in, job: ../reel.yaml, done: /a/done, failed: /a/failed, match: ['*.mp3'],"
        " settle: 2m, poll: 10s, mode: move, parallel: 2, workers: 3, sidecars: songs,"
        " depth: 0,"
        " limits: {per_hour: 1, per_day: 2, credits_per_day: 3, size: 5 MB, time: 1h},"
        " min_free: 2 GB, draft: true, health: h.json, listen: 8080}"
    )
    assert job == WatchJob(
        inbox=Path("/in"),
        job=Path("/home/reel.yaml"),
        done=Path("/a/done"),
        failed=Path("/a/failed"),
        match=("*.mp3",),
        settle_s=120.0,
        poll_s=10.0,
        mode=Mode.MOVE,
        parallel=2,
        workers=3,
        limits=Limits(1, 2, 3, size_bytes=5_000_000, time_s=3600.0),
        sidecars=Sidecars.SONGS,
        depth=0,
        min_free_bytes=2 * 10**9,
        draft=True,
        health=HERE / "h.json",
        listen=8080,
    )


@pytest.mark.parametrize(
    ("watch", "told"),
    [
        ("{job: a.yaml}", "'inbox' is missing"),
        ("{inbox: in, job: a.yaml, settle: soon}", "'soon' is not a time"),
        ("{inbox: in, job: a.yaml, settle: 999999h}", "longer than a day"),
        ("{inbox: in, job: a.yaml, min_free: 2 XB}", "'2 XB' is not a size"),
        ("{inbox: in, job: a.yaml, pol: auto}", "did you mean 'poll'?"),
        ("{inbox: in, job: a.yaml, template: b}", "did you mean 'job'?"),
        ("{inbox: in, job: a.yaml, done: in/done}", "lies in the inbox"),
        ("{inbox: a/in, job: b.yaml, done: a}", "holds the inbox"),
        ("{inbox: in, job: a.yaml, done: x, failed: x}", "are one folder"),
        ("{inbox: in, job: in/a.yaml}", "where others may change it"),
        ("{inbox: in, job: a.yaml, mode: in-place, done: x}", "no meaning"),
        ("{inbox: in, job: a.yaml, sidecars: all}", "'all' is not one of"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(watch: str, told: str) -> None:
    (found,) = findings(watch)
    assert found.startswith("w.yaml:2:")
    assert told in found


def test_an_empty_file_is_said_to_be_empty() -> None:
    with pytest.raises(SpecError) as told:
        load_watch("", file="w.yaml", folder=HERE)
    assert "the file is empty" in str(told.value.findings[0])


def test_a_size_is_a_number_of_bytes_or_written_with_its_unit() -> None:
    assert [size_bytes(each) for each in (7, "7B", "1.5 kB", "2 GB")] == [7, 7, 1500, 2 * 10**9]
    with pytest.raises(ValueError, match="is not a size"):
        size_bytes("much")


def test_every_property_of_the_schema_is_described_and_shown() -> None:
    def walk(schema: dict[str, Any]) -> None:
        for name, each in schema.get("properties", {}).items():
            assert each["description"].endswith("."), name
            assert each["examples"], name
            walk(each)

    walk(watch_schema())
    default = watch_schema()["properties"]["watch"]["properties"]["match"]["default"]
    assert tuple(default) == MATCH


def test_the_example_for_a_nas_is_sound(tmp_path: Path) -> None:
    job = load_watch(NAS.read_text(), file=str(NAS), folder=NAS.parent)
    assert job.inbox == Path("/inbox")
    song = tmp_path / "song.mp3"
    song.touch()
    (made,) = loaded_jobs([job.job], Choice(file=song, allow_outside=True))
    assert [export.to for export in made.exports] == [Path("/videos/song.mp3.mp4")]


def test_the_container_for_a_nas_may_do_nothing_but_its_work() -> None:
    folder = NAS.parents[1]
    compose = parse((folder / "compose.yaml").read_text(), file="compose.yaml")
    assert isinstance(compose.data, dict)
    service = compose.data["services"]["mvpipe"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["network_mode"] == "none"
    assert service["user"] == "${PUID:-1000}:${PGID:-100}"
    assert "privileged" not in service
    assert service["healthcheck"]["test"][-1] == "--health"
    mounts = {volume.split(":")[-1] for volume in service["volumes"] if ":/" in volume}
    image = (folder / "Dockerfile").read_text()
    assert all(f'"{mount}"' in image for mount in mounts if mount != "ro")
