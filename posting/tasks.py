"""Beat's part of publishing: the same loop for some seconds, in case no publisher runs; numbers; sweeps."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from posting import insights
from posting.dispatch.gate import read_gate
from posting.dispatch.loop import Publisher
from posting.dispatch.sweep import sweep as sweep_dispatch

TICK_SECONDS = 8.0
TICK_SLOTS = 16


@shared_task(public=True)
def tick(**_: Any) -> None:
    """Publish what is due. Harmless beside publishers and other ticks: rows are claimed with SKIP LOCKED."""
    Publisher(slots=TICK_SLOTS, loaders=1).run(seconds=TICK_SECONDS, until_idle=True)


@shared_task(public=True)
def collect_insights(**_: Any) -> None:
    """Have due numbers read, restaurant by restaurant; not while Meta is tired of us."""
    now = timezone.now()
    with transaction.atomic():
        if not read_gate(now).may_measure:
            return
        found = insights.take_due(now=now)
    for schema, publication_ids in found.items():
        measure.apply_async(kwargs={"publication_ids": publication_ids}, headers={"tenant": schema})


@shared_task
def measure(*, publication_ids: list[str], **_: Any) -> None:
    insights.collect(publication_ids=publication_ids, now=timezone.now())


@shared_task(public=True)
def sweep(**_: Any) -> None:
    """Finished rows out of the hot table, old attempts away."""
    sweep_dispatch(now=timezone.now())
