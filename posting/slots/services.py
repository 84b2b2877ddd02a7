"""Weekly times, and putting a post into the next one that is free."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from content.models import Post
from posting import services
from posting.models import Publication
from posting.slots.finding import moments, taken_by_channel
from posting.slots.models import WeeklySlot
from social.models import Channel
from tenants.access import Actor
from tenants.context import current_tenant
from tenants.errors import Refused

MOST = 70  # a channel: ten a day

__all__ = ["add_slots", "remove_slot", "replace_slots", "schedule_next"]


def add_slots(
    *, channel: Channel, weekdays: Iterable[int], at: time, by: Actor, now: datetime
) -> list[WeeklySlot]:
    """A time on each of `weekdays` (0 Monday ... 6 Sunday); those that are there already are left alone."""
    days = sorted(set(weekdays))
    if not days or any(day not in range(7) for day in days):
        raise Refused(_("Choose at least one day."), code="days_missing", field="weekdays")
    at = at.replace(second=0, microsecond=0, tzinfo=None)
    with transaction.atomic():
        have = set(_locked([channel]).values_list("weekday", "at"))
        wanted = [day for day in days if (day, at) not in have]
        if len(have) + len(wanted) > MOST:
            raise _full()
        return WeeklySlot.objects.bulk_create(
            [
                WeeklySlot(channel=channel, weekday=day, at=at, created_by=by.label, created_at=now)
                for day in wanted
            ],
            ignore_conflicts=True,  # two windows adding the same first time: there was no row to lock
        )


def replace_slots(
    *, channel: Channel, wanted: Iterable[tuple[int, time]], by: Actor, now: datetime
) -> list[WeeklySlot]:
    """The channel has exactly these (weekday, time) from now on. What is planned already stays. Safe to repeat."""
    times = {(day, at.replace(second=0, microsecond=0, tzinfo=None)) for day, at in wanted}
    if len(times) > MOST:
        raise _full()
    with transaction.atomic():
        # The channel's own row: where there is no time yet, there is no slot to lock.
        Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
        have = {(slot.weekday, slot.at): slot for slot in _locked([channel])}
        WeeklySlot.objects.filter(pk__in=[have[key].pk for key in have.keys() - times]).delete()
        WeeklySlot.objects.bulk_create(
            [
                WeeklySlot(channel=channel, weekday=day, at=at, created_by=by.label, created_at=now)
                for day, at in sorted(times - have.keys())
            ],
            ignore_conflicts=True,  # the page may add the same one at this moment
        )
    return list(WeeklySlot.objects.filter(channel=channel))


def _full() -> Refused:
    return Refused(
        _("At most %(most)d weekly times fit on one channel.") % {"most": MOST},
        code="slots_full",
        field="slots",
    )


def remove_slot(*, slot: WeeklySlot, by: Actor, now: datetime) -> None:
    """What is planned at this time stays planned."""
    slot.delete()


def schedule_next(
    *, post: Post, channels: Iterable[Channel], again: bool = False, by: Actor, now: datetime
) -> list[Publication]:
    """Schedule on each channel at its own next free weekly time; all or nothing.

    Race: two people taking the next slot at once. Both lock the channel's slots, so the second looks when the
    first has committed, sees that moment taken, and gets the one after.
    """
    channels = sorted({channel.pk: channel for channel in channels}.values(), key=lambda one: one.pk)
    if not channels:
        raise Refused(_("Choose where it should appear."), code="channel_missing", field="channels")
    made: list[Publication] = []
    with transaction.atomic():
        slots: dict[UUID, list[WeeklySlot]] = {channel.pk: [] for channel in channels}
        # All of them before anything else is locked, in one order for everybody: no deadlock.
        for slot in _locked(channels):
            slots[slot.channel_id].append(slot)
        taken = taken_by_channel(slots, now=now)
        for channel in channels:
            if not slots[channel.pk]:
                raise Refused(
                    _("%(name)s has no weekly times yet. Add some, or choose a time.")
                    % {"name": channel.name},
                    code="no_slots",
                    field="publish_at",
                    fix="slots",
                    status=409,
                )
            made += _in_next(
                post, channel, slots[channel.pk], taken.get(channel.pk, set()), again=again, by=by, now=now
            )
    return made


def _in_next(
    post: Post,
    channel: Channel,
    slots: list[WeeklySlot],
    taken: set[datetime],
    *,
    again: bool,
    by: Actor,
    now: datetime,
) -> list[Publication]:
    tenant = current_tenant()
    full: set[date] = set()  # days on which the plan's posts are used up
    for at in moments(slots, zone=tenant.timezone, now=now):
        day = tenant.local(at).date()
        if at in taken or day in full:
            continue
        try:
            with transaction.atomic():
                return services.schedule(
                    post=post, channels=[channel], publish_at=at, again=again, by=by, now=now
                )
        except Refused as refused:
            if refused.code != "post_limit":
                raise
            full.add(day)
    raise Refused(
        _("Every weekly time of %(name)s is taken for a year. Choose a time.") % {"name": channel.name},
        code="slots_taken",
        field="publish_at",
        status=409,
    )


def _locked(channels: Iterable[Channel]) -> QuerySet[WeeklySlot]:
    return WeeklySlot.objects.filter(channel__in=list(channels)).select_for_update().order_by("pk")
