"""Files for the restaurant's own pages; Meta's door is assets/public_views.py."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from assets.models import Asset, Rendition, Version
from assets.serving import send
from tenants.access import Can, tenant_view

FOREVER = "private, max-age=31536000, immutable"  # a rendition never changes (models.Rendition)


@tenant_view(Can.VIEW)
@require_safe
def rendition_file(request: HttpRequest, rendition_id: UUID, suffix: str) -> HttpResponseBase:
    rendition = get_object_or_404(Rendition, pk=rendition_id)
    return send(request, name=rendition.name, mime=rendition.mime, size=rendition.bytes, cache=FOREVER)


@tenant_view(Can.COMPOSE)
@require_safe
def original(request: HttpRequest, asset_id: UUID) -> HttpResponseBase:
    """The file as it came, always as a download: it may hold where the photo was taken."""
    asset = get_object_or_404(Asset.objects.kept().exclude(state="refused"), pk=asset_id)
    return send(
        request,
        name=asset.name,
        mime="application/octet-stream",
        size=asset.bytes,
        cache="private, no-store",
        download_as=asset.filename,
    )


@tenant_view(Can.COMPOSE)
@require_safe
def earlier(request: HttpRequest, asset_id: UUID, number: int) -> HttpResponseBase:
    """An earlier file of a photo, as a download."""
    version = get_object_or_404(Version, asset_id=asset_id, number=number, state="kept")
    return send(
        request,
        name=version.name,
        mime="application/octet-stream",
        size=version.bytes,
        cache="private, no-store",
        download_as=version.filename,
    )
