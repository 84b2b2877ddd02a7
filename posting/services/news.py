"""What other rooms tell us: a channel lives or dies, a post appeared on a Page, a dish is sold out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from posting.dispatch import engine, ledger
from posting.dispatch.ledger import Change, Record
from posting.dispatch.models import ChannelSlot
from posting.dispatch.terms import Move, Row, Why
from posting.models import Publication
from posting.services.planning import wake_publishers
from posting.states import OPEN, State
from social.models import Channel
from tenants.access import Actor


def channel_changed(*, channel: Channel, now: datetime) -> None:
    """Copy to the slot what the engine must know; after a reconnect, what was held goes on by itself."""
    by = Actor.system("reconnect")
    token_ok = channel.state in ("active", "paused")
    with transaction.atomic():
        ChannelSlot.objects.filter(channel_id=channel.pk).update(
            token_ok=token_ok, paused=channel.state == "paused", remote_id=channel.remote_id
        )
        if not token_ok:
            return
        held = ledger.read(
            "d.channel_id = %s AND d.state IN ('held', 'needs_owner')", [channel.pk], lock="FOR UPDATE"
        )
        changes = [change for record in held if (change := _resumed(record, by, now))]
        ledger.write(changes, now=now)
        wake_publishers()


def _resumed(record: Record, by: Actor, now: datetime) -> Change | None:
    row = record.row
    if row.state is State.HELD and record.reason_code in ("restored", "dish_gone"):
        return None  # it waits for something else
    if row.state is State.HELD:
        move = _goes_on(row, now, "resumed")
    elif record.reason_code == "token_in_doubt":
        move = engine.recheck(row, now)
    else:
        return None
    return Change(record, move, by=by.label)


def dish_changed(*, post_ids: Iterable[Any], available: bool, now: datetime) -> int:
    """A dish was taken off the menu or put back: its posts that are still to go out wait, or go on."""
    by = Actor.system("menu")
    publications = Publication.objects.filter(post_id__in=list(post_ids)).values_list("pk", flat=True)
    states = [State.HELD] if available else sorted(OPEN)
    with transaction.atomic():
        found = ledger.read(
            "d.publication_id = ANY(%s) AND d.state = ANY(%s)",
            [list(publications), states],
            lock="FOR UPDATE",
        )
        changes: list[Change] = []
        for record in found:
            if not available and not record.row.flips:
                changes.append(Change(record, engine.hold(record.row, Why("dish_gone")), by=by.label))
            elif available and record.reason_code == "dish_gone":
                changes.append(Change(record, _goes_on(record.row, now, "dish_back"), by=by.label))
        ledger.write(changes, now=now)
        wake_publishers()
    return len(changes)


def _goes_on(row: Row, now: datetime, reason: str) -> Move:
    if now > row.not_after - timedelta(minutes=1):
        return engine.miss(row)
    return engine.resume(row, now, Why(reason))


def feed_event(*, channel: Channel, remote_id: str, now: datetime) -> None:
    """A webhook says that this object of the Page was added to its feed: a proof besides reading."""
    with transaction.atomic():
        found = ledger.read(
            "d.platform = %s AND d.remote_object_id = %s AND d.channel_id = %s AND d.flips > 0",
            [channel.platform, remote_id, channel.pk],
            lock="FOR UPDATE",
        )
        changes: list[Change] = []
        for record in found:
            move = engine.prove(record.row, now, by="webhook", evidence={"webhook": remote_id})
            if move:
                changes.append(Change(record, move, by="Facebook"))
        ledger.write(changes, now=now)
        if changes:
            wake_publishers()
