"""One HTTP exchange with Graph: sent exactly once, bounded in time and size, and free of tokens in what it
leaves.

No retries (only the caller knows what a lost answer means), no redirects (a token follows nobody), no
proxies or .netrc from the environment.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx2

MAX_BODY = 4 * 1024 * 1024  # bytes; Graph's largest answers (100 posts with attachments) are about 300 kB
CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 30.0  # half of the publisher's lease of 60 s (publishing protocol)

# httpx logs every URL at INFO and httpcore every header at DEBUG: both may carry a token.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(slots=True)
class Request:
    method: str
    url: str
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] | None = None
    files: dict[str, tuple[str, bytes, str]] | None = None  # name -> (file name, bytes, MIME type)
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """`status` None means that no whole answer came; `cause` then says how it was lost."""

    status: int | None
    headers: httpx2.Headers
    body: bytes = b""
    cause: str = ""


_clients: dict[int, httpx2.Client] = {}
_clients_lock = threading.Lock()


def shared_client() -> httpx2.Client:
    """This process's persistent client (thread-safe). A forked child makes its own: sockets must not be
    shared.
    """
    with _clients_lock:
        client = _clients.get(os.getpid())
        if client is None:
            client = _clients[os.getpid()] = new_client()
        return client


def new_client(*, connections: int = 100) -> httpx2.Client:
    """A client as this package wants it. The publisher passes its own with as many connections as it has
    slots.
    """
    return httpx2.Client(
        follow_redirects=False,
        trust_env=False,
        timeout=httpx2.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        limits=httpx2.Limits(
            max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=30
        ),
        headers={"user-agent": "social-automation", "accept": "application/json"},
    )


def send(request: Request, *, http: httpx2.Client, seconds: float) -> Reply:
    """Send once and read the whole answer within `seconds` (plus at most one silent read). Never raises for
    the network: a lost answer is a Reply without status. The exceptions of httpx hold the URL, so none
    leaves here.
    """
    until = monotonic() + seconds
    timeout = httpx2.Timeout(
        seconds, connect=min(CONNECT_SECONDS, seconds), pool=min(CONNECT_SECONDS, seconds)
    )
    try:
        with http.stream(
            request.method,
            request.url,
            params=request.query or None,
            data=request.form,
            files=request.files,
            content=request.content,
            headers=request.headers,
            timeout=timeout,
            follow_redirects=False,
        ) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_BODY:
                    return Reply(None, response.headers, cause="too large")
                if monotonic() > until:
                    return Reply(None, response.headers, cause="timeout")
            return Reply(response.status_code, response.headers, bytes(body))
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout):
        cause = "connect"  # nothing was sent
    except httpx2.TimeoutException:
        cause = "timeout"
    except (httpx2.TransportError, httpx2.DecodingError):
        cause = "cut"
    except (httpx2.InvalidURL, httpx2.StreamError, UnicodeError):
        cause = "broken"
    return Reply(None, httpx2.Headers(), cause=cause)


def as_text(value: Any) -> str:
    """A parameter as Graph wants it in a form or query: booleans lower case, lists and objects as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)
