"""The real sandbox process, emptied before each test, and a small Graph client to drive it."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import pytest
from PIL import Image

from tests.sandbox_process import ALICE, APP_ID, APP_SECRET, KRUSTY, KRUSTY_IG, Sandbox, start

Reply = httpx2.Response
# One client for all: each new one would read the machine's certificates first.
http = httpx2.Client(timeout=20, trust_env=False)


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start(data=tmp_path_factory.mktemp("sandbox-own"))
    yield running
    running.stop()


@pytest.fixture
def box(process: Sandbox) -> Sandbox:
    """The sandbox with nothing in it but the seeded world."""
    process.reset()
    return process


def proof(token: str) -> str:
    return hmac.new(APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()


@dataclass
class Graph:
    """Calls with one token; ``get``/``post``/``delete`` return the parsed answer and insist on 200."""

    box: Sandbox
    token: str
    version: str = "v26.0"
    proves: bool = True

    def send(self, method: str, path: str, files: Any = None, **params: Any) -> Reply:
        sent = {k: json.dumps(v) if isinstance(v, list | dict | bool) else str(v) for k, v in params.items()}
        sent.setdefault("access_token", self.token)
        if self.proves and sent["access_token"]:
            sent.setdefault("appsecret_proof", proof(sent["access_token"]))
        place = {"data": sent, "files": files} if method == "POST" else {"params": sent}
        return http.request(method, f"{self.box.graph}/{self.version}/{path}", **place)

    def get(self, path: str, **params: Any) -> Any:
        return self._good(self.send("GET", path, **params))

    def post(self, path: str, files: Any = None, **params: Any) -> Any:
        return self._good(self.send("POST", path, files=files, **params))

    def delete(self, path: str, **params: Any) -> Any:
        return self._good(self.send("DELETE", path, **params))

    def error(self, method: str, path: str, files: Any = None, **params: Any) -> dict[str, Any]:
        """The error object of a call that must be refused."""
        answer = self.send(method, path, files=files, **params)
        assert answer.status_code >= 400, answer.text
        found: dict[str, Any] = answer.json()["error"]
        return found

    def _good(self, answer: Reply) -> Any:
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass
class World:
    """Alice, connected, with the Krusty Pizza Page and its Instagram account."""

    box: Sandbox
    user: Graph
    page: Graph
    page_id: str = KRUSTY
    ig: str = KRUSTY_IG

    def photo(self, **more: Any) -> str:
        params = {"published": False, **more}
        return str(
            self.page.post(f"{self.page_id}/photos", files={"source": ("a.jpg", jpeg())}, **params)["id"]
        )

    def hidden_post(self, message: str = "Pizza day", photos: int = 0) -> str:
        media = [{"media_fbid": self.photo()} for _ in range(photos)]
        more = {"attached_media": media} if media else {}
        return str(self.page.post(f"{self.page_id}/feed", message=message, published=False, **more)["id"])

    def container(self, url: str, **more: Any) -> str:
        return str(self.page.post(f"{self.ig}/media", image_url=url, **more)["id"])

    def state(self, container: str) -> str:
        return str(self.page.get(container, fields="status_code")["status_code"])


@pytest.fixture
def world(box: Sandbox) -> World:
    login = box.connect(ALICE)
    tokens = {page["id"]: page["access_token"] for page in login["pages"]}
    return World(box, Graph(box, login["long_lived_token"]), Graph(box, tokens[KRUSTY]))


def app_graph(box: Sandbox) -> Graph:
    return Graph(box, f"{APP_ID}|{APP_SECRET}", proves=False)


def jpeg(width: int = 400, height: int = 500, colour: str = "tomato", form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, form)
    return out.getvalue()


@dataclass
class Hits:
    """What a loopback server of the test was sent, and what it answers."""

    url: str
    files: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)  # path -> status, type, body
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)  # for POSTs, in turn; then 200
    arrived: threading.Event = field(default_factory=threading.Event)

    def put(self, path: str, body: bytes, kind: str = "image/jpeg", status: int = 200) -> str:
        self.files[path] = (status, kind, body)
        return f"{self.url}{path}"


@pytest.fixture
def web() -> Iterator[Hits]:
    """A server on loopback: files to fetch (GET), callbacks (GET challenge, POST)."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            hits.seen.append(("GET", self.path, dict(self.headers), b""))
            if "hub.challenge=" in query:
                good = "hub.verify_token=right" in query
                text = query.split("hub.challenge=")[1].split("&")[0] if good else "no"
                self._answer(200 if good else 403, "text/plain", text.encode())
            elif path in hits.files:
                self._answer(*hits.files[path])
            else:
                self._answer(404, "text/plain", b"no")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hits.seen.append(("POST", self.path, dict(self.headers), body))
            self._answer(
                hits.statuses.pop(0) if hits.statuses else 200,
                "application/json",
                b'{"url":"u","confirmation_code":"c"}',
            )
            hits.arrived.set()

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            if status in (301, 302):
                self.send_header("Location", body.decode())
                body = b""
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hits = Hits(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield hits
    server.shutdown()
    server.server_close()


@pytest.fixture
def picture(web: Hits) -> str:
    """Address of a good JPEG (4:5)."""
    return web.put("/good.jpg", jpeg())
