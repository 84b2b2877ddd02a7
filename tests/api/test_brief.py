"""Every endpoint the product was promised with, as a shell calls it: the lines and a key, nothing else.

A partner opens a restaurant and goes the whole way with one key and `tenant_id`; an owner's key needs none.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from posting.models import Publication
from posting.states import State
from tests.api.test_document import curl
from tests.posting.conftest import make_channel
from tests.posting.kitchen import jpeg

J = '-H "Content-Type: application/json"'


@pytest.fixture
def picture(settings) -> Iterator[str]:
    """The address of a photo on the partner's own server."""
    settings.ALLOW_PRIVATE_FETCH = True

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = jpeg()
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/pizza.jpg"
    server.shutdown()
    server.server_close()


@pytest.fixture
def shell(cast, make_key, picture):
    """shell(line, status) -> the answer's JSON. Ids of answers are remembered as $TENANT, $FOLDER ..."""
    known = {"API": "http://host/api/v1", "HOST": "http://host", "PICTURE": picture}
    known |= {"KEY": make_key(partner=cast.pat)}
    known |= {"TOMORROW": (timezone.now() + timedelta(days=1)).isoformat()}

    def run(line: str, status: int = 200, **remember: str) -> Any:
        answer = curl(f'{line} -H "Authorization: Bearer $KEY"', known)
        assert answer.status_code == status, (line, answer.content)
        body = json.loads(answer.content) if answer.content else None
        known.update({name: body[field] for name, field in remember.items()})
        return body

    run.known = known  # type: ignore[attr-defined]
    return run


def test_the_whole_way_as_it_was_promised(shell, cast):
    shell(f"""curl -X POST $API/tenants {J} -d '{{"name": "Mario Pizza"}}'""", 201, TENANT="id")
    assert shell("curl $API/tenants/$TENANT")["name"] == "Mario Pizza"
    tree = shell("curl -X POST $API/tenants/$TENANT/init-folders", 201)
    assert tree["data"]
    assert shell("curl $API/tenants/$TENANT/folders")["data"]
    shell(
        f"""curl -X POST $API/folders {J} -d '{{"tenant_id": "$TENANT", "name": "Pizza"}}'""",
        201,
        FOLDER="id",
    )
    named = '-H "X-Tenant-Id: $TENANT"'
    shell(
        f"curl -X POST $API/folders/$FOLDER/assets {named} -F file=@pizza.jpg -F tags=pizza", 201, ASSET="id"
    )
    assert [row["id"] for row in shell(f"curl $API/folders/$FOLDER/assets {named}")["data"]] == [
        shell.known["ASSET"]
    ]
    with tenant_context(cast.cafe.__class__.objects.get(pk=shell.known["TENANT"])):
        shell.known["ACCOUNT"] = str(make_channel().pk)
    (account,) = shell("curl $API/tenants/$TENANT/accounts")["data"]
    assert account["id"] == shell.known["ACCOUNT"]
    assert "expires_at" in shell(f"curl $API/accounts/$ACCOUNT/token-health {named}")
    caption = shell(
        f"""curl -X POST $API/posts/generate {J} -d '{{"tenant_id": "$TENANT", "platform": "instagram",
        "restaurant_name": "Mario Pizza", "restaurant_description": "Wood-fired pizza since 1998",
        "item_name": "Margherita", "item_description": "San Marzano tomatoes, fior di latte, basil",
        "tone": "casual"}}'"""
    )["caption"]
    assert "Margherita" in caption
    shell(
        f"""curl -X POST $API/posts/create {J} -d '{{"tenant_id": "$TENANT", "account_id": "$ACCOUNT",
        "platform": "facebook", "caption": "Margherita night", "image_url": "$PICTURE"}}'""",
        202,
    )
    shell(
        f"""curl -X POST $API/posts/schedule {J} -d '{{"tenant_id": "$TENANT", "account_id": "$ACCOUNT",
        "caption": "Two for 18", "asset_ids": ["$ASSET"], "publish_at": "$TOMORROW"}}'""",
        202,
    )
    posts = shell("curl $API/tenants/$TENANT/posts")["data"]
    assert {post["caption"] for post in posts} == {"Margherita night", "Two for 18"}
    shell(f"curl -X DELETE $API/assets/$ASSET {named}", 409)  # a planned post needs it, and says so


def test_an_owners_key_needs_no_restaurants_name(shell, cast, make_key):
    with tenant_context(cast.cafe):
        make_channel()
    shell.known["KEY"] = make_key(tenant=cast.cafe)
    (account,) = shell("curl $API/accounts")["data"]
    shell.known["ACCOUNT"] = account["id"]
    made = shell(
        f"""curl -X POST $API/posts/create {J} -d '{{"account_ids": ["$ACCOUNT"], "caption": "Soup is on"}}'""",
        202,
    )
    shell(f"curl $API/tenants/{cast.cafe.pk}")
    with tenant_context(cast.cafe):
        assert Publication.objects.get().state == State.SCHEDULED
    assert made["publications"][0]["account"]["id"] == account["id"]


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
def test_the_owners_browser_is_sent_to_facebook(cast, settings, platform):
    settings.FACEBOOK_APP_ID, settings.FACEBOOK_APP_SECRET = "1000000000000001", "s"
    path = f"/api/v1/oauth/{platform}/authorize?tenant_id={cast.cafe.pk}"
    stranger = Client().get(path)
    assert stranger.status_code in (302, 401)
    answer = cast.client(cast.alice).get(path)
    assert answer.status_code == 302 and "/dialog/oauth?" in answer.headers["Location"]
    assert Client().get("/api/v1/oauth/facebook/callback?code=x&state=y").status_code in (302, 400, 403)
