"""How many photos lie in each folder and carry each tag: one query for all chips of a page."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

TAGS_SHOWN = 24


@dataclass(frozen=True)
class Tally:
    folders: dict[UUID | None, int]  # what lies in a folder itself, not below it; None: in no folder
    tags: list[tuple[str, int]]  # most used first


def tally(tags: int = TAGS_SHOWN) -> Tally:
    """Counts over everything on the shelf, in one query; the `tags` most used tags (0: none)."""
    folders: dict[UUID | None, int] = {}
    found: list[tuple[str, int]] = []
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [tags])
        for folder_id, tag, n in cursor:
            if tag is None:
                folders[folder_id] = n
            else:
                found.append((tag, n))
    return Tally(folders=folders, tags=found)


# Two plain scans: a common one, kept for both, took half as long again on 10,000 photos.
_COUNT = """
SELECT folder_id, NULL AS tag, count(*) AS n FROM assets_asset WHERE deleted_at IS NULL GROUP BY folder_id
UNION ALL
(SELECT NULL, tag, count(*) AS n
   FROM (SELECT unnest(tags) AS tag FROM assets_asset WHERE deleted_at IS NULL) AS tagged
  GROUP BY tag ORDER BY n DESC, tag LIMIT %s)
"""
