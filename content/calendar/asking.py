"""Questions to the room above, which knows what is scheduled and when guests look. Unanswered they mean "nothing"."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.dispatch import Signal

#: sender=None, first, last (dates), zone -> {date: number of posts that stand on that day}
days_taken = Signal()
#: sender=None, channel_ids, zone, now -> Times
good_times = Signal()
#: sender=None, now -> list of sentences: what worked lately, for the model's strategy
past_results = Signal()
#: After commit. sender=CalendarSlot, slot_id: words and picture are there. News for the room above.
slot_written = Signal()


@dataclass(frozen=True)
class Times:
    """{weekday: times}, and where they come from in one sentence."""

    by_weekday: Mapping[int, tuple[time, ...]]
    source: str = ""


def taken(first: date, last: date, zone: str) -> dict[date, int]:
    found: dict[date, int] = {}
    answers: Any = days_taken.send(None, first=first, last=last, zone=zone)
    for _receiver, answer in answers:
        for day, number in (answer or {}).items():
            found[day] = found.get(day, 0) + number
    return found


def times(channel_ids: list[Any], zone: str, now: datetime) -> Times:
    answers: Any = good_times.send(None, channel_ids=channel_ids, zone=zone, now=now)
    for _receiver, answer in answers:
        if isinstance(answer, Times) and answer.by_weekday:
            return answer
    return Times({})


def results(now: datetime) -> list[str]:
    return [line for _receiver, answer in past_results.send(None, now=now) for line in answer or ()]
