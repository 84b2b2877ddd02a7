"""Beat's part of publishing: the same loop for some seconds, in case no publisher runs, and the sweeps."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from posting.dispatch.loop import Publisher

TICK_SECONDS = 8.0
TICK_SLOTS = 16


@shared_task(public=True)
def tick(**_: Any) -> None:
    """Publish what is due. Harmless beside publishers and other ticks: rows are claimed with SKIP LOCKED."""
    Publisher(slots=TICK_SLOTS, loaders=1).run(seconds=TICK_SECONDS, until_idle=True)
