"""Wake-ups for planned months. The rows are the queue."""

from typing import Any
from uuid import UUID

from celery import shared_task

from content.calendar import working
from content.chores import due

CROWD = 3  # so many restaurants get whole turns beside each other; more of them take short ones


@shared_task
def write_month(*, calendar_id: str, **_: Any) -> None:
    """One round of one month; the next round goes to the end of the queue, behind other restaurants."""
    if working.advance(calendar_id=UUID(calendar_id), crowded=due.months() > CROWD):
        write_month.wake(calendar_id=calendar_id)


@shared_task(public=True)
def sweep_months(**_: Any) -> None:
    """Nothing: months are found by content.tasks.sweep_all_writing. A timetable kept in a database still asks."""
