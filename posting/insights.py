"""Numbers of published posts: reactions, comments, shares, reach and views, as Meta counts them.

Only metrics that are valid today (reference section 6; the impressions family is dead and one dead metric
fails a whole call). What Meta does not say makes no row: empty is not zero.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from posting.models import Insight, Publication
from posting.states import State
from posting.surfaces import Kind
from social.graph import GraphClient, GraphError, GraphRefused, GraphThrottled, GraphTokenDead
from social.services import channel_client, mark_token_dead

logger = logging.getLogger(__name__)

# Meta's metric -> our word.
_FACEBOOK = {"post_total_media_view_unique": "reach", "post_media_view": "views", "post_clicks": "clicks"}
_INSTAGRAM = {
    "likes": "likes",
    "comments": "comments",
    "shares": "shares",
    "saved": "saves",
    "reach": "reach",
    "views": "views",
}
_STORY = {"reach": "reach", "views": "views", "replies": "comments", "shares": "shares"}
_VIDEO_KINDS = (Kind.FB_VIDEO, Kind.FB_REEL)
_UNCOUNTED = (Kind.FB_PHOTO_STORY, Kind.FB_VIDEO_STORY)

#: A post's numbers move fast at first: measured again after this long, by its age.
RHYTHM = (
    (timedelta(minutes=30), timedelta(minutes=5)),
    (timedelta(hours=6), timedelta(minutes=30)),
    (timedelta(days=2), timedelta(hours=3)),
    (timedelta(days=30), timedelta(days=1)),
)


def next_measure(published_at: datetime, now: datetime) -> datetime | None:
    """When to measure a post again; None when it is old enough to be left alone."""
    age = now - published_at
    return next((now + pause for until, pause in RHYTHM if age < until), None)


def take_due(*, now: datetime, limit: int = 200) -> dict[str, list[str]]:
    """{schema: publication ids} to measure now, inside the caller's transaction.

    Each is put off to its next time at once, so that two dispatchers never measure the same post.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, schema_name, publication_id, published_at FROM dispatch_due"
            " WHERE state = 'published' AND measure_at <= %s ORDER BY measure_at LIMIT %s"
            " FOR UPDATE SKIP LOCKED",
            [now, limit],
        )
        rows = cursor.fetchall()
        found: dict[str, list[str]] = {}
        for due_id, schema, publication_id, published_at in rows:
            cursor.execute(
                "UPDATE dispatch_due SET measure_at = %s WHERE id = %s",
                [next_measure(published_at, now), due_id],
            )
            found.setdefault(schema, []).append(str(publication_id))
    return found


def collect(*, publication_ids: Iterable[str], now: datetime) -> int:
    """Measure these publications of the current restaurant; the number of figures kept.

    One post that cannot be measured does not stop the others; a throttle stops them all until next time.
    """
    kept = 0
    rows = Publication.objects.filter(pk__in=list(publication_ids), state=State.PUBLISHED)
    for publication in rows.select_related("channel"):
        if not publication.remote_id or publication.kind in _UNCOUNTED:
            continue
        try:
            figures = measure(publication, channel_client(publication.channel))
        except GraphThrottled:
            break
        except GraphTokenDead as error:
            mark_token_dead(publication.channel, error, now=now, needed=False)
            continue
        except GraphError as error:
            logger.info("no figures of %s: %s", publication.pk, error)
            continue
        kept += _keep(publication, figures, now)
    return kept


def _keep(publication: Publication, figures: Mapping[str, int], now: datetime) -> int:
    made = [
        Insight(publication=publication, metric=name, value=value, measured_at=now)
        for name, value in figures.items()
    ]
    return len(Insight.objects.bulk_create(made, ignore_conflicts=True))


def measure(publication: Publication, client: GraphClient) -> dict[str, int]:
    """{our word: value} as of now."""
    if publication.platform == "instagram":
        wanted = _STORY if publication.surface.story else _INSTAGRAM
        return _insights(client, publication.remote_id, wanted)
    if publication.kind in _VIDEO_KINDS:
        return {}  # counted by the videos' own insights
    figures = _engagement(client, publication.remote_id)
    try:
        return figures | _insights(client, publication.remote_id, _FACEBOOK, period="lifetime")
    except GraphRefused:
        return figures  # a Page under 100 likes has no insights, but reactions and comments all the same


def _engagement(client: GraphClient, post_id: str) -> dict[str, int]:
    answer = client.engagement(post_id)
    figures: dict[str, int] = {}
    for name, key in (("likes", "reactions"), ("comments", "comments")):
        total = _number(_part(_part(answer, key), "summary").get("total_count"))
        if total is not None:
            figures[name] = total
    shares = _number(_part(answer, "shares").get("count"))
    figures["shares"] = shares or 0  # absent means none
    return figures


def _insights(
    client: GraphClient, object_id: str, wanted: Mapping[str, str], **params: Any
) -> dict[str, int]:
    """All at once; when one of them is refused (retired, or not of this kind of post), one by one."""
    try:
        return _figures(client.insights(object_id, [*wanted], **params).items, wanted)
    except GraphRefused as refused:
        if refused.code != 100:
            raise
    figures: dict[str, int] = {}
    for metric in wanted:
        try:
            figures |= _figures(client.insights(object_id, [metric], **params).items, wanted)
        except GraphRefused:
            continue
    return figures


def _figures(items: Iterable[Mapping[str, Any]], wanted: Mapping[str, str]) -> dict[str, int]:
    figures: dict[str, int] = {}
    for item in items:
        word = wanted.get(str(item.get("name")))
        values = item.get("values")
        last = values[-1] if isinstance(values, list) and values else item.get("total_value")
        value = _number(last.get("value")) if isinstance(last, Mapping) else None
        if word and value is not None:
            figures[word] = value
    return figures


def _part(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = value.get(key)
    return part if isinstance(part, Mapping) else {}


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
