"""Reading and writing Due rows. `write` is the only door through which a delivery state changes.

One transaction holds the Due row, the restaurant's mirror of it (Publication), its timeline (Transition)
and what was said and answered (Attempt), so they cannot disagree.

Raw SQL, because the publisher moves thousands of rows of many restaurants at once: one statement for all
Due rows, and one string with one statement a restaurant for the mirrors (measured: publishing.md 6).
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from psycopg import sql

from posting.dispatch.signals import publications_moved
from posting.dispatch.terms import Comment, Move, Row, Why
from posting.states import State
from posting.surfaces import PHOTO_LEAD, SURFACES, Kind

logger = logging.getLogger(__name__)

# Due column -> Row attribute, for everything that the engine may change.
_CHANGING = {
    "state": "state",
    "due_at": "due_at",
    "arm_at": "arm_at",
    "not_after": "not_after",
    "step": "step",
    "fence": "fence",
    "lease_until": "lease_until",
    "intent_at": "intent_at",
    "next_action_at": "next_action_at",
    "objects_made": "objects",
    "remote_object_id": "object_id",
    "object_at": "object_at",
    "remote_media_id": "media_id",
    "permalink": "permalink",
    "tries": "tries",
    "crash_count": "crash_count",
    "rebuilds": "rebuilds",
    "negative_reads": "negative_reads",
    "first_negative_at": "first_negative_at",
    "flips": "flips",
    "flip_intent_at": "flip_intent_at",
    "doubt_at": "doubt_at",
    "published_at": "published_at",
    "evidence": "evidence",
    "comment": "comment",
    "comment_sends": "comment_sends",
}
_TYPES = {
    "state": "varchar",
    "step": "smallint",
    "fence": "bigint",
    "objects_made": "jsonb",
    "remote_object_id": "varchar",
    "remote_media_id": "varchar",
    "permalink": "text",
    "tries": "integer",
    "crash_count": "smallint",
    "rebuilds": "smallint",
    "negative_reads": "smallint",
    "flips": "smallint",
    "evidence": "jsonb",
    "comment": "varchar",
    "comment_sends": "smallint",
}
_FIXED = (
    "id",
    "tenant_id",
    "schema_name",
    "publication_id",
    "version",
    "channel_id",
    "platform",
    "channel_remote_id",
    "kind",
    "media_count",
    "steps",
    "lease_owner",
    "reason_code",
)
COLUMNS = ", ".join(f"d.{name}" for name in (*_FIXED, *_CHANGING))


@dataclass(frozen=True, slots=True)
class Record:
    """One Due row as read: who it belongs to, and the engine's view of it."""

    id: str
    tenant_id: str
    schema_name: str
    publication_id: str
    version: int
    channel_id: str
    platform: str
    channel_remote_id: str
    kind: Kind
    media_count: int
    lease_owner: str
    reason_code: str
    row: Row


@dataclass(frozen=True, slots=True)
class Try:
    """One call outward, for the Attempt table."""

    call: str
    intent_at: datetime
    outcome_at: datetime
    klass: str
    sent_at: datetime | None = None
    finding: str = ""
    request: str = ""
    request_digest: str = ""
    http: int | None = None
    code: int | None = None
    subcode: int | None = None
    message: str = ""
    fbtrace_id: str = ""
    object_id: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A row as it was read, what becomes of it, and what was said to Meta in between."""

    record: Record
    move: Move
    by: str
    owner: str = ""  # of the new lease
    tries: tuple[Try, ...] = ()
    mirror: bool = True  # False: a row that no longer stands for its publication (superseded)
    params: dict[str, Any] = field(default_factory=dict)


def record_of(values: Sequence[Any]) -> Record:
    """From a tuple in the order of COLUMNS."""
    named = dict(zip((*_FIXED, *_CHANGING), values, strict=True))
    surface = SURFACES[Kind(named["kind"])]
    changing = {attribute: named[column] for column, attribute in _CHANGING.items()}
    changing["state"] = State(changing["state"])
    changing["objects"] = tuple(_json(changing["objects"]))
    changing["evidence"] = _json(changing["evidence"])
    changing["comment"] = Comment(changing["comment"])
    row = Row(
        id=str(named["id"]),
        steps=named["steps"],
        readback=surface.readback,
        negatives_needed=surface.negatives,
        slow=surface.lead > PHOTO_LEAD,
        comment_on_media=surface.platform == "instagram",
        **changing,
    )
    return Record(
        id=str(named["id"]),
        tenant_id=str(named["tenant_id"]),
        schema_name=named["schema_name"],
        publication_id=str(named["publication_id"]),
        version=named["version"],
        channel_id=str(named["channel_id"]),
        platform=named["platform"],
        channel_remote_id=named["channel_remote_id"],
        kind=surface.kind,
        media_count=named["media_count"],
        lease_owner=named["lease_owner"],
        reason_code=named["reason_code"],
        row=row,
    )


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value  # Django's connection leaves jsonb as text


def read(where: str, params: Sequence[Any], *, lock: str = "") -> list[Record]:
    """Due rows matching a condition on alias `d`; `lock` is e.g. "FOR UPDATE". Constant SQL only."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM dispatch_due d WHERE {where} {lock}", params)  # noqa: S608
        return [record_of(values) for values in cursor.fetchall()]


def living(publication_id: Any, *, lock: bool = False) -> Record | None:
    """The one row that stands for a publication now; None when it was cancelled."""
    found = read(
        "d.publication_id = %s AND d.state <> 'cancelled'",
        [publication_id],
        lock="FOR UPDATE" if lock else "",
    )
    return found[0] if found else None


def write(changes: Iterable[Change], *, now: datetime) -> set[str]:
    """Write changes whose row is still exactly as it was read; the ids of those written.

    A row is matched by fence, state and lease: an answer that comes after its lease was taken over, or a
    second time, finds nothing to change. Must run inside a transaction of the caller.
    """
    changes = list(changes)
    if not changes:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, [json.dumps([_wire(change) for change in changes], default=_text)])
        written = {str(row[0]) for row in cursor.fetchall()}
        _write_mirrors([c for c in changes if c.mirror and c.record.id in written], now)
        _write_tries(cursor, changes, written)
    moved = [
        c
        for c in changes
        if c.mirror and c.record.id in written and c.record.row.state is not c.move.row.state
    ]
    if moved:
        _announce(moved, now)
    return written


def _announce(moved: list[Change], now: datetime) -> None:
    """Listeners write in the same transaction, so that news and rows cannot disagree; but a defect in one of
    them must not stop posts, so it loses only what the listeners wrote.
    """
    try:
        with transaction.atomic():
            publications_moved.send(sender=Change, moved=moved, now=now)
    except (OperationalError, InterfaceError):
        raise  # the database is gone, and with it the whole transaction
    except Exception:
        logger.exception("could not announce what became of %d posts", len(moved))


_COLUMN_DEFS = ", ".join(f"{name} {_TYPES.get(name, 'timestamptz')}" for name in _CHANGING)
_UPDATE = f"""
UPDATE dispatch_due d SET {", ".join(f"{name} = v.{name}" for name in _CHANGING)},
       lease_owner = v.lease_owner, reason_code = v.reason_code, updated_at = clock_timestamp(),
       measure_at = CASE WHEN v.state = 'published' AND d.state <> 'published'
                         THEN v.published_at + interval '1 minute' ELSE d.measure_at END
  FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, old_fence bigint, old_state varchar, old_lease timestamptz,
       lease_owner varchar, reason_code varchar, {_COLUMN_DEFS})
 WHERE d.id = v.id AND d.fence = v.old_fence AND d.state = v.old_state
   AND d.lease_until IS NOT DISTINCT FROM v.old_lease
RETURNING d.id
"""  # noqa: S608 - names from the table above


def _wire(change: Change) -> dict[str, Any]:
    old, new = change.record.row, change.move.row
    wire: dict[str, Any] = {column: getattr(new, attribute) for column, attribute in _CHANGING.items()}
    why = change.move.why
    stays = change.record.reason_code if old.state is new.state else ""
    return wire | {
        "id": change.record.id,
        "old_fence": old.fence,
        "old_state": old.state,
        "old_lease": old.lease_until,
        "lease_owner": change.owner if new.lease_until else "",
        "reason_code": why.code if why else stays,
    }


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


# --- the restaurant's own rows -----------------------------------------------------------------------

QUIET = frozenset({"commented"})  # stands in the timeline and changes nothing about why a post is as it is

# A claim for a call is not mirrored (the owner's word stays the same until an answer comes); the answer then
# writes both steps, the first with the moment of its intent.
_MIRROR = """
WITH v AS (SELECT * FROM jsonb_to_recordset({values}::jsonb) AS x(id uuid, version int, was varchar,
        was_at timestamptz, state varchar, reason_code varchar, params jsonb, remote_id varchar,
        permalink text, published_at timestamptz, log boolean, tells boolean, by varchar, at timestamptz)),
     p AS (SELECT q.id, q.state FROM posting_publication q JOIN v ON q.id = v.id AND q.version = v.version
            FOR UPDATE OF q),
     u AS (UPDATE posting_publication q SET state = v.state,
             reason_code = CASE WHEN v.tells THEN v.reason_code ELSE q.reason_code END,
             reason_params = CASE WHEN v.tells THEN v.params ELSE q.reason_params END,
             remote_id = v.remote_id, permalink = v.permalink,
             published_at = v.published_at, updated_at = v.at
             FROM v JOIN p ON p.id = v.id WHERE q.id = v.id
         RETURNING q.id)
INSERT INTO posting_transition (publication_id, version, old, new, reason_code, params, by, at)
SELECT * FROM (
    SELECT v.id, v.version, p.state AS old, v.was AS new, '' AS reason_code, '{{}}'::jsonb AS params, v.by,
           coalesce(v.was_at, v.at) AS at
      FROM v JOIN p ON p.id = v.id JOIN u ON u.id = v.id WHERE p.state <> v.was
    UNION ALL
    SELECT v.id, v.version, v.was, v.state, v.reason_code, v.params, v.by, v.at
      FROM v JOIN u ON u.id = v.id WHERE v.log) t ORDER BY t.at;
"""


def _write_mirrors(changes: list[Change], now: datetime) -> None:
    by_schema: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for change in changes:
        old, new, why = change.record.row, change.move.row, change.move.why
        if change.move.call and new.state in (old.state, State.PREPARING, State.FLIPPING):
            continue
        if old.state is new.state and why is None and old.permalink == new.permalink:
            continue
        by_schema[change.record.schema_name].append(_mirror(change, old, new, why, now))
    if not by_schema:
        return
    parts: list[sql.Composable] = [
        sql.SQL("SELECT set_config('posting.path', current_setting('search_path'), true);")
    ]
    for schema, values in by_schema.items():
        parts.append(sql.SQL("SET LOCAL search_path TO {};").format(sql.Identifier(schema)))
        parts.append(sql.SQL(_MIRROR).format(values=sql.Literal(json.dumps(values, default=_text))))
    parts.append(sql.SQL("SELECT set_config('search_path', current_setting('posting.path'), true);"))
    with connection.connection.cursor() as raw:  # below Django's wrapper: several statements, own paths
        raw.execute(sql.SQL("").join(parts))


def _mirror(change: Change, old: Row, new: Row, why: Why | None, now: datetime) -> dict[str, Any]:
    remote = (new.media_id or "") if change.record.platform == "instagram" else new.object_id
    published = new.state is State.PUBLISHED
    return {
        "id": change.record.publication_id,
        "version": change.record.version,
        "was": old.state,
        "was_at": old.intent_at if old.lease_until else None,
        "state": new.state,
        "reason_code": why.code if why else "",
        "params": dict(why.params) if why else {},
        "remote_id": remote if published else "",
        "permalink": new.permalink if published else "",
        "published_at": new.published_at,
        "log": old.state is not new.state or why is not None,
        "tells": old.state is not new.state or (why is not None and why.code not in QUIET),
        "by": change.by[:200],
        "at": now,
    }


_TRY_COLUMNS = (
    "due_id uuid, tenant_id uuid, publication_id uuid, channel_id uuid, fence bigint, step smallint,"
    " call varchar,"
    " request varchar, request_digest varchar, intent_at timestamptz, sent_at timestamptz,"
    " outcome_at timestamptz, klass varchar, finding varchar, http smallint, code int, subcode int,"
    " message text, fbtrace_id varchar, object_id varchar, stale boolean"
)
_TRY_NAMES = ", ".join(part.split()[0] for part in _TRY_COLUMNS.split(","))


def _write_tries(cursor: Any, changes: list[Change], written: set[str]) -> None:
    rows = [
        {name: getattr(one, name) for name in Try.__slots__}  # asdict() copies deeply: ten times slower
        | {
            "due_id": change.record.id,
            "tenant_id": change.record.tenant_id,
            "publication_id": change.record.publication_id,
            "channel_id": change.record.channel_id,
            "fence": change.record.row.fence,
            "step": change.record.row.step,
            "stale": change.record.id not in written,
        }
        for change in changes
        for one in change.tries
    ]
    if rows:
        cursor.execute(
            f"INSERT INTO dispatch_attempt ({_TRY_NAMES}) SELECT {_TRY_NAMES}"  # noqa: S608 - names above
            f" FROM jsonb_to_recordset(%s::jsonb) AS v({_TRY_COLUMNS})",
            [json.dumps(rows, default=_text)],
        )
