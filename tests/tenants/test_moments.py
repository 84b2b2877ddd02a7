"""Moments from the database are read quickly, and are the same as Django's own loader makes them."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection
from django.db.backends.postgresql.psycopg_any import register_tzloader

pytestmark = pytest.mark.django_db


def asked(text: str, *, djangos: bool = False) -> datetime:
    with connection.cursor() as cursor:
        if djangos:
            register_tzloader(UTC, cursor)
        cursor.execute("SELECT %s::timestamptz", [text])
        (moment,) = cursor.fetchone()
        return moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23 14:33:49+00",
        "2026-11-23 14:33:49.5+00",
        "2026-11-23 14:33:49.123457+01",
        "0001-01-01 00:00:00+00",
        "9999-12-31 23:59:59.999999+00",
    ],
)
def test_a_moment_is_what_django_makes_of_it(text: str) -> None:
    ours = asked(text)
    assert (ours, ours.tzinfo) == (asked(text, djangos=True), UTC)


@pytest.mark.parametrize("text", ["infinity", "0044-03-15 00:00:00+00 BC"])
def test_what_no_datetime_can_hold_is_still_refused(text: str) -> None:
    with pytest.raises(DataError):
        asked(text)


def test_a_session_in_another_zone_gives_the_same_instant() -> None:
    here = asked("2026-11-23 14:33:49.5+00")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'Asia/Kolkata'")
    assert asked("2026-11-23 14:33:49.5+00") == here
