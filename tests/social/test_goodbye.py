"""A person removes us, or asks for deletion: only Facebook's signature counts, and it is really done."""

import json

import pytest
from django.db import connection as database
from django.utils import timezone
from django_tenants.utils import tenant_context

from social import signed_request
from social.models import Channel, Connection
from social.registry.models import ChannelClaim, ConnectionEntry, DeletionRequest
from social.signals import data_deleted
from tenants.models import Audit, Membership
from tests.sandbox_process import ALICE, KRUSTY, KRUSTY_TRUCK
from tests.social.loopback import APP_SECRET
from tests.social.owner import connect

pytestmark = pytest.mark.django_db
LEAVE, DELETE = "/webhooks/meta/deauthorize", "/webhooks/meta/data-deletion"


def sign(user_id=ALICE, secret=APP_SECRET, **more):
    return signed_request.make({"user_id": user_id, "issued_at": 1, **more}, secret)


@pytest.fixture(autouse=True)
def _secret(settings):
    settings.FACEBOOK_APP_SECRET = APP_SECRET


def test_a_genuine_request_is_read():
    assert signed_request.read(sign("42"), APP_SECRET)["user_id"] == "42"


@pytest.mark.parametrize(
    "forged",
    [
        "",
        ".",
        "a.b",
        "no dot",
        sign(secret="wrong"),
        sign() + "x",
        "x" + sign(),
        sign().replace(".", ".."),
        sign(algorithm="none"),
        sign(algorithm="HMAC-SHA1"),
        sign(algorithm=None),
        sign()[:-3],
        "ü.ü",
        "." + sign().split(".")[1],
        sign().split(".")[0] + "." + sign("other").split(".")[1],
        "A" * 9000,
    ],
)
def test_a_forged_request_changes_nothing(client, forged):
    for address in (LEAVE, DELETE):
        assert client.post(address, {"signed_request": forged}).status_code == 403
    assert not DeletionRequest.objects.exists()


def test_nothing_is_genuine_without_a_secret(client, settings):
    settings.FACEBOOK_APP_SECRET = ""
    assert client.post(DELETE, {"signed_request": sign(secret="x")}).status_code == 403
    assert client.get(DELETE).status_code == 405


def test_removing_us_at_facebook_ends_all_tokens_in_every_restaurant(meta, cast, client):
    Membership.objects.create(user=cast.alice, tenant=cast.bakery, role="owner")
    connect(meta, cast.client(cast.alice), cast.cafe, f"facebook:{KRUSTY}")
    connect(meta, cast.client(cast.alice), cast.bakery, f"facebook:{KRUSTY_TRUCK}")
    signed = signed_request.make({"user_id": ALICE}, "sandbox-app-secret")
    for _ in range(2):
        assert client.post(LEAVE, {"signed_request": signed}).status_code == 200
    for tenant in (cast.cafe, cast.bakery):
        with tenant_context(tenant):
            assert Connection.objects.get().reason == "removed"
            assert not Connection.objects.exclude(token_sealed=None).exists()
            assert not Channel.objects.exclude(token_sealed=None).exists()
            assert Channel.objects.get().state == "needs_reconnect"  # its posts wait, its history stays


def test_deletion_really_deletes_and_says_so(meta, cast, client):
    told = []

    def hear(sender, channels, **more):
        told.extend(channels)

    data_deleted.connect(hear)
    connect(meta, cast.client(cast.alice), cast.cafe)
    response = client.post(
        DELETE, {"signed_request": signed_request.make({"user_id": ALICE}, "sandbox-app-secret")}
    )
    data_deleted.disconnect(hear)
    answer = json.loads(response.content)
    assert set(answer) == {"url", "confirmation_code"} and len(told) == 2
    assert answer["url"] == f"http://127.0.0.1:8000/legal/deletion/{answer['confirmation_code']}/"
    page = client.get(f"/legal/deletion/{answer['confirmation_code']}/").content.decode()
    assert "Everything Facebook gave us about you was deleted" in page and answer["confirmation_code"] in page
    assert not ConnectionEntry.objects.exists() and not ChannelClaim.objects.exists()
    assert Audit.objects.filter(action="connection.deleted_on_request", tenant_id=cast.cafe.pk).count() == 1
    dump = everything(cast)
    for trace in (ALICE, "Alice Romano", "krustypizza", "Krusty Pizza"):
        assert trace not in dump, trace


def everything(cast):
    text = []
    with database.cursor() as cursor:
        for schema, like in ((cast.cafe.schema_name, "social_%"), ("public", "social_%")):
            cursor.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename LIKE %s", [schema, like]
            )
            for (table,) in cursor.fetchall():
                cursor.execute(f'SELECT t::text FROM "{schema}"."{table}" t')
                text += [row[0] for row in cursor.fetchall()]
    return "\n".join(text)


def test_a_request_about_a_stranger_gets_its_receipt_too(client, cast):
    answer = client.post(DELETE, {"signed_request": sign("unknown")}).json()
    receipt = DeletionRequest.objects.get(code=answer["confirmation_code"])
    assert receipt.done_at <= timezone.now() and receipt.connections == 0


@pytest.mark.parametrize("code", ["nonsense", "x" * 300, "%00"])
def test_an_unknown_code_is_a_404(client, cast, code):
    assert client.get(f"/legal/deletion/{code}/").status_code == 404


@pytest.mark.parametrize("user_id", [None, "", {}, [], True])
def test_a_request_without_a_person_is_refused(client, user_id):
    assert client.post(LEAVE, {"signed_request": sign(user_id)}).status_code in (200, 403)
