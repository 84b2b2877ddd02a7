"""Work outside the web process. Ids only; the rows are the truth, these only wake it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone
from django_tenants.utils import tenant_context

from assets.models import Asset
from assets.services.intake import ingest
from assets.services.renditions import ensure_rendition
from assets.services.sweeping import sweep
from assets.shapes import SHAPES
from tenants.errors import Refused
from tenants.models import Tenant


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
    """After the focal point moved: the crops again, so that they are there before anybody asks."""
    asset = Asset.objects.on_shelf().filter(pk=asset_id, state="ready").first()
    if asset is None:
        return
    for kind, shape in SHAPES[asset.kind].items():
        if shape.ratio is not None:
            with suppress(Refused):
                ensure_rendition(asset=asset, kind=kind)


@shared_task
def sweep_library(**_: Any) -> None:
    sweep(now=timezone.now())


@shared_task(public=True)
def sweep_libraries(**_: Any) -> None:
    """Beat's dispatcher: one small task a restaurant, spread by the queue."""
    for tenant in Tenant.objects.filter(closed_at__isnull=True).iterator(chunk_size=500):
        with tenant_context(tenant):
            sweep_library.wake()
