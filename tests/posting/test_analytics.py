"""What pages and files say about measured numbers: exactly what was measured, or that it is not yet known."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from content.models import MenuItem, Post
from posting.analytics import best_times, charts, ranges, what_worked
from posting.analytics.dashboard import dashboard, head
from posting.analytics.export import plain
from posting.measured import ChannelDay, Figures
from posting.models import Publication
from posting.states import State
from posting.surfaces import Kind
from tests.posting.conftest import make_channel

NOW = datetime.now(tz=UTC)


def make_post(channel, at, *, caption="Pizza", kind=Kind.FB_PHOTO, dish=None, **figures):
    post = Post.objects.create(
        caption=caption,
        menu_item=dish,
        created_by="Alice",
        updated_by="Alice",
        created_at=at,
        updated_at=at,
    )
    publication = Publication.objects.create(
        post=post,
        channel=channel,
        kind=kind,
        publish_at=at,
        local_at="2026-11-24T18:00",
        zone="America/Chicago",
        not_after=at + timedelta(hours=2),
        state=State.PUBLISHED,
        snapshot={"caption": caption},
        created_by="Alice",
        created_at=at,
        published_at=at,
        permalink="https://example.com/p/1",
    )
    if figures:
        Figures.objects.create(publication=publication, measured_at=NOW, **figures)
    return publication


def make_dish(name):
    return MenuItem.objects.create(
        name=name, section="Pizza", price=9, currency="USD", created_at=NOW, updated_at=NOW
    )


def days(tenant, count):
    return ranges.last_days(count, tenant=tenant, now=NOW)


@pytest.fixture
def alice(cast):
    return cast.client(cast.alice)


# --- sums and changes ----------------------------------------------------------------------------


def test_the_sentence_says_posts_people_and_change(cafe, cast, alice):
    channel = make_channel()
    make_post(channel, NOW - timedelta(hours=1), reach=3000, likes=7, engagement=9)
    make_post(channel, NOW - timedelta(days=2), reach=1210, likes=1, engagement=1)
    make_post(channel, NOW - timedelta(days=9), reach=3759)
    top = head(days(cafe, 7))
    assert (top.totals.posts.value, top.totals["reach"].value, top.totals["reach"].change) == (2, 4210, 12)
    page = alice.get("/r/cafe/").content.decode()
    assert "2 posts in the last seven days reached 4,210 people, 12 % more than the week before." in page


def test_a_number_nobody_measured_is_said_to_be_unknown(cafe, alice):
    make_post(make_channel(), NOW - timedelta(hours=1), likes=0, engagement=0)
    totals = head(days(cafe, 7)).totals
    assert totals["reach"].value is None and totals["reach"].change is None
    assert totals["likes"].value == 0
    page = alice.get("/r/cafe/").content.decode()
    assert "Its numbers are on their way." in page and "not yet known" in page


def test_half_counted_numbers_say_so_and_are_not_compared(cafe, alice):
    channel = make_channel()
    make_post(channel, NOW - timedelta(hours=2), reach=50)
    make_post(channel, NOW - timedelta(hours=1), likes=0)
    make_post(channel, NOW - timedelta(days=9), reach=100)
    amount = head(days(cafe, 7)).totals["reach"]
    assert (amount.value, amount.known, amount.posts, amount.partial) == (50, 1, 2, True)
    assert "1 of 2 posts counted so far" in alice.get("/r/cafe/").content.decode()


def test_days_are_the_restaurants(cafe):
    channel = make_channel()
    evening = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)  # 20 November, 23:30 in Chicago
    make_post(channel, evening, reach=10)
    span = ranges.make(first=date(2026, 11, 19), last=date(2026, 11, 21), zone=cafe.timezone)
    found = dashboard(span, channel=None, now=NOW)
    assert [point.value for point in found.reach.points] == [None, 10, None]
    (row,) = [cells for name, cells in found.hours if str(name) == "Friday"]
    assert row[23].group.reach == 10


def test_one_channel_can_be_looked_at_alone(cafe, alice):
    page, instagram = make_channel(), make_channel("instagram", "17841")
    make_post(page, NOW - timedelta(hours=1), reach=10)
    make_post(instagram, NOW - timedelta(hours=1), kind=Kind.IG_PHOTO, reach=5)
    assert dashboard(days(cafe, 28), channel=instagram, now=NOW).head.totals["reach"].value == 5
    assert dashboard(days(cafe, 28), channel=None, now=NOW).head.totals["reach"].value == 15
    body = alice.get("/r/cafe/numbers/", {"channel": str(instagram.pk)}).content.decode()
    assert '<p class="stat-value">5</p>' in body


def test_followers_are_added_up_only_on_days_every_channel_has_them(cafe):
    page, instagram = make_channel(), make_channel("instagram", "17841")
    today = days(cafe, 7).last
    for channel, back, followers, reach in (
        (page, 3, 100, 7),
        (page, 2, 101, 8),
        (instagram, 2, 50, 3),
        (page, 1, 103, 9),
        (instagram, 1, 52, None),
    ):
        ChannelDay.objects.create(
            channel=channel,
            day=today - timedelta(days=back),
            followers=followers,
            reach=reach,
            measured_at=NOW,
        )
    found = dashboard(days(cafe, 7), channel=None, now=NOW).channel_days
    assert found.followers == {today - timedelta(days=2): 151, today - timedelta(days=1): 155}
    assert found.reach == {today - timedelta(days=2): 11}
    assert found.gained == 4


def test_kinds_dishes_and_the_best_and_weakest_posts(cafe):
    channel, dish = make_channel(), make_dish("Margherita")
    for number in range(8):
        make_post(
            channel,
            NOW - timedelta(days=3 + number),
            caption=f"Post {number}",
            kind=Kind.FB_PHOTO if number % 2 else Kind.FB_TEXT,
            dish=dish if number % 2 else None,
            reach=100 * (number + 1),
        )
    make_post(channel, NOW - timedelta(hours=3), caption="New", kind=Kind.FB_TEXT, reach=1)
    found = dashboard(days(cafe, 28), channel=None, now=NOW)
    assert [(str(row.label), row.group.posts, row.group.each) for row in found.kinds] == [
        ("One photo", 4, 500),
        ("Words only", 5, 320),
    ]
    assert [(row.label, row.group.each, row.width) for row in found.dishes] == [("Margherita", 500, 100)]
    assert [piece.reach for piece in found.best] == [800, 700, 600]
    assert [piece.reach for piece in found.weak] == [100, 200, 300]  # the new post is not judged yet


# --- ranges and charts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"range": "7"}, ("7", 7)),
        ({"range": "9999999999999"}, ("28", 28)),
        ({"range": "²"}, ("28", 28)),
        ({"from": "2026-10-01", "to": "2026-10-31"}, ("own", 31)),
        ({"from": "2026-10-31", "to": "2026-10-01"}, ("28", 28)),
        ({"from": "0001-01-01", "to": "9999-12-31"}, ("28", 28)),
        ({"from": "x", "to": "\x00"}, ("28", 28)),
    ],
)
def test_odd_ranges_become_the_usual_one(cafe, given, expected):
    span = ranges.asked_for(given, tenant=cafe, now=datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert (span.key, span.days) == expected


def test_a_range_compares_with_as_many_days_before_even_when_clocks_change(cafe):
    span = ranges.make(first=date(2026, 11, 1), last=date(2026, 11, 7), zone="America/Chicago")
    assert span.end - span.start == timedelta(days=7, hours=1)
    assert span.before == datetime(2026, 10, 25, 5, tzinfo=UTC)


def test_gaps_stay_gaps_in_a_line_and_nothing_falls_to_zero(cafe):
    span = ranges.make(first=date(2026, 11, 1), last=date(2026, 11, 6), zone="UTC")
    values = {date(2026, 11, 1): 100, date(2026, 11, 2): 110, date(2026, 11, 5): 120}
    chart = charts.line(span, values)
    assert len(chart.lines) == 1 and len(chart.lines[0].split()) == 2
    assert [dot.day.day for dot in chart.dots] == [5]


def test_a_year_is_drawn_by_week_with_the_same_sum(cafe):
    span = ranges.make(first=date(2026, 1, 1), last=date(2026, 12, 31), zone="UTC")
    chart = charts.bars(span, {date(2026, 3, 2): 5, date(2026, 3, 4): 7, date(2026, 3, 9): None})
    assert chart.weekly and len(chart.points) == 53
    assert [point.value for point in chart.points if point.value is not None] == [12]


# --- use -----------------------------------------------------------------------------------------


def test_no_time_is_called_best_from_a_handful_of_posts(cafe):
    channel = make_channel()
    for number in range(19):
        make_post(channel, NOW - timedelta(days=3 + number), reach=100)
    found = best_times(channel_id=channel.pk, zone=cafe.timezone, now=NOW)
    assert (found.enough, found.times, found.missing) == (False, (), 1)
    assert what_worked(zone=cafe.timezone, now=NOW) == []


def test_the_best_time_names_its_sample_and_its_gain(cafe):
    channel, dish = make_channel(), make_dish("Margherita")
    friday = datetime(2026, 11, 13, 18, 10, tzinfo=cafe.zone).astimezone(UTC)
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    for week in range(5):
        make_post(channel, friday - timedelta(weeks=week, minutes=week), dish=dish, reach=200)
        for day in range(1, 5):
            make_post(channel, friday - timedelta(weeks=week, days=day), reach=100)
    found = best_times(channel_id=channel.pk, zone=cafe.timezone, now=now)
    (slot,) = found.times
    assert (slot.weekday, slot.hour, slot.posts, slot.percent, slot.reach) == (5, 18, 5, 100, 200)
    assert slot.next_after(now, cafe.timezone) == datetime(2026, 11, 28, 0, tzinfo=UTC)
    told = what_worked(zone=cafe.timezone, now=now)
    assert told[0] == "Friday from 18:00: 100 % more people than usual (5 posts)"
    assert "Posts about “Margherita” reached 100 % more people than usual (5 posts)" in told


def test_a_csv_has_every_post_with_empty_cells_for_unknown_numbers(cafe, alice):
    channel = make_channel()
    make_post(channel, NOW - timedelta(hours=2), caption="=HYPERLINK(1)", reach=12, likes=0, engagement=0)
    make_post(channel, NOW - timedelta(hours=1), caption="Mittagstisch für zwei")
    answer = alice.get("/r/cafe/numbers/csv/", {"range": "7"})
    assert answer["Content-Type"].startswith("text/csv")
    heading, first, second = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    row = dict(zip(heading, first, strict=True))
    assert (row["People reached"], row["Likes"], row["Comments"]) == ("12", "0", "")
    assert row["Caption"] == "'=HYPERLINK(1)"
    assert "Mittagstisch für zwei" in second
    assert plain("@x") == "'@x"


def test_the_api_sums_a_range_and_says_null_for_what_is_unknown(cast, alice):
    with tenant_context(cast.cafe):
        channel = make_channel()
        make_post(channel, datetime(2026, 10, 5, 17, tzinfo=UTC), reach=12, likes=3, engagement=3)
        make_post(channel, datetime(2026, 9, 20, 17, tzinfo=UTC), reach=10)
        ChannelDay.objects.create(channel=channel, day=date(2026, 10, 5), followers=7, measured_at=NOW)
    address = f"/api/v1/tenants/{cast.cafe.pk}/insights"
    body = alice.get(address, {"first": "2026-10-01", "last": "2026-10-31"}).json()
    assert body["totals"]["reach"] == {
        "value": 12,
        "before": 10,
        "change_percent": 20,
        "known": 1,
        "posts": 1,
    }
    assert body["totals"]["saves"]["value"] is None
    assert body["days"] == [{"day": "2026-10-05", "posts": 1, "reach": 12, "engagement": 3}]
    assert body["channel_days"][0] == {"day": "2026-10-05", "followers": 7, "reach": None, "views": None}
    assert body["best_times"] == [] and body["best_times_sample"] == 2
    wrong = alice.get(address, {"first": "2026-10-31", "last": "2026-10-01"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_range")
    assert alice.get(address.replace(str(cast.cafe.pk), str(cast.bakery.pk))).status_code == 404


# --- pages ---------------------------------------------------------------------------------------


def test_an_empty_restaurant_is_taught_not_shown_zeros(cafe, alice):
    page = alice.get("/r/cafe/numbers/").content.decode()
    assert "After some weeks of posting" in page and "Your best posts will stand here." in page
    assert "style=" not in page and "<script>" not in page


def test_the_live_part_is_sent_only_when_something_was_measured(cast, alice):
    address = "/r/cafe/numbers/live/"
    assert alice.get(address, {"seen": NOW.isoformat()}).status_code == 204
    assert "Your best posts will stand here." in alice.get(address, {"page": "home"}).content.decode()
    with tenant_context(cast.cafe):
        make_post(make_channel(), NOW - timedelta(hours=1), reach=12)
    assert alice.get(address, {"seen": (NOW + timedelta(seconds=1)).isoformat()}).status_code == 204
    answer = alice.get(address, {"seen": (NOW - timedelta(seconds=1)).isoformat(), "page": "home"})
    assert answer.status_code == 200 and 'id="numbers"' in answer.content.decode()
    for odd in ("x", "2026-02-31T00:00:00Z", "\x00"):
        assert alice.get(address, {"seen": odd, "range": odd, "channel": odd}).status_code == 200


def test_the_first_page_gives_its_charts_when_they_are_wanted(cast, alice):
    with tenant_context(cast.cafe):
        make_post(make_channel(), NOW - timedelta(hours=1), reach=12)
    first = alice.get("/r/cafe/").content.decode()
    assert "reached 12 people" in first and "chart-plot" not in first
    assert 'hx-get="/r/cafe/numbers/live/?page=home" hx-trigger="revealed"' in first
    later = alice.get("/r/cafe/numbers/live/", {"page": "home"}).content.decode()
    assert "chart-plot" in later and 'class="stats"' not in later
    asked = alice.get("/r/cafe/", {"range": "90"}).content.decode()
    assert "chart-plot" in asked and asked.count('class="stats"') == 2


def test_days_of_ones_own_choice(cast, alice):
    with tenant_context(cast.cafe):
        make_post(make_channel(), NOW - timedelta(days=40), reach=12)
    day = (NOW - timedelta(days=40)).date()
    page = alice.get("/r/cafe/numbers/", {"from": day - timedelta(days=1), "to": day + timedelta(days=1)})
    body = page.content.decode()
    assert 'name="from"' in body and 'type="date"' in body
    assert page.context["numbers"].head.totals["reach"].value == 12
    open_end = alice.get("/r/cafe/numbers/", {"from": day}).context["numbers"].span
    assert (open_end.first, open_end.key, open_end.days) == (day, "own", 41)
    # A range chosen from the list goes before the days that were there.
    both = alice.get("/r/cafe/numbers/", {"range": "7", "from": day, "to": day}).context["numbers"].span
    assert (both.key, both.days) == ("7", 7)
    for wrong in (
        {"from": day, "to": day - timedelta(days=1)},
        {"to": day},
        {"from": "2026-02-31", "to": day},
    ):
        assert "These days cannot be shown" in alice.get("/r/cafe/numbers/", wrong).content.decode()


def test_another_restaurants_numbers_are_nobodys_business(cast, alice):
    for address in ("", "live/", "csv/"):
        assert alice.get(f"/r/bakery/numbers/{address}").status_code == 404


def test_the_page_costs_the_same_queries_whatever_it_holds(cast, alice):
    with tenant_context(cast.cafe):
        channel, dish = make_channel(), make_dish("Margherita")
        for number in range(25):
            make_post(channel, NOW - timedelta(days=3, hours=number), dish=dish, reach=number)

    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert alice.get("/r/cafe/numbers/").status_code == 200
        return len(captured)

    cost()
    few = cost()
    with tenant_context(cast.cafe):
        for number in range(40):
            make_post(channel, NOW - timedelta(days=4, hours=number), kind=Kind.FB_TEXT, reach=number)
    assert cost() == few <= 24
