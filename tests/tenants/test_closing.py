"""An owner closes the restaurant: said plainly before, done at once, and nobody gets in afterwards."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from django_tenants.utils import tenant_context

from content.services import compose_post
from posting.models import Publication, Transition
from posting.services import schedule
from posting.states import State
from social import tasks
from social.models import Channel
from tenants.access import Actor
from tenants.models import ApiKey, Audit, Tenant
from tenants.services.keys import create_key
from tests.posting.conftest import make_channel

pytestmark = pytest.mark.django_db
CLOSE = "/r/cafe/settings/close/"


@pytest.fixture
def planned(cast):
    now, by = timezone.now(), Actor.of(cast.alice)
    with tenant_context(cast.cafe):
        channel = make_channel(name="Krusty Page")
        post = compose_post(caption="Pizza day", by=by, now=now)
        (made,) = schedule(post=post, channels=[channel], publish_at=now + timedelta(days=2), by=by, now=now)
    return made


def test_the_page_says_what_happens_and_another_name_closes_nothing(cast, planned):
    alice = cast.client(cast.alice)
    text = alice.get(CLOSE).text
    assert "1 scheduled post is cancelled." in text and "Krusty Page" in text
    assert "Close the restaurant" in alice.get("/r/cafe/settings/").text
    answer = alice.post(CLOSE, {"name": "Corner Bakery"})
    assert answer.status_code == 422 and "write its name exactly: Krusty Cafe" in answer.text
    assert Tenant.objects.get(slug="cafe").closed_at is None


def test_closing_cancels_the_posts_ends_all_access_and_tells_the_owners(
    cast, planned, monkeypatch, django_capture_on_commit_callbacks
):
    _key, text = create_key(
        tenant=cast.cafe, name="Till", scopes=["view"], by=Actor.of(cast.alice), now=timezone.now()
    )
    monkeypatch.setattr(tasks.leave_closed, "wake", lambda **_: tasks.leave_closed.run())
    monkeypatch.setattr("social.services.channels.GraphClient.revoke", lambda *_: None)
    alice = cast.client(cast.alice)
    with django_capture_on_commit_callbacks(execute=True):
        answer = alice.post(CLOSE, {"name": " krusty  cafe "})
    assert (answer.status_code, answer["Location"]) == (302, "/restaurants/")
    assert (
        alice.get("/r/cafe/").status_code == 404 and cast.client(cast.bob).get("/r/cafe/").status_code == 404
    )
    heads = {"authorization": f"Bearer {text}"}
    assert cast.client().get("/api/v1/accounts", headers=heads).status_code == 401
    assert not ApiKey.objects.filter(tenant=cast.cafe, revoked_at=None).exists()
    with tenant_context(cast.cafe):
        assert Publication.objects.get().state == State.CANCELLED
        assert Transition.objects.last().reason_code == "closed"
        assert {channel.state for channel in Channel.objects.all()} == {"disconnected"}
    assert Audit.objects.filter(action="restaurant.closed", tenant_id=cast.cafe.pk).exists()
    assert [message.to for message in mail.outbox] == [["alice@example.com"]]
    assert "is closed" in mail.outbox[0].subject
    assert cast.client(cast.charlie).get("/r/bakery/").status_code == 200


def test_only_an_owner_sees_or_does_it(cast, planned):
    for person in (cast.bob, cast.vera):
        assert cast.client(person).get(CLOSE).status_code == 403
        assert cast.client(person).post(CLOSE, {"name": "Krusty Cafe"}).status_code == 403
    assert cast.client(cast.charlie).get(CLOSE).status_code == 404
