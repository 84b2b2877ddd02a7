"""A program hears what the composer shows before scheduling: clashes and repetition, as warnings that stop nothing."""
# ruff: noqa: F811 - fixtures are named as arguments

from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context

from posting.slots.services import add_slots
from tests.api.test_posts import BY, channel, key  # noqa: F401 - shared fixtures
from tests.posting.conftest import make_channel

DAY = timedelta(days=1)


@pytest.fixture
def at():
    return (timezone.now() + 3 * DAY).replace(microsecond=0)


def schedule(key, channel, caption, when, **more):
    body = {"account_id": str(channel.pk), "caption": caption, "publish_at": when.isoformat()} | more
    answer = key.post("posts/schedule", body)
    assert answer.status_code == 202, answer.text
    return answer.json()


def test_a_post_that_meets_nothing_has_no_warnings(key, channel, at):
    assert schedule(key, channel, "Soup of the day is lentil, come early", at)["warnings"] == []


def test_the_same_words_are_told_with_the_other_post(key, channel, at):
    first = schedule(key, channel, "Margherita night: two for one until ten", at)
    again = schedule(key, channel, "Margherita night: two for one until ten", at + DAY)
    clash, *rest = again["warnings"]
    assert (clash["code"], clash["field"]) == ("clash_same", "publish_at")
    assert (clash["post_id"], clash["publication_id"]) == (first["id"], first["publications"][0]["id"])
    assert clash["account_id"] == str(channel.pk)
    assert "are planned for Krusty on facebook already" in clash["sentence"]
    assert [one["code"] for one in rest] == ["repeats"]
    assert rest[0]["account_id"] is rest[0]["post_id"] is rest[0]["publication_id"] is None


def test_another_post_within_half_an_hour_is_told_for_the_account_it_meets(cast, key, channel, at):
    with tenant_context(cast.cafe):
        other = make_channel("facebook", "900")
    schedule(key, channel, "Lentil soup today", at)
    body = {
        "account_ids": [str(channel.pk), str(other.pk)],
        "caption": "Fresh bread from seven in the morning",
        "publish_at": (at + timedelta(minutes=20)).isoformat(),
    }
    (clash,) = key.post("posts/schedule", body).json()["warnings"]
    assert (clash["code"], clash["account_id"]) == ("clash_close", str(channel.pk))


def test_publishing_now_and_a_scheduled_draft_warn_too_and_a_draft_does_not(key, channel):
    soon = timezone.now() + timedelta(minutes=10)
    schedule(key, channel, "Lentil soup today", soon)
    body = {"account_id": str(channel.pk), "caption": "Lentil soup today"}
    draft = key.post("posts/create", body | {"draft": True}).json()
    assert draft["warnings"] == []
    now = key.post("posts/create", body)
    assert now.status_code == 202 and now.json()["warnings"][0]["code"] == "clash_same"
    given = {"post_id": draft["id"], "account_id": str(channel.pk), "publish_at": (soon + DAY).isoformat()}
    later = key.post("posts/schedule", given)
    assert later.status_code == 202 and later.json()["warnings"][0]["code"] == "clash_same"


def test_each_accounts_own_next_time_is_what_counts(cast, key, channel):
    now = timezone.now()
    with tenant_context(cast.cafe):
        add_slots(channel=channel, weekdays=range(7), at=time(18), by=BY, now=now)
    body = {"account_id": str(channel.pk), "when": "next_slot"}
    key.post("posts/schedule", body | {"caption": "Lentil soup today"})
    second = key.post("posts/schedule", body | {"caption": "Fresh bread from seven in the morning"})
    assert second.status_code == 202 and second.json()["warnings"] == []


def test_warnings_cost_the_same_with_a_full_calendar(key, channel, at):
    def asked(number):
        with CaptureQueriesContext(
            connection,
        ) as found:
            schedule(key, channel, f"A quite different sentence about dish {number}", at + number * DAY)
        return len(found)

    first = asked(1)
    for number in range(2, 8):
        schedule(key, channel, f"Again other words, number {number}", at + number * DAY)
    assert asked(9) <= first + 2
