"""What the public could ever see, exactly as it appeared: the judge of "exactly once".

One row per visible object, written in the same transaction that makes it visible and never changed afterwards
except for the time of removal. ``GET /control/ledger`` prints it.
"""

from __future__ import annotations

import json
import time
from typing import Any

from sandbox import clock
from sandbox.store import Node, the_store


def record(
    node: Node,
    *,
    platform: str,
    owner: str,
    kind: str,
    message: str | None,
    media: list[str],
    app_id: str | None,
    origin: str,
) -> None:
    """``media`` are sha256 hex digests in display order; ``origin`` names the act (flip, one_shot, schedule,
    container).
    """
    with the_store().tx() as db:
        db.execute(
            "INSERT OR IGNORE INTO ledger (object_id, platform, owner, kind, first_visible_at, wall_at, "
            "message, media, app_id, origin) VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                node.id,
                platform,
                owner,
                kind,
                node.visible_at or clock.now(),
                time.time(),
                message,
                json.dumps(media),
                app_id,
                origin,
            ),
        )


def removed(object_id: str) -> None:
    with the_store().tx() as db:
        db.execute("UPDATE ledger SET removed_at = ? WHERE object_id = ?", (clock.now(), object_id))


def entries(owner: str | None = None, since: int = 0) -> list[dict[str, Any]]:
    """Rows oldest first, optionally of one Page or account, after row number ``since``."""
    where, args = "n > ?", [since]
    if owner:
        where, args = where + " AND owner = ?", [*args, owner]  # type: ignore[list-item]
    rows = the_store().rows(f"SELECT * FROM ledger WHERE {where} ORDER BY n", *args)
    return [{**dict(row), "media": json.loads(row["media"])} for row in rows]
