"""Webhooks: genuine ones are stored before the 200, once; everything else is refused without a trace."""

import hashlib
import hmac
import json
import random
from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from social import webhooks
from social.models import Channel, Connection
from social.registry.models import ChannelClaim, ConnectionEntry, WebhookDelivery
from social.signals import feed_event
from tests.social.loopback import APP_SECRET

pytestmark = pytest.mark.django_db
URL = "/webhooks/meta"
NOW = timezone.now() + timedelta(hours=1)  # after whatever a test posts


@pytest.fixture(autouse=True)
def _secret(settings):
    settings.FACEBOOK_APP_SECRET = APP_SECRET
    settings.FACEBOOK_WEBHOOK_VERIFY_TOKEN = "let-me-in"


@pytest.fixture
def page_row(cast):
    """A connected Page "77" of the cafe."""
    with tenant_context(cast.cafe):
        connection = Connection.objects.create(
            facebook_user_id="9", connected_by="A", connected_at=NOW, token_sealed=b"x"
        )
        channel = Channel.objects.create(
            connection=connection,
            platform="facebook",
            remote_id="77",
            name="Krusty",
            page_remote_id="77",
            token_sealed=b"x",
            connected_at=NOW,
        )
    ChannelClaim.objects.create(
        platform="facebook",
        remote_id="77",
        tenant=cast.cafe,
        channel=channel.pk,
        connection=connection.pk,
        name="Krusty",
        state="active",
    )
    ConnectionEntry.objects.create(
        tenant=cast.cafe, connection=connection.pk, facebook_user_id="9", state="healthy"
    )
    return channel


@pytest.fixture
def heard():
    events = []

    def hear(sender, channel, field, value, at, **more):
        events.append((str(channel.pk), field, value, at))

    feed_event.connect(hear)
    yield events
    feed_event.disconnect(hear)


def sign(body, secret=APP_SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def post(client, body, signature=None):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(
        URL, body, content_type="application/json", headers={"x-hub-signature-256": signature or sign(body)}
    )


def batch(*values, kind="page", entry="77", field="feed", time=1615407988):
    return {
        "object": kind,
        "entry": [{"id": entry, "time": time, "changes": [{"field": field, "value": v} for v in values]}],
    }


def add(number):
    return {
        "item": "status",
        "verb": "add",
        "post_id": f"77_{number}",
        "published": 1,
        "created_time": 1615407988,
    }


def test_the_handshake_echoes_the_challenge(client):
    response = client.get(
        URL, {"hub.mode": "subscribe", "hub.verify_token": "let-me-in", "hub.challenge": "1158201444"}
    )
    assert (response.status_code, response.content) == (200, b"1158201444")
    assert response["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"hub.mode": "subscribe", "hub.verify_token": "wrong", "hub.challenge": "1"},
        {"hub.mode": "unsubscribe", "hub.verify_token": "let-me-in", "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.verify_token": "let-me-in"},
        {"hub.mode": "subscribe", "hub.verify_token": "lét-me-in", "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.verify_token": "let-me-in", "hub.challenge": "x" * 500},
    ],
)
def test_a_wrong_handshake_is_refused(client, query):
    assert client.get(URL, query).status_code == 403


def test_a_genuine_event_reaches_the_restaurant(client, page_row, heard):
    assert post(client, batch(add(1))).status_code == 200
    assert heard == []  # we answered before doing anything
    assert webhooks.work_off(now=NOW) == 1
    assert heard == [(str(page_row.pk), "feed", add(1), WebhookDelivery.objects.get().sent_at)]
    assert WebhookDelivery.objects.get().outcome == "passed on"


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        "sha256=00",
        "sha1=00",
        sign(b"another body"),
        "sha256=ü",
        "sha256=" + "0" * 64,
        "=",
        "sha256",
    ],
)
def test_a_forged_event_is_refused_and_leaves_nothing(client, page_row, signature):
    body = json.dumps(batch(add(1))).encode()
    response = client.post(
        URL, body, content_type="application/json", headers={"x-hub-signature-256": signature}
    )
    assert response.status_code == 403
    assert not WebhookDelivery.objects.exists()


def test_without_an_app_secret_nothing_is_genuine(client, settings):
    settings.FACEBOOK_APP_SECRET = ""
    body = json.dumps(batch(add(1))).encode()
    assert post(client, body, sign(body, "")).status_code == 403


def test_the_signature_covers_the_bytes_as_they_came(client, page_row, heard):
    body = json.dumps(
        batch({**add(1), "message": "Käse für zwei"})
    ).encode()  # with \\u00e4, as Meta sends it
    assert b"\\u00e4" in body
    assert post(client, body).status_code == 200
    again = json.dumps(json.loads(body), ensure_ascii=False).encode()
    assert post(client, again, sign(body)).status_code == 403
    webhooks.work_off(now=NOW)
    assert heard[0][2]["message"] == "Käse für zwei"


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"[]", b"{}", b'{"entry": 5}', b'{"object":"page"}', b"[" * 100_000, b"\xff\xfe"],
)
def test_a_signed_riddle_is_a_400(client, body):
    assert post(client, body).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b'{"object":"page","entry":[5,null,{"id":{}},{"id":"77","changes":5},{"id":"77","changes":[5,null]}]}',
        b'{"object":"page","entry":[{"id":"77","time":NaN,"changes":[{"field":"feed","value":{"a":Infinity}}]}]}',
        b'{"object":"page","entry":[{"id":"77","time":1e400,"changes":[{"field":"feed","value":{"a":"\\u0000\\ud800"}}]}]}',
        b'{"object":"page","entry":[{"id":"77","time":-5,"changed_fields":["feed",7]}]}',
        b'{"object":5,"entry":[{"id":77,"changes":[{"field":null,"value":[1,"x",null]}]}]}',
        b'{"object":"page","entry":[{"id":"77","changes":[{"field":"feed","value":'
        + b'{"a":' * 60
        + b"1"
        + b"}" * 60
        + b"}]}]}",
    ],
)
def test_odd_values_are_stored_or_skipped_but_never_an_error(client, page_row, body):
    assert post(client, body).status_code == 200
    webhooks.work_off(now=NOW)
    assert not WebhookDelivery.objects.filter(done_at=None).exists()


def test_a_too_large_body_is_refused(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert post(client, b"x" * 1001).status_code == 413


def test_duplicates_in_any_order_arrive_once_each(client, page_row, heard):
    """`make bench-webhooks` does it with 10,000 over HTTP."""
    bodies = [json.dumps(batch(*(add(n) for n in range(start, start + 100)))).encode() for start in (0, 50)]
    bodies += [json.dumps(batch(add(n))).encode() for n in range(10)]
    bodies *= 3
    random.Random(7).shuffle(bodies)
    for body in bodies:
        assert post(client, body).status_code == 200
    assert WebhookDelivery.objects.count() == 150
    while webhooks.work_off(now=NOW, most=40):
        pass
    assert len({value["post_id"] for _pk, _field, value, _at in heard}) == len(heard) == 150


def test_a_batch_of_a_thousand_costs_few_queries(client, page_row, django_assert_max_num_queries):
    body = json.dumps(batch(*(add(n) for n in range(1000)))).encode()
    with django_assert_max_num_queries(10):
        assert post(client, body).status_code == 200


def test_an_event_of_nobody_is_done_and_forgotten(client, cast, heard):
    post(client, batch(add(1), entry="404"))
    webhooks.work_off(now=NOW)
    assert (WebhookDelivery.objects.get().outcome, heard) == ("nobody", [])


def test_a_failing_receiver_is_tried_again_and_stops_nobody_else(client, page_row, heard, cast):
    page_tenant = cast.cafe

    def fail(sender, value, **more):
        if value["post_id"] == "77_1":
            Connection.objects.update(name="half done")
            raise RuntimeError("receiver down")

    feed_event.connect(fail)
    try:
        post(client, batch(add(1), add(2)))
        webhooks.work_off(now=NOW)
        waiting = WebhookDelivery.objects.get(done_at=None)
        assert (waiting.tries, waiting.outcome) == (1, "RuntimeError")
        with tenant_context(page_tenant):
            assert Connection.objects.get().name == ""  # what the failing receiver wrote is undone
        assert WebhookDelivery.objects.get(outcome="passed on").value["post_id"] == "77_2"
        later = NOW
        for _ in range(10):
            later += timedelta(days=1)
            webhooks.work_off(now=later)
        assert not WebhookDelivery.objects.filter(done_at=None).exists()
    finally:
        feed_event.disconnect(fail)


def test_old_deliveries_are_swept_and_waiting_ones_kept(client, page_row):
    post(client, batch(add(1)))
    webhooks.work_off(now=NOW)
    post(client, batch(add(2)))
    assert webhooks.sweep(now=NOW + timedelta(days=6)) == 0
    assert webhooks.sweep(now=NOW + timedelta(days=8)) == 1
    assert WebhookDelivery.objects.count() == 1


def test_a_changed_permission_asks_for_a_check_and_a_goodbye_marks_at_once(client, page_row, cast):
    post(client, batch({"verb": "revoked"}, kind="permissions", entry="9", field="pages_manage_posts"))
    webhooks.work_off(now=NOW)
    assert ConnectionEntry.objects.get().next_check_at == NOW
    gone = batch({"verb": "revoked"}, kind="permissions", entry="9", field="connected", time=NOW.timestamp())
    post(client, gone)
    webhooks.work_off(now=NOW)
    with tenant_context(cast.cafe):
        connection = Connection.objects.get()
        assert (connection.state, connection.reason, connection.token_sealed) == ("revoked", "removed", None)
        assert Channel.objects.get().state == "needs_reconnect"


def test_an_old_goodbye_ends_no_newer_connection_but_is_looked_into(client, page_row, cast):
    """Meta repeats for 36 hours; the owner may have come back meanwhile."""
    post(client, batch({"verb": "revoked"}, kind="permissions", entry="9", field="connected"))
    webhooks.work_off(now=NOW)
    with tenant_context(cast.cafe):
        assert Connection.objects.get().state == "healthy"
    assert ConnectionEntry.objects.get().next_check_at == NOW
