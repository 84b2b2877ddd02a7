"""Wake-ups for writing. The rows are the queue: a lost message costs seconds, never a caption."""

import threading
from importlib import import_module
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_ready
from django.conf import settings
from django.utils import timezone

from content import generating
from content.chores import due

WARM_AFTER = 20.0  # seconds: the machine is busy enough while everything starts
MOST = 500  # restaurants a run; the next run, a minute later, takes the next ones


@worker_ready.connect
def _warm_up(**_: Any) -> None:
    """The vendor's library takes over a second to load: not while somebody waits for the first caption."""
    if settings.AI_CONFIGURED:
        timer = threading.Timer(WARM_AFTER, import_module, ["openai"])
        timer.daemon = True
        timer.start()


@shared_task
def write_caption(*, generation_id: str, **_: Any) -> None:
    generating.run_generation(generation_id=UUID(generation_id))
    # Our place is free again: somebody of this restaurant may be waiting for it.
    for waiting_id in generating.waiting(now=timezone.now(), limit=1):
        write_caption.wake(generation_id=str(waiting_id))


@shared_task
def sweep_writing(**_: Any) -> None:
    """What nobody was woken for, what a dead worker left, and money set aside for calls that never ended."""
    from content.sweeping import sweep  # it wakes tasks of this module and of the calendar's

    sweep(now=timezone.now())


@shared_task(public=True)
def sweep_all_writing(**_: Any) -> int:
    """Beat's dispatcher: a small task for each restaurant whose public row says that something is to be done."""
    schemas = due.take(now=timezone.now(), most=MOST)
    for schema in schemas:
        sweep_writing.apply_async(headers={"tenant": schema})
    return len(schemas)
