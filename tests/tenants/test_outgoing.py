"""Nobody leads us into our own network by an address."""

import contextlib
import socket
import threading

import pytest

from tenants import outgoing
from tenants.errors import Refused


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "224.0.0.1",
        "::1",
        "fd00::1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
    ],
)
def test_a_name_that_leads_inside_is_refused(monkeypatch, settings, address):
    settings.ALLOW_PRIVATE_FETCH = False
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    answers = [(socket.AF_INET, 1, 6, "", ("93.184.215.14", 443)), (family, 1, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_given, **_named: answers)
    with pytest.raises(Refused, match="public internet"):
        outgoing.fetch("https://photos.example/a.jpg", max_bytes=10)


@pytest.mark.parametrize(
    "url", ["http://photos.example/a", "https://me:pw@photos.example/", "file:///etc/passwd"]
)
def test_only_plain_https_is_asked(settings, url):
    settings.ALLOW_PRIVATE_FETCH = False
    with pytest.raises(Refused, match="https"):
        outgoing.fetch(url, max_bytes=10)


@pytest.mark.parametrize("port", [22, 25, 5432, 6379, 8443])
def test_only_the_webs_ports_are_met(settings, port):
    settings.ALLOW_PRIVATE_FETCH = False
    with pytest.raises(Refused, match="ports 80 and 443"):
        outgoing.fetch(f"https://photos.example:{port}/a.jpg", max_bytes=10)


@pytest.mark.parametrize(
    "url", ["https://", "https:///a", "https://[::1", "https://x:y/", "https://photos.example:99999/"]
)
def test_what_is_no_address_is_told_so(settings, url):
    settings.ALLOW_PRIVATE_FETCH = False
    with pytest.raises(Refused):
        outgoing.fetch(url, max_bytes=10)


class Served:
    """A server on loopback that answers every connection by `speak(connection, request line)`."""

    def __init__(self, speak):
        self.speak = speak
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.asked = []
        self.over = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}/a.jpg"

    def serve(self):
        while not self.over.is_set():
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(line,), daemon=True).start()

    def answer(self, line):
        with line, contextlib.suppress(OSError):
            self.asked.append(line.recv(4096).decode())
            self.speak(line, self)

    def close(self):
        self.over.set()
        self.socket.close()


@pytest.fixture
def served(settings):
    settings.ALLOW_PRIVATE_FETCH = True  # as in development: the server is on this machine
    made = []

    def start(speak):
        made.append(Served(speak))
        return made[-1]

    yield start
    for each in made:
        each.close()


def test_a_file_is_fetched_whole_and_the_host_named_as_it_was_given(served):
    server = served(lambda line, _me: line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"))
    with outgoing.fetch(server.url, max_bytes=10) as file:
        assert file.read() == b"abc"
    assert server.url.split("/")[2] in server.asked[0] and "identity" in server.asked[0]


def test_a_path_with_accents_is_asked_for_as_a_browser_would(served):
    server = served(lambda line, _me: line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"))
    outgoing.fetch(server.url.replace("a.jpg", "pa\u00eblla 1.jpg?x=\u00e9#top"), max_bytes=10).close()
    assert server.asked[0].startswith("GET /pa%C3%ABlla%201.jpg?x=%C3%A9 HTTP/1.1\r\n")


def test_a_body_larger_than_said_is_cut_off(served):
    server = served(
        lambda line, _me: line.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 50)
    )
    with pytest.raises(Refused, match="too large"):
        outgoing.fetch(server.url, max_bytes=10)


def dripping(start):
    """Sends `start` and then a byte each 20 ms for as long as anybody listens."""

    def speak(line, me):
        line.sendall(start)
        while not me.over.wait(0.02):
            line.sendall(b"x")

    return speak


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: ", b""]
)
def test_a_drip_of_bytes_does_not_prolong_the_time_for_everything(served, start):
    server = served(dripping(start))
    with pytest.raises(Refused, match="slowly"):
        outgoing.fetch(server.url, max_bytes=10**9, seconds=0.3)


def test_redirects_share_the_time_and_end(served):
    def around(line, me):
        line.sendall(f"HTTP/1.1 302 Found\r\nLocation: {me.url}\r\nContent-Length: 0\r\n\r\n".encode())

    server = served(around)
    with pytest.raises(Refused, match="too often"):
        outgoing.fetch(server.url, max_bytes=10)
    assert len(server.asked) == outgoing.REDIRECTS + 1


def test_a_redirect_is_checked_like_the_first_address(served, settings):
    inside = []

    def away(line, me):
        settings.ALLOW_PRIVATE_FETCH = False  # from here on as in production
        inside.append(1)
        line.sendall(b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n")

    with pytest.raises(Refused, match="public internet"):
        outgoing.fetch(served(away).url, max_bytes=10)
    assert inside


def test_a_name_server_that_never_answers_is_not_waited_for(settings, monkeypatch):
    settings.ALLOW_PRIVATE_FETCH = False
    never = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_given, **_named: never.wait(5) and [])
    with pytest.raises(Refused, match="slowly"):
        outgoing.fetch("https://photos.example/a.jpg", max_bytes=10, seconds=0.1)
    never.set()
