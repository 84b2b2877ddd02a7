"""Nobody leads us into our own network by an address."""

import contextlib
import socket
import threading

import httpcore2
import pytest

from tenants import outgoing
from tenants.errors import Refused
from tenants.hooks import wire


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


CORPUS = (  # OWASP's list and what parsers of addresses were seen to disagree on
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://0/",
    "https://0.0.0.0/",
    "https://[::]/",
    "https://[::1]/",
    "https://[0:0:0:0:0:ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::a9fe:a9fe]/",
    "https://[2002:7f00:1::]/",
    "https://[fe80::1%25eth0]/",
    "https://[fd00:ec2::254]/",
    "https://[::127.0.0.1]/",
    "https://[fec0::1]/",
    "https://[2001:0:7f00:1::]/",
    "https://[3fff::1]/",
    "https://[5f00::1]/",
    "https://192.88.99.1/",
    "https://10.0.0.7/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://100.100.100.200/latest/meta-data/",
    "https://169.254.169.254/latest/meta-data/",
    "https://169.254.170.2/v2/credentials",
    "https://192.0.0.192/opc/v2/instance/",
    "https://255.255.255.255/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://93.184.215.14@127.0.0.1/",
    "https://127.0.0.1@93.184.215.14/",
    "https://93.184.215.14:22/",
    "https://93.184.215.14#@127.0.0.1:6379/",
    "https://127.0.0.1\\@93.184.215.14/",
    "https://127.0.0.1%2f@93.184.215.14/",
    "http://93.184.215.14/",
    "ftp://93.184.215.14/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "dict://127.0.0.1:11211/stats",
    "jar:https://127.0.0.1!/",
    "//127.0.0.1/",
    "https:/127.0.0.1/",
    "https://127.0.0.1\r\nHost: x/",
    "https://\t127.0.0.1/",
)


@pytest.mark.parametrize("url", CORPUS)
@pytest.mark.parametrize(
    "door", [lambda url: outgoing.fetch(url, max_bytes=10), wire.check], ids=["picture", "webhook"]
)
def test_no_way_of_writing_an_address_leads_inside(settings, monkeypatch, url, door):
    """Whatever a parser makes of it: no connection is opened but to the one address that may be met."""
    settings.ALLOW_PRIVATE_FETCH = False
    met = []

    def connect(_self, host, port, *_given, **_named):
        met.append((host, port))
        raise httpcore2.ConnectError("not in a test")

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    with contextlib.suppress(Refused):
        door(url)
    assert set(met) <= {("93.184.215.14", 443)}


def test_a_name_that_answers_differently_the_second_time_is_asked_once(settings, monkeypatch):
    """DNS rebinding: what was checked is what is connected to."""
    settings.ALLOW_PRIVATE_FETCH = False
    answers, met = ["93.184.215.14", "127.0.0.1", "127.0.0.1"], []

    def look_up(host, port, **_named):
        return [(socket.AF_INET, 1, 6, "", (answers.pop(0), port))]

    def connect(_self, host, port, *_given, **_named):
        met.append(host)
        raise httpcore2.ConnectError("not in a test")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    with pytest.raises(Refused, match="could not be fetched"):
        outgoing.fetch("https://photos.example/a.jpg", max_bytes=10)
    assert (met, len(answers)) == (["93.184.215.14"], 2)


@pytest.mark.parametrize(
    "to",
    ["http://127.0.0.1:6379/", "https://169.254.169.254/", "//0/", "file:///etc/passwd", "https://[::1]/"],
)
def test_a_redirect_inside_is_not_followed(served, settings, monkeypatch, to):
    server = served(
        lambda line, _me: line.sendall(
            f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()
        )
    )
    real, turns = outgoing.resolve, []

    def resolve(url, clock, field):
        turns.append(url)  # as in production from the second address on
        settings.ALLOW_PRIVATE_FETCH = len(turns) == 1
        return real(url, clock, field)

    monkeypatch.setattr(outgoing, "resolve", resolve)
    with pytest.raises(Refused):
        outgoing.fetch(server.url, max_bytes=10)
    assert (len(turns), len(server.asked)) == (2, 1)


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
