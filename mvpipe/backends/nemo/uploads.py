"""One file on its way: checked before it leaves, streamed, converted where it is refused."""

from __future__ import annotations

import hashlib
import importlib.util
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from requests_toolbelt.multipart.encoder import MultipartEncoder, MultipartEncoderMonitor

from mvpipe.backends.base import Percent
from mvpipe.backends.nemo.api import SEND_BYTES, Request, Timeouts
from mvpipe.backends.nemo.client import Client
from mvpipe.backends.nemo.sniff import ending_of
from mvpipe.errors import MediaError, MissingMedia, TooLarge, UnsupportedMedia
from mvpipe.protocol.answers import Asset, UploadedFiles, read_uploaded
from mvpipe.protocol.bodies import UrlsBody, write_urls
from mvpipe.protocol.extras import UploadExtras, write_extras
from mvpipe.protocol.parse import whole_characters
from mvpipe.protocol.paths import Call, upload_path
from mvpipe.protocol.wire import (
    DOUBTFUL_TYPES,
    MOST_UPLOAD_BYTES,
    UPLOAD_FIELD,
    content_type,
)

UPLOAD_TIMEOUTS = Timeouts(read_s=300, answer_s=600)
"""A service looks at a file before it answers."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file as it is sent: what it is called there, and its type."""

    path: Path
    name: str
    kind: str
    size_bytes: int


def parcel(path: Path, *, name: str | None = None) -> Parcel:
    """Return how a file is to be sent. Safe to repeat.

    Raises MediaError for what is not worth sending: missing, empty, no known kind, too big.
    """
    ending = ending_of(path)
    size = path.stat().st_size
    if size > MOST_UPLOAD_BYTES:
        raise TooLarge(
            f"'{path}' has {size // 10**6} MB and the service takes"
            f" {MOST_UPLOAD_BYTES // 10**6} MB",
            hint="compress or trim it, or use --backend local",
        )
    named = whole_characters(name or path.name)
    kept = named if named.lower().endswith(f".{ending}") else f"{Path(named).stem}.{ending}"
    kind = content_type(kept) or "application/octet-stream"
    return Parcel(path=path, name=kept, kind=kind, size_bytes=size)


def send_file(
    client: Client, session: str, sent: Parcel, *, known_as: str, progress: Percent
) -> Asset:
    """Send one file in flat memory; return what the service made of it.

    Safe to repeat as far as the service takes a file twice. Raises by the error table.
    """
    with _opened(sent.path) as file:
        request = Request(
            call=Call.UPLOAD,
            method="POST",
            path=upload_path(session),
            form=lambda: _form(file, sent, progress),
            extras=write_extras(UploadExtras(id=known_as)),
            timeouts=UPLOAD_TIMEOUTS,
        )
        uploaded = client.ask(request, lambda reply, who: read_uploaded(reply, caller=who))
    return _only(uploaded, sent.name)


def send_urls(client: Client, session: str, urls: tuple[str, ...]) -> tuple[Asset, ...]:
    """Have the service fetch files itself. Not safe to repeat: it may take them twice."""
    request = Request(
        call=Call.UPLOAD,
        method="POST",
        path=upload_path(session),
        body=write_urls(UrlsBody(urls)),
        timeouts=UPLOAD_TIMEOUTS,
    )
    return client.ask(request, lambda reply, who: read_uploaded(reply, caller=who)).files


def _only(uploaded: UploadedFiles, name: str) -> Asset:
    return next(iter(uploaded.files), Asset(name=name))


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as problem:
        raise MissingMedia(
            f"'{path}' cannot be read", hint="check who may read it"
        ) from problem
    with file:
        yield file


def _form(file: BinaryIO, sent: Parcel, progress: Percent) -> MultipartEncoderMonitor:
    """Return a new body: one that was read cannot be read again."""
    file.seek(0)
    told = -1

    def tell(monitor: MultipartEncoderMonitor) -> None:
        nonlocal told
        percent = min(100, 100 * monitor.bytes_read // max(1, monitor.len))
        if percent != told:
            told = percent
            progress(percent)

    encoder = MultipartEncoder({UPLOAD_FIELD: (sent.name, file, sent.kind)})
    return MultipartEncoderMonitor(encoder, tell)


def names_of(path: Path) -> tuple[str, ...]:
    """Return what a file may be called at the service: as it is, and converted.

    Nothing for a file that could not be sent any more. Safe to repeat.
    """
    try:
        sent = parcel(path)
    except MediaError:
        return ()
    return (sent.name, _as_wav(sent)) if _doubtful(sent) else (sent.name,)


def _as_wav(sent: Parcel) -> str:
    return f"{Path(sent.name).stem}.wav"


def _doubtful(sent: Parcel) -> bool:
    return sent.name.rpartition(".")[2] in DOUBTFUL_TYPES


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex. Raises MissingMedia. Safe to repeat."""
    digest = hashlib.sha256()
    with _opened(path) as file:
        while chunk := file.read(SEND_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def convertible(sent: Parcel) -> bool:
    """Return whether a refused file can go again in another form on this machine."""
    engine = all(importlib.util.find_spec(name) for name in ("av", "numpy"))
    return _doubtful(sent) and engine


def advice(sent: Parcel, refused: UnsupportedMedia) -> UnsupportedMedia:
    """Return the refusal with what would have helped, for a file that mvpipe could convert."""
    if not _doubtful(sent):
        return refused
    return UnsupportedMedia(
        str(refused), hint="convert it to WAV, or pip install 'mvpipe[local]', which does"
    )


@contextmanager
def as_wav(sent: Parcel) -> Iterator[Parcel]:
    """Give the same sound as a WAV file that is gone afterwards. Raises MediaError."""
    # the engine is only needed here, and slow to import
    from mvpipe.engine.audio.wav import convert  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="mvpipe-") as folder:
        made = Path(folder) / "converted.wav"
        convert(sent.path, made, progress=lambda _: None)
        yield parcel(made, name=_as_wav(sent))
