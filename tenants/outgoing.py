"""Fetch an address that somebody outside named, without being led into our own network.

The host is resolved once and the connection pinned to that address; only global unicast addresses are
met; every redirect starts over; time and size are capped (OWASP SSRF prevention, ASVS 5.0 V5).
"""

import ipaddress
import socket
import tempfile
import time
from typing import IO, Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx2
from django.conf import settings
from django.utils.translation import gettext as _

from tenants.errors import Refused

TIMEOUT = 10.0  # seconds for one read
WHOLE = 30.0  # seconds for everything
REDIRECTS = 3


def fetch(url: str, *, max_bytes: int, field: str = "url") -> IO[bytes]:
    """The body as a temporary file at its start. Raises Refused with a sentence about `field`."""
    deadline = time.monotonic() + WHOLE
    for _turn in range(REDIRECTS + 1):
        host, address = _resolve(url, field)
        found = _get(url, host, address, max_bytes, deadline, field)
        if not isinstance(found, str):
            return found
        url = urljoin(url, found)
    raise _refused(_("This address redirects too often."), field)


def _refused(sentence: str, field: str) -> Refused:
    return Refused(sentence, code="url_refused", field=field)


def _resolve(url: str, field: str) -> tuple[str, str]:
    parts = urlsplit(url)
    private = settings.ALLOW_PRIVATE_FETCH
    if (
        parts.scheme not in (("https", "http") if private else ("https",))
        or not parts.hostname
        or parts.username
    ):
        raise _refused(_("Give a full https address without a user name."), field)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        answers = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError, UnicodeError):
        raise _refused(_("This address cannot be found."), field) from None
    addresses = [ipaddress.ip_address(answer[4][0]) for answer in answers]
    # One private answer among public ones is an attack or a mistake; neither is met half-way.
    if not private and not all(_public(item) for item in addresses):
        raise _refused(_("This address is not on the public internet."), field)
    return parts.hostname, str(addresses[0])


# IPv6 that only wraps an IPv4 address (RFC 6052, 8215): a gateway would lead it anywhere, also inside.
_GATEWAYS = [ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")]


def _public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    wrapped = any(address in network for network in _GATEWAYS if network.version == address.version)
    return address.is_global and not address.is_multicast and not wrapped


def _get(url: str, host: str, address: str, max_bytes: int, deadline: float, field: str) -> IO[bytes] | str:
    """The body, or the address of a redirect."""
    parts = urlsplit(url)
    numeric = f"[{address}]" if ":" in address else address
    port = f":{parts.port}" if parts.port else ""
    pinned = urlunsplit(parts._replace(netloc=f"{numeric}{port}", fragment=""))
    extensions: dict[str, Any] = {"sni_hostname": host}
    try:
        with (
            httpx2.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", pinned, headers={"Host": f"{host}{port}"}, extensions=extensions) as answer,
        ):
            if answer.is_redirect:
                return answer.headers.get("Location", "")
            if answer.status_code != 200:
                raise _refused(
                    _("This address answers with status %(status)s instead of a file.")
                    % {"status": answer.status_code},
                    field,
                )
            file = tempfile.SpooledTemporaryFile(max_size=2_000_000)  # noqa: SIM115 - the caller reads it
            for chunk in answer.iter_bytes():
                file.write(chunk)
                if file.tell() > max_bytes:
                    raise _refused(_("The file behind this address is too large."), field)
                if time.monotonic() > deadline:
                    raise _refused(_("This address answers too slowly."), field)
    except httpx2.HTTPError:
        raise _refused(_("This address could not be fetched."), field) from None
    file.seek(0)
    return file  # type: ignore[return-value]
