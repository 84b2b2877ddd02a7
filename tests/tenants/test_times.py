"""How moments are written, at the edges where calendars and clocks surprise."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from tenants import times

CHICAGO = "America/Chicago"
NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)  # Saturday noon in Chicago


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_a_moment_names_day_time_city_and_distance():
    assert (
        times.moment_text(at(2026, 11, 25, 0, 0), CHICAGO, now=NOW)
        == "Tue 24 Nov, 6:00 pm, Chicago (in 3 days)"
    )


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (at(2026, 11, 21, 18, 0), "now"),
        (at(2026, 11, 21, 18, 1), "in 1 minute"),
        (at(2026, 11, 21, 18, 25), "in 25 minutes"),
        (at(2026, 11, 21, 17, 35), "25 minutes ago"),
        (at(2026, 11, 21, 19, 0), "in 1 hour"),
        (at(2026, 11, 22, 3, 0), "in 9 hours"),  # nine in the evening there, the next day in UTC
        (at(2026, 11, 22, 7, 0), "tomorrow"),  # 1 am there: 13 hours away, but tomorrow for the owner
        (at(2026, 11, 21, 5, 30), "yesterday"),
        (at(2026, 11, 14, 18, 0), "7 days ago"),
    ],
)
def test_distance_counts_days_on_the_restaurants_calendar(moment, text):
    assert times.distance(moment, CHICAGO, now=NOW) == text


def test_another_year_is_named():
    assert (
        times.moment_text(at(2027, 1, 2, 0, 30), CHICAGO, now=NOW)
        == "Fri 1 Jan 2027, 6:30 pm, Chicago (in 41 days)"
    )


def test_the_year_is_the_restaurants_not_utcs():
    # New Year's Eve at 9 pm in Chicago is already next year in UTC.
    assert times.day_text(at(2027, 1, 1, 3, 0), CHICAGO, now=NOW) == "Thu 31 Dec"


@pytest.mark.parametrize(
    ("hour", "text"), [(0, "12:05 am"), (11, "11:05 am"), (12, "12:05 pm"), (23, "11:05 pm")]
)
def test_midnight_and_noon_are_twelve(hour, text):
    assert times.clock(datetime(2026, 1, 1, hour, 5)) == text


def test_the_hour_that_happens_twice_says_which_one():
    first, second = at(2026, 11, 1, 6, 30), at(2026, 11, 1, 7, 30)
    assert "1:30 am CDT" in times.moment_text(first, CHICAGO, now=NOW)
    assert "1:30 am CST" in times.moment_text(second, CHICAGO, now=NOW)
    assert "2:30 am, Chicago" in times.moment_text(at(2026, 11, 1, 8, 30), CHICAGO, now=NOW)


def test_a_wall_time_in_the_spring_gap_becomes_the_first_moment_after_it():
    assert times.from_wall(datetime(2026, 3, 8, 2, 30), CHICAGO) == at(2026, 3, 8, 8, 0)  # 3:00 am CDT


def test_a_wall_time_that_happens_twice_means_the_first():
    assert times.from_wall(datetime(2026, 11, 1, 1, 30), CHICAGO) == at(2026, 11, 1, 6, 30)


def test_a_gap_of_half_an_hour_ends_where_it_ends():
    # Lord Howe Island moves its clocks by thirty minutes: 2:00 -> 2:30 on 4 October 2026.
    assert times.from_wall(datetime(2026, 10, 4, 2, 15), "Australia/Lord_Howe") == at(2026, 10, 3, 15, 30)


@given(
    moment=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2035, 1, 1)),
    zone=st.sampled_from(
        [
            CHICAGO,
            "Europe/Berlin",
            "Asia/Kathmandu",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "America/St_Johns",
        ]
    ),
)
def test_every_wall_time_has_one_moment_at_or_after_it(moment, zone):
    moment = moment.replace(microsecond=0)
    found = times.from_wall(moment, zone)
    local = times.local_of(found, zone).replace(tzinfo=None)
    assert local >= moment.replace(second=0) if local != moment else True
    assert local - moment <= timedelta(days=1)


def test_city_names_are_readable():
    assert times.city_of("America/Argentina/Buenos_Aires") == "Buenos Aires"


def test_a_naive_moment_is_a_defect():
    with pytest.raises(ValueError, match="timezone-aware"):
        times.moment_text(datetime(2026, 1, 1), CHICAGO, now=NOW)


def test_the_template_filter_gives_a_time_element(time_machine):
    time_machine.move_to(NOW, tick=False)
    template = Template(
        "{% load times %}{{ moment|restaurant_time:tenant }}|{{ nothing|restaurant_time:tenant }}"
    )
    tenant = SimpleNamespace(timezone=CHICAGO)
    html = template.render(Context({"moment": at(2026, 11, 25), "nothing": None, "tenant": tenant}))
    assert html == (
        '<time datetime="2026-11-25T00:00:00+00:00">Tue 24 Nov, 6:00 pm, Chicago (in 3 days)</time>|'
    )
