"""When a restaurant is closed, what was still to go out does not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils.translation import ngettext

from posting.dispatch import engine, ledger
from posting.dispatch.ledger import Change
from posting.dispatch.terms import Why
from posting.models import Publication
from posting.states import MENDABLE, OPEN, WORKING
from tenants.access import Actor
from tenants.models import Tenant
from tenants.signals import restaurant_closed, restaurant_closing

BATCH = 500


@receiver(restaurant_closing)
def on_closing(sender: Any, *, tenant: Tenant, now: datetime, **_: Any) -> list[str]:
    waiting = Publication.objects.filter(state__in=WORKING).values("post").distinct().count()
    if not waiting:
        return []
    text = ngettext(
        "%(number)s scheduled post is cancelled.", "%(number)s scheduled posts are cancelled.", waiting
    )
    return [text % {"number": waiting}]


@receiver(restaurant_closed)
def on_closed(sender: Any, *, tenant: Tenant, by: Actor, now: datetime, **_: Any) -> int:
    """Cancel everything that cannot be visible, in the transaction that closes. How many.

    What is in the air this very moment ends by itself: its answer is still noted, and no row is taken up again,
    for the publisher takes nothing of a closed restaurant.
    """
    states = sorted(OPEN | MENDABLE)
    done = 0
    while True:
        found = ledger.read(
            "d.tenant_id = %s AND d.state = ANY(%s) ORDER BY d.id LIMIT %s",
            [tenant.pk, states, BATCH],
            lock="FOR UPDATE",
        )
        changes = [Change(one, engine.cancel(one.row, now, Why("closed")), by=by.label) for one in found]
        done += len(ledger.write(changes, now=now))
        if len(found) < BATCH:
            return done
