"""Where a finished video may be fetched from: the service, or https to a public host."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from urllib.parse import urlsplit

from mvpipe.backends.nemo.api import Api, is_loopback
from mvpipe.protocol.wire import DOWNLOAD_DOMAINS

Resolve = Callable[[str], Iterable[str]]
"""Gives the addresses of a host, as numbers."""

_NAME = re.compile(r"(?=.{4,253}\Z)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+\Z", re.ASCII)
_PRIVATE = (".local", ".internal", ".lan", ".corp", ".home", ".arpa", ".localhost")


def addresses_of(host: str) -> tuple[str, ...]:
    """Return the addresses that this machine has for a name; none where it has none."""
    with suppress(OSError, UnicodeError):
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
        return tuple(str(entry[4][0]) for entry in found)
    return ()


def allowed(url: str, *, api: Api, resolve: Resolve = addresses_of) -> bool:
    """Return whether a video may come from here; the token never goes along.

    Beyond the service's own host and domains it must be https on the usual port, to a name
    whose every address is public. A name that changes its address after the check gains
    nothing: whoever answers must hold a certificate for it.
    """
    if any(c.isspace() or not c.isprintable() for c in url) or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None:
        return False
    if api.holds(url):
        return True
    if parts.scheme == "http":
        return is_loopback(parts) and is_loopback(urlsplit(api.base))
    return parts.scheme == "https" and port in {None, 443} and _public(parts.hostname, resolve)


def _public(host: str | None, resolve: Resolve) -> bool:
    name = (host or "").rstrip(".").lower()
    if not _NAME.match(name) or name.endswith(_PRIVATE) or name[-1].isdigit():
        return False
    if any(name == domain or name.endswith(f".{domain}") for domain in DOWNLOAD_DOMAINS):
        return True
    found = tuple(resolve(name))
    return bool(found) and all(_global(address) for address in found)


def _global(address: str) -> bool:
    """Return whether a numeric address is public, whatever it is wrapped in."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        wrapped = found.ipv4_mapped or found.sixtofour or _nat64(found)
        if wrapped is not None:
            return _global(str(wrapped))
    return found.is_global and not found.is_multicast


def _nat64(found: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if found not in ipaddress.ip_network("64:ff9b::/96"):
        return None
    return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
