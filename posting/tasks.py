"""Beat's part of publishing: the same loop for some seconds, in case no publisher runs; numbers; sweeps."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from django.utils import timezone

from posting import preflight
from posting.analytics import monthly
from posting.dispatch.loop import Publisher
from posting.dispatch.sweep import sweep as sweep_dispatch
from posting.insights.collector import Collector
from tenants.context import current_tenant

logger = logging.getLogger(__name__)
TICK_SECONDS = 8.0
TICK_SLOTS = 16
COLLECT_SECONDS = 45.0


@shared_task(public=True)
def tick(**_: Any) -> None:
    """Publish what is due. Harmless beside publishers and other ticks: rows are claimed with SKIP LOCKED."""
    Publisher(slots=TICK_SLOTS, loaders=1).run(seconds=TICK_SECONDS, until_idle=True)


@shared_task(public=True)
def collect_insights(**_: Any) -> None:
    """Read the numbers that are due. Harmless beside another run: channels are claimed with a lease."""
    report = Collector().run(seconds=COLLECT_SECONDS)
    if report.channels:
        logger.info("numbers read: %s", report)


@shared_task(public=True)
def send_reports(**_: Any) -> None:
    """The month by e-mail, for restaurants that want it and whose is due."""
    for schema in monthly.take_due(now=timezone.now()):
        mail_report.apply_async(headers={"tenant": schema})


@shared_task
def mail_report(**_: Any) -> None:
    monthly.send(tenant=current_tenant(), now=timezone.now())


@shared_task(public=True)
def look_ahead(**_: Any) -> None:
    """Posts whose connection, words, photos and limits are checked before their moment, by restaurant."""
    for schema, found in preflight.take_due(now=timezone.now()).items():
        for start in range(0, len(found), preflight.CHUNK):
            ids = found[start : start + preflight.CHUNK]
            look_at.apply_async(kwargs={"publication_ids": ids}, headers={"tenant": schema})


@shared_task
def look_at(*, publication_ids: list[str], **_: Any) -> None:
    preflight.look_at(publication_ids=publication_ids, now=timezone.now())


@shared_task(public=True)
def sweep(**_: Any) -> None:
    """Finished rows out of the hot table, old attempts away."""
    sweep_dispatch(now=timezone.now())
