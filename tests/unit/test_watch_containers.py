from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.watch.boxes import aiff, matroska, mp4, wave
from mvpipe.watch.containers import check
from mvpipe.watch.frames import adts, adts_frame, mp3, mp3_frame
from mvpipe.watch.model import Completeness, Contents
from mvpipe.watch.reading import ReadAt, after_id3, before_tags
from mvpipe.watch.sums import block_size, coded_number, flac, ogg
from tests.whole_songs import FORMATS, whole_song

COMPLETE, INCOMPLETE, UNKNOWN = Completeness
TELLING = [kind for kind, made in FORMATS.items() if made.tells]
SILENT = [kind for kind, made in FORMATS.items() if not made.tells]
SOUND = bytes(range(1, 256)) * 40


def reader(data: bytes) -> ReadAt:
    def read(at: int, count: int) -> bytes:
        assert at >= 0
        assert count >= 0
        return data[at : at + count]

    return read


def state(data: bytes) -> Completeness:
    return check(reader(data), len(data)).state


def why(data: bytes) -> str:
    return check(reader(data), len(data)).why


@pytest.mark.parametrize("kind", TELLING)
def test_a_finished_file_of_a_format_that_can_tell_is_complete(kind: str) -> None:
    assert check(reader(whole_song(kind)), len(whole_song(kind))) == Contents(COMPLETE)


@pytest.mark.parametrize("kind", SILENT)
def test_a_finished_file_of_a_format_that_cannot_tell_says_so(kind: str) -> None:
    assert state(whole_song(kind)) is UNKNOWN
    assert "say how long" in why(whole_song(kind)) or "says how long" in why(whole_song(kind))


@given(kind=st.sampled_from(sorted(FORMATS)), part=st.floats(0, 1, exclude_max=True))
def test_a_part_of_a_file_is_never_complete(kind: str, part: float) -> None:
    song = whole_song(kind)
    assert state(song[: int(len(song) * part)]) is not COMPLETE


@pytest.mark.parametrize("kind", TELLING)
def test_a_file_that_lacks_its_last_bytes_is_incomplete(kind: str) -> None:
    song = whole_song(kind)
    assert [state(song[:-missing]) for missing in (1, 2, 3, 64, 1000)] == [INCOMPLETE] * 5


@given(kind=st.sampled_from(sorted(FORMATS)), part=st.floats(0, 0.99))
def test_a_file_whose_size_came_first_is_never_complete(kind: str, part: float) -> None:
    song = whole_song(kind)
    filled = min(int(len(song) * part), len(song) - 64)
    assert state(song[:filled] + bytes(len(song) - filled)) is not COMPLETE


def test_zeros_in_the_middle_are_a_hole() -> None:
    song = SOUND * 60
    holed = song[:300_000] + bytes(60_000) + song[360_000:]
    assert state(riff(song)) is COMPLETE
    assert state(riff(holed)) is UNKNOWN
    assert "nothing but zeros" in why(riff(holed))


def test_each_step_of_a_writer_into_zeros_is_seen() -> None:
    song = riff(SOUND * 60)
    told = {why(song[:at] + bytes(len(song) - at)) for at in range(10_000, 500_000, 9_973)}
    assert len(told) == len(range(10_000, 500_000, 9_973))


@given(st.binary(max_size=3000))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert state(data) in Completeness


HEADS = [
    b"RIFF",
    b"RF64",
    b"FORM",
    b"OggS",
    b"\x1a\x45\xdf\xa3",
    b"ID3\4\0\0",
    b"fLaC\0\0\0\x22",
]
HEADS += [
    b"\xff\xfb\x90\x64",
    b"\xff\xf1\x50\x80",
    b"\0\0\0\x20ftypM4A ",
    b"ID3\4\0\0\0\0\0\0fLaC",
]


@given(st.sampled_from(HEADS), st.binary(min_size=500, max_size=3000))
def test_no_bytes_behind_a_good_beginning_make_it_raise(head: bytes, rest: bytes) -> None:
    assert state(head + rest) in Completeness


@given(
    kind=st.sampled_from(sorted(FORMATS)),
    places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=9),
    first=st.booleans(),
)
def test_no_damage_makes_it_raise(
    kind: str,
    places: list[tuple[float, int]],
    first: bool,  # noqa: FBT001 - given by name
) -> None:
    song = bytearray(whole_song(kind))
    for part, byte in places:
        song[int((len(song) - 1) * (part / 100 if first else part))] = byte
    assert state(bytes(song)) in Completeness


@given(st.sampled_from([wave, aiff, mp4, matroska, mp3, adts, ogg]), st.binary(max_size=60))
def test_no_check_raises_on_a_few_bytes(
    one: Callable[[ReadAt, int], Contents], data: bytes
) -> None:
    assert one(reader(data), len(data)).state in Completeness
    assert flac(reader(data), len(data), 0).state in Completeness


@pytest.mark.parametrize("kind", FORMATS)
def test_little_is_read_of_however_large_a_file(kind: str) -> None:
    song, told = whole_song(kind), []

    def read(at: int, count: int) -> bytes:
        told.append(count)
        return song[at : at + count]

    check(read, len(song))
    assert sum(told) <= 400_000
    assert len(told) <= 100


EXPENSIVE = {
    "frames at every byte": b"\xff\xf1\x50\x80\x00\xff\xfc" * 60_000,
    "syncs at every byte": b"fLaC\0\0\0\x22" + bytes(34) + b"\xff\xf8" * 200_000,
    "pages at every byte": b"OggS\0\4" * 60_000,
    "boxes without end": struct.pack(">I4s", 8, b"free") * 60_000,
    "chunks without end": b"RIFF\xf0\xff\xff\x7fWAVE" + b"junk\0\0\0\0" * 60_000,
    "tags without end": b"ID3\4\0\0\0\0\0\0" * 60_000,
}


@pytest.mark.parametrize("name", EXPENSIVE)
def test_a_file_made_to_cost_time_costs_little(name: str) -> None:
    reads = 0
    data = EXPENSIVE[name]

    def read(at: int, count: int) -> bytes:
        nonlocal reads
        reads += 1
        return data[at : at + count]

    assert check(read, len(data)).state is not COMPLETE
    assert reads < 4_200


def riff(
    sound: bytes, *, promised: int = 0, said: int | None = None, tail: bytes = b""
) -> bytes:
    length = len(sound) if said is None else said
    body = b"WAVE" + b"fmt \x10\0\0\0" + b"\1\0\2\0" + bytes(12)
    body += b"data" + struct.pack("<I", length) + sound + tail
    return b"RIFF" + struct.pack("<I", promised or len(body)) + body


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (riff(SOUND), COMPLETE),
        (riff(SOUND + b"\1", tail=b"\0"), COMPLETE),
        (riff(SOUND + b"\1", tail=b"\0")[:-1], COMPLETE),  # the pad byte that many forget
        (riff(SOUND + b"\1", tail=b"\0")[:-2], INCOMPLETE),
        (riff(SOUND, tail=b"LIST\4\0\0\0INFO"), COMPLETE),
        (riff(SOUND, promised=36, said=0), UNKNOWN),  # as a writer begins that comes back
        (riff(SOUND, promised=0xFFFFFFFF, said=0xFFFFFFFF), UNKNOWN),
        (riff(SOUND, said=0xFFFFFFFF), UNKNOWN),
        (riff(SOUND, said=len(SOUND) + 2), INCOMPLETE),
        (riff(SOUND) + SOUND, UNKNOWN),
        (riff(SOUND, promised=2 * len(SOUND)), INCOMPLETE),
        (riff(SOUND, promised=2000), UNKNOWN),
        (riff(SOUND[:-40] + bytes(40)), UNKNOWN),  # silence, or not written yet
        (b"RIFF\xe4\x27\0\0WAVEjunk" + bytes(4) + SOUND, UNKNOWN),
    ],
)
def test_a_wave_file_is_as_long_as_it_says(data: bytes, expected: Completeness) -> None:
    assert state(data) is expected


def test_streamed_forms_do_not_say_how_long_they_are() -> None:
    assert state(b"FORM\xff\xff\xff\xffAIFF" + SOUND) is UNKNOWN
    assert state(b"RF64\xff\xff\xff\xffWAVEdata" + SOUND) is UNKNOWN


def box(kind: bytes, inside: bytes = b"", *, said: int | None = None) -> bytes:
    return struct.pack(">I4s", len(inside) + 8 if said is None else said, kind) + inside


FTYP, MOOV, MDAT = box(b"ftyp", b"M4A \0\0\0\0"), box(b"moov", SOUND[:900]), box(b"mdat", SOUND)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (FTYP + MDAT + MOOV, COMPLETE),
        (FTYP + MOOV + MDAT, COMPLETE),
        (
            FTYP + MOOV + box(b"mdat", struct.pack(">Q", len(SOUND) + 16) + SOUND, said=1),
            COMPLETE,
        ),
        (FTYP + MDAT, INCOMPLETE),
        (FTYP + MOOV, INCOMPLETE),
        (FTYP + MOOV + MDAT[:-1], INCOMPLETE),
        (FTYP + box(b"mdat", SOUND, said=0), INCOMPLETE),
        (FTYP + MOOV + box(b"mdat", SOUND, said=0), UNKNOWN),
        (FTYP + MOOV + MDAT + SOUND, UNKNOWN),
        (FTYP + MOOV + MDAT + b"\1\1\1", UNKNOWN),
        (FTYP + MOOV + MDAT + box(b"free", said=3), UNKNOWN),
        (FTYP + MOOV + box(b"moof", b"m") + MDAT, UNKNOWN),
        (FTYP + MOOV + box(b"moof", b"m") + MDAT + box(b"mfra", b"m"), COMPLETE),
    ],
)
def test_an_mp4_has_its_index_and_ends_with_a_box(data: bytes, expected: Completeness) -> None:
    assert state(data) is expected


def ebml(segment: bytes, *, length: bytes) -> bytes:
    return b"\x1a\x45\xdf\xa3\x83abc" + b"\x18\x53\x80\x67" + length + segment


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (ebml(SOUND[:1000], length=b"\x43\xe8"), COMPLETE),
        (ebml(SOUND[:999], length=b"\x43\xe8"), INCOMPLETE),
        (ebml(SOUND, length=b"\x43\xe8"), UNKNOWN),
        (ebml(SOUND, length=b"\x01" + b"\xff" * 7), UNKNOWN),
        (ebml(SOUND, length=b"\x00"), UNKNOWN),
        (b"\x1a\x45\xdf\xa3\x83abc" + SOUND, UNKNOWN),
        (b"\x1a\x45\xdf\xa3\x4f\xffabc" + SOUND[:1000], INCOMPLETE),
        (b"\x1a\x45\xdf\xa3\xff" + SOUND, INCOMPLETE),
    ],
)
def test_a_segment_is_as_long_as_it_says(data: bytes, expected: Completeness) -> None:
    assert state(data) is expected


def test_a_matroska_file_of_a_few_bytes_is_incomplete() -> None:
    for size in range(8):
        data = ebml(b"", length=b"\x80")[:size]
        assert matroska(reader(data), size).state is INCOMPLETE


ID3V1 = b"TAG" + b"t" * 125
APE = b"a" * 40 + b"APETAGEX" + struct.pack("<IIII", 2000, 72, 1, 0) + bytes(8)
LYRICS = b"LYRICSBEGIN" + b"l" * 20 + b"000031LYRICS200"


@pytest.mark.parametrize("kind", ["mp3", "flac"])
@pytest.mark.parametrize("tags", [ID3V1, APE, APE + ID3V1, LYRICS + ID3V1, ID3V1 + APE])
def test_tags_behind_the_sound_change_nothing(kind: str, tags: bytes) -> None:
    song = whole_song(kind)
    assert before_tags(reader(song + tags), len(song + tags)) == len(song)
    assert state(song + tags) is COMPLETE


def test_a_tag_that_lies_about_its_length_is_no_tag() -> None:
    lies = SOUND + b"APETAGEX" + struct.pack("<IIII", 2000, 1 << 31, 1, 0) + bytes(8)
    assert before_tags(reader(lies), len(lies)) == len(lies)
    lies = b"999999LYRICS200"
    assert before_tags(reader(lies), len(lies)) == len(lies)


def test_a_tag_before_the_sound_is_stepped_over() -> None:
    song = whole_song("flac")
    tagged = b"ID3\4\0\0\0\0\1\0" + b"t" * 128 + song
    assert state(tagged) is COMPLETE
    footed = b"ID3\4\0\x10\0\0\1\0" + b"t" * 138 + song
    assert state(footed) is COMPLETE
    assert state(b"ID3\4\0\0\0\1\0\0" + b"t" * 9000) is INCOMPLETE
    assert after_id3(reader(b"ID3\4\0\0\xff\0\1\0"), 10) == 0


def test_an_mp3_that_goes_on_behind_its_header_may_go_on_further() -> None:
    song = whole_song("mp3")
    assert state(song + song[-2000:]) is UNKNOWN


def test_an_mp3_that_has_as_many_bytes_as_it_says_but_not_the_right_ones() -> None:
    song = whole_song("mp3")
    assert state(song[:-900] + bytes(900)) is INCOMPLETE
    assert state(song[:-20_000] + (SOUND * 2)[:20_000]) is UNKNOWN


def test_the_bytes_that_fraunhofer_counts_are_believed_too() -> None:
    song = whole_song("mp3 without a header")
    start = after_id3(reader(song), len(song))
    frames = song[start:]
    for length, expected in ((len(frames), COMPLETE), (len(frames) + 1, INCOMPLETE)):
        head = b"VBRI" + bytes(6) + struct.pack(">I", length)
        assert state(frames[:36] + head + frames[50:]) is expected


def test_something_that_is_no_sound_is_nobodys_to_judge() -> None:
    assert check(reader(SOUND), len(SOUND)) == Contents(
        UNKNOWN, "no sound was found at its beginning"
    )
    assert state(bytes(9000)) is INCOMPLETE
    assert why(b"") == "it is empty"
    assert why(b"ID3") == "it has 3 bytes"


@pytest.mark.parametrize(
    ("head", "length"),
    [
        ("fffb9064", 417),  # MPEG 1, layer III, 128 kb/s, 44.1 kHz
        ("fffb9264", 418),  # the same, padded
        ("fffb5068", 208),  # 64 kb/s
        ("fff35064", 130),  # MPEG 2, 40 kb/s, 22.05 kHz
        ("ffe35064", 261),  # MPEG 2.5, 11.025 kHz
        ("fffd9064", 522),  # layer II, 160 kb/s
        ("ffff9064", 312),  # layer I, 288 kb/s
        ("fffbf064", 0), ("fffb0064", 0), ("fffb9c64", 0), ("ffeb9064", 0), ("fff99064", 0),
        ("fefb9064", 0), ("fffb90", 0),
    ],
)  # fmt: skip
def test_the_length_of_an_mpeg_frame_is_in_its_head(head: str, length: int) -> None:
    assert mp3_frame(bytes.fromhex(head)) == length


def test_the_length_of_an_adts_frame_is_in_its_head() -> None:
    song = whole_song("aac")
    assert 7 < adts_frame(song[:6]) < 2000
    assert adts_frame(b"\xff\xf1\x50\x80\x00\x1f") == 0
    assert adts_frame(b"\xff\xf1\x50") == 0


def test_a_flac_file_that_does_not_say_how_long_it_is_may_go_on() -> None:
    song = bytearray(whole_song("flac"))
    song[21] &= 0xF0
    song[22:26] = bytes(4)
    assert state(bytes(song)) is UNKNOWN


def test_a_flac_file_with_a_wrong_last_byte_is_incomplete() -> None:
    song = bytearray(whole_song("flac"))
    song[-1] ^= 1
    assert state(bytes(song)) is INCOMPLETE


def test_an_ogg_page_that_is_not_the_end_is_not_the_end() -> None:
    song = whole_song("opus")
    last = song.rfind(b"OggS")
    assert check(reader(song[:last]), last) == Contents(
        INCOMPLETE, "its last page is not its end"
    )
    assert why(song[: last + 200]) == "its last page is cut off"


@pytest.mark.parametrize("kind", ["ogg", "opus"])
def test_an_ogg_page_with_a_wrong_byte_is_no_end(kind: str) -> None:
    song = bytearray(whole_song(kind))
    song[-9] ^= 1
    assert state(bytes(song)) is INCOMPLETE


def test_a_flac_file_must_begin_with_what_says_how_long_it_is() -> None:
    song = whole_song("flac")
    assert state(song[:4] + b"\4" + song[5:]) is UNKNOWN
    assert flac(reader(song[:20]), 20, 0).state is INCOMPLETE


def test_every_number_of_a_flac_frame_can_be_read() -> None:
    """The numbers that RFC 9639 writes in one to seven bytes, as its table has them."""
    known = {"7f": 0x7F, "c280": 0x80, "efbfbf": 0xFFFF, "f0908080": 0x10000}
    known |= {"f888808080": 0x200000, "fc8480808080": 0x4000000, "febfbfbfbfbfbf": 0xFFFFFFFFF}
    assert {text: coded_number(bytes.fromhex(text))[0] for text in known} == known
    assert [coded_number(data)[0] for data in (b"", b"\x80", b"\xff")] == [None] * 3


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("fff81918000000000000", (192, 5)), ("fff82918000000000000", (576, 5)),
        ("fff85918000000000000", (4608, 5)), ("fff86918000f00000000", (16, 6)),
        ("fff8791800ffff000000", (65536, 7)), ("fff8891800ff00000000", (256, 5)),
        ("fff8f91800ff00000000", (32768, 5)), ("fff86c1800ff2c000000", (256, 7)),
        ("fff87d1800ffffac4400", (65536, 9)),
    ],
)  # fmt: skip
def test_the_length_of_a_flac_block_is_in_its_head(
    head: str, expected: tuple[int, int]
) -> None:
    assert block_size(bytes.fromhex(head), used=5) == expected
