"""Fetch an address that somebody outside named, without being led into our own network.

The host is resolved once and the connection pinned to that address; only global unicast addresses and the
web's ports are met; every redirect starts over; time and size are capped (OWASP SSRF prevention, ASVS 5.0 V5).
"""

import ipaddress
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Iterable
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import httpcore2  # comes with httpx2, whose own client has no deadline for a whole request
import httpx2
from django.conf import settings
from django.utils.translation import gettext as _

from tenants.errors import Refused

STEP = 10.0  # seconds for one step: a name, a connection, the next bytes
WHOLE = 30.0  # seconds for everything, redirects included
REDIRECTS = 3
PORTS = frozenset({80, 443})  # elsewhere answer databases, caches and mail servers


class Late(Exception):
    """The time for the whole is used up."""


class Clock:
    """What is left of the time for a whole exchange, its redirects and drips included."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds for the next step. Raises Late when there are none."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise Late
        return min(STEP, left)


class PinnedStream(httpcore2.NetworkStream):
    """Each read and write gets what is left of the whole time: a drip of bytes does not prolong it."""

    def __init__(self, stream: httpcore2.NetworkStream, clock: Clock) -> None:
        self.stream, self.clock = stream, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self.clock.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self.clock.left())

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        return PinnedStream(
            self.stream.start_tls(ssl_context, server_hostname, self.clock.left()), self.clock
        )

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


class Pinned(httpcore2.NetworkBackend):
    """Connects to what was checked, whatever the name would resolve to by now or another parser read."""

    def __init__(self, address: str, port: int, clock: Clock) -> None:
        self.address, self.port, self.clock = address, port, clock

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        line = httpcore2.SyncBackend().connect_tcp(
            self.address, self.port, self.clock.left(), socket_options=socket_options
        )
        return PinnedStream(line, self.clock)


def fetch(url: str, *, max_bytes: int, field: str = "url", seconds: float = WHOLE) -> IO[bytes]:
    """The body as a temporary file at its start. Raises Refused with a sentence about `field`."""
    clock = Clock(seconds)
    try:
        for _turn in range(REDIRECTS + 1):
            found = _get(url, Pinned(*resolve(url, clock, field), clock), max_bytes, field)
            if not isinstance(found, str):
                return found
            url = urljoin(url, found)
    except (Late, httpcore2.TimeoutException):
        raise refused(_("This address answers too slowly."), field) from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol, OSError):
        raise refused(_("This address could not be fetched."), field) from None
    raise refused(_("This address redirects too often."), field)


def refused(sentence: str, field: str) -> Refused:
    """The one code for every address that is not met; what is wrong with it is in the sentence."""
    return Refused(sentence, code="url_refused", field=field)


def resolve(url: str, clock: Clock, field: str) -> tuple[str, int]:
    """The one address and port to connect to. Raises Refused when it may not be met, Late when time is up."""
    private = settings.ALLOW_PRIVATE_FETCH
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        raise refused(_("This is not a full address."), field) from None
    if scheme not in (("https", "http") if private else ("https",)) or not host or parts.username is not None:
        raise refused(_("Give a full https address without a user name."), field)
    port = port or (443 if scheme == "https" else 80)
    if port not in PORTS and not private:
        raise refused(_("Only the ports 80 and 443 are met. Leave the port out of the address."), field)
    addresses = [ipaddress.ip_address(text) for text in _look_up(host, port, clock.left())]
    if not addresses:
        raise refused(_("This address cannot be found."), field)
    # One private answer among public ones is an attack or a mistake; neither is met half-way.
    if not private and not all(_public(item) for item in addresses):
        raise refused(_("This address is not on the public internet."), field)
    return str(addresses[0]), port


def _look_up(host: str, port: int, seconds: float) -> list[str]:
    """Addresses of a name, [] for none; in a thread of its own, as the system's resolver knows no deadline."""
    found: list[str] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, ValueError, UnicodeError):
            return
        # A zone ("fe80::1%eth0") names a card of ours: never public, and no address for ipaddress either.
        found.extend(str(answer[4][0]).split("%")[0] for answer in answers)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise Late
    return found


# What ipaddress calls global and is not (IANA's special-purpose registries): IPv6 that only wraps an IPv4 address
# (RFC 6052, 8215, 3056), where a gateway would lead it anywhere, also inside; the protocols' own block, in which
# a cloud keeps its metadata (192.0.0.192); 6to4 relays; addresses for documents and for routing inside a network.
_NOT_PUBLIC = [
    ipaddress.ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")
]
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # the part of IPv6 that is given out to the world


def _public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if address.version == 6 and address not in _GLOBAL_UNICAST:
        return False
    special = any(address in network for network in _NOT_PUBLIC if network.version == address.version)
    return address.is_global and not address.is_multicast and not special


def _get(url: str, line: Pinned, max_bytes: int, field: str) -> IO[bytes] | str:
    """The body, or the address of a redirect. Nothing is decompressed: a small answer cannot grow."""
    headers: dict[bytes | str, bytes | str] = {
        "Accept": "image/*",
        "Accept-Encoding": "identity",
        "User-Agent": "social-automation",
    }
    try:
        named = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError):
        raise refused(_("This is not a full address."), field) from None
    asked = httpcore2.URL(
        scheme=named.raw_scheme, host=named.raw_host, port=named.port, target=named.raw_path or b"/"
    )
    headers["Host"] = named.netloc.decode("ascii")
    with (
        httpcore2.ConnectionPool(network_backend=line) as pool,
        pool.stream("GET", asked, headers=headers) as answer,
    ):
        if answer.status in (301, 302, 303, 307, 308):
            found = dict(answer.headers).get(b"location") or dict(answer.headers).get(b"Location") or b""
            return found.decode("ascii", "ignore")
        if answer.status != 200:
            raise refused(
                _("This address answers with status %(status)s instead of a file.")
                % {"status": answer.status},
                field,
            )
        file = tempfile.SpooledTemporaryFile(max_size=2_000_000)  # noqa: SIM115 - the caller reads it
        for chunk in answer.iter_stream():
            file.write(chunk)
            if file.tell() > max_bytes:
                file.close()
                raise refused(_("The file behind this address is too large."), field)
    file.seek(0)
    return file  # type: ignore[return-value]
