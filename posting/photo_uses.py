"""The library's questions answered: which posts show a photo, and how often it was posted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Q
from django.dispatch import receiver
from django.utils import timezone

from assets import services as library
from assets.signals import sweeping, who_posted, who_uses
from assets.usage import Use
from content.models import PostAsset
from posting.dispatch.models import Due
from posting.models import Publication
from posting.states import WORKING, State
from tenants.context import current_tenant
from tenants.times import moment_text
from tenants.urls_of import tenant_url

MOST = 200
RECENT = timedelta(days=2)
TO_GO_OUT = WORKING | {State.HELD, State.MISSED}  # without its photo such a post would be lost


@receiver(who_uses)
def uses(sender: Any, *, asset_ids: Sequence[UUID], **_: Any) -> list[Use]:
    """Each publication, not taken back, of a post that shows one of them."""
    tenant, now = current_tenant(), timezone.now()
    rows = (
        Publication.objects.living()
        .filter(post__post_assets__asset_id__in=asset_ids)
        .annotate(asset_id=F("post__post_assets__asset_id"))
        .select_related("channel")
        .order_by("-publish_at", "id")[:MOST]
    )
    return [
        Use(
            asset_id=row.asset_id,
            label=f"{row.channel.name}, {moment_text(row.published_at or row.publish_at, tenant.timezone, now=now)}",
            url=tenant_url(tenant, "post", post_id=row.post_id),
            at=row.published_at or row.publish_at,
            blocking=row.state in TO_GO_OUT,
        )
        for row in rows
    ]


@receiver(who_posted)
def restaurants(sender: Any, *, since: datetime, **_: Any) -> list[str]:
    """Schemas whose photos are to be counted anew, from the public table of due posts."""
    out = Due.objects.filter(state=State.PUBLISHED, updated_at__gte=since, published_at__gte=since)
    return list(out.order_by().values_list("schema_name", flat=True).distinct()[:MOST])


@receiver(sweeping)
def recount(sender: Any, *, now: datetime, **_: Any) -> None:
    """Counted from what is out rather than added up as it goes out: a count that is repeated stays right.

    Looks at the photos of the last days only, so that a long history costs nothing.
    """
    out = Q(post__publications__published_at__isnull=False)
    recent = Publication.objects.filter(published_at__gte=now - RECENT).values("post__post_assets__asset_id")
    rows = (
        PostAsset.objects.filter(out, asset_id__in=recent)
        .order_by()
        .values("asset_id")
        .annotate(
            n=Count("post__publications", filter=out, distinct=True),
            at=Max("post__publications__published_at"),
        )
    )
    library.count_uses(counts={row["asset_id"]: (row["n"], row["at"]) for row in rows})
