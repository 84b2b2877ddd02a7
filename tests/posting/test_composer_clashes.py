"""The composer says before anything is scheduled that the same thing, or another one, stands there already."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from content.models import Post
from posting.models import Publication
from posting.services import schedule
from posting.slots.services import add_slots
from social.models import Channel
from tenants.models import Tenant
from tests.posting.conftest import ALICE, make_channel
from tests.posting.test_composer import at_home, form, later

SAME = "planned for Krusty on facebook already"
CLOSE = "close to it"


@pytest.fixture
def alice(cast: Any, cafe: Tenant) -> Client:
    return at_home(cast.alice, cafe)


def checks(alice: Client, cafe: Tenant, post: Post, *channels: Channel, **fields: str) -> str:
    given = {"channel": [str(one.pk) for one in channels], "when": "later"} | fields
    return alice.get(f"/r/{cafe.slug}/compose/{post.pk}/checks/", given).text


def test_the_same_words_or_another_post_at_that_time_are_told_with_the_way_to_it(
    alice: Client, cafe: Tenant, page: Channel, write: Callable[..., Post]
) -> None:
    (first,) = schedule(
        post=write("Pizza day"), channels=[page], publish_at=timezone.now() + timedelta(hours=48), by=ALICE,
        now=timezone.now(),
    )  # fmt: skip
    twin = write("Pizza day")
    text = checks(alice, cafe, twin, page, publish_at=later(100))
    assert SAME in text and CLOSE not in text
    assert f"/posts/{first.post_id}/" in text and "Chicago" in text
    text = checks(alice, cafe, write("Pasta day"), page, publish_at=later(48))
    assert SAME not in text and CLOSE in text
    assert "planned" not in checks(alice, cafe, twin, make_channel(remote_id="999"), publish_at=later(48))


def test_with_the_next_free_time_that_time_is_looked_at(
    alice: Client, cafe: Tenant, page: Channel, write: Callable[..., Post]
) -> None:
    now, five_hours_on = timezone.now(), later(5)
    add_slots(channel=page, weekdays=range(7), at=time.fromisoformat(five_hours_on[11:]), by=ALICE, now=now)
    schedule(post=write("Now"), channels=[page], publish_at=now + timedelta(minutes=6), by=ALICE, now=now)
    other = write("Other words")
    assert CLOSE in checks(alice, cafe, other, page, when="now")
    assert CLOSE not in checks(alice, cafe, other, page, when="next")
    at = now + timedelta(hours=5, minutes=10)
    schedule(post=write("Beside it"), channels=[page], publish_at=at, by=ALICE, now=now)
    assert CLOSE in checks(alice, cafe, other, page, when="next")


def test_who_schedules_all_the_same_is_told_once_more_and_not_stopped(
    alice: Client, cafe: Tenant, page: Channel, write: Callable[..., Post]
) -> None:
    now = timezone.now()
    schedule(
        post=write("Pizza day"), channels=[page], publish_at=now + timedelta(hours=30), by=ALICE, now=now
    )
    answer = alice.post(
        f"/r/{cafe.slug}/compose/", form(page, caption="Pizza day", publish_at=later(60)), follow=True
    )
    assert SAME in answer.text
    assert Publication.objects.count() == 2


def test_three_channels_cost_no_more_queries_than_one(
    alice: Client, cafe: Tenant, page: Channel, write: Callable[..., Post]
) -> None:
    post, channels = write("Pizza day"), [page, make_channel(remote_id="8"), make_channel(remote_id="9")]
    counts = []
    for chosen in ([page], channels):
        checks(alice, cafe, post, *chosen, publish_at=later(48))
        with CaptureQueriesContext(connection) as queries:
            checks(alice, cafe, post, *chosen, publish_at=later(48))
        counts.append(len(queries))
    assert counts[0] == counts[1]
