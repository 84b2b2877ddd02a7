"""The log of Graph calls, written in batches: ten times a second, and before anyone reads it.

A kill loses the last tenth of a second of it, so the ledger is the judge of publishing, not this.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from typing import Any

from sandbox.store import the_store

COLUMNS = "at, label, method, path, owner, object_id, status, code, subcode, fault, ms, params"
_waiting: deque[tuple[Any, ...]] = deque()
_lock = threading.Lock()


def add(row: tuple[Any, ...]) -> None:
    """One call, in the order of COLUMNS."""
    _waiting.append(row)


def flush() -> None:
    if not _waiting:
        return
    with _lock, the_store().tx() as db:
        rows = [_waiting.popleft() for _ in range(len(_waiting))]
        db.executemany(f"INSERT INTO calls ({COLUMNS}) VALUES ({', '.join('?' * 12)})", rows)


def listed(query: dict[str, str]) -> list[dict[str, Any]]:
    """Calls oldest first; ``query`` may hold label (with ``*``), owner, method, object, since, limit."""
    flush()
    where, args = ["n > ?"], [int(query.get("since", 0))]  # type: list[str], list[Any]
    for name, column in (("owner", "owner"), ("method", "method"), ("object", "object_id")):
        if query.get(name):
            where.append(f"{column} = ?")
            args.append(query[name])
    if query.get("label"):
        where.append("label GLOB ?")
        args.append(query["label"])
    limit = min(int(query.get("limit", 1000)), 100_000)
    newest = f"SELECT * FROM calls WHERE {' AND '.join(where)} ORDER BY n DESC LIMIT {limit}"
    rows = the_store().rows(f"SELECT * FROM ({newest}) ORDER BY n", *args)
    return [{**dict(row), "params": json.loads(row["params"])} for row in rows]
