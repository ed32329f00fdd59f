from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mvpipe.watch.scan import ANEW_EVERY, REAL, Folders, Reach, Scanner, files_of, rest_s


@dataclass(slots=True)
class FaultyFolders:
    """The real folders, but those named in `fails` cannot be read; `asked` counts the calls."""

    fails: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def _check(self, call: str, path: str) -> None:
        self.asked.append(call)
        if number := self.fails.get(Path(path).name):
            raise OSError(number, os.strerror(number), path)

    def entries(self, folder: str) -> tuple[list[str], frozenset[str]]:
        self._check("entries", folder)
        return REAL.entries(folder)

    def names(self, folder: str) -> list[str]:
        self._check("names", folder)
        return REAL.names(folder)

    def is_folder(self, path: str) -> bool:
        self._check("is_folder", path)
        return REAL.is_folder(path)


_conforms: type[Folders] = FaultyFolders


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    put(folder, "one.mp3", "album/two.mp3", "album/disc 1/three.mp3")
    return folder


def put(inbox: Path, *names: str) -> None:
    for name in names:
        (inbox / name).parent.mkdir(parents=True, exist_ok=True)
        (inbox / name).touch()


def ticks() -> Iterator[float]:
    now = 0.0
    while True:
        yield now
        now += 0.25


def scanner(inbox: Path, *, reach: Reach | None = None, system: Folders = REAL) -> Scanner:
    return Scanner(inbox, clock=ticks().__next__, reach=reach, system=system)


def test_the_first_scan_finds_every_file_at_any_depth(inbox: Path) -> None:
    seen = scanner(inbox).scan()
    assert seen.fresh == ("album/disc 1/three.mp3", "album/two.mp3", "one.mp3")
    assert (seen.gone, seen.files, seen.seconds, seen.complete) == ((), 3, 0.25, True)


def test_a_scan_tells_only_what_has_changed_since_the_last_one(inbox: Path) -> None:
    look = scanner(inbox)
    look.scan()
    put(inbox, "four.mp3", "new/five.mp3")
    (inbox / "album/two.mp3").unlink()
    seen = look.scan()
    assert seen.fresh == ("four.mp3", "new/five.mp3")
    assert (seen.gone, seen.files) == (("album/two.mp3",), 4)
    assert not look.scan().fresh


def test_a_folder_that_lists_as_it_did_costs_one_question(inbox: Path) -> None:
    system = FaultyFolders()
    look = scanner(inbox, system=system)
    look.scan()
    system.asked.clear()
    look.scan()
    assert system.asked == ["names"] * 3


def test_only_new_names_are_asked_what_they_are(inbox: Path) -> None:
    system = FaultyFolders()
    look = scanner(inbox, system=system)
    look.scan()
    put(inbox, "album/four.mp3")
    system.asked.clear()
    assert look.scan().fresh == ("album/four.mp3",)
    assert sorted(system.asked) == ["is_folder", "names", "names", "names"]


def test_many_new_names_are_asked_for_all_at_once(inbox: Path) -> None:
    look = scanner(inbox)
    look.scan()
    put(inbox, *(f"new {n}.mp3" for n in range(100)), "sub/x.mp3")
    assert len(look.scan().fresh) == 101


def test_folders_of_nobodys_songs_are_not_entered(inbox: Path) -> None:
    put(inbox, "@eaDir/one.mp3", ".mvpipe/claims/x.json", "album/.stversions/two.mp3")
    assert scanner(inbox).scan().files == 3


def test_a_scan_goes_no_deeper_than_it_is_told(inbox: Path) -> None:
    assert scanner(inbox, reach=Reach(depth=1)).scan().files == 2
    assert scanner(inbox, reach=Reach(depth=0)).scan().fresh == ("one.mp3",)


def test_an_inbox_of_too_many_files_is_said_and_not_searched_further(inbox: Path) -> None:
    look = scanner(inbox, reach=Reach(files=1))
    seen = look.scan()
    assert (seen.complete, len(seen.problems)) == (False, 1)
    assert "more than 1 files" in seen.problems[0]
    assert not look.scan().gone


def test_a_link_to_a_folder_is_a_name_and_not_followed(inbox: Path, tmp_path: Path) -> None:
    put(tmp_path, "secret/one.mp3")
    (inbox / "link").symlink_to(tmp_path / "secret")
    look = scanner(inbox)
    assert "link" in look.scan().fresh
    assert look.scan().files == 4


def test_a_folder_that_became_a_link_is_not_followed(inbox: Path, tmp_path: Path) -> None:
    put(tmp_path, "secret/nine.mp3")
    look = scanner(inbox)
    look.scan()
    shutil.rmtree(inbox / "album")
    (inbox / "album").symlink_to(tmp_path / "secret")
    seen = look.scan()
    assert seen.fresh == ("album",)
    assert seen.gone == ("album/disc 1/three.mp3", "album/two.mp3")
    assert not look.scan().fresh


def test_a_file_that_became_a_folder_is_found_before_long(inbox: Path) -> None:
    look = scanner(inbox)
    look.scan()
    (inbox / "one.mp3").unlink()
    put(inbox, "one.mp3/inside.mp3")
    later = [look.scan() for _ in range(ANEW_EVERY)]
    assert [name for seen in later for name in seen.fresh] == ["one.mp3/inside.mp3"]
    assert [name for seen in later for name in seen.gone] == ["one.mp3"]


def test_a_folder_that_vanishes_while_it_is_scanned_takes_its_files_along(inbox: Path) -> None:
    system = FaultyFolders()
    look = scanner(inbox, system=system)
    look.scan()
    system.fails["disc 1"] = 2  # ENOENT, between its folder's listing and its own
    seen = look.scan()
    assert (seen.gone, seen.complete) == (("album/disc 1/three.mp3",), True)


@pytest.mark.parametrize("number", [5, 16, 116])  # EIO, EBUSY, ESTALE
def test_a_folder_that_cannot_be_read_counts_as_it_was(inbox: Path, number: int) -> None:
    system = FaultyFolders()
    look = scanner(inbox, system=system)
    look.scan()
    system.fails["album"] = number
    seen = look.scan()
    assert (seen.fresh, seen.gone, seen.files, seen.complete) == ((), (), 3, False)
    assert "album' cannot be read: " in seen.problems[0]
    system.fails.clear()
    put(inbox, "album/disc 1/four.mp3")
    assert look.scan().fresh == ("album/disc 1/four.mp3",)


@pytest.mark.parametrize("number", [2, 13, 16, 20])  # ENOENT, EACCES, EBUSY, ENOTDIR
def test_an_inbox_that_cannot_be_read_is_not_an_empty_one(inbox: Path, number: int) -> None:
    system = FaultyFolders()
    look = scanner(inbox, system=system)
    look.scan()
    system.fails["in"] = number
    seen = look.scan()
    assert (seen.fresh, seen.gone, seen.files, seen.complete) == ((), (), 3, False)
    system.fails.clear()
    seen = look.scan()
    assert (seen.fresh, seen.gone, seen.files, seen.complete) == ((), (), 3, True)


def test_a_folder_that_may_not_be_read_is_said_and_holds_nothing_up(inbox: Path) -> None:
    seen = scanner(inbox, system=FaultyFolders({"album": 13})).scan()
    assert (seen.fresh, seen.complete, len(seen.problems)) == (("one.mp3",), True, 1)


def test_names_that_are_no_text_come_back_as_they_are(inbox: Path) -> None:
    raw = os.fsencode(inbox) + b"/caf\xe9.mp3"
    os.close(os.open(raw, os.O_CREAT))
    fresh = scanner(inbox).scan().fresh
    assert b"caf\xe9.mp3" in map(os.fsencode, fresh)


def test_where_a_folder_cannot_be_held_open_its_links_are_refused(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "supports_fd", set())  # as on Windows
    look = scanner(inbox)
    assert look.scan().files == 3
    shutil.rmtree(inbox / "album")
    (inbox / "album").symlink_to(tmp_path)
    assert look.scan().fresh == ("album",)


def test_a_thousand_changes_add_up_to_what_is_there(tmp_path: Path) -> None:
    inbox = tmp_path / "in"
    dice = random.Random(5)  # noqa: S311  # a seed makes it the same every time
    put(inbox, "first.mp3")
    look, known = scanner(inbox), set[str]()
    for _ in range(120):
        for _ in range(8):
            change(inbox, dice)
        seen = look.scan()
        assert known.isdisjoint(seen.fresh)
        assert known.issuperset(seen.gone)
        known = (known | set(seen.fresh)) - set(seen.gone)
        assert known == there(inbox) == set(files_of(look.tree))
        assert len(known) == seen.files


def change(inbox: Path, dice: random.Random) -> None:
    folder = inbox.joinpath(*dice.choices("ab", k=dice.randrange(3)))
    path = folder / f"{dice.randrange(5)}.mp3"
    match dice.randrange(5):
        case 0 | 1:
            put(inbox, str(path.relative_to(inbox)))
        case 2:
            path.unlink(missing_ok=True)
        case 3 if folder != inbox:
            shutil.rmtree(folder, ignore_errors=True)
        case _:
            with suppress(FileNotFoundError):
                path.rename(inbox / f"{dice.randrange(9)}.mp3")


def there(inbox: Path) -> set[str]:
    return {str(path.relative_to(inbox)) for path in inbox.rglob("*") if path.is_file()}


def test_a_burst_of_new_files_among_old_ones_is_found_whole(tmp_path: Path) -> None:
    inbox = tmp_path / "in"
    put(inbox, *(f"{n % 20}/old {n}.mp3" for n in range(2000)))
    look = scanner(inbox)
    assert len(look.scan().fresh) == 2000
    put(inbox, *(f"{n % 40}/new {n}.mp3" for n in range(400)))
    assert len(look.scan().fresh) == 400


def test_scans_take_a_small_part_of_the_time_however_long_they_are() -> None:
    assert rest_s(0.01) == 2.0
    assert rest_s(3.0) == 60.0
    assert 2.0 < rest_s(0.0, jitter=0.5) < rest_s(0.0, jitter=1.0) < 2.3
