"""Keyed requests of partners: slow work stands in no transaction, and a crash in it leaves no orphan."""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.utils import timezone
from django_tenants.utils import tenant_context

from assets import services, storage
from assets.models import Asset, LooseFile
from content.models import Post
from tenants.models import IdempotentRequest
from tests.assets import corpus

API = "/api/v1"


def open_transactions() -> int:
    """Sessions of this database that stand in a transaction without doing anything."""
    params = connection.get_connection_params()
    line = {name: params[name] for name in ("host", "port", "user", "password", "dbname") if params.get(name)}
    with psycopg.connect(**line) as other:
        row = other.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state LIKE 'idle in transaction%'"
        ).fetchone()
    return row[0] if row else 0


@pytest.fixture
def photo_server():
    """Serves one photo and notes what the database did meanwhile."""
    seen: list[int] = []
    data = corpus.jpeg()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(open_transactions())
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_given: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/tonight.jpg", seen
    server.shutdown()
    server.server_close()


def test_a_picture_is_fetched_once_and_outside_of_any_transaction(
    committed_cast, keyed, photo_server, settings
):
    settings.ALLOW_PRIVATE_FETCH = True
    url, seen = photo_server
    partner = keyed(committed_cast)
    body = {"draft": True, "caption": "Tonight", "image_url": url}

    def post():
        return partner.post(
            f"{API}/posts/create", body, content_type="application/json", headers={"Idempotency-Key": "a"}
        )

    first, again = post(), post()
    assert first.status_code == 201, first.content
    assert again["Idempotency-Replayed"] == "true" and again.json() == first.json()
    assert seen == [0]
    with tenant_context(committed_cast.cafe):
        assert Asset.objects.get().title == "Tonight"
        assert Post.objects.get().post_assets.count() == 1


def test_a_refused_picture_leaves_the_key_free(committed_cast, keyed, settings):
    settings.ALLOW_PRIVATE_FETCH = True
    partner = keyed(committed_cast)
    body = {"draft": True, "caption": "x", "image_url": "http://127.0.0.1:9/a.jpg"}
    answer = partner.post(
        f"{API}/posts/create", body, content_type="application/json", headers={"Idempotency-Key": "b"}
    )
    assert answer.status_code == 400 and answer.json()["code"] == "url_refused"
    assert not IdempotentRequest.objects.exists()


def upload(partner, data: bytes):
    file = SimpleUploadedFile("pizza.jpg", data, content_type="image/jpeg")
    return partner.post(f"{API}/assets", {"file": file}, headers={"Idempotency-Key": "c"})


def killed_while_storing(partner, data: bytes) -> None:
    """The request in a process of its own that is killed when the bytes lie in the storage."""
    connections.close_all()  # a child must not speak on its parent's line
    pid = os.fork()
    if pid == 0:
        write = storage.write

        def write_and_die(name, content):
            write(name, content)
            os.kill(os.getpid(), signal.SIGKILL)

        storage.write = write_and_die
        upload(partner, data)
        os._exit(1)
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGKILL


def test_killed_in_a_keyed_upload_leaves_one_photo_and_no_orphan(committed_cast, keyed, stored):
    partner, data = keyed(committed_cast), corpus.jpeg()
    killed_while_storing(partner, data)
    assert len(stored()) == 1
    with tenant_context(committed_cast.cafe):
        assert not Asset.objects.exists()
        assert LooseFile.objects.count() == 1  # committed before the bytes, so the sweep knows of them
    assert upload(partner, data).status_code == 409  # the dead one's lease
    IdempotentRequest.objects.update(lease_until=timezone.now())
    assert upload(partner, data).status_code == 201
    with tenant_context(committed_cast.cafe):
        services.sweep(now=timezone.now() + timedelta(hours=7))
        assert stored() == {Asset.objects.get().name} and not LooseFile.objects.exists()
