"""What to ask Meta about one post or one channel, and what its answers say. No database, no clock.

An answer that lacks a number gives no number: Meta leaves out what it has not counted, up to 48 hours long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from posting.insights import days
from posting.insights.metrics import Of, asked
from social.graph import Answer, GraphError, GraphRefused, Read
from social.graph.pages import ENGAGEMENT_FIELDS

Outcome = Answer | GraphError
LATE = timedelta(days=3)  # a day's numbers may still change for 48 hours after it ended
FIRST_DAYS = 28
_FIELDS = {
    Of.FB_POST: ENGAGEMENT_FIELDS,
    Of.FB_VIDEO: "likes.summary(true).limit(0),comments.summary(true).limit(0)",
    Of.IG_FEED: "like_count,comments_count",
    Of.IG_REEL: "like_count,comments_count",
}
_INSIGHTS = "insights"
_FIELD_CALL = "engagement"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything to ask about one thing, and how to read what comes back."""

    key: str  # publication or channel id
    of: Of
    reads: tuple[Read, ...]
    words: Mapping[str, str]  # Meta's metric -> our word


def wanted_of_post(key: str, of: Of, remote_id: str, *, version: str, today: date) -> Wanted:
    words = asked(of, version=version, today=today)
    reads: list[Read] = []
    if of in _FIELDS:
        reads.append(Read(_FIELD_CALL, remote_id, {"fields": _FIELDS[of]}))
    if words:
        params = {"metric": ",".join(words)} | ({"period": "lifetime"} if of is Of.FB_POST else {})
        reads.append(Read(_INSIGHTS, f"{remote_id}/insights", params, needs="data"))
    return Wanted(key, of, tuple(reads), words)


def wanted_of_channel(
    key: str, platform: str, remote_id: str, *, read_at: datetime | None, version: str, now: datetime
) -> Wanted:
    """Followers now, and the finished days that may have changed since the last reading.

    A Page gives a series in one read. An Instagram account gives one total a read, so each day is asked.
    """
    of = Of.IG_ACCOUNT if platform == "instagram" else Of.FB_PAGE
    today = days.day_of(now)
    words = asked(of, version=version, today=today)
    reads = [Read(_FIELD_CALL, remote_id, {"fields": "followers_count"}, needs="id")]
    first = days.day_of((read_at - LATE) if read_at else now - timedelta(days=FIRST_DAYS))
    first = max(first, today - timedelta(days=FIRST_DAYS))
    address, metric = f"{remote_id}/insights", ",".join(words)
    if of is Of.FB_PAGE:
        span = {"since": int(days.start_of(first).timestamp()), "until": int(now.timestamp())}
        reads.append(Read(_INSIGHTS, address, {"metric": metric, "period": "day", **span}, needs="data"))
    else:
        for number in range((today - first).days):
            day = first + timedelta(days=number)
            span = {
                "since": int(days.start_of(day).timestamp()),
                "until": int(days.start_of(day + timedelta(days=1)).timestamp()),
            }
            params = {"metric": metric, "period": "day", "metric_type": "total_value", **span}
            reads.append(Read(_INSIGHTS, address, params, needs="data"))
    return Wanted(key, of, tuple(reads), words)


@dataclass(slots=True)
class Found:
    """What came of one Wanted. `errors` beside figures: a part was refused, the rest is good."""

    wanted: Wanted
    figures: dict[str, int] = field(default_factory=dict)
    by_day: dict[date, dict[str, int]] = field(default_factory=dict)
    errors: list[GraphError] = field(default_factory=list)
    answered: int = 0

    @property
    def failed(self) -> bool:
        return not self.answered


def single_reads(read: Read) -> list[Read]:
    """The same read, one metric at a time; [] when there is nothing to split."""
    metrics = str(read.params.get("metric", "")).split(",")
    if len(metrics) < 2:
        return []
    return [Read(read.name, read.path, {**read.params, "metric": metric}, read.needs) for metric in metrics]


def worth_splitting(read: Read, outcome: Outcome) -> bool:
    """One metric that Meta retired, or does not give for this kind of post, costs all of a call."""
    return isinstance(outcome, GraphRefused) and outcome.code == 100 and bool(single_reads(read))


def understand(wanted: Wanted, parts: Iterable[tuple[Read, Outcome]], *, now: datetime) -> Found:
    """Figures of a post, or of a channel by day, out of the answers to its reads."""
    found = Found(wanted)
    whole_channel = wanted.of in (Of.FB_PAGE, Of.IG_ACCOUNT)
    fields: dict[str, int] = {}
    for read, outcome in parts:
        if isinstance(outcome, GraphError):
            found.errors.append(outcome)
            continue
        found.answered += 1
        if read.name == _FIELD_CALL and whole_channel:
            _add_day(found, days.day_of(now), "followers", _number(outcome.get("followers_count")))
        elif read.name == _FIELD_CALL:
            fields = _fields(wanted.of, outcome)
        elif whole_channel:
            _series(found, read, outcome.items)
        else:
            found.figures |= _lifetime(outcome.items, wanted.words)
    found.figures |= fields  # counted at once, while insights are late
    return found


def _fields(of: Of, answer: Mapping[str, Any]) -> dict[str, int]:
    if of in (Of.IG_FEED, Of.IG_REEL):
        counts = {"likes": answer.get("like_count"), "comments": answer.get("comments_count")}
    else:
        reactions = "likes" if of is Of.FB_VIDEO else "reactions"
        counts = {
            "likes": _part(_part(answer, reactions), "summary").get("total_count"),
            "comments": _part(_part(answer, "comments"), "summary").get("total_count"),
        }
        if of is Of.FB_POST:
            counts["shares"] = _part(answer, "shares").get("count", 0)  # absent when zero (reference 6.1)
    return {word: number for word, value in counts.items() if (number := _number(value)) is not None}


def _lifetime(items: Iterable[Mapping[str, Any]], words: Mapping[str, str]) -> dict[str, int]:
    figures: dict[str, int] = {}
    for item in items:
        word, value = words.get(str(item.get("name"))), _last_value(item)
        if word and value is not None:
            figures[word] = value
    return figures


def _series(found: Found, read: Read, items: Sequence[Mapping[str, Any]]) -> None:
    for item in items:
        word = found.wanted.words.get(str(item.get("name")))
        if not word:
            continue
        values = item.get("values")
        if isinstance(values, list):
            for value in values:
                if isinstance(value, Mapping):
                    day = days.ended_with(str(value.get("end_time", "")))
                    _add_day(found, day, word, _number(value.get("value")))
        elif (since := _number(read.params.get("since"))) is not None:
            day = days.day_of(datetime.fromtimestamp(since, tz=days.ZONE))
            _add_day(found, day, word, _last_value(item))


def _add_day(found: Found, day: date | None, word: str, value: int | None) -> None:
    if day is not None and value is not None:
        found.by_day.setdefault(day, {})[word] = value


def _last_value(item: Mapping[str, Any]) -> int | None:
    values = item.get("values")
    last = values[-1] if isinstance(values, list) and values else item.get("total_value")
    return _number(last.get("value")) if isinstance(last, Mapping) else None


def _part(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = value.get(key)
    return part if isinstance(part, Mapping) else {}


def _number(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if 0 <= value < 2**62 else None
