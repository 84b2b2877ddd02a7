"""Partners are told: once in their books, at least once on the wire, and only they can tell it was us."""

import json
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from tenants.access import Actor, Can
from tenants.errors import Refused
from tenants.hooks import delivering, events, services, signing
from tenants.hooks.models import Delivery, DeliveryState, Endpoint, Event, SigningSecret
from tests.api.conftest import genuine
from tests.tenants.conftest import Api

BY = Actor.system("test")
DATA = events.KINDS[events.PUBLISHED].example


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def hook(cast, receiver, now):
    """The cafe's endpoint and its secret."""
    return services.create_endpoint(url=receiver.url, names=["*"], tenant=cast.cafe, by=BY, now=now)


def tell(tenant, now, name=events.PUBLISHED, data=DATA):
    return services.emit(name, data=data, tenant_id=tenant.pk, now=now)


def run(now):
    return delivering.run(clock=lambda: now)


def test_an_event_arrives_signed_after_the_specification(cast, receiver, hook, now):
    _, secret = hook
    assert tell(cast.cafe, now) == 1
    assert run(now) == 1
    (heard,) = receiver.heard
    assert genuine(heard, secret)
    assert not genuine(heard, signing.new_secret())
    body = json.loads(heard.body)
    assert body["id"] == heard.headers["webhook-id"]
    assert (body["type"], body["tenant_id"], body["data"]) == (events.PUBLISHED, str(cast.cafe.pk), DATA)
    assert body["timestamp"].endswith("Z")
    assert Delivery.objects.get().state == DeliveryState.DELIVERED
    assert run(now) == 0


def test_only_those_are_told_who_asked_and_may_know(cast, receiver, hook, now):
    choosy, _ = services.create_endpoint(
        url=receiver.url, names=[events.FAILED], tenant=cast.cafe, by=BY, now=now
    )
    partner, _ = services.create_endpoint(url=receiver.url, names=["*"], partner=cast.pat, by=BY, now=now)
    other, _ = services.create_endpoint(url=receiver.url, names=["*"], tenant=cast.bakery, by=BY, now=now)
    tell(cast.cafe, now)
    told = set(Delivery.objects.values_list("endpoint_id", flat=True))
    assert told == {hook[0].pk, partner.pk}
    cast.pat.tenants.remove(cast.cafe)
    assert tell(cast.cafe, now, events.FAILED) == 2
    assert Delivery.objects.filter(endpoint=other).count() == 0
    assert Delivery.objects.filter(endpoint=choosy).count() == 1


def test_what_is_rolled_back_is_not_told(cast, hook, now):
    with pytest.raises(RuntimeError), transaction.atomic():
        tell(cast.cafe, now)
        raise RuntimeError
    assert not Event.objects.exists()


def test_a_fault_in_telling_does_not_undo_the_work(cast, hook, now, monkeypatch):
    monkeypatch.setattr(services, "_event", partial(dict, 1, 2))
    with transaction.atomic():
        assert tell(cast.cafe, now) == 0
        cast.cafe.name = "Still saved"
        cast.cafe.save()
    cast.cafe.refresh_from_db()
    assert cast.cafe.name == "Still saved"


def test_a_failure_is_repeated_for_three_days_with_the_same_id_and_bytes(cast, receiver, hook, now):
    tell(cast.cafe, now)
    receiver.answers = [(500, {})] * 20
    at = now
    for number in range(1, 11):
        assert run(at) == 1, number
        row = Delivery.objects.get()
        assert row.tries == number
        if row.state != DeliveryState.WAITING:
            break
        assert run(at + timedelta(seconds=1)) == 0
        at = row.next_at
    assert (row.state, number) == (DeliveryState.FAILED, 10)
    assert timedelta(days=2.9) < at - now < timedelta(days=3.5)
    assert len({heard.headers["webhook-id"] for heard in receiver.heard}) == 1
    assert len({heard.body for heard in receiver.heard}) == 1
    assert len({heard.headers["webhook-signature"] for heard in receiver.heard}) == 10


def test_an_address_that_fails_for_three_days_is_switched_off_and_can_be_caught_up(cast, receiver, hook, now):
    endpoint, _ = hook
    tell(cast.cafe, now)
    receiver.answers = [(500, {}), (500, {})]
    run(now)
    later = now + timedelta(days=3, minutes=1)
    tell(cast.cafe, later)
    run(later)
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.disabled_because) == (False, "failing")
    assert tell(cast.cafe, later) == 0
    endpoint = services.change_endpoint(endpoint=endpoint, enabled=True, by=BY, now=later)
    assert services.recover(endpoint=endpoint, since=now, by=BY, now=later) == 2
    assert run(later) == 2
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.DELIVERED}


def test_gone_means_gone(cast, receiver, hook, now):
    tell(cast.cafe, now)
    receiver.answers = [(410, {})]
    run(now)
    assert Endpoint.objects.get().disabled_because == "gone"
    assert Delivery.objects.get().state == DeliveryState.FAILED


def test_a_receiver_may_ask_for_a_pause(cast, receiver, hook, now):
    tell(cast.cafe, now)
    receiver.answers = [(429, {"Retry-After": "3600"})]
    run(now)
    assert Delivery.objects.get().next_at >= now + timedelta(hours=1)


def test_a_redirect_is_not_followed(cast, receiver, hook, now):
    tell(cast.cafe, now)
    receiver.answers = [(302, {"Location": "http://127.0.0.1:1/elsewhere"})]
    run(now)
    row = Delivery.objects.get()
    assert (row.state, row.last_status, len(receiver.heard)) == (DeliveryState.WAITING, 302, 1)


def test_a_worker_that_dies_in_between_costs_a_repeat_and_nothing_else(cast, receiver, hook, now):
    tell(cast.cafe, now)
    (lost,) = delivering.claim(now=now)  # and then kill -9
    assert delivering.claim(now=now) == []
    later = now + delivering.LEASE + timedelta(seconds=1)
    assert run(later) == 1
    assert receiver.heard[0].headers["webhook-id"] == lost.message_id
    # It was not dead, only slow: its result comes too late and changes nothing.
    delivering.record(lost, delivering.Result("refused", 1, 500), now=later)
    assert Delivery.objects.get().state == DeliveryState.DELIVERED


def test_two_workers_share_what_is_due(committed_cast, receiver, now):
    services.create_endpoint(url=receiver.url, names=["*"], tenant=committed_cast.cafe, by=BY, now=now)
    for _ in range(3):
        tell(committed_cast.cafe, now)
    with transaction.atomic():
        first = delivering.claim(now=now, limit=2)
        assert len(first) == 2
    second = delivering.claim(now=now, limit=2)
    assert len(second) == 1
    assert not {p.delivery for p in first} & {p.delivery for p in second}
    Endpoint.objects.all().delete()


def test_a_slow_address_does_not_take_every_place(cast, receiver, hook, now):
    other, _ = services.create_endpoint(url=receiver.url, names=["*"], tenant=cast.bakery, by=BY, now=now)
    for _ in range(30):
        tell(cast.cafe, now)
    tell(cast.bakery, now + timedelta(seconds=1))
    batch = delivering.claim(now=now + timedelta(seconds=2))
    assert len(batch) == delivering.PER_ENDPOINT + 1
    assert other.pk in {parcel.endpoint for parcel in batch}


def test_during_a_rotation_both_secrets_verify_and_afterwards_one(cast, receiver, hook, now):
    endpoint, old = hook
    new = services.rotate_secret(endpoint=endpoint, by=BY, now=now)
    tell(cast.cafe, now)
    run(now)
    assert genuine(receiver.heard[0], old) and genuine(receiver.heard[0], new)
    later = now + services.OVERLAP + timedelta(minutes=1)
    tell(cast.cafe, later)
    run(later)
    assert not genuine(receiver.heard[1], old) and genuine(receiver.heard[1], new)


def test_secrets_are_sealed_and_move_to_the_newest_key(cast, receiver, hook, now, settings):
    _, secret = hook
    row = SigningSecret.objects.get()
    assert secret.removeprefix("whsec_").encode() not in bytes(row.sealed)
    settings.ENCRYPTION_KEY = [("new", b"n" * 32), *settings.ENCRYPTION_KEY]
    services.sweep(now=now)
    settings.ENCRYPTION_KEY = settings.ENCRYPTION_KEY[:1]
    tell(cast.cafe, now)
    run(now)
    assert genuine(receiver.heard[0], secret)


def test_a_sealed_secret_opens_only_in_its_own_row(cast, receiver, hook, now):
    row = SigningSecret.objects.get()
    other, _ = services.create_endpoint(url=receiver.url, names=["*"], tenant=cast.bakery, by=BY, now=now)
    with pytest.raises(signing.Unopenable):
        signing.unseal(row.sealed, row.sealed_by, endpoint=other.pk, row=row.pk)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "https://127.0.0.1/",
        "https://10.0.0.7/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://0/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://me:pw@93.184.215.14/",
        "https://93.184.215.14:6379/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "https://",
        "https://[",
        "https://exämple.invalid/",
    ],
)
def test_no_address_leads_inside(cast, settings, now, url):
    settings.ALLOW_PRIVATE_FETCH = False
    with pytest.raises(Refused):
        services.create_endpoint(url=url, names=["*"], tenant=cast.cafe, by=BY, now=now)


def test_an_address_that_turned_inward_later_is_not_met(cast, receiver, hook, now, settings):
    tell(cast.cafe, now)
    settings.ALLOW_PRIVATE_FETCH = False
    run(now)
    assert receiver.heard == []
    assert Delivery.objects.get().attempts.get().outcome == "unsafe"


def test_a_deleted_restaurant_takes_its_hooks_along(cast, hook, now):
    tell(cast.cafe, now)
    hook[0].delete()
    assert not Delivery.objects.exists()


# --- the API -------------------------------------------------------------------------------------


@pytest.fixture
def key(cast, make_key):
    return Api(make_key(tenant=cast.cafe))


def make(api, url, **more):
    return api.post("webhooks", {"url": url, "events": ["*"], **more})


def test_the_secret_is_shown_once(key, receiver):
    made = make(key, receiver.url)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    read = key.get(f"webhooks/{made.json()['id']}")
    assert "secret" not in read.json()
    assert read["ETag"] == made["ETag"]
    assert key.get(f"webhooks/{made.json()['id']}", If_None_Match=read["ETag"]).status_code == 304


def test_a_test_event_a_log_and_a_replay(key, receiver, now):
    made = make(key, receiver.url).json()
    queued = key.post(f"webhooks/{made['id']}/test")
    assert queued.status_code == 202
    run(timezone.now())
    assert genuine(receiver.heard[0], made["secret"])
    (row,) = key.get(f"webhooks/{made['id']}/deliveries").json()["data"]
    assert (row["state"], row["type"], row["tries"]) == ("delivered", "webhook.test", 1)
    whole = key.get(f"webhooks/{made['id']}/deliveries/{row['id']}").json()
    assert whole["attempts"][0]["status"] == 204
    assert whole["body"].encode() == receiver.heard[0].body
    assert key.post(f"webhooks/{made['id']}/deliveries/{row['id']}/replay").status_code == 202
    run(timezone.now())
    assert receiver.heard[1].headers["webhook-id"] == receiver.heard[0].headers["webhook-id"]


def test_an_edit_says_what_it_read(key, receiver):
    made = make(key, receiver.url)
    path = f"webhooks/{made.json()['id']}"
    assert key.call("PATCH", path, {"enabled": False}).status_code == 428
    first = key.call("PATCH", path, {"enabled": False}, If_Match=made["ETag"])
    assert (first.status_code, first.json()["disabled_because"]) == (200, "owner")
    late = key.call("PATCH", path, {"description": "x"}, If_Match=made["ETag"])
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert key.call("PATCH", path, {"enabled": True}, If_Match="*").json()["enabled"]


def test_a_partners_key_has_hooks_of_its_own_and_of_each_restaurant(pat, cast, key, receiver):
    wide = make(pat, receiver.url).json()
    narrow = make(pat, receiver.url, tenant_id=str(cast.cafe.pk)).json()
    assert (wide["tenant_id"], narrow["tenant_id"]) == (None, str(cast.cafe.pk))
    assert [row["id"] for row in key.get("webhooks").json()["data"]] == [narrow["id"]]
    assert key.get(f"webhooks/{wide['id']}").status_code == 404
    assert [row["id"] for row in pat.get("webhooks").json()["data"]] == [wide["id"]]


def test_another_restaurants_hook_is_nowhere(cast, make_key, key, receiver):
    made = make(key, receiver.url).json()
    stranger = Api(make_key(tenant=cast.bakery))
    for method, tail in (("GET", ""), ("DELETE", ""), ("POST", "/test"), ("GET", "/deliveries")):
        assert stranger.call(method, f"webhooks/{made['id']}{tail}").status_code == 404


def test_looking_is_not_enough(till, receiver, make_key, cast):
    assert till.get("webhooks").json()["code"] == "scope_missing"
    assert Api(make_key(partner=cast.pat, scopes=[Can.VIEW])).get("webhooks").status_code == 403


def test_an_unknown_event_and_an_inner_address_are_refused_with_a_sentence(key, settings):
    assert key.post("webhooks", {"url": "https://a.example", "events": ["x"]}).status_code == 400
    settings.ALLOW_PRIVATE_FETCH = False
    answer = key.post("webhooks", {"url": "https://10.0.0.1/", "events": ["*"]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/url")


def test_rooms_emit_within_their_own_context(cast, hook, now):
    with tenant_context(cast.cafe):
        assert services.emit(events.CALENDAR_READY, data={}, now=now) == 1
    with pytest.raises(ValueError, match="no such event"):
        tell(cast.cafe, now, "made.up")
