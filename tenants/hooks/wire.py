"""One POST to an address that somebody outside named; the guards are those of tenants.outgoing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpcore2
import httpx2
from django.utils.translation import gettext as _

from tenants import outgoing

WHOLE = 10.0  # seconds for everything a receiver may take
READ = 2_000  # bytes of its answer, for the log
_BROKEN = (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol)


@dataclass(frozen=True)
class Answer:
    """What a receiver said. `retry_after` in seconds when it asked for a pause."""

    status: int
    text: str
    retry_after: int | None = None


class NoAnswer(Exception):
    """Nothing usable came back, or not in time."""

    def __init__(self, *, timed_out: bool) -> None:
        super().__init__("timed out" if timed_out else "unreachable")
        self.timed_out = timed_out


def check(url: str, *, field: str = "url") -> None:
    """Refuse now what would be refused later: wrong shape, unknown host, not on the public internet."""
    try:
        httpx2.URL(url)
        outgoing.resolve(url, outgoing.Clock(WHOLE), field)
    except (httpx2.InvalidURL, ValueError, outgoing.Late):
        raise outgoing.refused(_("This address cannot be found."), field) from None


def post(url: str, *, body: bytes, headers: Mapping[bytes | str, bytes | str], field: str = "url") -> Answer:
    """POST once; a redirect is an answer and is not followed. Raises Refused (the address) or NoAnswer."""
    clock = outgoing.Clock(WHOLE)
    try:
        line = outgoing.Pinned(*outgoing.resolve(url, clock, field), clock)
        named = httpx2.URL(url)
        asked = httpcore2.URL(
            scheme=named.raw_scheme, host=named.raw_host, port=named.port, target=named.raw_path or b"/"
        )
        wire: dict[bytes | str, bytes | str] = {
            "Host": named.netloc.decode("ascii"),
            "Content-Length": str(len(body)),
            **dict(headers),
        }
        with (
            httpcore2.ConnectionPool(network_backend=line) as pool,
            pool.stream("POST", asked, headers=wire, content=body) as answer,
        ):
            said = {name.lower(): value for name, value in answer.headers}
            read = b""
            for chunk in answer.iter_stream():
                read += chunk
                if len(read) >= READ:
                    break
    except (outgoing.Late, httpcore2.TimeoutException):
        raise NoAnswer(timed_out=True) from None
    except (*_BROKEN, httpx2.InvalidURL, OSError, ValueError):
        raise NoAnswer(timed_out=False) from None
    wish = said.get(b"retry-after", b"").strip()
    pause = int(wish) if wish.isdigit() and len(wish) <= 6 else None
    return Answer(answer.status, read[:READ].decode("utf-8", "replace"), pause)
