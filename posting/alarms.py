"""What people are told about posts: those that stopped and need somebody, and the summary's lines.

Called inside the transaction that moves the rows, often the publisher's: only rows are written, no broker is
asked (the sweep mails within a minute), and a fault here stays here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import structlog
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from posting import reasons
from posting.dispatch.ledger import Change
from posting.models import Publication
from posting.states import ASKING, WORKING, State
from tenants.context import current_tenant
from tenants.models import Tenant
from tenants.notices.models import Level
from tenants.notices.services import notify, resolve
from tenants.times import day_text
from tenants.urls_of import tenant_url

logger = structlog.get_logger(__name__)
MOST_SINGLE = 10  # more posts that stop at one moment are told as one
#: The social room tells these, once for the whole account, with its own button.
TOLD_ELSEWHERE = {"token", "channel_gone"}


def publications_moved(moved: Iterable[Change], *, now: datetime) -> None:
    """Tell of what stopped, take back what goes on."""
    stopped: dict[str, list[Change]] = defaultdict(list)
    over: list[Change] = []
    for change in moved:
        if State(change.move.row.state) in ASKING:
            if _code(change) not in TOLD_ELSEWHERE:
                stopped[str(change.record.tenant_id)].append(change)
        elif State(change.record.row.state) in ASKING:
            over.append(change)
    if not stopped and not over:
        return
    try:
        with transaction.atomic():
            _tell(stopped, over, now)
    except DatabaseError:
        logger.exception("alarm_not_told")


def settled(publication: Publication, *, now: datetime) -> None:
    """Somebody had it made anew: its notice is over. Inside the restaurant's schema."""
    resolve(tenant=current_tenant(), key=f"publication:{publication.pk}:asks", now=now)


def _tell(stopped: dict[str, list[Change]], over: list[Change], now: datetime) -> None:
    names = {*stopped, *(str(change.record.tenant_id) for change in over)}
    tenants = {str(tenant.pk): tenant for tenant in Tenant.objects.filter(pk__in=names)}
    for change in over:
        if tenant := tenants.get(str(change.record.tenant_id)):
            resolve(tenant=tenant, key=_key(change), now=now)
    for name, changes in stopped.items():
        if not (tenant := tenants.get(name)):
            continue
        inbox = tenant_url(tenant, "inbox")
        if len(changes) > MOST_SINGLE:
            notify(
                tenant=tenant,
                kind="post",
                level=Level.NEEDS_YOU,
                key=f"publications:{now:%Y-%m-%dT%H:%M}",
                sentence=_("%(n)d posts could not go on by themselves.") % {"n": len(changes)},
                link=inbox,
                fix=_("Have a look"),
                at_once=False,
                now=now,
            )
            continue
        for change in changes:
            notify(
                tenant=tenant,
                kind="post",
                level=Level.NEEDS_YOU,
                key=_key(change),
                sentence=_sentence(change),
                link=f"{inbox}#p-{change.record.publication_id}",
                fix=_("Have a look"),
                at_once=False,
                now=now,
            )


def _key(change: Change) -> str:
    return f"publication:{change.record.publication_id}:asks"


def _code(change: Change) -> str:
    return change.move.why.code if change.move.why else change.record.reason_code


def _sentence(change: Change) -> str:
    why = change.move.why
    network = "Instagram" if change.record.platform == "instagram" else "Facebook"
    reason = reasons.sentence(_code(change), dict(why.params) if why else None)
    return _("A post for %(network)s needs you. %(reason)s") % {"network": network, "reason": reason}


def digest(tenant: Tenant, *, since: datetime, now: datetime) -> list[str]:
    """Lines of the summary, inside the restaurant's schema. Three queries; nothing to say gives none."""
    lines = []
    out = Publication.objects.filter(state=State.PUBLISHED, published_at__gt=since, published_at__lte=now)
    if published := out.values("post").distinct().count():
        lines.append(ngettext("%(n)d post went out.", "%(n)d posts went out.", published) % {"n": published})
    ahead = Publication.objects.filter(state__in=WORKING, publish_at__gt=now)
    if planned := ahead.values("post").distinct().count():
        first = ahead.order_by("publish_at").values_list("publish_at", flat=True)[0]
        lines.append(
            ngettext(
                "%(n)d post is planned, on %(day)s.", "%(n)d posts are planned, the next on %(day)s.", planned
            )
            % {"n": planned, "day": day_text(first, tenant.timezone, now=now)}
        )
    elif published:
        lines.append(_("Nothing is planned yet."))
    return lines
