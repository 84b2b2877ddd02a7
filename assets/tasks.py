"""Work outside the web process. Ids only; the rows are the truth, these only wake it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from assets import signals
from assets.chores import due
from assets.models import Asset
from assets.services import versions
from assets.services.intake import ingest
from assets.services.renditions import ensure_rendition
from assets.services.sweeping import drop_workplaces, sweep
from assets.shapes import SHAPES
from tenants.errors import Refused

POSTED_SINCE = timedelta(minutes=15)  # three runs: one that was left out is made up for
MOST = 200  # restaurants a run; the next run, five minutes later, takes the next ones


@shared_task
def ingest_asset(*, asset_id: str, **_: Any) -> None:
    asset = ingest(asset_id=UUID(asset_id), now=timezone.now())
    if asset is not None and asset.kind == "video" and asset.state == "ready":
        make_rendition.wake(asset_id=asset_id, kind="reel")


@shared_task
def make_rendition(*, asset_id: str, kind: str, **_: Any) -> None:
    asset = Asset.objects.on_shelf().filter(pk=asset_id, state="ready").first()
    if asset is not None:
        with suppress(Refused):  # the owner meets the sentence where the file is asked for
            ensure_rendition(asset=asset, kind=kind)


@shared_task
def remake_renditions(*, asset_id: str, **_: Any) -> None:
    """After the focal point moved or an earlier file came back: what is missing, before anybody asks."""
    asset = Asset.objects.on_shelf().filter(pk=asset_id, state="ready").first()
    if asset is None:
        return
    for kind, shape in SHAPES[asset.kind].items():
        if shape.mime.startswith("image/"):
            with suppress(Refused):
                ensure_rendition(asset=asset, kind=kind)


@shared_task
def ingest_version(*, version_id: str, **_: Any) -> None:
    asset = versions.ingest_version(version_id=UUID(version_id), now=timezone.now())
    if asset is not None and asset.kind == "video":
        make_rendition.wake(asset_id=str(asset.pk), kind="reel")


@shared_task
def sweep_library(**_: Any) -> None:
    sweep(now=timezone.now())


@shared_task(public=True)
def sweep_libraries(**_: Any) -> int:
    """Beat's dispatcher: a small task for each restaurant whose public rows say that something is to be done."""
    drop_workplaces()
    now = timezone.now()
    answers: Any = signals.who_posted.send(sender=Asset, since=now - POSTED_SINCE)
    posted = (schema for _receiver, found in answers for schema in found)
    schemas = list(dict.fromkeys([*due.take(now=now, most=MOST), *posted]))
    for schema in schemas:
        sweep_library.apply_async(headers={"tenant": schema})
    return len(schemas)
