"""Beat's timetable names tasks by text; a renamed task must not become a silent nothing."""

import pytest

from config.celery import app
from config.schedule import SCHEDULE


@pytest.mark.parametrize("entry", SCHEDULE.values(), ids=SCHEDULE.keys())
def test_every_entry_names_a_task_of_the_platform(entry):
    app.loader.import_default_modules()
    task = app.tasks[entry["task"]]
    assert task.public, "Beat runs in public; it may only send dispatchers."
