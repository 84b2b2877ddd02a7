"""One restaurant's rows in the Pulse table, from its own tables. Runs inside its schema."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from posting.insights.days import ZONE, day_of
from posting.pulse.models import Pulse
from posting.states import ASKING, State
from tenants.models import Tenant

BACK = 4  # days that may still change


def refresh(*, tenant: Tenant, now: datetime) -> None:
    """The last days again: one read of the restaurant's tables, one write. Days are Meta's."""
    today = day_of(now)
    first = today - timedelta(days=BACK)
    with connection.cursor() as cursor:
        cursor.execute(
            _READ,
            {
                "first": first,
                "today": today,
                "zone": str(ZONE),
                "published": State.PUBLISHED,
                "asking": [str(state) for state in ASKING],
                "tenant": tenant.pk,
            },
        )
        rows = [
            Pulse(
                tenant_id=tenant.pk,
                day=day,
                posts=posts,
                failed=failed,
                reach=reach,
                views=views,
                engagement=engagement,
                followers=followers,
                channels=channels,
                troubled=troubled,
                measured_at=now,
            )
            for day, posts, failed, reach, views, engagement, followers, channels, troubled in cursor
        ]
    Pulse.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["tenant_id", "day"],
        update_fields=[
            "posts",
            "failed",
            "reach",
            "views",
            "engagement",
            "followers",
            "channels",
            "troubled",
            "measured_at",
        ],
    )


_READ = """
SELECT d::date, coalesce(p.posts, 0), coalesce(f.failed, 0), c.reach, c.views, c.engagement, c.followers,
       r.channels, r.troubled
  FROM generate_series(%(first)s::date, %(today)s::date, interval '1 day') d
  LEFT JOIN (SELECT (published_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS posts
               FROM posting_publication
              WHERE state = %(published)s AND published_at >= %(first)s::date - interval '1 day'
              GROUP BY 1) p ON p.day = d
  LEFT JOIN (SELECT (updated_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS failed
               FROM posting_publication
              WHERE state = ANY(%(asking)s) AND updated_at >= %(first)s::date - interval '1 day'
              GROUP BY 1) f ON f.day = d
  LEFT JOIN (SELECT day, sum(reach) AS reach, sum(views) AS views, sum(engagement) AS engagement,
                    sum(followers) AS followers
               FROM posting_channelday WHERE day >= %(first)s GROUP BY day) c ON c.day = d
 CROSS JOIN (SELECT count(*) AS channels, count(*) FILTER (WHERE failures > 0) AS troubled
               FROM pulse_channelreading WHERE tenant_id = %(tenant)s) r
"""
