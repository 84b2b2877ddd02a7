"""Meta's webhooks: signature over the raw bytes, stored before we answer, worked off afterwards.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django_tenants.utils import tenant_context

from social.models import Channel
from social.registry.models import ChannelClaim, ConnectionEntry, Platform, WebhookDelivery
from social.services.forgetting import deauthorize
from social.signals import feed_event

logger = logging.getLogger(__name__)

MOST_BYTES = 5 * 1024 * 1024  # a batch has up to 1,000 updates of a few kilobytes at the most
MOST_TRIES = 8
STEP = 100  # rows locked at a time
KEEP = timedelta(days=7)  # Meta repeats for 36 hours; after this a repeat would count as new
LINKED_OBJECTS = {"page": Platform.FACEBOOK, "instagram": Platform.INSTAGRAM}


class Unreadable(ValueError):
    """Signed by Meta and yet no webhook we can read."""


def genuine(body: bytes, header: str, secret: str) -> bool:
    """Whether `X-Hub-Signature-256` is Meta's for exactly these bytes (Meta escapes non-ASCII before
    signing).
    """
    algorithm, equals, given = header.partition("=")
    if algorithm != "sha256" or not equals or not secret:
        return False
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), given.strip().lower().encode("utf-8", "replace"))


def receive(body: bytes, *, now: datetime) -> int:
    """Store every change of one batch; repeats are dropped by the table's unique digest. Returns how many
    were new.

    Raises Unreadable. Nothing else is done here: the sender waits for our 200.
    """
    rows = dict(_row(*change) for change in _changes(_parse(body)))
    if not rows:
        return 0
    with connection.cursor() as cursor:
        # In order of the digest: two batches with the same news in another order would lock each other out.
        cursor.execute(_STORE, [now, now, json.dumps([rows[digest] for digest in sorted(rows)])])
        return cursor.rowcount


# One statement with one parameter, where a model object and ten parameters a change cost seven times the time.
_STORE = f"""
    INSERT INTO {WebhookDelivery._meta.db_table}
        (id, digest, object, entry_id, field, value, sent_at, received_at, retry_at, tries, outcome)
    SELECT gen_random_uuid(), decode(r.digest, 'hex'), r.object, r.entry_id, r.field, r.value, r.sent_at, %s, %s, 0, ''
    FROM jsonb_to_recordset(%s::jsonb) AS r(
        digest text, object text, entry_id text, field text, value jsonb, sent_at timestamptz)
    ON CONFLICT (digest) DO NOTHING
"""  # noqa: S608 - a constant name


def work_off(*, now: datetime, most: int = 500) -> int:
    """Pass on what waits, oldest first. Several workers may do so at once. Returns how many were tried.

    A receiver that fails leaves its row for a later try; after some tries it is put aside with its outcome.
    """
    done = 0
    while done < most:
        with transaction.atomic():
            rows = list(
                WebhookDelivery.objects.select_for_update(skip_locked=True)
                .filter(done_at=None, retry_at__lte=now)
                .order_by("retry_at", "received_at", "id")[: min(STEP, most - done)]
            )
            if not rows:
                return done
            addresses = _Addresses(rows)
            for row in rows:
                _try(row, addresses, now=now)
            _note(rows)
        done += len(rows)
    return done


def _note(rows: list[WebhookDelivery]) -> None:
    """What came of each, in one statement (a CASE for every row and field is most of the work otherwise)."""
    fields = ("id", "tries", "outcome", "done_at", "retry_at")
    found = [{name: getattr(row, name) for name in fields} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [json.dumps(found, cls=DjangoJSONEncoder)])


_NOTE = f"""
    UPDATE {WebhookDelivery._meta.db_table} AS t
    SET tries = r.tries, outcome = r.outcome, done_at = r.done_at, retry_at = r.retry_at
    FROM jsonb_to_recordset(%s::jsonb) AS r(
        id uuid, tries smallint, outcome text, done_at timestamptz, retry_at timestamptz)
    WHERE t.id = r.id
"""  # noqa: S608 - a constant name


def sweep(*, now: datetime) -> int:
    """Drop old rows that are done. Returns how many."""
    deleted, _ = WebhookDelivery.objects.filter(done_at__lt=now - KEEP).delete()
    return deleted


class _Addresses:
    """Where the events of one batch belong: claims in one query, channels once each."""

    def __init__(self, rows: list[WebhookDelivery]) -> None:
        found = ChannelClaim.objects.select_related("tenant").filter(
            remote_id__in={row.entry_id for row in rows}
        )
        self._claims = {(claim.platform, claim.remote_id): claim for claim in found}
        self._channels: dict[Any, Channel | None] = {}

    def claim(self, row: WebhookDelivery) -> ChannelClaim | None:
        return self._claims.get((LINKED_OBJECTS.get(row.object, ""), row.entry_id))

    def channel(self, claim: ChannelClaim) -> Channel | None:
        """Inside the claim's restaurant."""
        if claim.channel not in self._channels:
            self._channels[claim.channel] = Channel.objects.filter(pk=claim.channel).first()
        return self._channels[claim.channel]


def _try(row: WebhookDelivery, addresses: _Addresses, *, now: datetime) -> None:
    row.tries += 1
    if row.object != "permissions" and addresses.claim(row) is None:
        row.outcome, row.done_at = "nobody", now
        return
    try:
        with transaction.atomic():  # what a failing receiver wrote is undone, the others' work stays
            row.outcome, row.done_at = _pass_on(row, addresses, now=now), now
    except Exception as error:
        logger.exception("webhook %s not worked off", row.pk)
        row.outcome = type(error).__name__[:40]
        row.retry_at = now + timedelta(seconds=15 * 2**row.tries)
        row.done_at = now if row.tries >= MOST_TRIES else None


def _pass_on(row: WebhookDelivery, addresses: _Addresses, *, now: datetime) -> str:
    if row.object == "permissions":
        return _permissions(row, now=now)
    claim = addresses.claim(row)
    assert claim is not None
    with tenant_context(claim.tenant):
        channel = addresses.channel(claim)
        if channel is None:
            return "nobody"
        feed_event.send(
            sender=Channel, channel=channel, field=row.field, value=row.value, at=row.sent_at, now=now
        )
    return "passed on"


def _permissions(row: WebhookDelivery, *, now: datetime) -> str:
    """Somebody changed what we may do. Who left altogether is marked at once, the rest is looked up by a
    check.
    """
    value = row.value if isinstance(row.value, dict) else {}
    if row.field == "connected" and value.get("verb") == "revoked":
        ended = deauthorize(facebook_user_id=row.entry_id, now=now, asked_at=row.sent_at)
        return "left" if ended else "nobody"
    entries = ConnectionEntry.objects.select_related("tenant").filter(facebook_user_id=row.entry_id)
    for entry in entries:
        ConnectionEntry.objects.filter(pk=entry.pk).update(next_check_at=now)
    return "to be checked" if entries else "nobody"


def _parse(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body, parse_constant=lambda _name: None)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    if not isinstance(data, dict) or not isinstance(data.get("entry"), list):
        raise Unreadable("no entries")
    return data


def _changes(data: dict[str, Any]) -> Iterator[tuple[str, str, Any, str, Any]]:
    """(object, entry id, time, field, value) of every change. Three shapes are known: changes[] with values,
    changed_fields[] without (include_values=false), and messaging[], which we do not use.
    """
    kind = _text(data.get("object"), 32)
    for entry in data["entry"]:
        if not isinstance(entry, dict):
            continue
        entry_id, at = _text(entry.get("id"), 64), entry.get("time")
        changes = entry.get("changes")
        for change in changes if isinstance(changes, list) else []:
            if isinstance(change, dict):
                yield kind, entry_id, at, _text(change.get("field"), 64), _storable(change.get("value"))
        fields = entry.get("changed_fields")
        for name in fields if isinstance(fields, list) else []:
            yield kind, entry_id, at, _text(name, 64), {}


def _row(kind: str, entry_id: str, at: Any, name: str, value: Any) -> tuple[str, dict[str, Any]]:
    """(digest, what is stored). Equal news have equal digests, however they were written."""
    canonical = json.dumps(
        [kind, entry_id, _storable(at), name, value], sort_keys=True, separators=(",", ":")
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    sent_at = _moment(at)
    return digest, {
        "digest": digest,
        "object": kind,
        "entry_id": entry_id,
        "field": name,
        "value": value if value is not None else {},
        "sent_at": sent_at.isoformat() if sent_at else None,
    }


def _storable(value: Any, depth: int = 0) -> Any:
    """The value as PostgreSQL's jsonb can hold it: no NUL characters, no lone surrogates, no infinities, not
    endlessly deep.
    """
    if depth > 20:
        return None
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item, depth + 1) for key, item in value.items()}
    return value


def _text(value: Any, most: int) -> str:
    return str(_storable(str(value)))[:most] if isinstance(value, (str, int)) else ""


def _moment(value: Any) -> datetime | None:
    """Unix seconds, in some products milliseconds."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 32_503_680_000_000:
        return None
    return datetime.fromtimestamp(value / 1000 if value > 32_503_680_000 else value, UTC)
