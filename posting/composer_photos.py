"""Photos of the composer: what its script and preview know of each. The library picks and uploads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from assets.models import Asset
from assets.queries import tiles_of
from assets.services import store_upload


def photos_by_id(ids: Sequence[str]) -> list[dict[str, Any]]:
    """One dict a photo, in the order of `ids`; those that are gone are left out.

    Sizes in pixels, focal point as fractions from the top left, addresses "" until the file is made.
    """
    found = {str(asset.pk): asset for asset in Asset.objects.on_shelf().filter(pk__in=ids)}
    return [
        {
            "id": str(tile.asset.pk),
            "kind": tile.asset.kind,
            "state": tile.asset.state,
            "reason": tile.asset.reason,
            "title": tile.asset.title,
            "alt": tile.asset.alt_text,
            "thumb": tile.thumb,
            "preview": tile.preview,
            "width": tile.asset.width or 0,
            "height": tile.asset.height or 0,
            "focal": [tile.asset.focal_x, tile.asset.focal_y],
            "status_url": reverse("library_asset_status", args=[tile.asset.pk]),
        }
        for tile in tiles_of([found[pk] for pk in ids if pk in found])
    ]


def store_files(request: HttpRequest, now: datetime) -> list[str]:
    """Files sent with the form itself (a browser without scripts): their asset ids. Refused for a bad one."""
    stored = []
    for file in request.FILES.getlist("photo"):
        asset = store_upload(file=file, filename=file.name or "", by=request.actor, now=now)  # type: ignore[attr-defined]
        stored.append(str(asset.pk))
    return stored
