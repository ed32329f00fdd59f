"""The disk fails at the Nth call, for N until nothing fails any more: nothing is ever lost."""

from __future__ import annotations

import errno
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from PIL import Image

from mvpipe.backends.nemo.api import Api
from mvpipe.backends.nemo.connect import attribution
from mvpipe.backends.nemo.download import Downloader
from mvpipe.backends.nemo.identity import Kept, TokenFile, kept_client_id
from mvpipe.commands.make import init, write_schema
from mvpipe.commands.speed import remember
from mvpipe.disk import (
    Files,
    make_folder,
    put_copy,
    sweep_beside,
    whole_file,
    write_new,
    write_private,
    write_whole,
)
from mvpipe.engine.pictures import save_image
from mvpipe.errors import OutputError
from mvpipe.model.media import Quality
from mvpipe.model.secret import Secret
from mvpipe.report.streams import Streams
from mvpipe.spec.schemas import job_schema_text
from tests.disks import FaultyFiles
from tests.evil import VIDEO, Behaviour, Evil, Visit, evil_server, video
from tests.fakes import FakeClock

OTHER_FAULTS = (errno.EIO, errno.EROFS, errno.EBUSY, errno.EDQUOT, errno.ESTALE)
FAULTS = pytest.mark.parametrize(
    "faults",
    [(errno.ENOSPC,), pytest.param(OTHER_FAULTS, marks=pytest.mark.slow)],
    ids=["full", "otherwise"],
)
NEW, OLD = b"new " * 500, b"old " * 700
DEEPEST = 60
"""No operation has so many calls: a loop that gets here would never end."""

Do = Callable[[Path, Files], object]


@dataclass(frozen=True, slots=True)
class Writing:
    """Something that writes one file `to` below a folder, and whether its bytes are whole.

    A `quiet` one tells nobody that it failed: what it writes is only a memory.
    """

    do: Do
    whole: Callable[[bytes], bool] = lambda content: content == NEW
    to: Path = Path("new", "out", "file")
    quiet: bool = False
    replaces: bool = True


def in_pieces(folder: Path, files: Files) -> None:
    to = folder / "new" / "out" / "file"
    make_folder(to.parent, files=files)
    with whole_file(to, files=files) as beside:
        for start in range(0, len(NEW), 500):
            files.append(beside, NEW[start : start + 500])


def at_once(folder: Path, files: Files) -> None:
    make_folder(folder / "new" / "out", files=files)
    write_whole(folder / "new" / "out" / "file", NEW, files=files)


def where_nothing_is(folder: Path, files: Files) -> None:
    make_folder(folder / "new" / "out", files=files)
    write_new(folder / "new" / "out" / "file", NEW, files=files)


def for_me_alone(folder: Path, files: Files) -> None:
    write_private(folder / "new" / "out" / "file", NEW.decode(), files=files)


def by_a_copy(folder: Path, files: Files) -> None:
    make_folder(folder / "new" / "out", files=files)
    put_copy(folder / "source", folder / "new" / "out" / "file", files=files)


@dataclass(frozen=True, slots=True)
class NoLinks:
    """Files on a disk that has no hard links."""

    files: Files

    def link(self, source: Path, to: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    def __getattr__(self, name: str) -> object:
        return getattr(self.files, name)


def without_links(do: Do) -> Do:
    return lambda folder, files: do(folder, NoLinks(files))  # type: ignore[arg-type]  # it hands the rest on


def a_token(folder: Path, files: Files) -> None:
    kept = Kept(token=Secret("t" * 30), api="https://x", anonymous=True)
    TokenFile(folder / "nemo" / "token.json", files=files).save(kept)


def a_client_id(folder: Path, files: Files) -> None:
    kept_client_id(folder / "NemoVideo" / "client", files=files)


def a_speed(folder: Path, files: Files) -> None:
    remember(folder / "state", quality=Quality.HIGH, pixels=10, seconds=10, files=files)


def a_schema(folder: Path, files: Files) -> None:
    write_schema(folder, files=files)


def a_job(folder: Path, files: Files) -> None:
    init(Path("song.mp3"), Streams(StringIO(), StringIO()), folder=folder, files=files)


def a_picture(folder: Path, files: Files) -> None:
    save_image(Image.new("RGB", (64, 64), "teal"), folder / "sheet.png", files=files)


def _is_json(content: bytes) -> bool:
    with suppress(ValueError):
        return isinstance(json.loads(content), dict)
    return False


def _is_png(content: bytes) -> bool:
    return content.startswith(b"\x89PNG") and content.endswith(b"IEND\xaeB`\x82")


WRITINGS = {
    "in pieces": Writing(in_pieces),
    "at once": Writing(at_once),
    "new": Writing(where_nothing_is, replaces=False),
    "new without links": Writing(without_links(where_nothing_is), replaces=False),
    "private": Writing(for_me_alone),
    "a link": Writing(by_a_copy),
    "a copy": Writing(without_links(by_a_copy)),
    "token": Writing(a_token, whole=_is_json, to=Path("nemo", "token.json")),
    "client id": Writing(
        a_client_id,
        whole=lambda content: len(content) == 37,
        to=Path("NemoVideo", "client"),
        replaces=False,
    ),
    "speed": Writing(a_speed, whole=_is_json, to=Path("state", "speed.json"), quiet=True),
    "schema": Writing(
        a_schema,
        whole=lambda content: content == job_schema_text().encode(),
        to=Path(".mvpipe", "job.schema.json"),
    ),
    "job": Writing(
        a_job,
        whole=lambda content: content.endswith(b"\n") and b"exports" in content,
        to=Path("song.mvpipe.yaml"),
        replaces=False,
    ),
    "picture": Writing(a_picture, whole=_is_png, to=Path("sheet.png")),
}
CASES = [
    pytest.param(writing, old, id=f"{name}{', over another' if old else ''}")
    for name, writing in WRITINGS.items()
    for old in (False, True)
    if writing.replaces or not old
]


@FAULTS
@pytest.mark.parametrize(("writing", "old"), CASES)
def test_whichever_call_fails_nothing_is_lost_and_nothing_is_claimed(
    tmp_path: Path, writing: Writing, faults: Sequence[int], *, old: bool
) -> None:
    tried = sum(
        until_clean(tmp_path / f"{number}-{stays}", writing, number, old=old, stays=stays)
        for number in faults
        for stays in (False, True)
    )
    assert tried >= 2 * len(faults) * 5


def until_clean(within: Path, writing: Writing, number: int, *, old: bool, stays: bool) -> int:
    """Have the first call fail, then the second, until none does; return how often."""
    for fails_at in range(1, DEEPEST):
        folder = prepared(within / str(fails_at), writing, old=old)
        files = FaultyFiles(number, fails_at=fails_at, stays=stays)
        before = names_below(folder)
        told = told_by(writing, folder, files)
        check(writing, folder, files, told=told, old=old)
        left = names_below(folder) - before - {writing.to.name} - HARMLESS
        assert not left or (uncleanable(files) and all(map(_is_hidden, left)))
        if not files.failed:
            return fails_at
        again(writing, folder)
    raise AssertionError("it never ends")


DO_WITHOUT = {"link", "unlink"}
"""Where these fail there is another way, or only something hidden stays behind."""

HARMLESS = {"job.schema.json"}
"""What a new job brings along is whole or not there, which its own cases show."""


def uncleanable(files: FaultyFiles) -> bool:
    """Whether it was cleaning up that the disk did not let us do."""
    return files.stays or files.failing == "unlink"


def _is_hidden(name: str) -> bool:
    return name.startswith(".mvpipe-") and name.endswith(".part")


def prepared(folder: Path, writing: Writing, *, old: bool) -> Path:
    folder.mkdir(parents=True)
    (folder / "source").write_bytes(NEW)
    if old:
        (folder / writing.to).parent.mkdir(parents=True, exist_ok=True)
        (folder / writing.to).write_bytes(OLD)
    return folder


def names_below(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def told_by(writing: Writing, folder: Path, files: Files) -> OutputError | None:
    try:
        writing.do(folder, files)
    except OutputError as problem:
        return problem
    return None


def check(
    writing: Writing, folder: Path, files: FaultyFiles, *, told: OutputError | None, old: bool
) -> None:
    """What is under the final name is the old or the new, whole; success is the new alone."""
    to = folder / writing.to
    found = to.read_bytes() if to.exists() else None
    assert found is None or writing.whole(found) or (old and found == OLD)
    assert found is not None or not old
    assert (folder / "source").read_bytes() == NEW
    if told is None:
        assert writing.quiet or (found is not None and writing.whole(found))
        assert writing.quiet or files.failing in {None, *DO_WITHOUT}
        return
    assert files.failed
    assert "cannot be written: " in str(told)
    assert "\n" not in str(told)
    assert told.hint


def again(writing: Writing, folder: Path) -> None:
    """Once the disk is well again the same call does what it should have done."""
    with suppress(FileExistsError):
        if writing.replaces or not (folder / writing.to).exists():
            writing.do(folder, FaultyFiles())
    assert writing.whole((folder / writing.to).read_bytes())


def test_what_is_there_already_is_never_written_over_by_something_new(tmp_path: Path) -> None:
    for fails_at in range(1, 10):
        to = tmp_path / "job.yaml"
        to.write_bytes(OLD)
        with suppress(OutputError):
            assert not write_new(to, NEW, files=FaultyFiles(errno.EIO, fails_at=fails_at))
        assert to.read_bytes() == OLD
        sweep_beside(to, alone=True)
        assert list(tmp_path.iterdir()) == [to]


@dataclass(frozen=True, slots=True)
class Host:
    """A host of one video, and a folder for it."""

    evil: Evil
    folder: Path

    def fetch(self, to: Path, files: Files, *behaviours: Behaviour) -> OutputError | None:
        self.evil.on("GET", "/v.mp4", *behaviours)
        api = Api(self.evil.url, attribution=attribution({}), clock=FakeClock())
        downloader = Downloader(api=api, clock=FakeClock(), resolve=lambda _: (), files=files)
        try:
            downloader.fetch(f"{self.evil.url}/v.mp4", to, token=Secret("t"))
        except OutputError as problem:
            return problem
        return None


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with evil_server() as evil:
        yield Host(evil, tmp_path)


def _from_the_start(visit: Visit) -> None:
    visit.answer(200, {"Content-Length": str(len(VIDEO))}, VIDEO)


DOWNLOADS: dict[str, tuple[Behaviour, ...]] = {
    "at once": (video(),),
    "in two pieces": (video(breaks_at=3000), video()),
    "from the start again": (video(breaks_at=3000), _from_the_start),
}


@FAULTS
@pytest.mark.parametrize("old", [False, True], ids=["new", "over another"])
@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_download_onto_a_failing_disk_loses_nothing(
    host: Host, name: str, faults: Sequence[int], *, old: bool
) -> None:
    for number, stays in itertools.product(faults, (False, True)):
        for fails_at in range(1, DEEPEST):
            to = host.folder / f"{number}-{stays}-{fails_at}" / "video.mp4"
            if old:
                to.parent.mkdir()
                to.write_bytes(OLD)
            files = FaultyFiles(number, fails_at=fails_at, stays=stays)
            told = host.fetch(to, files, *DOWNLOADS[name])
            content = to.read_bytes() if to.exists() else None
            assert content in ({VIDEO, OLD} if old else {VIDEO, None})
            assert told is not None or (content == VIDEO and files.failing is None)
            assert told is None or (files.failed and told.hint)
            if not stays and to.parent.is_dir():
                assert {path.name for path in to.parent.iterdir()} <= {"video.mp4"}
            if not files.failed:
                break
        assert fails_at < DEEPEST - 1
