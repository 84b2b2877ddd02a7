"""The calendar beyond its page: last month's structure again, and the feed for one's own calendar program."""
# ruff: noqa: F811 - fixtures are named as arguments

from datetime import date, datetime

from django.utils import timezone
from django_tenants.utils import tenant_context

from content.calendar.models import Calendar
from posting import services
from posting.board import copying, feed, spans
from tests.posting.conftest import ALICE
from tests.posting.test_board import DAY, Within, address, month, owner  # noqa: F401


def test_last_months_structure_keeps_weekdays_times_and_kinds():
    posts = [(datetime(2026, 11, 13, 18, 30), "weekend"), (datetime(2026, 11, 30, 9, 0), "question")]
    found = copying.same_weekdays(posts, spans.month_of(date(2026, 12, 1)))
    assert {day: kind for day, (_at, kind) in found.items()} == {
        date(2026, 12, 11): "weekend"
    }  # no fifth Monday


def test_a_copied_month_has_the_same_kinds(owner, month):
    answer = owner.post(address("copy/"), {"at": spans.month_of(month.first_day).moved(1).key})
    assert answer.status_code == 302
    made = Calendar.objects.recent().first()
    assert made.pk != month.pk
    assert 3 <= made.slots.count() <= 5


def test_the_feed_needs_its_secret_and_ends_when_revoked(cast, owner, cafe, page, write, client):
    client = Within(client, cast.cafe)
    now = timezone.now()
    services.schedule(
        post=write("Basil, tomato; and\nflour"), channels=[page], publish_at=now + DAY, by=ALICE, now=now
    )
    owner.post(address("feed/change/"), {"action": "make"})
    path = feed.address(feed.current()).split("/", 3)[3]
    answer = client.get(f"/{path}")
    body = answer.content.decode()
    assert answer["Content-Type"].startswith("text/calendar")
    assert "SUMMARY:Facebook: Basil\\, tomato\\; and" in body
    assert all(len(line.encode()) <= 75 for line in body.split("\r\n"))
    assert client.get(f"/{path[:-6]}AA.ics").status_code == 404
    assert client.get("/calendar/nonsense.ics").status_code == 404
    owner.post(address("feed/change/"), {"action": "revoke"})
    assert client.get(f"/{path}").status_code == 404


def test_a_feed_of_one_restaurant_never_shows_another(cast, owner, client):
    owner.post(address("feed/change/"), {"action": "make"})
    with tenant_context(cast.cafe):
        token = feed.token_of(feed.current())
    with tenant_context(cast.bakery):
        assert feed.current() is None
        forged = feed.read(token[:20] + token[21:] + "A")
    assert forged is None
