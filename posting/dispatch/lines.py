"""The publisher's own lines to Meta: one kept connection for each thread and host, by the standard library.

GraphClient speaks through whatever has httpx's ``stream``; this is that and nothing else: HTTP/1.1, sent
once, no redirects, no proxies, no cookies. httpx is kind to programs with many kinds of calls; with 200
calls in the air its pools and copies were most of a call's processor time (docs/reliability.md, "measured").
"""

from __future__ import annotations

import http.client
import select
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any, cast
from urllib.parse import SplitResult, urlencode, urlsplit

import httpx2

KEEP_SECONDS = 30.0  # an idle connection older than this is not trusted any more
_CHUNK = 65_536
_FIXED = {"accept": "application/json", "user-agent": "social-automation"}


class Lines:
    """What GraphClient needs of an httpx client. Thread-safe; errors are httpx's own classes, so that "never
    left" (ConnectError, ConnectTimeout) and "anything may have happened" (all others) stay apart.

    `in_time` is asked when the connection stands and nothing but the writing is left to do; a no is a
    ConnectError. A process may have been stopped while it connected.
    """

    def __init__(self, in_time: Callable[[], bool] = lambda: True) -> None:
        self._in_time = in_time
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._all: list[_Line] = []
        self._tls: ssl.SSLContext | None = None

    @contextmanager
    def stream(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        files: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: httpx2.Timeout,
        follow_redirects: bool = False,
    ) -> Iterator[_Answer]:
        """One exchange; the body is read from the answer inside of the `with`."""
        if files or follow_redirects:
            raise NotImplementedError("the publisher sends addresses of files, and follows nobody")
        address = urlsplit(url)
        query = "&".join(part for part in (address.query, urlencode(params) if params else "") if part)
        target = f"{address.path or '/'}?{query}" if query else address.path or "/"
        sent = {**_FIXED, **(headers or {})}
        if data is not None:
            content = urlencode(data).encode()
            sent["content-type"] = "application/x-www-form-urlencoded"
        line = self._line(address, timeout)
        if not self._in_time():
            raise httpx2.ConnectError("too late")
        whole = False
        try:
            line.connection.request(method, target, body=content, headers=sent)
            response = line.connection.getresponse()
            yield _Answer(response)
            whole = response.isclosed() and not response.will_close
        except TimeoutError as problem:
            raise httpx2.ReadTimeout(type(problem).__name__) from None
        except (OSError, http.client.HTTPException) as problem:
            # The text of some of these holds the request's line; the class says enough.
            raise httpx2.ReadError(type(problem).__name__) from None
        finally:
            if whole:
                line.used = monotonic()
            else:
                line.connection.close()  # half an answer must not become the beginning of the next one

    def _line(self, address: SplitResult, timeout: httpx2.Timeout) -> _Line:
        """This thread's connection to that host: the kept one if it certainly still stands, else a new one."""
        kept: dict[tuple[str, str], _Line] | None = getattr(self._mine, "lines", None)
        if kept is None:
            kept = self._mine.lines = {}
        key = (address.scheme, address.netloc)
        line = kept.get(key)
        if line is None:
            line = kept[key] = _Line(self._new(address))
            with self._lock:
                self._all.append(line)
        if not line.stands():
            line.open(timeout)
        else:
            line.connection.sock.settimeout(timeout.read)
        return line

    def _new(self, address: SplitResult) -> http.client.HTTPConnection:
        host = address.hostname or ""
        if address.scheme == "http":
            return http.client.HTTPConnection(host, address.port)
        if address.scheme != "https":
            raise httpx2.UnsupportedProtocol("neither http nor https")
        with self._lock:
            # The very trust that the rest of the product has in Meta's certificates.
            self._tls = self._tls or httpx2.create_ssl_context(trust_env=False)
        return http.client.HTTPSConnection(host, address.port, context=self._tls)

    def as_client(self) -> httpx2.Client:
        """For GraphClient's signature; it uses nothing but `stream`."""
        return cast(httpx2.Client, self)

    def close(self) -> None:
        with self._lock:
            lines, self._all = self._all, []
        for line in lines:
            line.connection.close()


class _Line:
    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self.connection = connection
        self.connection.auto_open = 0  # a request never opens a line by itself: what failed must be known
        self.used = 0.0

    def stands(self) -> bool:
        """Idle for a short while and silent: a server that closed it has made it readable."""
        sock = self.connection.sock
        if sock is None or monotonic() - self.used > KEEP_SECONDS:
            return False
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return not poll.poll(0)

    def open(self, timeout: httpx2.Timeout) -> None:
        """Nothing of a request has left when this fails."""
        self.connection.close()
        self.connection.timeout = timeout.connect
        try:
            self.connection.connect()
        except TimeoutError:
            raise httpx2.ConnectTimeout("connect") from None
        except OSError as problem:  # a refused handshake, too
            raise httpx2.ConnectError(type(problem).__name__) from None
        self.connection.sock.settimeout(timeout.read)


class _Answer:
    """As much of httpx's Response as `social.graph.transport.send` reads."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response
        self.status_code = response.status
        self.headers = httpx2.Headers(response.getheaders())

    def iter_bytes(self) -> Iterator[bytes]:
        while chunk := self._response.read(_CHUNK):
            yield chunk
        if self._response.length:  # fewer bytes came than were promised
            raise httpx2.RemoteProtocolError("cut")
