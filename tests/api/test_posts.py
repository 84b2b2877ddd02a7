"""Editing and following posts by the API, and the news of what became of them."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from content.services import compose_post
from posting import services as posting
from posting.dispatch import engine, ledger
from posting.dispatch.ledger import Change
from posting.models import Insight, Publication
from social.signals import channel_changed
from tenants.access import Actor, Can
from tenants.hooks import services as hooks
from tenants.hooks.models import Event
from tests.posting.conftest import make_channel
from tests.tenants.conftest import Api

BY = Actor.system("test")


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def channel(cast):
    with tenant_context(cast.cafe):
        yield make_channel()


@pytest.fixture
def post(channel, now):
    return compose_post(caption="Pizza day", by=BY, now=now)


@pytest.fixture
def planned(channel, post, now):
    (publication,) = posting.schedule(
        post=post, channels=[channel], publish_at=now + timedelta(days=1), by=BY, now=now
    )
    return publication


@pytest.fixture
def key(cast, make_key):
    return Api(make_key(tenant=cast.cafe))


def change(api, post, body, tag="*"):
    return api.call("PATCH", f"posts/{post.pk}", body, If_Match=tag)


def test_an_edit_reaches_what_is_scheduled_and_a_stale_one_does_not(cast, key, post, planned):
    read = key.get(f"posts/{post.pk}")
    assert read.json()["publications"][0]["id"] == str(planned.pk)
    done = change(key, post, {"caption": "Two for 16"}, read["ETag"])
    assert done.status_code == 200
    assert done.json()["publications"][0]["caption"] == "Two for 16"
    assert change(key, post, {"caption": "Old tab"}, read["ETag"]).status_code == 412
    assert key.call("PATCH", f"posts/{post.pk}", {"caption": "x"}).status_code == 428
    with tenant_context(cast.cafe):
        planned.refresh_from_db()
    assert planned.snapshot["caption"] == "Two for 16"


def test_a_key_that_composes_edits_drafts_and_nothing_scheduled(cast, make_key, post, channel, now):
    cook = Api(make_key(tenant=cast.cafe, scopes=[Can.VIEW, Can.COMPOSE]))
    tester = Api(make_key(tenant=cast.cafe, live=False))
    assert change(cook, post, {"caption": "Draft words"}).status_code == 200
    with tenant_context(cast.cafe):
        post.refresh_from_db()
        posting.schedule(post=post, channels=[channel], publish_at=now + timedelta(days=1), by=BY, now=now)
    assert change(cook, post, {"caption": "Live words"}).json()["code"] == "scope_missing"
    assert change(tester, post, {"caption": "Live words"}).json()["code"] == "test_key"


def test_a_draft_is_deleted_and_a_scheduled_post_is_not(key, post, channel, now):
    other = compose_post(caption="Scheduled", by=BY, now=now)
    posting.schedule(post=other, channels=[channel], publish_at=now + timedelta(days=1), by=BY, now=now)
    assert key.call("DELETE", f"posts/{post.pk}").status_code == 204
    assert key.call("DELETE", f"posts/{other.pk}").status_code == 409


def test_a_publication_is_moved_and_nothing_is_retried_that_did_not_stop(key, planned, now):
    at = (now + timedelta(days=2)).isoformat()
    moved = key.post(f"publications/{planned.pk}/reschedule", {"publish_at": at})
    assert moved.status_code == 200 and moved.json()["status"] == "scheduled"
    assert key.post(f"publications/{planned.pk}/retry").json()["code"] == "nothing_to_retry"
    assert key.post(f"publications/{planned.pk}/answer", {"answer": "there"}).json()["code"] == "answered"
    assert key.post(f"publications/{planned.pk}/answer", {"answer": "maybe"}).status_code == 400


def test_numbers_over_time(key, planned, now):
    for minutes, value in ((0, 3), (60, 9)):
        at = now + timedelta(minutes=minutes)
        Insight.objects.create(publication=planned, metric="likes", value=value, measured_at=at)
    rows = key.get(f"publications/{planned.pk}/insights?metric=likes").json()["data"]
    assert [row["value"] for row in rows] == [9, 3]


@pytest.fixture
def told(cast, receiver, now):
    """The cafe listens; told() is what its program will be sent."""
    hooks.create_endpoint(url=receiver.url, names=["*"], tenant=cast.cafe, by=BY, now=now)
    return lambda: [
        json.loads(body) for body in Event.objects.order_by("created_at").values_list("body", flat=True)
    ]


def test_a_missed_post_is_told_in_the_transaction_that_moves_it(told, planned, cast, now):
    record = ledger.living(planned.pk)
    ledger.write([Change(record, engine.miss(record.row), by="publisher")], now=now)
    (event,) = told()
    assert (event["type"], event["tenant_id"]) == ("publication.needs_owner", str(cast.cafe.pk))
    data = event["data"]
    assert (data["publication_id"], data["status"]) == (str(planned.pk), "needs_you")
    assert data["reason"] and data["reason_code"]
    assert Publication.objects.get().state == "missed"


def test_a_page_that_must_be_reconnected_is_told_once(told, channel, now):
    channel.state, channel.reason = "needs_reconnect", "password"
    for before in ("active", "needs_reconnect"):
        channel_changed.send(sender=type(channel), channel=channel, before=before, by=BY, now=now)
    (event,) = told()
    assert event["type"] == "channel.needs_reconnect"
    assert event["data"] == {
        "account_id": str(channel.pk),
        "platform": "facebook",
        "name": channel.name,
        "reason_code": "password",
    }
