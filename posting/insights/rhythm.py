"""When numbers are read again: often while they move, seldom later, never after 90 days."""

from __future__ import annotations

from datetime import datetime, timedelta

#: (until this age, every so often). Webhooks bring a post forward in between.
RHYTHM = (
    (timedelta(minutes=30), timedelta(minutes=5)),
    (timedelta(days=1), timedelta(hours=1)),
    (timedelta(days=30), timedelta(days=1)),
    (timedelta(days=90), timedelta(days=7)),
)
STORY_LASTS = timedelta(hours=24)  # Meta forgets a story's numbers then
CHANNEL_PAUSE = timedelta(hours=6)  # a channel's own numbers; Meta counts them by day
NUDGE = timedelta(seconds=20)  # a reaction rarely comes alone
_RETRY_FIRST, _RETRY_MOST = timedelta(minutes=10), timedelta(hours=12)


def next_measure(published_at: datetime, now: datetime, *, story: bool = False) -> datetime | None:
    """When to read a post again; None when it is old enough to be left alone."""
    age = now - published_at
    if story:
        return now + timedelta(hours=1) if age < STORY_LASTS - timedelta(hours=1) else None
    return next((now + pause for until, pause in RHYTHM if age < until), None)


def retry(failures: int, now: datetime, *, regain_minutes: int = 0) -> datetime:
    """After the n-th failed reading in a row: twice as long each time, and never before Meta says so."""
    wait = min(_RETRY_FIRST * 2 ** min(max(failures, 1) - 1, 10), _RETRY_MOST)
    return now + max(wait, timedelta(minutes=min(regain_minutes, 24 * 60)))
