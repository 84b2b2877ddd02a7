"""Looking ahead: would this post go out if its moment were now? Asked when it is saved, a day and an hour before.

The Due row says when to look next (`check_at`); a sweep takes what is due in batches. A problem is a notice
with one button; it is taken back as soon as a later look finds nothing. Nothing here stops a post: the
publisher decides at its moment, with the truth of that moment.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx2
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from assets.links import public_media_url
from assets.models import Asset
from assets.services import ensure_rendition
from content.checks import check_post
from posting import reasons
from posting.dispatch.ledger import Change
from posting.dispatch.models import ChannelSlot
from posting.models import Publication
from posting.reasons import Fix
from posting.states import OPEN
from social.graph import GraphError, GraphTokenDead
from social.models import Channel
from social.permissions import blocking
from social.services import channel_client
from tenants.context import current_tenant
from tenants.errors import Refused
from tenants.notices.models import Level, Notice
from tenants.notices.services import notify, resolve
from tenants.urls_of import tenant_url

logger = logging.getLogger(__name__)

STAGES = (timedelta(hours=24), timedelta(hours=1))  # before its moment; the first look is at once
BATCH = 500
CHUNK = 20  # posts a task: each may ask Meta and our own files, some seconds at worst
_FETCH_SECONDS = 10.0
_PAGE_OF = {Fix.RECONNECT: "channels", Fix.ACCOUNT: "channels"}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why it would not go out, as a sentence for its owner, and the one button that solves it."""

    code: str
    sentence: str
    fix: Fix


def next_look(publish_at: datetime, now: datetime) -> datetime | None:
    """The next of T-24 h and T-1 h that is still to come."""
    return next((publish_at - ahead for ahead in STAGES if publish_at - ahead > now), None)


def take_due(*, now: datetime, limit: int = BATCH) -> dict[str, list[str]]:
    """Publications to be looked at now, by restaurant's schema; each is put down for its next look at once."""
    found: dict[str, list[str]] = defaultdict(list)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TAKE, {"now": now, "limit": limit, "states": [str(state) for state in OPEN]})
        rows = cursor.fetchall()
        later = [(row_id, next_look(due_at, now)) for row_id, _schema, _publication, due_at in rows]
        cursor.executemany(
            "UPDATE dispatch_due SET check_at = %s WHERE id = %s", [(at, pk) for pk, at in later]
        )
    for _id, schema, publication_id, _due in rows:
        found[schema].append(str(publication_id))
    return found


_TAKE = """
SELECT id, schema_name, publication_id, due_at FROM dispatch_due
 WHERE check_at <= %(now)s AND state = ANY(%(states)s) ORDER BY check_at LIMIT %(limit)s
   FOR UPDATE SKIP LOCKED
"""


def look_at(*, publication_ids: Iterable[str], now: datetime) -> int:
    """Look at these publications of the current restaurant and say what is wrong; how many have problems."""
    rows = Publication.objects.filter(pk__in=list(publication_ids), state__in=OPEN)
    wrong = 0
    with override(current_tenant().language):
        for publication in rows.select_related("channel__connection", "post"):
            try:
                wrong += _tell(publication, problems(publication, now=now), now)
            except Exception:
                logger.exception("could not look ahead at %s", publication.pk)
    return wrong


def _tell(publication: Publication, found: list[Problem], now: datetime) -> bool:
    tenant, key = current_tenant(), f"preflight:{publication.pk}"
    if not found:
        resolve(tenant=tenant, key=key, now=now)
        return False
    first = found[0]
    page = _PAGE_OF.get(first.fix)
    when = tenant.local(publication.publish_at).strftime("%d.%m. %H:%M")
    notify(
        tenant=tenant,
        kind="preflight",
        level=Level.NEEDS_YOU,
        key=key,
        sentence=_("The post for %(place)s at %(when)s would not go out: %(why)s")
        % {"place": publication.channel.name, "when": when, "why": first.sentence},
        link=tenant_url(tenant, page) if page else tenant_url(tenant, "post", post_id=publication.post_id),
        fix=str(reasons.FIX_LABEL[first.fix]),
        at_once=False,  # many posts are looked at in one task: the sweep mails them together
        now=now,
    )
    return True


def over(moved: Iterable[Change], *, now: datetime) -> None:
    """What is out, taken back or has stopped needs no warning any more. One statement for a whole batch."""
    done = [one.record for one in moved if one.move.row.state not in OPEN]
    if done:
        Notice.objects.filter(
            tenant_id__in={record.tenant_id for record in done},  # the index begins with it
            key__in=[f"preflight:{record.publication_id}" for record in done],
            resolved_at__isnull=True,
        ).update(resolved_at=now)


def problems(publication: Publication, *, now: datetime) -> list[Problem]:
    """What would stop it, the connection first: nothing else matters without it."""
    found = [*_connection(publication), *_content(publication)]
    if not any(problem.fix is Fix.RECONNECT for problem in found):
        found += _live(publication, now)
    return found or _media(publication, now)


def _connection(publication: Publication) -> list[Problem]:
    channel = publication.channel
    login = channel.connection
    if channel.state in ("needs_reconnect", "disconnected"):
        return [Problem("token", _("The account is no longer connected."), Fix.RECONNECT)]
    lacking = blocking(
        login.scopes, channel.platform, login.granular, {channel.remote_id, channel.page_remote_id}
    )
    if login.scopes and lacking:
        sentence = _("A permission is missing: %(what)s.") % {"what": lacking[0].why}
        return [Problem("scopes", sentence, Fix.RECONNECT)]
    ends = login.data_access_expires_at
    # Only Instagram stops with the 90 days; a Page's token outlives the login it came from.
    if channel.platform == "instagram" and ends and ends <= publication.publish_at:
        return [
            Problem("data_access", _("Instagram's access ends before then. Reconnect once."), Fix.RECONNECT)
        ]
    return []


def _content(publication: Publication) -> list[Problem]:
    """What checks at scheduling asked, asked again of today's library and menu for the moment it goes out."""
    found = check_post(publication.post, [publication.platform], moment=publication.publish_at)
    return [Problem(one.code, str(one.sentence), Fix.EDIT) for one in found if one.level == "error"]


def _live(publication: Publication, now: datetime) -> list[Problem]:
    """One question to Meta: is the token alive, and (Instagram) is there room today? Silence is no problem."""
    channel = publication.channel
    try:
        client = channel_client(channel, seconds=_FETCH_SECONDS)
        if channel.platform != "instagram":
            client.call("preflight", "GET", channel.remote_id, {"fields": "id"}, needs="id")
            return []
        quota = read_quota(channel, client, now)
    except GraphTokenDead:
        return [Problem("token", str(reasons.sentence("token")), Fix.RECONNECT)]
    except (GraphError, Refused):
        return []
    used, total = quota
    if total and used >= total and publication.publish_at - now < timedelta(hours=24):
        sentence = _("Instagram takes %(total)d posts in 24 hours, and all are used.") % {"total": total}
        return [Problem("quota", sentence, Fix.RESCHEDULE)]
    return []


def read_quota(channel: Channel, client: Any, now: datetime) -> tuple[int, int]:
    """Used and total of Instagram's rolling 24 hours, as Meta says now (reference 4.4: never a constant)."""
    data = client.publishing_limit(channel.remote_id).get("data") or [{}]
    used, total = (
        int(data[0].get("quota_usage") or 0),
        int((data[0].get("config") or {}).get("quota_total") or 0),
    )
    ChannelSlot.objects.filter(channel_id=channel.pk).update(quota_used=used, quota_total=total, quota_at=now)
    return used, total


def _media(publication: Publication, now: datetime) -> list[Problem]:
    """In the last day: is every file there, legal and fetchable from outside, as Meta will fetch it?"""
    if publication.publish_at - now > timedelta(hours=25):
        return []
    for item in publication.snapshot["media"]:
        asset = Asset.objects.filter(pk=item["asset"]).first()
        if asset is None:
            return [Problem("media_missing", str(reasons.sentence("media_missing")), Fix.EDIT)]
        try:
            url = public_media_url(ensure_rendition(asset=asset, kind=item["rendition"]))
            answer = httpx2.head(url, timeout=_FETCH_SECONDS, trust_env=False)
            good = answer.status_code == 200
        except (Refused, httpx2.HTTPError):
            good = False
        if not good:
            sentence = _("“%(title)s” cannot be fetched from outside.") % {"title": asset.title}
            return [Problem("media_unreachable", sentence, Fix.EDIT)]
    return []
