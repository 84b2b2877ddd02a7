"""A photo as a vision model takes it: its small rendition inside the request, so nobody has to fetch it."""

import base64
from typing import Any

from assets import storage
from assets.models import Rendition

_SMALL = ("thumb", "preview")  # the first that is there; 320 pixels are what "low detail" looks at


class NoPicture(Exception):
    """The photo has no small picture (any more): removed, or not ready."""


def data_url(asset_id: Any) -> str:
    """`data:image/webp;base64,...` of a usable photo. Raises NoPicture."""
    found = Rendition.objects.filter(
        asset_id=asset_id, asset__deleted_at__isnull=True, kind__in=_SMALL, mime__startswith="image/"
    )
    rows = sorted(found, key=lambda row: _SMALL.index(row.kind))
    for row in rows:
        try:
            with storage.storage().open(row.name) as file:
                return f"data:{row.mime};base64,{base64.b64encode(file.read()).decode()}"
        except OSError:
            continue
    raise NoPicture(str(asset_id))
