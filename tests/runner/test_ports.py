import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from config.services import ports
from config.services.errors import Stop


@contextmanager
def taken(port: int = 0) -> Iterator[int]:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen(1)
        yield server.getsockname()[1]


def test_a_chosen_port_is_the_same_at_the_next_start(local):
    first = ports.choose("postgres", local)
    assert first >= ports.FIRST["postgres"]
    with taken(ports.FIRST["postgres"]) if first != ports.FIRST["postgres"] else taken():
        assert ports.choose("postgres", local) == first


def test_a_remembered_port_that_somebody_took_is_replaced_and_the_new_one_remembered(local):
    with taken() as port:
        local.ports.write_text(json.dumps({"redis": port}))
        other = ports.choose("redis", local)
        assert other != port
    assert ports.remembered(local)["redis"] == other
    assert ports.choose("redis", local) == other


def test_two_servers_never_get_one_port(local):
    local.ports.write_text(json.dumps({"postgres": ports.FIRST["redis"]}))
    assert ports.choose("redis", local) != ports.FIRST["redis"]


@pytest.mark.parametrize("torn", ["", "{", "[]", '{"redis": "x"}', "null"])
def test_a_torn_memory_is_forgotten(local, torn):
    local.ports.write_text(torn)
    assert ports.choose("redis", local) >= ports.FIRST["redis"]
    assert json.loads(local.ports.read_text())


def test_a_taken_PORT_gets_a_sentence_with_the_way_out(local):
    with taken() as port, pytest.raises(Stop, match=rf"Port {port} is taken.*make up PORT=\d+"):
        ports.for_web(str(port), local)


@pytest.mark.parametrize("wish", ["http", "0", "65536", "-1", "80.5"])
def test_a_senseless_PORT_gets_a_sentence(local, wish):
    with pytest.raises(Stop, match="write a number from 1 to 65535"):
        ports.for_web(wish, local)


def test_a_wished_port_is_used(local):
    with taken() as port:
        pass
    assert ports.for_web(str(port), local) == port


def test_without_a_wish_the_pages_move_to_the_next_free_port(local, monkeypatch):
    with taken() as port:
        monkeypatch.setitem(ports.FIRST, "web", port)
        assert ports.for_web("", local) > port
    assert ports.for_web("", local) == port  # free again: the usual address is back
