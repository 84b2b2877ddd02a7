"""Whose numbers are due, in public rows: taken over, claimed with a lease, put off. Resumable at any point.

A claim takes channels in turn over restaurants: the first due channel of each, then the second. What a
crashed collector had claimed is due again when its lease ends; reading twice harms nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from posting.pulse.models import ChannelReading, PostReading
from posting.states import State
from social.registry.models import ChannelClaim
from tenants.models import Tenant

LEASE = timedelta(minutes=5)
POSTS_A_TURN = 100  # of one channel; the rest goes behind the others


class Due(NamedTuple):
    published_at: datetime
    failures: int  # in a row


@dataclass(slots=True)
class Turn:
    """One claimed channel and what is due of it."""

    channel_id: UUID
    tenant_id: UUID
    schema: str
    platform: str
    lease_until: datetime
    failures: int
    own_due: bool
    own_read_at: datetime | None
    posts: dict[UUID, Due] = field(default_factory=dict)


def take_over(*, now: datetime, limit: int = 5000) -> int:
    """Posts that were just published come from the delivery engine's rows; new channels from the registry."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH fresh AS (SELECT id FROM dispatch_due WHERE measure_at IS NOT NULL AND state = %s"
            "               ORDER BY measure_at LIMIT %s FOR UPDATE SKIP LOCKED),"
            " took AS (UPDATE dispatch_due d SET measure_at = NULL FROM fresh WHERE d.id = fresh.id"
            "          RETURNING d.*, (SELECT measure_at FROM dispatch_due o WHERE o.id = d.id) AS at),"
            " posts AS (INSERT INTO pulse_postreading"
            "             (publication_id, channel_id, tenant_id, published_at, next_at, failures)"
            "           SELECT publication_id, channel_id, tenant_id, published_at, at, 0 FROM took"
            "            WHERE kind <> ALL(%s) ON CONFLICT (publication_id) DO NOTHING)"
            " INSERT INTO pulse_channelreading"
            "        (channel_id, tenant_id, schema_name, platform, next_at, own_next_at, failures, trouble)"
            " SELECT channel_id, min(tenant_id::text)::uuid, min(schema_name), min(platform), min(at), %s, 0, ''"
            "   FROM took GROUP BY channel_id"
            " ON CONFLICT (channel_id) DO UPDATE"
            "    SET next_at = least(pulse_channelreading.next_at, excluded.next_at)",
            [State.PUBLISHED, limit, ["fb_photo_story", "fb_video_story"], now],
        )
        taken = cursor.rowcount
        cursor.execute(  # own tables' names, no input
            "INSERT INTO pulse_channelreading"  # noqa: S608
            "  (channel_id, tenant_id, schema_name, platform, next_at, own_next_at, failures, trouble)"
            f" SELECT c.channel, t.id, t.schema_name, c.platform, %s, %s, 0, '' FROM {_table(ChannelClaim)} c"
            f" JOIN {_table(Tenant)} t ON t.id = c.tenant_id"
            " WHERE c.state <> 'disconnected' AND NOT EXISTS"
            "   (SELECT 1 FROM pulse_channelreading r WHERE r.channel_id = c.channel)"
            " LIMIT %s ON CONFLICT DO NOTHING",
            [now, now, limit],
        )
        return taken + cursor.rowcount


def _table(model: type) -> str:
    return model._meta.db_table  # type: ignore[attr-defined]


def claim(*, now: datetime, limit: int) -> list[Turn]:
    """At most `limit` channels that are due and nobody's, in turn over restaurants, with their due posts."""
    until = now + LEASE
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "until": until, "limit": limit, "window": 40 * limit})
        turns = {
            row[0]: Turn(
                channel_id=row[0],
                tenant_id=row[1],
                schema=row[2],
                platform=row[3],
                lease_until=until,
                failures=row[4],
                own_due=row[5] <= now,
                own_read_at=row[6],
            )
            for row in cursor.fetchall()
        }
        cursor.execute(
            "SELECT p.channel_id, p.publication_id, p.published_at, p.failures FROM unnest(%s::uuid[]) c(id),"
            " LATERAL (SELECT * FROM pulse_postreading WHERE channel_id = c.id AND next_at <= %s"
            "          ORDER BY next_at LIMIT %s) p",
            [list(turns), now, POSTS_A_TURN],
        )
        for channel_id, publication_id, published_at, failures in cursor.fetchall():
            turns[channel_id].posts[publication_id] = Due(published_at, failures)
    return list(turns.values())


_CLAIM = """
WITH due AS (
  SELECT channel_id, tenant_id, next_at FROM pulse_channelreading
   WHERE next_at <= %(now)s AND (lease_until IS NULL OR lease_until <= %(now)s)
   ORDER BY next_at LIMIT %(window)s),
ranked AS (
  SELECT channel_id, next_at, row_number() OVER (PARTITION BY tenant_id ORDER BY next_at) AS turn FROM due),
chosen AS (
  SELECT r.channel_id FROM pulse_channelreading r JOIN ranked USING (channel_id)
   WHERE r.next_at <= %(now)s AND (r.lease_until IS NULL OR r.lease_until <= %(now)s)
   ORDER BY ranked.turn, ranked.next_at LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED)
UPDATE pulse_channelreading r SET lease_until = %(until)s FROM chosen WHERE r.channel_id = chosen.channel_id
RETURNING r.channel_id, r.tenant_id, r.schema_name, r.platform, r.failures, r.own_next_at, r.own_read_at
"""


def put_off_posts(
    times: Mapping[UUID, datetime | None], *, failures: Mapping[UUID, int] | None = None
) -> None:
    """Each post's next time; None takes it off the plan for good. `failures`: of those that failed."""
    over = [publication for publication, at in times.items() if at is None]
    later = [(publication, at) for publication, at in times.items() if at is not None]
    if over:
        PostReading.objects.filter(pk__in=over).delete()
    if later:
        counts = failures or {}
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE pulse_postreading p SET next_at = v.at, failures = v.failures"
                " FROM unnest(%s::uuid[], %s::timestamptz[], %s::int[]) v(id, at, failures)"
                " WHERE p.publication_id = v.id",
                [
                    [publication for publication, _ in later],
                    [at for _, at in later],
                    [counts.get(publication, 0) for publication, _ in later],
                ],
            )


def finish(
    turn: Turn,
    *,
    now: datetime,
    read: bool,
    own_read: bool,
    own_next_at: datetime | None = None,
    not_before: datetime | None = None,
    failures: int = 0,
    trouble: str = "",
) -> bool:
    """Give the channel back: due again when the earliest of its parts is, and not before `not_before`.

    False when the lease was somebody else's by now; then nothing changes.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pulse_channelreading r SET lease_until = NULL, failures = %(failures)s, trouble = %(trouble)s,"
            " own_next_at = coalesce(%(own_next)s::timestamptz, own_next_at),"
            " read_at = CASE WHEN %(read)s THEN %(now)s::timestamptz ELSE read_at END,"
            " own_read_at = CASE WHEN %(own_read)s THEN %(now)s::timestamptz ELSE own_read_at END,"
            " next_at = greatest(%(not_before)s::timestamptz,"
            "   least(coalesce(%(own_next)s::timestamptz, own_next_at),"
            "     (SELECT greatest(min(p.next_at), %(now)s::timestamptz) FROM pulse_postreading p"
            "       WHERE p.channel_id = r.channel_id)))"
            " WHERE channel_id = %(channel)s AND lease_until = %(lease)s",
            {
                "failures": failures,
                "trouble": trouble[:200],
                "own_next": own_next_at,
                "read": read,
                "own_read": own_read,
                "not_before": not_before,
                "now": now,
                "channel": turn.channel_id,
                "lease": turn.lease_until,
            },
        )
        return bool(cursor.rowcount)


def forget_channels(channel_ids: Iterable[UUID]) -> None:
    """The channel is gone: nothing of it is read any more."""
    ids = list(channel_ids)
    PostReading.objects.filter(channel_id__in=ids).delete()
    ChannelReading.objects.filter(channel_id__in=ids).delete()


def bring_forward(*, channel_id: UUID, publication_ids: Sequence[UUID], at: datetime) -> int:
    """Read these posts at `at` unless they are due before; how many were moved."""
    moved = PostReading.objects.filter(pk__in=publication_ids, next_at__gt=at).update(next_at=at)
    if moved:
        # A channel that failed waits for its time all the same: a reaction does not end a throttle.
        ChannelReading.objects.filter(pk=channel_id, next_at__gt=at, failures=0).update(next_at=at)
    return moved


def resume_channel(*, channel_id: UUID, now: datetime) -> None:
    """Its access works again: what waited is read now."""
    ChannelReading.objects.filter(pk=channel_id).update(next_at=now, failures=0, trouble="")
