"""A person removes us, or asks for deletion: only Facebook's signature counts, and it is really done."""

import json
import time
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone
from django_tenants.utils import tenant_context

from social import signed_request, tasks
from social.models import Channel, Connection
from social.registry.models import (
    ChannelClaim,
    ConnectionEntry,
    DeletionRequest,
    OAuthState,
    TenantDataKey,
    WebhookDelivery,
)
from social.services import go_on_deleting, leave_restaurant
from social.signals import channel_changed, data_deleted
from tenants.context import current_tenant
from tenants.models import Audit, Membership, Tenant
from tests.sandbox_process import ALICE, KRUSTY, KRUSTY_TRUCK
from tests.social.loopback import APP_SECRET
from tests.social.owner import connect, log_in, start

pytestmark = pytest.mark.django_db
LEAVE, DELETE = "/webhooks/meta/deauthorize", "/webhooks/meta/data-deletion"


def sign(user_id=ALICE, secret=APP_SECRET, **more):
    return signed_request.make({"user_id": user_id, "issued_at": int(time.time()), **more}, secret)


@pytest.fixture(autouse=True)
def _secret(settings):
    settings.FACEBOOK_APP_SECRET = APP_SECRET


def test_a_genuine_request_is_read():
    assert signed_request.read(sign("42"), APP_SECRET, now=timezone.now())["user_id"] == "42"


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
        *(sign(issued_at=odd) for odd in (None, 0, -1, True, "today", float("nan"), 10**40, 1_600_000_000)),
        sign(issued_at=int(time.time()) - 86_401),
    ],
)
def test_a_forged_or_stale_request_changes_nothing(client, forged):
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
    signed = sign(secret="sandbox-app-secret")
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
    response = client.post(DELETE, {"signed_request": sign(secret="sandbox-app-secret")})
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


@pytest.fixture
def twice(meta, cast):
    """Alice's login in the cafe and in the bakery."""
    Membership.objects.create(user=cast.alice, tenant=cast.bakery, role="owner")
    connect(meta, cast.client(cast.alice), cast.cafe, f"facebook:{KRUSTY}")
    connect(meta, cast.client(cast.alice), cast.bakery, f"facebook:{KRUSTY_TRUCK}")
    return lambda **more: sign(secret="sandbox-app-secret", **more)


def broken_at(tenant):
    """A receiver above that fails in one restaurant."""

    def fail(sender, **more):
        if current_tenant() == tenant:
            raise RuntimeError("this restaurant is broken")

    return fail


def test_one_restaurant_that_fails_keeps_no_other_from_being_deauthorized(twice, cast, client):
    fail = broken_at(cast.cafe)
    channel_changed.connect(fail)
    try:
        assert client.post(LEAVE, {"signed_request": twice()}).status_code == 200
    finally:
        channel_changed.disconnect(fail)
    with tenant_context(cast.bakery):
        assert Connection.objects.get().reason == "removed"
    with tenant_context(cast.cafe):
        assert Connection.objects.get().state == "healthy"  # as a whole, not half
    assert ConnectionEntry.objects.get(tenant=cast.cafe).next_check_at <= timezone.now()


def test_one_restaurant_that_fails_keeps_no_other_from_being_deleted_and_is_deleted_later(
    twice, cast, client
):
    fail = broken_at(cast.cafe)
    data_deleted.connect(fail)
    try:
        answer = client.post(DELETE, {"signed_request": twice()})
    finally:
        data_deleted.disconnect(fail)
    assert answer.status_code == 200
    with tenant_context(cast.bakery):
        assert Connection.objects.get().facebook_user_id == ""
    with tenant_context(cast.cafe):
        assert Connection.objects.get().facebook_user_id == ALICE
    receipt = DeletionRequest.objects.get()
    assert "Under way" in client.get(f"/legal/deletion/{receipt.code}/").content.decode()
    assert go_on_deleting(now=timezone.now()) == 0  # not at once: what failed may need a moment
    assert go_on_deleting(now=timezone.now() + timedelta(minutes=16)) == 1
    receipt.refresh_from_db()
    assert (receipt.connections, receipt.channels) == (2, 2) and receipt.done_at
    with tenant_context(cast.cafe):
        assert Connection.objects.get().facebook_user_id == ""
    assert ALICE not in everything(cast)


def came_back(cast, minutes):
    with tenant_context(cast.cafe):
        Connection.objects.update(connected_at=timezone.now() + timedelta(minutes=minutes))


def test_a_replayed_request_does_nothing_to_what_was_connected_since(twice, cast, client):
    old = twice()
    came_back(cast, minutes=5)
    client.post(LEAVE, {"signed_request": old})
    with tenant_context(cast.cafe):
        assert Connection.objects.get().state == "healthy"
    assert ConnectionEntry.objects.get(tenant=cast.cafe).next_check_at <= timezone.now()  # Facebook knows
    with tenant_context(cast.bakery):
        assert Connection.objects.get().reason == "removed"
    first, again = (client.post(DELETE, {"signed_request": old}).json() for _ in range(2))
    assert first == again and DeletionRequest.objects.count() == 1
    with tenant_context(cast.cafe):
        assert Connection.objects.get().facebook_user_id == ALICE
    assert ConnectionEntry.objects.get().deletion is None
    assert DeletionRequest.objects.get().connections == 1


def test_what_guests_wrote_to_the_page_is_deleted_too(meta, cast, client):
    connect(meta, cast.client(cast.alice), cast.cafe)
    now = timezone.now()
    for number, (kind, entry) in enumerate([("page", KRUSTY), ("permissions", ALICE), ("page", "1")]):
        WebhookDelivery.objects.create(
            digest=bytes([number]), object=kind, entry_id=entry, received_at=now, retry_at=now, done_at=now
        )
    client.post(DELETE, {"signed_request": sign(secret="sandbox-app-secret")})
    assert [row.entry_id for row in WebhookDelivery.objects.all()] == ["1"]


def test_a_closed_restaurant_keeps_no_channel_no_token_and_no_key(meta, cast, monkeypatch):
    alice = cast.client(cast.alice)
    connect(meta, alice, cast.cafe)
    start(alice, cast.cafe)  # and somebody is on the way to Facebook
    Tenant.objects.filter(pk=cast.cafe.pk).update(closed_at=timezone.now())
    monkeypatch.setattr(tasks.leave_closed, "wake", lambda **_: tasks.leave_closed.run())
    monkeypatch.setattr(tasks.check_connection, "wake", lambda **_: pytest.fail("nothing is left to check"))
    tasks.check_tokens()
    with tenant_context(cast.cafe):
        assert {row.state for row in Channel.objects.all()} == {"disconnected"}
        assert not Channel.objects.exclude(token_sealed=None).exists()
        assert not Connection.objects.exclude(token_sealed=None).exists()
    assert not ChannelClaim.objects.exists() and not OAuthState.objects.exists()
    assert not TenantDataKey.objects.filter(tenant=cast.cafe).exists()
    assert [row for row in meta.calls() if row["method"] == "DELETE" and "permissions" in row["path"]]
    monkeypatch.setattr(tasks.leave_closed, "wake", lambda **_: pytest.fail("that is done"))
    tasks.check_tokens()


def test_a_login_never_chosen_from_is_forgotten_with_its_restaurant_and_another_restaurant_goes_on(
    meta, cast
):
    Membership.objects.create(user=cast.alice, tenant=cast.bakery, role="owner")
    connect(meta, cast.client(cast.alice), cast.bakery, f"facebook:{KRUSTY}")
    log_in(meta, cast.client(cast.alice), cast.cafe)
    assert leave_restaurant(tenant=cast.cafe, now=timezone.now()) == 0
    with tenant_context(cast.cafe):
        assert Connection.objects.get().token_sealed is None
    assert not [row for row in meta.calls() if row["method"] == "DELETE" and "permissions" in row["path"]]
    with tenant_context(cast.bakery):
        assert Channel.objects.publishable().count() == 1


def test_a_restaurant_that_was_opened_again_is_left_alone(meta, cast):
    connect(meta, cast.client(cast.alice), cast.cafe)
    with tenant_context(cast.cafe):
        tasks.leave_closed.run()
        assert Channel.objects.publishable().count() == 2
