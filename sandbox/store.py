"""All memory of the sandbox: one SQLite file in WAL mode, written in short IMMEDIATE transactions.

Everything Graph calls an object (person, Page, post, photo, container, ...) is a row of ``nodes``: a few
indexed columns and a JSON document. The process has many threads and one writer at a time: the Python lock in
:meth:`Store.tx` queues them fairly, where SQLite's own busy handler would spin and sleep. A commit survives a
kill of the process (WAL in the page cache); an OS crash is out of scope for a sandbox.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS nodes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, owner TEXT,
  state TEXT NOT NULL DEFAULT '', created REAL NOT NULL, visible_at REAL, due REAL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS nodes_listing ON nodes (kind, owner, state, seq);
CREATE INDEX IF NOT EXISTS nodes_visible ON nodes (kind, owner, visible_at);
CREATE INDEX IF NOT EXISTS nodes_created ON nodes (kind, owner, created);
CREATE INDEX IF NOT EXISTS nodes_due ON nodes (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS config (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (
  token TEXT PRIMARY KEY, kind TEXT NOT NULL, app_id TEXT NOT NULL, person_id TEXT, page_id TEXT, parent TEXT,
  issued REAL NOT NULL, expires REAL NOT NULL, data_access_expires REAL NOT NULL, long_lived INTEGER NOT NULL,
  dead_subcode INTEGER);
CREATE UNIQUE INDEX IF NOT EXISTS tokens_page ON tokens (parent, page_id) WHERE page_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS codes (
  code TEXT PRIMARY KEY, app_id TEXT NOT NULL, person_id TEXT NOT NULL, redirect_uri TEXT NOT NULL,
  expires REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS grants (
  app_id TEXT NOT NULL, person_id TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (app_id, person_id));
CREATE TABLE IF NOT EXISTS ledger (
  n INTEGER PRIMARY KEY AUTOINCREMENT, object_id TEXT NOT NULL UNIQUE, platform TEXT NOT NULL, owner TEXT NOT
  NULL,
  kind TEXT NOT NULL, first_visible_at REAL NOT NULL, wall_at REAL NOT NULL, removed_at REAL,
  message TEXT, media TEXT NOT NULL, app_id TEXT, origin TEXT);
CREATE INDEX IF NOT EXISTS ledger_owner ON ledger (owner, first_visible_at);
CREATE TABLE IF NOT EXISTS faults (id TEXT PRIMARY KEY, n INTEGER NOT NULL, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
  n INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, label TEXT NOT NULL, method TEXT NOT NULL, path TEXT
  NOT NULL,
  owner TEXT, object_id TEXT, status INTEGER, code INTEGER, subcode INTEGER, fault TEXT, ms REAL, params
  TEXT);
CREATE TABLE IF NOT EXISTS findings (
  n INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, rule TEXT NOT NULL, label TEXT, detail TEXT);
CREATE TABLE IF NOT EXISTS doubts (
  fingerprint TEXT PRIMARY KEY, owner TEXT NOT NULL, object_id TEXT, label TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
  n INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, body BLOB NOT NULL, headers TEXT NOT NULL, created
  REAL NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, next_at REAL, status INTEGER, error TEXT);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (next_at) WHERE next_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS prompts (
  n INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, model TEXT, body TEXT NOT NULL, answer TEXT, outcome
  TEXT NOT NULL);
"""
TABLES = [
    "nodes",
    "counters",
    "tokens",
    "codes",
    "grants",
    "ledger",
    "faults",
    "calls",
    "findings",
    "doubts",
    "deliveries",
    "prompts",
    "config",
]


@dataclass
class Node:
    """One Graph object. ``created``/``visible_at``/``due`` are virtual unix seconds (see sandbox.clock)."""

    id: str
    kind: str
    owner: str | None = None
    state: str = ""
    created: float = 0.0
    visible_at: float | None = None
    due: float | None = None
    data: dict[str, Any] = field(default_factory=dict)
    seq: int = 0

    def __getitem__(self, name: str) -> Any:
        # Templates look names up by item first, so the columns answer here as well as the document.
        return self.__dict__[name] if name in self.__dict__ else self.data.get(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.data[name] = value


class Store:
    """Thread-local connections to one file; :meth:`tx` for writes, :meth:`rows`/:meth:`get` for reads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.media = folder / "media"
        self.media.mkdir(parents=True, exist_ok=True)
        self._local = threading.local()
        self._write = threading.RLock()
        with self.tx() as db:
            for statement in SCHEMA.split(";"):
                if statement.strip():
                    db.execute(statement)

    @property
    def db(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "db", None)
        if found is None:
            found = sqlite3.connect(self.folder / "sandbox.sqlite3", timeout=30, isolation_level=None)
            found.row_factory = sqlite3.Row
            found.execute("PRAGMA journal_mode=WAL")
            found.execute("PRAGMA synchronous=NORMAL")
            found.execute("PRAGMA cache_size=-4000")
            self._local.db = found
            self._local.depth = 0
        return found

    @contextmanager
    def tx(self) -> Iterator[sqlite3.Connection]:
        """A write transaction; nested use joins the outer one. Never fetch a URL or sleep inside."""
        with self._write:
            db = self.db
            if self._local.depth:
                yield db
                return
            db.execute("BEGIN IMMEDIATE")
            self._local.depth = 1
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            else:
                db.execute("COMMIT")
            finally:
                self._local.depth = 0

    def rows(self, sql: str, *args: Any) -> list[sqlite3.Row]:
        return self.db.execute(sql, args).fetchall()

    def row(self, sql: str, *args: Any) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self.db.execute(sql, args).fetchone()
        return found

    # -- nodes ---------------------------------------------------------------------------------------------
    def new_id(self, prefix: str, width: int = 15) -> str:
        """The next digits-only id, as long as Meta's; unique over all kinds because the counter is one."""
        with self.tx() as db:
            db.execute("INSERT INTO counters VALUES ('id', 1) ON CONFLICT (name) DO UPDATE SET n = n + 1")
            n = db.execute("SELECT n FROM counters WHERE name = 'id'").fetchone()[0]
        return f"{prefix}{n:0{max(width - len(prefix), 1)}d}"

    def counter(self, name: str) -> int:
        """Count up and return a named number (from 1)."""
        with self.tx() as db:
            db.execute(
                "INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET n = n + 1", (name,)
            )
            return int(db.execute("SELECT n FROM counters WHERE name = ?", (name,)).fetchone()[0])

    def get(self, node_id: str, *kinds: str) -> Node | None:
        """The node, or None when it does not exist, is deleted, or is of another kind."""
        row = self.row("SELECT * FROM nodes WHERE id = ?", node_id)
        if row is None or row["state"] == "deleted" or (kinds and row["kind"] not in kinds):
            return None
        return _node(row)

    def add(self, node: Node) -> Node:
        with self.tx() as db:
            cursor = db.execute(
                "INSERT INTO nodes (id, kind, owner, state, created, visible_at, due, data) VALUES "
                "(?,?,?,?,?,?,?,?)",
                (
                    node.id,
                    node.kind,
                    node.owner,
                    node.state,
                    node.created,
                    node.visible_at,
                    node.due,
                    _dump(node.data),
                ),
            )
            node.seq = int(cursor.lastrowid or 0)
        return node

    def save(self, node: Node) -> None:
        with self.tx() as db:
            db.execute(
                "UPDATE nodes SET owner=?, state=?, created=?, visible_at=?, due=?, data=? WHERE id=?",
                (node.owner, node.state, node.created, node.visible_at, node.due, _dump(node.data), node.id),
            )

    def find(self, where: str, *args: Any, order: str = "seq DESC", limit: int | None = None) -> list[Node]:
        sql = f"SELECT * FROM nodes WHERE {where} ORDER BY {order}"
        if limit is not None:
            sql += f" LIMIT {int(limit)}"
        return [_node(row) for row in self.rows(sql, *args)]

    def clear(self) -> None:
        """Forget everything (a control call); the caller seeds anew."""
        with self.tx() as db:
            for table in TABLES:
                db.execute(f"DELETE FROM {table}")
            db.execute("DELETE FROM sqlite_sequence")
        for path in self.media.iterdir():
            path.unlink(missing_ok=True)


def _node(row: sqlite3.Row) -> Node:
    return Node(
        id=row["id"],
        kind=row["kind"],
        owner=row["owner"],
        state=row["state"],
        created=row["created"],
        visible_at=row["visible_at"],
        due=row["due"],
        data=json.loads(row["data"]),
        seq=row["seq"],
    )


def _dump(data: dict[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"))


_store: Store | None = None
_opening = threading.Lock()


def the_store() -> Store:
    """The one store of this process, opened on first use (after gunicorn's fork, never before)."""
    global _store
    if _store is None:
        with _opening:
            if _store is None:
                from django.conf import settings

                _store = Store(Path(settings.DATA_DIR))  # type: ignore[misc]
    return _store
