"""Nobody fills our disk before signing in."""

import pytest
from django.test import Client

from assets import upload_handlers

HEAVY = {"CONTENT_LENGTH": str(200 * 1024 * 1024)}
FORM = "multipart/form-data; boundary=x"
BODY = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\nbytes\r\n--x--\r\n'


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/webhooks/meta/deauthorize", "/api/v1/oauth/facebook/callback"]
)
def test_a_strangers_heavy_body_is_not_read(db, path, monkeypatch):
    read: list[object] = []
    monkeypatch.setattr(upload_handlers.CappedUpload, "new_file", lambda *given, **_named: read.append(given))
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    answer = client.generic("POST", path, BODY, content_type=FORM, **HEAVY)
    assert answer.status_code in (400, 403) and not read


def test_the_api_asks_who_it_is_before_it_reads_a_body(db, monkeypatch):
    def read(*_given, **_named):
        raise AssertionError("a stranger's body was read")

    monkeypatch.setattr(upload_handlers.CappedUpload, "handle_raw_input", read)
    answer = Client().generic("POST", "/api/v1/posts/create", BODY, content_type=FORM)
    assert answer.status_code == 401


def test_who_signed_in_may_send_more(cast, monkeypatch):
    monkeypatch.setattr(upload_handlers, "STRANGERS_BODY", 10)
    answer = cast.client(cast.alice).generic("POST", "/r/cafe/library/upload/", BODY, content_type=FORM)
    assert answer.status_code == 302
