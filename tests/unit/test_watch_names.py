from __future__ import annotations

import os
import unicodedata
from pathlib import Path, PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.watch.names import (
    NAME_LIMIT_BYTES,
    SONGS,
    error_name,
    key,
    matches,
    never,
    passed_over,
    refusal,
    said,
    told_name,
    told_of,
)

NEVER = """
song.mp3.crdownload|song.mp3.part|song.mp3.download|Song.download/song.mp3|song.opdownload
song.mp3.partial|Unconfirmed 48213.mp3|Unconfirmed 48213.crdownload|song.mp3.!qB|song.mp3.!ut
song.mp3.aria2|song.mp3.ytdl|album.unwanted/song.mp3|_UNPACK_album/song.mp3|_FAILED_album/a.mp3
_unpack_song.mp3|song.mp3.mega|.syncthing.song.mp3.tmp|~syncthing~song.mp3.tmp
song.sync-conflict-20261122-101010-ABCDEFG.mp3|.stfolder|.stversions/song.mp3|song.mp3.!sync
song.mp3.bts|.sync/song.mp3|.~lock.song.mp3#|.dropbox.cache/song.mp3|.ocTransferId1f3a
song.SynologyWorkingDirectory/song.mp3|song.mp3.1a2b3c4d.partial|.song.mp3.Xa81bQ
song.mp3.filepart|song.mp3.tmp|song.mp3.temp|song.mp3.TMP|.in.song.mp3.|pureftpd-upload.5f.1.mp3
~$song.mp3|song.mp3.swp|.song.mp3.swp|song.mp3~|#song.mp3#|4913|._song.mp3|._Song.MP3
.DS_Store|.AppleDouble/song.mp3|.Spotlight-V100/a.mp3|.Trashes/501/song.mp3|.TemporaryItems/a.mp3
.fseventsd/a.mp3|__MACOSX/song.mp3|__MACOSX/._song.mp3|Icon\r|.localized|Thumbs.db|thumbs.DB
desktop.ini|ehthumbs.db|$RECYCLE.BIN/song.mp3|System Volume Information/song.mp3
@eaDir/song.mp3/SYNOAUDIO_01APIC_01.jpg|@eaDir/song.mp3|#recycle/song.mp3|@tmp/song.mp3
#snapshot/GMT+01/song.mp3|@SynoResource|.@__thumb/song.mp3|@Recycle/song.mp3|.streams/song.mp3
.recycle/song.mp3|.zfs/snapshot/a.mp3|.snapshot/hourly.0/a.mp3|lost+found/song.mp3
.nfs000000000001a2b3|.fuse_hidden0000000400000001|.smbdeleteAAA1b2c|.goutputstream-9XW1A1
.hidden.mp3|.mvpipe/claims/song.mp3|deep/down/@eaDir/song.mp3|@EADIR/song.mp3|.mp3
song.mp3.mvpipe.json|song.mp3.error.txt|song.mvpipe.yaml|mvpipe.yaml|cover.jpg|lyrics.lrc|notes
song.mp3.zip|song.mp3 |song.mp3.|song.mp33|mp3|song.r00
"""
SONG_NAMES = """
song.mp3|Song.MP3|song.wav|song.flac|song.m4a|song.aac|song.ogg|song.opus|song.mp4|song.mov|song.mkv
song.webm|album/song.mp3|deep/down/in/song.mp3|party.mp3|part.mp3|song.part1.mp3|song.part.mp3
part/song.mp3|Unconfirmed.mp3|unconfirmed/song.mp3|download.mp3|downloads/song.mp3|tmp.mp3
tmp/song.mp3|temp/song.mp3|my #1 song.mp3|#1.mp3|#snapshots/song.mp3|recycle/song.mp3
@home.mp3|@home/song.mp3|4913.mp3|49131/song.mp3|lost+found.mp3|lost/song.mp3|~song.mp3
$ong.mp3|$RECYCLE/song.mp3|thumbs.mp3|Icon.mp3|icon/song.mp3|sync.mp3|sync/song.mp3
sync-conflict.mp3|UNPACK_song.mp3|_song.mp3|-song.mp3|song..mp3|a.b.c.mp3|nfs.mp3|__MACOSX.mp3
stfolder/song.mp3|eaDir/song.mp3|MACOSX/song.mp3|System Volume/song.mp3|song (1).mp3|[song].mp3
pureftpd.mp3|swp.mp3|desktop.mp3|FAILED_song.mp3|mega.mp3|aria2/song.mp3|bts.mp3
"""


def names(table: str) -> list[str]:
    lines = table.strip("\n").split("\n")
    return [name.replace("\\r", "\r") for line in lines for name in line.split("|")]


NEVER_NAMES, POSSIBLE_NAMES = names(NEVER.replace("\r", "\\r")), names(SONG_NAMES)


def test_the_tables_are_long_enough() -> None:
    assert len(set(NEVER_NAMES)) >= 80
    assert len(set(POSSIBLE_NAMES)) >= 60


@pytest.mark.parametrize("name", NEVER_NAMES)
def test_a_name_that_is_no_song_is_passed_over(name: str) -> None:
    assert passed_over(name)


@pytest.mark.parametrize("name", POSSIBLE_NAMES)
def test_a_name_that_only_looks_like_one_of_them_is_a_song(name: str) -> None:
    assert (passed_over(name), refusal(name)) == (None, None)


def test_every_ending_that_a_job_takes_for_a_song_is_one_here() -> None:
    assert {
        "mp3",
        "wav",
        "flac",
        "m4a",
        "aac",
        "ogg",
        "opus",
        "mp4",
        "mov",
        "mkv",
        "webm",
    } == SONGS


def test_a_folder_of_a_nas_is_not_even_entered() -> None:
    assert never("@eaDir") == "what a NAS keeps for itself"
    assert never("Album.unwanted") == "an unfinished download"
    assert never(".anything") == "a hidden name"
    assert never("Album") is None


def test_a_reason_names_the_part_that_it_is_about() -> None:
    assert passed_over("a/@eaDir/x.mp3") == "'@eaDir' is what a NAS keeps for itself"
    assert passed_over(".x.mp3") == "'.x.mp3' is hidden"
    assert passed_over("x.txt") == "its ending is none of a song's"
    assert passed_over("") == "its ending is none of a song's"


CAFE = "Café del Mar.mp3"
EVIL = [
    # spellings of one name
    unicodedata.normalize("NFC", CAFE),
    unicodedata.normalize("NFD", CAFE),
    CAFE.upper(),
    CAFE.lower(),
    unicodedata.normalize("NFD", CAFE.upper()),
    "Ångström.mp3",
    "A\u030angstro\u0308m.mp3",
    "\u212bngström.mp3",
    "한국.mp3",
    unicodedata.normalize("NFD", "한국.mp3"),
    "ß.mp3",
    "SS.mp3",
    "ẞ.mp3",
    "ς.mp3",
    "σ.mp3",
    "Σ.mp3",
    "ﬁn.mp3",
    "İstanbul.mp3",
    "ı.mp3",
    "ŉ.mp3",
    "\u1fb3\u0301.mp3",
    "q\u0323\u0307.mp3",
    "q\u0307\u0323.mp3",
    # signs that print oddly
    "🎵.mp3",
    "👩‍🎤.mp3",
    "❤️.mp3",
    "❤.mp3",
    "🇩🇪.mp3",
    "שיר.mp3",
    "أغنية.mp3",
    "a\u202e3pm.mp3",
    "a\u200fb.mp3",
    "a\u200bb.mp3",
    "\ufeffsong.mp3",
    "Z̸̡͝a̶͜l̴̛g̵o.mp3",
    "　.mp3",
    "\u2028.mp3",
    "\ue000.mp3",
    # signs that mean something to a program
    "line\nbreak.mp3",
    "tab\t.mp3",
    "bell\a.mp3",
    "esc\x1b[31m.mp3",
    "del\x7f.mp3",
    "c1\x85.mp3",
    "cr\rlf.mp3",
    "-song.mp3",
    "--help.mp3",
    "-rf .mp3",
    "a;rm -rf b.mp3",
    "$(id).mp3",
    "`id`.mp3",
    "${{ env.HOME }}.mp3",
    "%00.mp3",
    "%s%n.mp3",
    "a'b\"c.mp3",
    "back\\slash.mp3",
    "a*b?[c].mp3",
    "{{x}}.mp3",
    "~.mp3",
    "a&b|c<d>e.mp3",
    "a:b.mp3",
    " lead.mp3",
    "trail .mp3",
    "dots...mp3",
    # names that some system keeps, and long ones
    "CON.mp3",
    "nul.mp3",
    "COM1.wav",
    "aux.flac",
    "LPT9.m4a",
    "x" * 251 + ".mp3",
    "x" * 236 + ".mp3",
    "é" * 125 + ".mp3",
    "日" * 83 + ".mp3",
    # bytes that are no text
    os.fsdecode(b"\xff\xfe.mp3"),
    os.fsdecode(b"caf\xe9.mp3"),
    os.fsdecode(b"\xed\xa0\x80.mp3"),
    os.fsdecode(b"\xc0\xaf.mp3"),
]


def test_there_are_sixty_four_evil_names_and_more() -> None:
    assert len(set(EVIL)) >= 64


@pytest.mark.parametrize("name", EVIL, ids=ascii)
def test_an_evil_name_is_taken_whole_or_refused_in_words_that_can_be_printed(name: str) -> None:
    assert passed_over(name) is None
    why = refusal(name)
    bad = any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in name)
    assert bool(why) == (bad or len(os.fsencode(name)) > NAME_LIMIT_BYTES)
    assert why is None or why.encode().decode().isprintable()
    assert len(os.fsencode(told_name(name))) <= 255 or why


def test_each_reason_says_what_to_do() -> None:
    assert refusal("a\nb.mp3") == (
        "'a\ufffdb.mp3' holds a line break or another control character; rename it"
    )
    assert refusal(os.fsdecode(b"\xff.mp3")) == "'\ufffd.mp3' is not valid UTF-8; rename it"
    assert "240 bytes" in str(refusal("x" * 237 + ".mp3"))


def test_a_folder_can_be_what_is_wrong_with_a_name() -> None:
    assert str(refusal("bad\nfolder/song.mp3")).startswith("'bad\ufffdfolder'")


SAME = [
    {"Café.mp3", "Cafe\u0301.mp3", "CAFÉ.MP3", "CAFE\u0301.mp3"},
    {"Ångström.mp3", "\u212bngström.mp3", "A\u030angstro\u0308m.mp3"},
    {"ß.mp3", "SS.mp3", "ss.mp3", "ẞ.mp3"},
    {"ς.mp3", "σ.mp3", "Σ.mp3"},
    {"q\u0323\u0307.mp3", "q\u0307\u0323.mp3"},
    {"한국.mp3", unicodedata.normalize("NFD", "한국.mp3")},
    {"\u1fb3\u0301.mp3", "\u03b1\u0345\u0301.mp3", "\u1fb4.mp3"},
    {"cafe.mp3", "CAFE.mp3"},
    {"song .mp3"},
    {"song.mp3"},
    {"ﬁn.mp3", "fin.mp3"},
    {"❤️.mp3"},
    {"❤.mp3"},
    {"①.mp3"},
    {"1.mp3"},
    {"ı.mp3"},
    {"i.mp3", "I.mp3"},
]


def test_twins_have_one_key_and_nothing_else_has_it() -> None:
    keys = [{key(name) for name in same} for same in SAME]
    assert [len(found) for found in keys] == [1] * len(SAME)
    assert len(set.union(*keys)) == len(SAME)


def as_a_disk_that_folds_case(name: str) -> str:
    """Return a name as D145 of The Unicode Standard has it: written anew, not called."""
    return unicodedata.normalize(
        "NFD", "".join(sign.casefold() for sign in unicodedata.normalize("NFD", name))
    )


TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


@given(TEXT, TEXT)
def test_two_keys_are_equal_exactly_when_such_a_disk_takes_the_names_for_one(
    one: str, other: str
) -> None:
    same = as_a_disk_that_folds_case(one) == as_a_disk_that_folds_case(other)
    assert (key(one) == key(other)) == same


@given(TEXT)
def test_every_spelling_of_a_name_has_its_key(name: str) -> None:
    spellings = {unicodedata.normalize(form, name) for form in ("NFC", "NFD")}
    spellings |= {key(name), name.casefold()}
    assert {key(spelling) for spelling in spellings} == {key(name)}


@given(st.text(st.characters(exclude_categories=())))
def test_no_name_breaks_a_rule(name: str) -> None:
    for found in (passed_over(name), refusal(name), said(name)):
        assert found is None or found.encode() is not None
    assert key(name) == key(key(name))


def test_patterns_match_in_any_spelling() -> None:
    assert matches("deep/Café.MP3", ("*.wav", "cafe\u0301*.mp3"))
    assert not matches("song.mp3/other.txt", ("*.mp3",))


@given(st.text(min_size=1).filter(lambda text: text == PurePath(text).name))
def test_a_report_can_be_traced_to_its_song(name: str) -> None:
    assert told_of(told_name(name)) == told_of(error_name(name)) == name
    assert passed_over(told_name(name))
    assert passed_over(error_name(name))


def test_a_song_is_no_report() -> None:
    assert told_of("song.mp3") is None
    assert told_of(".mvpipe.json") is None


@pytest.mark.skipif(os.name == "nt", reason="such names are Linux's")
def test_every_evil_name_survives_the_disk(tmp_path: Path) -> None:
    """The names above are names: each is made, listed and found as what it was."""
    kept = {name for name in EVIL if len(os.fsencode(name)) <= 255}
    for name in kept:
        (tmp_path / name).touch()
    assert {path.name for path in tmp_path.iterdir()} == kept
