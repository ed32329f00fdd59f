"""A finished video from its address to a file: resumed, measured, whole or not there."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import requests

from mvpipe.backends.nemo.api import HINT, USUAL_TIMEOUTS, Api, chunks_of, redirect_of
from mvpipe.backends.nemo.places import Resolve, allowed
from mvpipe.disk import REAL, Files, make_folder, require_room, whole_file
from mvpipe.errors import BadAnswer, Timeout, Unreachable
from mvpipe.model.secret import Secret
from mvpipe.protocol.answers import Reply, check_reply
from mvpipe.protocol.hiding import reply_without
from mvpipe.protocol.paths import Call
from mvpipe.protocol.wire import MOST_REDIRECTS, MOST_VIDEO_BYTES

SLOWEST_BYTES_S = 2048
GRACE_S = 60.0
"""After this long a download must have come in at the slowest rate at least."""
MOST_TRIES = 50
GROWN_OLD = {400, 401, 403, 404, 410}
"""How hosts of files refuse an address whose signature or file is no longer good."""
_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)\Z", re.ASCII)


class LinkRefused(BadAnswer):
    """Another host than the service's does not take the address: a new one may do."""


@dataclass(frozen=True, slots=True)
class Downloader:
    """Fetches videos of one service."""

    api: Api
    clock: Callable[[], float]
    resolve: Resolve
    files: Files = REAL

    def fetch(self, url: str, to: Path, *, token: Secret) -> None:
        """Put the video at `to`, whole or not at all, going on where a connection broke.

        Safe to repeat. Raises Unreachable, BadAnswer, OutputError, and by the error table.
        """
        make_folder(to.parent, files=self.files)
        with whole_file(to, files=self.files) as beside:
            got = _Got(path=beside, began_s=self.clock(), files=self.files)
            for _ in range(MOST_TRIES):
                had = got.size
                problem = self._try(url, got, token)
                if problem is None:
                    got.check()
                    return
                if got.size <= had:
                    raise problem
            raise Unreachable("the video comes in too many pieces", hint=HINT)

    def _try(self, url: str, got: _Got, token: Secret) -> Unreachable | None:
        """Take what one connection gives; return what broke it."""
        try:
            with closing(self._answer(url, got.size, token)) as response:
                got.begin(response)
                for chunk in chunks_of(response, host="the video's host"):
                    got.add(chunk, now_s=self.clock())
        except Unreachable as problem:
            return problem
        return got.missing()

    def _answer(self, url: str, at: int, token: Secret) -> requests.Response:
        for _ in range(MOST_REDIRECTS + 1):
            if not allowed(url, api=self.api, resolve=self.resolve):
                raise BadAnswer("the video's address is none that is safe to follow")
            response = self.api.plain_get(
                url, headers={"Range": f"bytes={at}-"} if at else {}, token=token
            )
            moved = redirect_of(response)
            if moved is None:
                return self._checked(response, token)
            response.close()
            if url.startswith("https:") and not moved.startswith("https:"):
                raise BadAnswer("the video's address leads from https to something less")
            url = moved
        raise BadAnswer("the video's address leads elsewhere again and again")

    def _checked(self, response: requests.Response, token: Secret) -> requests.Response:
        """Return an answer that holds bytes; raises by the error table for a refusal."""
        if response.status_code in {200, 206}:
            return response
        with closing(response):
            status = response.status_code
            if self.api.holds(response.url):
                reply = self.api.reply(response, timeouts=USUAL_TIMEOUTS)
                check_reply(reply_without(reply, token), call=Call.DOWNLOAD)
        if status in GROWN_OLD:
            raise LinkRefused(f"the video's host refuses its address ({status})", hint=HINT)
        check_reply(Reply(status, b""), call=Call.DOWNLOAD)
        raise BadAnswer(f"the video's host answers {status}")


@dataclass(slots=True)
class _Got:
    """What has arrived of a video; `whole` is its size where that is known."""

    path: Path
    began_s: float
    files: Files = REAL
    size: int = 0
    whole: int | None = None
    mark: str | None = None

    def begin(self, response: requests.Response) -> None:
        """Take note of what an answer promises; start over where it starts over."""
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise BadAnswer("the video comes packed, which nobody asked for")
        mark = response.headers.get("ETag")
        start, whole = _promised(response)
        changed = self.whole is not None and (whole != self.whole or mark != self.mark)
        if start != self.size or (start and changed):
            self._start_over(start)
        self.whole, self.mark = whole, mark
        if whole is not None:
            _believable(whole)
            require_room(self.path.parent, size_bytes=whole - self.size, files=self.files)

    def _start_over(self, start: int) -> None:
        if start:
            raise Unreachable("the video changed while it was fetched", hint=HINT)
        self.files.unlink(self.path)
        self.files.create(self.path, private=False)
        self.size = 0

    def add(self, chunk: bytes, *, now_s: float) -> None:
        """Append bytes; raises Unreachable where they come too slowly."""
        if self.whole is not None and self.size + len(chunk) > self.whole:
            raise BadAnswer("the video is longer than its host said")
        _believable(self.size + len(chunk))
        self.files.append(self.path, chunk)
        self.size += len(chunk)
        waited = now_s - self.began_s
        if waited > GRACE_S and self.size < SLOWEST_BYTES_S * waited:
            raise Timeout("the video comes too slowly", hint=HINT)

    def missing(self) -> Unreachable | None:
        """Return what to say of an end that came too soon, `None` for the right one."""
        if self.whole is None or self.size == self.whole:
            return None
        return Unreachable(
            f"the video broke off after {self.size} of {self.whole} bytes", hint=HINT
        )

    def check(self) -> None:
        """Raise BadAnswer unless what came is an MP4."""
        with self.path.open("rb") as file:
            head = file.read(12)
        if head[4:8] != b"ftyp":
            raise BadAnswer("what came for the video is no MP4", hint=HINT)


def _believable(size_bytes: int) -> None:
    if size_bytes > MOST_VIDEO_BYTES:
        raise BadAnswer(f"the video has {size_bytes // 10**6} MB, which is beyond belief")


def _promised(response: requests.Response) -> tuple[int, int | None]:
    """Return where an answer's bytes start in the video, and how many the video has.

    A body in chunks tells its end, so it need not tell its length.
    """
    if response.status_code == 206:
        found = _RANGE.match(response.headers.get("Content-Range", ""))
        if found is None or found[3] == "*":
            raise BadAnswer("the video's host sends a piece and does not say which")
        return int(found[1]), int(found[3])
    if response.headers.get("Transfer-Encoding", "").lower() == "chunked":
        return 0, None
    length = response.headers.get("Content-Length", "")
    if not (length.isascii() and length.isdigit() and len(length) < 16):
        raise BadAnswer("the video's host does not say how long the video is")
    return 0, int(length)
