"""Beat's timetable as data: a handful of dispatchers, all running in public."""

from datetime import timedelta

SCHEDULE: dict[str, dict] = {
    "posting-tick": {"task": "posting.tasks.tick", "schedule": timedelta(seconds=10)},
}
