from __future__ import annotations

import errno
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mvpipe.watch.model import Identity, Mount
from mvpipe.watch.mount import MARKER, OURS, Stat, polls, remember, remembered, sight
from mvpipe.watch.scan import Scanner
from tests.disks import FaultyFiles


def local(folder: Path) -> str | None:
    return None


def network(folder: Path) -> str | None:
    return "nfs4"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "volume" / "in"
    folder.mkdir(parents=True)
    (folder / "song.mp3").touch()
    return folder


def met(inbox: Path) -> Identity:
    seen = sight(inbox, None)
    assert (seen.mount, seen.why) == (Mount.SAME, "")
    assert seen.identity is not None
    return seen.identity


def fails(number: int) -> Stat:
    def stat(path: Path) -> os.stat_result:
        raise OSError(number, os.strerror(number), str(path))

    return stat


def on_disk(device: int, *, inode: int = 2, around: int = 1) -> Stat:
    """Have every inbox lie on a disk of its own, and the folders around them on another."""

    def stat(path: Path) -> os.stat_result:
        fields = list(path.stat())
        fields[1:3] = (inode, device) if path.name == "in" else (1, around)
        return os.stat_result(fields)

    return stat


def test_an_inbox_is_marked_when_it_is_met_and_is_the_same_from_then_on(inbox: Path) -> None:
    identity = met(inbox)
    assert identity.marker == (inbox / MARKER).read_text(encoding="ascii").strip()
    assert sight(inbox, identity).mount is Mount.SAME
    assert met(inbox) == identity


def test_the_second_watcher_takes_the_marker_that_is_there(inbox: Path) -> None:
    (inbox / OURS).mkdir()
    (inbox / MARKER).write_text("of another\n", encoding="ascii")
    assert met(inbox).marker == "of another"


def test_an_empty_folder_where_a_disk_was_is_not_the_inbox(inbox: Path) -> None:
    identity = met(inbox)
    away = inbox.rename(inbox.with_name("away"))
    inbox.mkdir()
    seen = sight(inbox, identity)
    assert (seen.mount, seen.identity) == (Mount.GONE, identity)
    assert "perhaps not mounted" in seen.why
    inbox.rmdir()
    away.rename(inbox)
    assert sight(inbox, identity).mount is Mount.SAME


@pytest.mark.parametrize("number", [errno.EBUSY, errno.ESTALE, errno.EIO, errno.ENOENT])
def test_an_inbox_that_cannot_be_reached_is_gone_until_it_can(inbox: Path, number: int) -> None:
    identity = met(inbox)
    seen = sight(inbox, identity, look=fails(number))
    assert (seen.mount, seen.identity) == (Mount.GONE, identity)
    assert os.strerror(number) in seen.why
    assert sight(inbox, identity).mount is Mount.SAME


def test_an_inbox_that_is_away_at_the_start_is_not_met(inbox: Path) -> None:
    shutil.rmtree(inbox)
    assert sight(inbox, None).mount is Mount.GONE
    inbox.touch()
    assert "it is no folder" in sight(inbox, None).why


def test_another_folder_in_the_inboxs_place_is_not_taken_for_it(inbox: Path) -> None:
    identity = met(inbox)
    (inbox / MARKER).write_text("another\n", encoding="ascii")
    assert sight(inbox, identity).mount is Mount.OTHER


def test_a_marker_that_somebody_tidied_up_is_put_back_on_a_disk_of_our_own(
    inbox: Path,
) -> None:
    identity = met(inbox)
    shutil.rmtree(inbox / OURS)
    assert sight(inbox, identity, disk=network).mount is Mount.GONE
    seen = sight(inbox, identity, disk=local)
    assert seen.mount is Mount.SAME
    assert seen.identity is not None
    assert seen.identity.marker == (inbox / MARKER).read_text(encoding="ascii").strip()


def test_what_is_remembered_over_a_restart_is_the_marker_and_not_the_disks_number(
    inbox: Path, tmp_path: Path
) -> None:
    identity = met(inbox)
    remember(tmp_path / "state" / "inbox.json", identity)
    kept = remembered(tmp_path / "state" / "inbox.json")
    assert kept == replace(identity, device=0, inode=0)
    assert sight(inbox, kept).identity == identity
    shutil.rmtree(inbox / OURS)
    assert sight(inbox, kept, disk=local).mount is Mount.GONE


def test_what_was_never_remembered_or_is_damaged_is_met_anew(tmp_path: Path) -> None:
    assert remembered(tmp_path / "none") is None
    for text in ("", "[]", "{}", '{"marker": 1, "more": 2}'):
        (tmp_path / "damaged").write_text(text, encoding="ascii")
        assert remembered(tmp_path / "damaged") is None


def test_a_disk_that_is_mounted_where_we_knew_an_empty_folder_is_the_inbox(
    inbox: Path,
) -> None:
    plain = met(inbox)
    (inbox / MARKER).write_text("of the disk\n", encoding="ascii")
    seen = sight(inbox, plain, look=on_disk(7))
    assert seen.mount is Mount.SAME
    assert seen.identity == Identity("of the disk", 7, 2, mounted=True)


@pytest.fixture
def unmarkable(inbox: Path) -> Path:
    (inbox / OURS).touch()  # where a folder would have to be, as a read-only disk has none
    return inbox


def test_an_inbox_that_cannot_be_marked_is_known_by_its_disk(unmarkable: Path) -> None:
    seen = sight(unmarkable, None, look=on_disk(7))
    assert (seen.mount, "cannot be marked" in seen.why) == (Mount.SAME, True)
    identity = seen.identity
    assert identity == Identity(None, 7, 2, mounted=True)
    assert sight(unmarkable, identity, look=on_disk(7)).mount is Mount.SAME
    assert sight(unmarkable, identity, look=on_disk(1, inode=9)).mount is Mount.GONE
    assert sight(unmarkable, identity, look=on_disk(8)).mount is Mount.SAME  # mounted again


def test_a_disk_that_fails_while_it_is_marked_is_met_again_later(inbox: Path) -> None:
    seen = sight(inbox, None, files=FaultyFiles(errno.EIO, fails_at=2))
    assert (seen.mount, seen.identity) == (Mount.GONE, None)
    assert "cannot be marked" in seen.why
    assert met(inbox).marker is not None


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_a_disk_that_is_read_only_is_done_without_a_marker(inbox: Path, number: int) -> None:
    seen = sight(inbox, None, files=FaultyFiles(number, fails_at=1))
    assert seen.mount is Mount.SAME
    assert seen.identity is not None
    assert seen.identity.marker is None


def test_a_folder_that_cannot_be_marked_and_was_replaced_is_another_one(
    unmarkable: Path,
) -> None:
    identity = sight(unmarkable, None, look=on_disk(1, inode=5)).identity
    assert identity is not None
    assert sight(unmarkable, identity, look=on_disk(1, inode=5)).mount is Mount.SAME
    assert sight(unmarkable, identity, look=on_disk(1, inode=6)).mount is Mount.OTHER
    unknown = replace(identity, device=0, inode=0)
    assert sight(unmarkable, unknown, look=on_disk(1, inode=6)).mount is Mount.SAME


def test_a_flap_of_the_disk_makes_no_song_new(inbox: Path) -> None:
    for number in range(1000):
        (inbox / f"{number}.mp3").touch()
    identity, look = met(inbox), Scanner(inbox, clock=lambda: 0.0)
    look.scan()
    away = inbox.rename(inbox.with_name("away"))
    inbox.mkdir()
    assert sight(inbox, identity).mount is Mount.GONE  # so that nobody scans
    inbox.rmdir()
    away.rename(inbox)
    assert sight(inbox, identity).mount is Mount.SAME
    seen = look.scan()
    assert (seen.fresh, seen.gone) == ((), ())


def test_a_network_disk_is_polled(inbox: Path) -> None:
    assert polls(inbox, disk=local) is None
    assert "(nfs4)" in (polls(inbox, disk=network) or "")
