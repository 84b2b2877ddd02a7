"""Assets as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from assets.links import public_media_url
from assets.models import Asset
from assets.services.renditions import current_renditions
from assets.shapes import KINDS

LINK_TTL = timedelta(hours=1)


def asset_data(assets: Iterable[Asset]) -> list[dict[str, Any]]:
    """One dict an asset, in order, with signed addresses of what is made so far; two queries for all."""
    assets = list(assets)
    made = current_renditions(assets=assets, kinds=KINDS)
    return [
        {
            **{name: getattr(asset, name) for name in PLAIN},
            "id": str(asset.pk),
            "sha256": "" if asset.sha256.startswith(Asset.DIGEST_LATER) else asset.sha256,
            "folder_id": str(asset.folder_id) if asset.folder_id else None,
            "menu_item_id": str(asset.menu_item_id) if asset.menu_item_id else None,
            "duration": asset.duration_ms / 1000 if asset.duration_ms else None,
            "renditions": [
                {
                    "kind": each.kind,
                    "mime": each.mime,
                    "width": each.width,
                    "height": each.height,
                    "bytes": each.bytes,
                    "url": public_media_url(each, ttl=LINK_TTL),
                }
                for each in made[asset.pk].values()
            ],
        }
        for asset in assets
    ]


PLAIN = (
    "kind",
    "state",
    "reason",
    "title",
    "alt_text",
    "description",
    "credit",
    "tags",
    "season",
    "favourite",
    "filename",
    "mime",
    "bytes",
    "version",
    "width",
    "height",
    "focal_x",
    "focal_y",
    "use_count",
    "last_used_at",
    "uploaded_by",
    "created_at",
)
