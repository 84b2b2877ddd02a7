"""From a claimed row to everything its call needs: the line to Meta and the frozen words and pictures.

Runs in the few threads that have a database connection; what it gives away has none. Tokens and snapshots
are kept for a short while, so that a minute with 2,000 posts does not begin with 2,000 look-ups.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from assets.links import public_media_url
from assets.models import Asset
from assets.services import ensure_rendition
from posting.dispatch.ledger import Record
from posting.dispatch.terms import POLICY, Answer, Call, Class, Why
from posting.models import Publication
from posting.publisher.brief import Brief, Medium, Twins
from posting.surfaces import SURFACES
from social.graph import GraphClient, GraphError, GraphTokenDead
from social.models import Channel
from social.services import channel_client, mark_token_dead
from tenants.errors import Refused
from tenants.models import Tenant

KEEP_SECONDS = 90.0  # a new token after a reconnect is used after at most this time
_TENANT_SECONDS = 30.0
_MOST = 20_000  # entries; about 2 KB each


@dataclass(frozen=True, slots=True)
class Loaded:
    client: GraphClient
    brief: Brief
    fresh: bool  # the token was read just now, so "the token is dead" can be believed


class Shelf:
    """Short-lived memory of one publisher process. Thread-safe."""

    def __init__(
        self,
        *,
        http: Any,
        on_call: Callable[[Any], None],
        call_seconds: float = POLICY.call_seconds,
        seconds: float = KEEP_SECONDS,
    ) -> None:
        self._http = http
        self._on_call = on_call
        self._call_seconds = call_seconds
        self._seconds = seconds
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], tuple[float, Any]] = {}

    def _get(self, kind: str, key: str, seconds: float) -> Any:
        with self._lock:
            entry = self._kept.get((kind, key))
        return entry[1] if entry and monotonic() - entry[0] < seconds else None

    def _put(self, kind: str, key: str, value: Any) -> Any:
        with self._lock:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[(kind, key)] = (monotonic(), value)
        return value

    def forget_channel(self, channel_id: str) -> None:
        with self._lock:
            self._kept.pop(("client", channel_id), None)

    def ready(self, record: Record, call: Call) -> Loaded | None:
        """Without touching the database, if all is at hand. Preparations never are: they need media."""
        if call is Call.PREPARE or (record.platform == "instagram" and call in (Call.READ, Call.DETAILS)):
            return None
        client = self._get("client", record.channel_id, self._seconds)
        snapshot = self._get("snapshot", f"{record.publication_id}/{record.version}", self._seconds * 10)
        if client is None or snapshot is None:
            return None
        return Loaded(client, _brief(record, snapshot), fresh=False)

    def load(self, record: Record, call: Call) -> Loaded | Answer:
        """With the database. An Answer instead when the call cannot be made at all (nothing was sent)."""
        with tenant_context(self._tenant(record.tenant_id)):
            try:
                client, fresh = self._client(record)
                snapshot = self._snapshot(record)
                return Loaded(client, self._fill(record, call, snapshot), fresh)
            except GraphTokenDead as error:
                return self._dead(record, call, error)
            except (Publication.DoesNotExist, Channel.DoesNotExist):
                return _cannot(call, Why("channel_gone"))
            except Refused as refusal:
                again = refusal.code == "asset_not_ready"
                return _cannot(call, Why("media_missing"), again=again)

    def token_died(self, record: Record, error: GraphError) -> None:
        """Tell the social room; its signal then stops the channel for all other posts."""
        self.forget_channel(record.channel_id)
        with tenant_context(self._tenant(record.tenant_id)):
            channel = Channel.objects.get(pk=record.channel_id)
            mark_token_dead(channel, error, now=timezone.now())

    def _dead(self, record: Record, call: Call, error: GraphTokenDead) -> Answer:
        channel = Channel.objects.get(pk=record.channel_id)
        mark_token_dead(channel, error, now=timezone.now())
        # Nothing was sent: the row rests, and the next claim finds the channel stopped and holds it.
        return Answer(call, Class.UNSENT if call is Call.FLIP else Class.TOKEN, why=Why("token"))

    def _tenant(self, tenant_id: str) -> Tenant:
        found = self._get("tenant", tenant_id, _TENANT_SECONDS)
        if found is None:
            found = self._put("tenant", tenant_id, Tenant.objects.get(pk=tenant_id))
        return found

    def _client(self, record: Record) -> tuple[GraphClient, bool]:
        found = self._get("client", record.channel_id, self._seconds)
        if found is not None:
            return found, False
        channel = Channel.objects.get(pk=record.channel_id)
        client = channel_client(channel, http=self._http, on_call=self._on_call, seconds=self._call_seconds)
        return self._put("client", record.channel_id, client), True

    def _snapshot(self, record: Record) -> dict[str, Any]:
        key = f"{record.publication_id}/{record.version}"
        found = self._get("snapshot", key, self._seconds * 10)
        if found is None:
            found = self._put("snapshot", key, Publication.objects.get(pk=record.publication_id).snapshot)
        return found

    def _fill(self, record: Record, call: Call, snapshot: dict[str, Any]) -> Brief:
        if call is Call.PREPARE:
            return _brief(record, snapshot, media=_media(record, snapshot))
        if record.platform == "instagram" and call in (Call.READ, Call.DETAILS) and not record.row.media_id:
            return _brief(record, snapshot, known=_known_media(record), twins=_twins(record, snapshot))
        return _brief(record, snapshot)


def _cannot(call: Call, why: Why, *, again: bool = False) -> Answer:
    if call is Call.PREPARE:
        return Answer(call, Class.REFUSED, why=why, again=again)
    return Answer(call, Class.UNSENT if call is Call.FLIP else Class.UNKNOWN, why=why)


def _brief(
    record: Record,
    snapshot: dict[str, Any],
    *,
    media: tuple[Medium, ...] | None = None,
    known: frozenset[str] = frozenset(),
    twins: Twins = Twins(),  # noqa: B008 - frozen
) -> Brief:
    row = record.row
    return Brief(
        kind=record.kind,
        account=record.channel_remote_id,
        caption=snapshot["caption"],
        link=snapshot["link"],
        media=media or tuple(Medium(item["kind"]) for item in snapshot["media"]),
        comment=snapshot.get("comment", ""),
        place=snapshot.get("place", {}).get("id", ""),
        step=row.step,
        objects=row.objects,
        object_id=row.object_id,
        media_id=row.media_id,
        object_at=row.object_at,
        flip_at=row.flip_intent_at,
        known_media=known,
        twins=twins,
    )


def _media(record: Record, snapshot: dict[str, Any]) -> tuple[Medium, ...]:
    """Addresses only for what this step sends: a carousel of ten does not make ten files for each step."""
    items = snapshot["media"]
    wanted = record.row.step if len(items) > 1 else 0
    media = []
    for index, item in enumerate(items):
        url = ""
        if index == wanted:
            asset = Asset.objects.filter(pk=item["asset"]).first()
            if asset is None:
                raise Refused("", code="media_missing")
            url = public_media_url(ensure_rendition(asset=asset, kind=item["rendition"]))
        media.append(Medium(item["kind"], url, item["alt_text"], tuple(item.get("people", ()))))
    return tuple(media)


def _known_media(record: Record) -> frozenset[str]:
    """Media of this account that are known to be other posts'."""
    rows = (
        Publication.objects.filter(channel_id=record.channel_id)
        .exclude(pk=record.publication_id)
        .exclude(remote_id="")
        .order_by("-published_at")
        .values_list("remote_id", flat=True)[:500]
    )
    return frozenset(rows)


def _twins(record: Record, snapshot: dict[str, Any]) -> Twins:
    """Posts that a medium of this account cannot be told from: the same words, or any story of the kind, for
    stories show none.
    """
    story = SURFACES[record.kind].story
    alike = {"kind": str(record.kind)} if story else {"snapshot__caption": snapshot["caption"]}
    same = (
        Publication.objects.filter(channel_id=record.channel_id, **alike)
        .exclude(pk=record.publication_id)
        .order_by("-publish_at")
        .values_list("pk", flat=True)[:200]
    )
    with connection.cursor() as cursor:
        cursor.execute(_TWINS, [list(same)])
        return Twins(*cursor.fetchone())


_TWINS = """
SELECT count(*) FILTER (WHERE state = 'published'), count(*) FILTER (WHERE state <> 'published'),
       min(flip_intent_at)
  FROM dispatch_due
 WHERE publication_id = ANY(%s) AND flips > 0 AND remote_media_id = '' AND state <> 'cancelled'
   AND flip_intent_at > clock_timestamp() - interval '2 days'
"""
