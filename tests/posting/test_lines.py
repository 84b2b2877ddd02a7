"""The publisher's own lines to Meta: each request leaves once, and what came of it is never guessed."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from posting.dispatch.lines import Lines
from social.graph import GraphClient, GraphThrottled, GraphUnknown
from social.graph.base import GraphConfig
from social.graph.transport import Request, send
from social.vault import Secret

ROOT = Path(__file__).parents[2]
OK = b'HTTP/1.1 200 OK\r\ncontent-length: 12\r\nX-App-Usage: {"call_count":7}\r\n\r\n{"id": "77"}'
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\n" + b'{"id":\r\n5\r\n "7"}\r\n0\r\n\r\n'
THROTTLED = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-length: 55\r\n"
    b'X-Business-Use-Case-Usage: {"1":[{"type":"pages","call_count":100,"estimated_time_to_regain_access":9}]}\r\n\r\n'
    b'{"error":{"message":"x","code":80001,"fbtrace_id":"A"}}'
)


class Meta:
    """Answers each request with the next of `script` (bytes); None closes without a word, "..." says nothing.

    After an answer that ends in `b""` the connection is closed.
    """

    def __init__(self, *script: object) -> None:
        self.script = list(script)
        self.requests: list[str] = []
        self.connections = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        self.over = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self.server.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with line, line.makefile("rb") as got:
            while head := got.readline():
                if not head.startswith((b"GET", b"POST")):
                    return  # the hello of a TLS that is not spoken here
                size = 0
                while (header := got.readline()).strip():
                    name, _, value = header.decode().partition(":")
                    size = int(value) if name.lower() == "content-length" else size
                self.requests.append(f"{head.decode().split(' HTTP')[0]} {got.read(size).decode()}".strip())
                answer = self.script.pop(0)
                if answer == "...":
                    self.over.wait(20)
                    return
                if answer is None:
                    return
                close = isinstance(answer, tuple)
                line.sendall(answer[0] if close else answer)  # type: ignore[index]
                if close:
                    return


@contextmanager
def meta(*script: object) -> Iterator[Meta]:
    running = Meta(*script)
    try:
        yield running
    finally:
        running.over.set()
        running.server.close()


def ask(lines: Lines, url: str, seconds: float = 5, **fields):
    return send(Request("POST", f"{url}/v26.0/1/feed", **fields), http=lines.as_client(), seconds=seconds)


def test_a_kept_connection_carries_call_after_call():
    with meta(OK, CHUNKED, OK) as graph:
        lines = Lines()
        first = ask(lines, graph.url, form={"message": "Käse & Brot", "published": "false"})
        second = ask(lines, graph.url, form={})
        third = send(
            Request("GET", f"{graph.url}/1", query={"fields": "id,name"}), http=lines.as_client(), seconds=5
        )
        assert [one.status for one in (first, second, third)] == [200, 200, 200]
        assert second.body == b'{"id": "7"}'
        assert first.headers.get("x-app-usage") == '{"call_count":7}'
        assert graph.connections == 1
        assert graph.requests[0] == "POST /v26.0/1/feed message=K%C3%A4se+%26+Brot&published=false"
        assert graph.requests[2] == "GET /1?fields=id%2Cname"
        lines.close()


def test_a_connection_that_was_closed_meanwhile_is_not_used_and_nothing_is_sent_twice():
    with meta((OK,), OK) as graph:
        lines = Lines()
        assert ask(lines, graph.url, form={"n": "1"}).status == 200
        while not _closed(lines):
            pass
        assert ask(lines, graph.url, form={"n": "2"}).status == 200
        assert [request[-1] for request in graph.requests] == ["1", "2"]
        assert graph.connections == 2


def test_what_came_too_late_while_it_connected_never_leaves():
    with meta(OK) as graph:
        in_time = [False, True]
        lines = Lines(in_time=lambda: in_time.pop(0))
        late = ask(lines, graph.url, form={"n": "1"})
        assert (late.status, late.cause, graph.requests) == (None, "connect", [])
        assert ask(lines, graph.url, form={"n": "2"}).status == 200
        assert len(graph.requests) == 1


def _closed(lines: Lines) -> bool:
    return not lines._all[0].stands()


@pytest.mark.parametrize(
    ("answer", "seconds", "cause"),
    [
        (None, 5, "cut"),
        ((b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf",), 5, "cut"),
        ((b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n50\r\nhalf",), 5, "cut"),
        ((b"SSH-2.0-nonsense\r\n\r\n",), 5, "cut"),
        ("...", 0.1, "timeout"),
    ],
)
def test_a_lost_answer_is_unknown_and_its_connection_is_not_used_again(answer, seconds, cause):
    with meta(answer, OK) as graph:
        lines = Lines()
        lost = ask(lines, graph.url, seconds, form={"n": "1"})
        assert (lost.status, lost.cause) == (None, cause)
        assert ask(lines, graph.url, form={"n": "2"}).status == 200
        assert len(graph.requests) == 2  # the lost one was not sent again


def test_a_refused_connection_is_told_apart_because_nothing_left():
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    assert ask(Lines(), url, form={}).cause == "connect"


def test_a_redirect_is_not_followed_and_a_tls_that_nobody_speaks_never_left():
    moved = (b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/x\r\ncontent-length: 0\r\n\r\n",)
    with meta(moved) as graph:
        assert ask(Lines(), graph.url, form={}).status == 302
    with meta(None) as graph:
        assert ask(Lines(), graph.url.replace("http:", "https:"), form={}, seconds=2).cause == "connect"


def test_the_graph_client_reads_limits_and_errors_through_them():
    with meta(OK, THROTTLED, None) as graph:
        address = dict.fromkeys(("graph_url", "dialog_url", "video_url", "rupload_url"), graph.url)
        config = GraphConfig(app_id="1", app_secret=Secret("s"), version="v26.0", **address)
        client = GraphClient(Secret("EAAtoken"), config=config, http=Lines().as_client(), seconds=5)
        assert client.create_unpublished_post("1", message="a").id == "77"
        with pytest.raises(GraphThrottled) as throttled:
            client.create_unpublished_post("1", message="a")
        assert throttled.value.regain_minutes == 9
        with pytest.raises(GraphUnknown) as lost:
            client.create_unpublished_post("1", message="a")
        assert not lost.value.never_left


@pytest.mark.parametrize(
    ("given", "video", "rupload"),
    [
        (
            {"FACEBOOK_GRAPH_URL": "http://127.0.0.1:9/g"},
            "http://127.0.0.1:9/g",
            "http://127.0.0.1:9/g",
        ),
        (
            {"FACEBOOK_GRAPH_URL": "https://graph.facebook.com"},
            "https://graph-video.facebook.com",
            "https://rupload.facebook.com",
        ),
    ],
)
def test_videos_go_where_the_rest_goes(given, video, rupload):
    """A token of a stand-in for Meta must reach neither Meta itself nor the sandbox."""
    script = "from config import settings as s; print(s.FACEBOOK_VIDEO_URL, s.FACEBOOK_RUPLOAD_URL)"
    names = ("SANDBOX_URL", "FACEBOOK_GRAPH_URL", "FACEBOOK_VIDEO_URL", "FACEBOOK_RUPLOAD_URL")
    environment = {**os.environ, "ENVIRONMENT": "development", **dict.fromkeys(names, ""), **given}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == [video, rupload], done.stderr[-500:]
