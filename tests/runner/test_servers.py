"""Real servers in folders of their own; each start takes a tenth of a second."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator

import psycopg
import pytest

from config.services import env, ports, processes, users
from config.services.errors import Stop
from config.services.local import Local
from config.services.postgres import DATABASE, Postgres
from config.services.redis import Redis, ask
from config.services.servers import Servers

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*multi-threaded.*:DeprecationWarning"
)  # we fork; xdist has threads


@pytest.fixture(scope="module")
def local(reachable) -> Local:
    return Local(reachable / "local").open()


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def postgres(local, said) -> Iterator[Postgres]:
    server = Postgres(local, users.place(local, said.append), "first-word", said.append)
    yield server
    server.stop()


@pytest.fixture
def running(postgres) -> Postgres:
    postgres.start()
    return postgres


def query(server: Postgres, statement: str) -> list[tuple]:
    with psycopg.connect(server.url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_an_empty_folder_becomes_a_server_whose_login_is_no_superuser(running):
    assert query(running, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]
    assert query(running, "SHOW max_locks_per_transaction") == [("256",)]
    assert query(running, "SELECT datname FROM pg_database WHERE datname = current_database()") == [
        (DATABASE,)
    ]
    assert (running.data.stat().st_mode & 0o077) == 0


def test_nobody_gets_in_without_the_password_and_no_superuser_at_all(running):
    for url in (
        running.url.replace("first-word", "guess"),
        running.url.replace("social:first-word", "postgres:x"),
    ):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)


def test_a_running_server_is_adopted_not_started_twice(running, local, said):
    again = Postgres(local, running.place, "first-word", said.append, durable=False)
    again.start()
    assert (again.pid, again.port) == (running.pid, running.port)


def test_a_killed_server_starts_again_on_its_port_with_its_data(running):
    query(running, "CREATE TABLE IF NOT EXISTS kept (n int)")
    before = running.port
    processes.tell(running.pid, signal.SIGKILL)
    assert processes.until(lambda: processes.gone(running.pid), 10)
    running.start()
    assert running.port == before
    assert query(running, "SELECT * FROM kept") == []


def test_a_dead_servers_number_that_a_stranger_got_does_not_keep_it_from_starting(running):
    running.stop()
    stranger = subprocess.Popen(["sleep", "60"], **running.place.servant.popen)
    try:
        lines = [
            str(stranger.pid),
            str(running.data),
            "1",
            str(running.port),
            "",
            "127.0.0.1",
            "   1 1",
            "ready",
        ]
        (running.data / "postmaster.pid").write_text("\n".join(lines) + "\n")
        running.start()
        assert query(running, "SELECT 1") == [(1,)]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_taken_port_is_replaced_and_remembered(running, local):
    import socket

    running.stop()
    before = running.port
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", before))
        taken.listen(1)
        running.start()
        assert running.port != before
    assert ports.remembered(local)["postgres"] == running.port
    assert query(running, "SELECT 1") == [(1,)]


def test_renewed_secrets_open_the_old_data(running, local, said):
    running.stop()
    renewed = Postgres(local, running.place, "second-word", said.append, durable=False)
    renewed.start()
    assert query(renewed, "SELECT * FROM kept") == []
    running.start()  # and back: the module's other tests know the first


def test_half_an_initdb_is_made_again(reachable, said):
    local = Local(reachable / "half").open()
    server = Postgres(local, users.place(local, said.append), "word", said.append, durable=False)
    for half in (server.data, server.data.with_name("pg.new")):
        half.mkdir()
        (half / "PG_VERSION").write_text("18\n")
        (half / "junk").touch()
    server.start()
    try:
        assert query(server, "SELECT 1") == [(1,)]
        assert not (server.data / "junk").exists()
        assert any("cut short" in sentence for sentence in said)
    finally:
        server.stop()


def test_data_of_another_major_version_are_left_alone_with_a_sentence(running):
    running.stop()
    version = running.data / "PG_VERSION"
    kept = version.read_text()
    version.write_text("12\n")
    try:
        with pytest.raises(Stop, match=r"PostgreSQL 12.*make reset"):
            running.start()
    finally:
        version.write_text(kept)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has somewhere to step down from")
def test_roots_folder_that_nobody_may_enter_moves_the_data(tmp_path, said):
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    local = Local(hidden / "local").open()
    place = users.place(local, said.append)
    try:
        assert place.dir == users.outside(local)
        assert str(place.dir) in said[-1]
    finally:
        shutil.rmtree(place.dir)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has somewhere to step down from")
def test_programs_that_the_servers_user_cannot_reach_are_copied(reachable, tmp_path):
    hidden = tmp_path / "package"
    hidden.mkdir()
    tmp_path.chmod(0o700)
    program = hidden / "server"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o700)
    where = users.Place(reachable, users.servant())
    for _ in range(2):
        copy = users.runnable(where, "things", "1", [hidden], program)
        assert copy.is_relative_to(reachable)
        (copy.parent.parent / "complete").unlink()  # cut short: made again


def test_redis_wants_its_password_and_survives_a_kill(local, said):
    server = Redis(local, users.place(local, said.append), "word", said.append, durable=False)
    server.start()
    try:
        assert ask(server.port, "PING")[0].startswith("-NOAUTH")
        assert ask(server.port, "AUTH word", "PING") == ["+OK", "+PONG"]
        again = Redis(local, server.place, "word", said.append, durable=False)
        again.start()
        assert again.pid == server.pid
        processes.tell(server.pid, signal.SIGKILL)
        assert processes.until(lambda: processes.gone(server.pid), 5)
        again.start()
        assert again.pid != server.pid and again.port == server.port
    finally:
        server.stop()
    assert ask(server.port, "PING") == []


def test_given_addresses_start_nothing(local, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/x")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    assert Servers(local, lambda _: None).start() == {}


def test_servers_started_by_hand_outlive_a_make_up(reachable, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    local = Local(reachable / "byhand").open()
    urls = Servers(local, lambda _: None, durable=False).start(detached=True)
    try:
        up = Servers(local, lambda _: None, durable=False)
        assert up.start() == urls
        up.stop()
        assert Servers(local, lambda _: None).adopt() == urls
        assert env.development_secrets(local)["POSTGRES_PASSWORD"] in urls["DATABASE_URL"]
    finally:
        Servers(local, lambda _: None).stop(detached=True)
    assert Servers(local, lambda _: None).adopt() == {}
