"""An owner adds an address, sees what was sent, and is told when it was switched off."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from tenants.access import Actor
from tenants.hooks import delivering, events, services
from tenants.hooks.models import Endpoint
from tenants.notices.models import Notice

BY = Actor.system("test")
HOME = "/r/cafe/settings/webhooks/"


@pytest.fixture
def alice(cast):
    return cast.client(cast.alice)


def add(client, url):
    return client.post(HOME, {"url": url, "events": list(events.KINDS), "description": "Till"})


def test_an_owner_adds_tests_reads_and_removes_one(alice, receiver):
    made = add(alice, receiver.url)
    assert made.status_code == 200 and re.search(rb"whsec_[\w+/=]{40,}", made.content)
    endpoint = Endpoint.objects.get()
    assert endpoint.events == ["*"]
    page = f"{HOME}{endpoint.pk}/"
    assert b"whsec_" not in alice.get(page).content
    alice.post(f"{page}test/")
    delivering.run(clock=timezone.now)
    shown = alice.get(page).content.decode()
    assert "webhook.test" in shown and "Delivered" in shown and "204" in shown
    delivery = endpoint.deliveries.get()
    alice.post(f"{page}deliveries/{delivery.pk}/replay/")
    delivering.run(clock=timezone.now)
    assert len(receiver.heard) == 2
    assert b"whsec_" in alice.post(f"{page}secret/").content
    alice.post(f"{page}off/")
    assert b"Switch on" in alice.get(page).content
    alice.post(f"{page}delete/")
    assert not Endpoint.objects.exists()


def test_wrong_input_stays_on_the_page_with_a_sentence(alice, settings):
    settings.ALLOW_PRIVATE_FETCH = False
    refused = add(alice, "https://10.0.0.1/hooks")
    assert refused.status_code == 422 and b"not on the public internet" in refused.content
    assert alice.post(HOME, {"url": "https://a.example/", "events": []}).status_code == 422


def test_events_are_chosen_and_changed(alice, receiver):
    add(alice, receiver.url)
    endpoint = Endpoint.objects.get()
    form = {"url": receiver.url, "events": [events.FAILED], "description": ""}
    assert alice.post(f"{HOME}{endpoint.pk}/", form).status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.events, endpoint.version) == ([events.FAILED], 2)


def test_anothers_webhook_is_not_there(cast, receiver):
    endpoint, _ = services.create_endpoint(
        url=receiver.url, names=["*"], tenant=cast.bakery, by=BY, now=timezone.now()
    )
    alice = cast.client(cast.alice)
    assert alice.get(f"{HOME}{endpoint.pk}/").status_code == 404
    assert alice.post(f"{HOME}{endpoint.pk}/delete/").status_code == 404


def fail_for_three_days(owner, receiver):
    now = timezone.now()
    endpoint, _ = services.create_endpoint(url=receiver.url, names=["*"], **owner, by=BY, now=now)
    for at in (now, now + timedelta(days=3, minutes=1)):
        services.send_test(endpoint=endpoint, by=BY, now=at)
        receiver.answers.append((500, {}))
        receiver.answers.append((500, {}))
        delivering.run(clock=lambda at=at: at)
    endpoint.refresh_from_db()
    assert endpoint.disabled_because == "failing"
    return endpoint


def test_owners_are_told_that_it_was_switched_off_until_it_is_on_again(cast, alice, receiver):
    endpoint = fail_for_three_days({"tenant": cast.cafe}, receiver)
    notice = Notice.objects.get()
    assert receiver.url in notice.sentence and notice.link == f"{HOME}{endpoint.pk}/"
    alice.post(f"{HOME}{endpoint.pk}/on/")
    notice.refresh_from_db()
    assert notice.resolved_at
    assert b"missed again" in alice.get(f"{HOME}{endpoint.pk}/").content
    receiver.answers.clear()
    alice.post(f"{HOME}{endpoint.pk}/recover/")
    delivering.run(clock=timezone.now)
    assert set(endpoint.deliveries.values_list("state", flat=True)) == {"delivered"}


def test_a_partner_is_written_to(cast, receiver, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        fail_for_three_days({"partner": cast.pat}, receiver)
    (letter,) = mail.outbox
    assert letter.to == ["pat@example.com"] and "/recover" in letter.body
