"""The list of posts by reach, interactions or comments: the highest first, page by page, nothing twice."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from content.services import compose_post
from posting.api_history import SORTS, NumberPages
from posting.measured import Figures
from posting.models import Publication
from posting.states import State
from tenants.access import Actor
from tests.posting.conftest import make_channel
from tests.tenants.conftest import Api

BY = Actor.system("test")
COLUMNS = ("reach", "engagement", "comments")


def publish(channel, *numbers, state=State.PUBLISHED):
    """A publication for each (reach, engagement, comments); None: not yet known."""
    now = timezone.now()
    post = compose_post(caption="Pizza day", by=BY, now=now)
    made = Publication.objects.bulk_create(
        Publication(
            post=post, channel=channel, kind="fb_text", publish_at=now - timedelta(hours=n), zone="UTC",
            local_at="2026-11-01T18:00",
            not_after=now + timedelta(hours=1), state=state, published_at=now, snapshot={"caption": "x"},
            created_by="Alice", created_at=now,
        )
        for n, _row in enumerate(numbers)
    )  # fmt: skip
    Figures.objects.bulk_create(
        Figures(publication=one, measured_at=now, **dict(zip(COLUMNS, row, strict=True)))
        for one, row in zip(made, numbers, strict=True)
    )
    return [str(one.pk) for one in made]


@pytest.fixture
def channel(cast):
    with tenant_context(cast.cafe):
        yield make_channel()


@pytest.fixture
def history(cast, make_key):
    api = Api(make_key(tenant=cast.cafe))
    return lambda query="": api.get(f"tenants/{cast.cafe.pk}/posts{query}")


def test_each_order_shows_the_highest_first_and_only_what_is_known(history, channel):
    a, b, c = publish(channel, (5, 10, None), (50, 1, 2), (None, 3, 9))
    publish(channel, (99, 99, 99), state=State.CANCELLED)
    for sort, wanted in (("reach", [b, a]), ("interactions", [a, c, b]), ("comments", [c, b])):
        body = history(f"?sort={sort}").json()
        assert [row["id"] for row in body["data"]] == wanted, sort
        assert body["next_cursor"] is None
    assert [row["id"] for row in history().json()["data"]] == [a, b, c], "without it as ever: by time"
    first = history("?sort=reach").json()["data"][0]
    assert first["engagement"] == {"reach": 50, "comments": 2}


def test_pages_follow_each_other_through_equal_numbers(history, channel):
    made = publish(channel, *[(7 if n % 3 else n, 1, 1) for n in range(23)])
    seen, query = [], "?sort=reach&limit=5"
    while query:
        answer = history(query)
        rows = answer.json()["data"]
        seen += [(row["engagement"]["reach"], row["id"]) for row in rows]
        following = answer.json()["next_cursor"]
        assert ("Link" in answer.headers) is bool(following)
        query = f"?sort=reach&limit=5&cursor={following}" if following else ""
    assert seen == sorted(seen, key=lambda row: (-row[0], [-ord(c) for c in row[1]])) and len(seen) == 23
    assert {row[1] for row in seen} == set(made)


def test_an_account_narrows_it_and_a_status_that_has_no_numbers_finds_nothing(cast, history, channel):
    publish(channel, (5, 5, 5))
    with tenant_context(cast.cafe):
        other = make_channel(remote_id="9")
        (theirs,) = publish(other, (3, 3, 3))
    found = history(f"?sort=reach&account_id={other.pk}").json()["data"]
    assert [row["id"] for row in found] == [theirs]
    assert history("?sort=reach&status=scheduled").json()["data"] == []


def test_a_wrong_order_and_a_cursor_of_another_one_are_refused(history, channel):
    publish(channel, *[(n, n, n) for n in range(4)])
    refused = history("?sort=engagement")
    assert refused.status_code == 400 and "comments, interactions, reach" in refused.json()["detail"]
    ours = history("?sort=reach&limit=1").json()["next_cursor"]
    by_time = history("?limit=1").json()["next_cursor"]
    for query in (f"?sort=comments&cursor={ours}", f"?cursor={ours}", f"?sort=reach&cursor={by_time}",
                  "?sort=reach&cursor=x", "?sort=reach&cursor=WyJyZWFjaCIsLTEsImEiXQ"):  # fmt: skip
        answer = history(query)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor"), query


@pytest.mark.parametrize("sort", SORTS)
def test_an_index_serves_every_page(channel, sort):
    publish(channel, *[(n, n, n) for n in range(300)])
    pages = NumberPages(sort)
    rows = list(pages.ranked(Publication.objects.all())[:5])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE posting_figures")
        cursor.execute("SET LOCAL enable_sort = off")  # so few rows would be sorted faster
    for place in ("", pages._cursor(rows[-1])):
        plan = pages.ranked(Publication.objects.all(), place)[:6].explain()
        assert f"figures_by_{SORTS[sort]}" in plan and "Sort" not in plan, plan
