"""Letting a post come back, planning its next two weeks, pausing and ending it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from content.models import Post
from content.words import Approval
from posting import services
from posting.recurring import rules
from posting.recurring.index.models import RecurringDue
from posting.recurring.models import Occurrence, Recurrence
from posting.recurring.rules import Every
from posting.services.planning import usable
from posting.states import OPEN
from social.models import Channel
from tenants.access import Actor
from tenants.context import current_tenant
from tenants.errors import Refused
from tenants.models import Tenant
from tenants.notices.models import Level
from tenants.notices.services import notify, resolve
from tenants.times import local_of
from tenants.urls_of import tenant_url

AHEAD = timedelta(days=14)  # so far is planned; the calendar shows it, and each can be moved or taken back
LEAD = timedelta(minutes=2)
MOST_TIMES = 500
RERUN_HOUR = time(3)  # the restaurant's night
REGRET = timedelta(minutes=10)  # in which an end can be undone
RETRY = timedelta(hours=3)  # after something stood in the way

__all__ = ["change", "end", "extend", "pause", "reopen", "repeat", "resume"]


def repeat(
    *,
    post: Post,
    channels: Iterable[Channel],
    every: str,
    days: Iterable[int],
    at: time,
    starts_on: date | None = None,
    ends_on: date | None = None,
    times: int | None = None,
    by: Actor,
    now: datetime,
) -> Recurrence:
    """The post comes back on `days` at `at`, the restaurant's wall clock, until `ends_on` or `times` days.

    `every` "week" with days 0 (Monday) to 6, or "month" with days 1 to 31 (31 is the last day of each month).
    The next two weeks are planned at once; what cannot be planned (the day is full, a channel is gone) is told.
    """
    tenant = current_tenant()
    rule = _rule(tenant, every, days, at, starts_on, ends_on, times, now)
    channels = list(channels)
    if not channels:
        raise Refused(_("Choose where it should appear."), code="channel_missing", field="channels")
    if post.approval == Approval.NEEDS_APPROVAL:
        raise Refused(
            _("This post waits for approval: approve it in the calendar."), code="needs_approval", status=409
        )
    with transaction.atomic():
        made = Recurrence.objects.create(
            post=post, **rule, created_by=by.label, created_by_id=by.id, created_at=now
        )
        made.channels.set(usable(channels))
        _plan(tenant, made, now)
    return made


def change(
    *,
    recurrence: Recurrence,
    every: str,
    days: Iterable[int],
    at: time,
    ends_on: date | None = None,
    times: int | None = None,
    channels: Iterable[Channel] | None = None,
    by: Actor,
    now: datetime,
) -> Recurrence:
    """Other days, another time or other channels (None: the same) from now on: what is planned ahead and not on
    its way yet is planned anew. One that is paused stays paused.
    """
    tenant = current_tenant()
    rule = _rule(tenant, every, days, at, recurrence.starts_on, ends_on, times, now)
    chosen = None if channels is None else list(channels)
    if chosen is not None and not chosen:
        raise Refused(_("Choose where it should appear."), code="channel_missing", field="channels")
    with transaction.atomic():
        locked = _locked(recurrence)
        _withdraw(locked, by, now)
        Recurrence.objects.filter(pk=locked.pk).update(**rule)
        if chosen is not None:
            locked.channels.set(usable(chosen))
        locked.refresh_from_db()
        _plan(tenant, locked, now)
    return locked


def pause(*, recurrence: Recurrence, by: Actor, now: datetime) -> int:
    """Nothing of it goes out until `resume`. How many were on their way already and could not be stopped."""
    with transaction.atomic():
        locked = _locked(recurrence)
        missed = _withdraw(locked, by, now)
        Recurrence.objects.filter(pk=locked.pk, paused_at=None).update(paused_at=now)
        _index(current_tenant(), locked, None)
    return missed


def resume(*, recurrence: Recurrence, by: Actor, now: datetime) -> Recurrence:
    """Goes on from now; days that passed meanwhile are not made up for."""
    with transaction.atomic():
        locked = _locked(recurrence)
        Recurrence.objects.filter(pk=locked.pk).update(paused_at=None)
        locked.refresh_from_db()
        _plan(current_tenant(), locked, now)
    return locked


def end(*, recurrence: Recurrence, by: Actor, now: datetime) -> int:
    """It does not come back. How many were on their way already and could not be stopped."""
    with transaction.atomic():
        locked = _locked(recurrence)
        missed = _withdraw(locked, by, now)
        Recurrence.objects.filter(pk=locked.pk).update(ended_at=now)
        _index(current_tenant(), locked, None)
    return missed


def reopen(*, recurrence: Recurrence, by: Actor, now: datetime) -> Recurrence:
    """Undo of `end`, for the minutes in which somebody may still notice: it is as it was before."""
    with transaction.atomic():
        locked = Recurrence.objects.select_for_update().get(pk=recurrence.pk)
        if locked.ended_at is not None and locked.ended_at < now - REGRET:
            raise Refused(_("This repeating post is over. Begin a new one."), code="over", status=409)
        Recurrence.objects.filter(pk=locked.pk).update(ended_at=None)
        locked.refresh_from_db()
        _plan(current_tenant(), locked, now)
    return locked


def extend(*, recurrence: Recurrence, now: datetime) -> datetime | None:
    """Plan what of the next two weeks is not planned yet. When to come back (None: never by itself).

    Safe to repeat and to kill: the row is locked, each day and channel is planned in one transaction with its
    Occurrence, and the unique key refuses a second.
    """
    with transaction.atomic():
        locked = Recurrence.objects.select_for_update().filter(pk=recurrence.pk).first()
        if locked is None or locked.status != "running":
            return None
        tenant = current_tenant()
        today = local_of(now, tenant.timezone).date()
        done = set(
            Occurrence.objects.filter(recurrence=locked, publication__isnull=False).values_list(
                "channel_id", "day"
            )
        )
        counted = {day for _channel, day in done}
        blocked = False
        for day in locked.days_between(today, today + AHEAD):
            at = rules.instant(day, locked.at, tenant.timezone)
            if at < now + LEAD:
                continue
            if locked.times and day not in counted and len(counted) >= locked.times:
                break
            for channel in locked.channels.all():
                if (channel.pk, day) in done:
                    continue
                if _make(tenant, locked, channel, day, at, now):
                    counted.add(day)
                else:
                    blocked = True
        if _is_over(locked, counted, today):
            Recurrence.objects.filter(pk=locked.pk).update(ended_at=now)
            return None
        night = rules.instant(today + timedelta(days=1), RERUN_HOUR, tenant.timezone)
        return min(night, now + RETRY) if blocked else night


def _rule(
    tenant: Tenant,
    every: str,
    days: Iterable[int],
    at: time,
    starts_on: date | None,
    ends_on: date | None,
    times: int | None,
    now: datetime,
) -> dict:
    if every not in Every.values:
        raise Refused(_("Choose every week or every month."), code="every", field="every")
    chosen = sorted(set(days))
    low, high = (0, 6) if every == Every.WEEK else (1, 31)
    if not chosen or chosen[0] < low or chosen[-1] > high:
        raise Refused(_("Choose at least one day."), code="days_missing", field="days")
    first = max(starts_on or date.min, local_of(now, tenant.timezone).date())
    if ends_on and ends_on < first:
        raise Refused(_("The last day must not be before the first."), code="ends_on", field="ends_on")
    if times is not None and not 1 <= times <= MOST_TIMES:
        raise Refused(
            _("It may come back 1 to %(most)d times.") % {"most": MOST_TIMES}, code="times", field="times"
        )
    return {
        "every": every,
        "days": chosen,
        "at": at.replace(second=0, microsecond=0, tzinfo=None),
        "starts_on": first,
        "ends_on": ends_on,
        "times": times,
    }


def _locked(recurrence: Recurrence) -> Recurrence:
    locked = Recurrence.objects.select_for_update().get(pk=recurrence.pk)
    if locked.ended_at:
        raise Refused(_("This repeating post is over. Begin a new one."), code="over", status=409)
    return locked


def _plan(tenant: Tenant, recurrence: Recurrence, now: datetime) -> None:
    _index(tenant, recurrence, extend(recurrence=recurrence, now=now))


def _index(tenant: Tenant, recurrence: Recurrence, at: datetime | None) -> None:
    RecurringDue.objects.update_or_create(
        recurrence_id=recurrence.pk, defaults={"tenant_id": tenant.pk, "next_run_at": at, "tries": 0}
    )


def _make(
    tenant: Tenant, recurrence: Recurrence, channel: Channel, day: date, at: datetime, now: datetime
) -> bool:
    """One day on one channel. False when something stands in the way; its owner is told once."""
    by = Actor("system", "recurring", recurrence.created_by)
    key = f"recurring:{recurrence.pk}:{channel.pk}"
    keys = {"recurrence": recurrence, "channel": channel, "day": day}
    try:
        with transaction.atomic():
            (publication,) = services.schedule(
                post=recurrence.post, channels=[channel], publish_at=at, again=True, by=by, now=now
            )
            Occurrence.objects.update_or_create(
                **keys, defaults={"publication": publication, "problem": ""}, create_defaults={
                    "publication": publication, "created_at": now,
                },
            )  # fmt: skip
    except Refused as refused:
        problem = str(refused)
        Occurrence.objects.update_or_create(
            **keys, defaults={"problem": problem}, create_defaults={"problem": problem, "created_at": now}
        )
        notify(
            tenant=tenant,
            kind="post",
            level=Level.NEEDS_YOU,
            key=key,
            sentence=_("A repeating post could not be planned for %(name)s: %(why)s")
            % {"name": channel.name, "why": problem},
            link=tenant_url(tenant, "recurring"),
            fix=_("Have a look"),
            now=now,
        )
        return False
    resolve(tenant=tenant, key=key, now=now)
    return True


def _is_over(recurrence: Recurrence, counted: set[date], today: date) -> bool:
    """Nothing is left to come: the last day has passed, or all its times have."""
    if recurrence.ends_on and recurrence.ends_on < today:
        return True
    return bool(recurrence.times and len(counted) >= recurrence.times and all(day < today for day in counted))


def _withdraw(recurrence: Recurrence, by: Actor, now: datetime) -> int:
    """Take back what is planned ahead. How many were on their way already: the publisher won those."""
    lost = 0
    rows = recurrence.occurrences.select_related("publication__channel").filter(
        publication__state__in=OPEN, publication__publish_at__gt=now
    )
    for row in list(rows):
        assert row.publication is not None
        try:
            with transaction.atomic():
                services.cancel(publication=row.publication, by=by, now=now)
                row.delete()
        except Refused:
            lost += 1
    recurrence.occurrences.filter(publication=None).delete()
    return lost
