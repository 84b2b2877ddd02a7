"""The doors of the calendar: plan a month, stop it, and what a reviewer may do with a slot."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from assets.models import Asset
from content.calendar import gathering, logbook, planner, strategy, tasks
from content.calendar.facts import FEWEST, USUAL, Plan
from content.calendar.models import Calendar, CalendarSlot
from content.calendar.verdicts import (
    comment,
    lock_written,
    mark_approved,
    move_slot,
    reopen,
    skip,
    unskip,
    write_again,
)
from content.calendar.words import ApprovalMode, CalendarState, PlanMode, SlotState
from content.chores import due
from content.models import MenuItem
from content.text import as_uuid, clean_text
from content.words import Platform
from social.models import Channel
from tenants.access import Actor
from tenants.context import current_tenant
from tenants.errors import Refused
from tenants.times import local_of

FARTHEST = timedelta(days=366)
MOST_RUNNING = 3
WAIT = timedelta(seconds=3)


def create_calendar(
    *,
    first: date,
    last: date | None = None,
    count: int = USUAL,
    channel_ids: Iterable[Any] = (),
    times: Mapping[int, tuple[time, ...]] | None = None,
    blackout: Iterable[date] = (),
    only: Iterable[date] = (),
    campaign: str = "",
    campaign_days: Iterable[date] = (),
    special: Iterable[str] | None = None,
    mix: Mapping[str, float] | None = None,
    mode: str = PlanMode.AI,
    approval: str = ApprovalMode.OPTIONAL,
    fixed: Mapping[date, tuple[time, str]] | None = None,
    key: UUID | None = None,
    by: Actor,
    now: datetime,
) -> Calendar:
    """A month in the making: its slots stand at once, their words are written by workers.

    `first` is any day of the month wanted (or, with `last`, the first day of a stretch); the past is left out.
    `only` fills these days alone and lifts the lower limit of five. `fixed` = {day: (time, kind)} repeats a structure.
    `key` names the request: sent twice it makes one calendar. Refused when it cannot be planned.
    """
    key = key or uuid4()
    if before := Calendar.objects.filter(key=key).first():
        return before
    tenant = current_tenant()
    if last is None:
        first, last = gathering.month_days(first)
    _check_days(first, last, local_of(now, tenant.timezone).date())
    only, blackout = list(only), list(blackout)
    fewest = 1 if only or fixed else FEWEST
    planner.check_count(count, fewest=fewest)
    channels = _channels(channel_ids)
    _known(mode, PlanMode.values, "mode")
    _known(approval, ApprovalMode.values, "approval")
    campaign = clean_text(campaign, limit=500, field="campaign")
    _check_running()
    wish = gathering.wish_of(
        tenant=tenant,
        first=first,
        last=last,
        count=count,
        now=now,
        channel_ids=[channel.pk for channel in channels],
        times=times,
        blackout=blackout,
        only=only,
        campaign=campaign,
        campaign_days=campaign_days,
        special=special,
        mix=mix,
        seed=str(key),
    )
    if fixed:
        wish = planner.as_before(wish, fixed)
    plan = planner.plan(wish, fewest=fewest)
    try:
        with transaction.atomic():
            calendar = Calendar.objects.create(
                key=key,
                first_day=first,
                last_day=last,
                zone=tenant.timezone,
                state=CalendarState.PLANNING
                if strategy.wanted(mode, len(plan.slots))
                else CalendarState.WRITING,
                mode=mode,
                approval=approval,
                count=len(plan.slots),
                channel_ids=[channel.pk for channel in channels],
                campaign=campaign,
                wish={"platform": _platform(channels), "mix": dict(wish.mix), "seed": wish.seed},
                notes=list(plan.notes),
                estimate=gathering.estimate(mode, len(plan.slots)),
                created_by=by.label,
                created_by_kind=by.kind,
                created_by_id=by.id,
                created_at=now,
                updated_at=now,
            )
            _add_slots(calendar, plan, now)
            logbook.note(calendar, _opening_line(calendar), at=now)
            tasks.write_month.wake(calendar_id=str(calendar.pk))
            due.note(now + due.LOOK_AFTER, month=True)
    except IntegrityError:
        return Calendar.objects.get(key=key)
    return calendar


def _check_days(first: date, last: date, today: date) -> None:
    if last < first:
        raise Refused(_("The last day must not be before the first."), code="days", field="last_day")
    if last < today:
        raise Refused(_("This month is over. Choose this month or a later one."), code="past", field="month")
    if first > today + FARTHEST or last - first > timedelta(days=62):
        raise Refused(_("Choose a month within a year from now."), code="too_far", field="month")


def _channels(ids: Iterable[Any]) -> list[Channel]:
    """The chosen channels; all that may publish when none is named."""
    wanted = [as_uuid(getattr(value, "pk", value)) for value in ids]
    connected = Channel.objects.connected().in_order()
    found = list(connected.filter(pk__in=[key for key in wanted if key]) if wanted else connected)
    if wanted and len(found) != len(set(wanted)):
        raise Refused(
            _("A channel you chose is not connected any more."), code="channel_missing", field="channels"
        )
    if not found:
        raise Refused(
            _("Connect a Facebook Page or an Instagram account first."),
            code="channel_missing",
            field="channels",
            fix="connect",
        )
    return found


def _platform(channels: Iterable[Channel]) -> str:
    """The network the words are written for: the stricter one where both are chosen."""
    platforms = {channel.platform for channel in channels}
    return Platform.INSTAGRAM if Platform.INSTAGRAM in platforms else Platform.FACEBOOK


def _known(value: str, choices: Iterable[str], field: str) -> None:
    if value not in choices:
        raise Refused(
            _("Choose one of: %(choices)s.") % {"choices": ", ".join(choices)},
            code=f"unknown_{field}",
            field=field,
        )


def _check_running() -> None:
    if Calendar.objects.running().count() >= MOST_RUNNING:
        raise Refused(
            _("Other months are still being written. Wait for them, or stop one."), code="busy", status=429
        )


def _opening_line(calendar: Calendar) -> str:
    asked = gathering.ai_posts(calendar.mode, calendar.count)
    facts = {"count": calendar.count, "asked": asked, "rest": calendar.count - asked}
    if calendar.mode != PlanMode.TEMPLATES and not settings.AI_CONFIGURED:
        return _("%(count)d days are planned. No AI is set up here, so templates write.") % facts
    if not asked:
        return _("%(count)d days are planned. Templates write the words.") % facts
    if facts["rest"]:
        return _("%(count)d days are planned. AI writes %(asked)d, templates %(rest)d.") % facts
    return _("%(count)d days are planned. AI writes the words.") % facts


def _add_slots(calendar: Calendar, plan: Plan, now: datetime) -> None:
    items = {
        str(item.pk): item for item in MenuItem.objects.filter(pk__in=_ids(s.dish_id for s in plan.slots))
    }
    photos = {str(a.pk): a for a in Asset.objects.filter(pk__in=_ids(s.photo_id for s in plan.slots))}
    CalendarSlot.objects.bulk_create(
        CalendarSlot(
            calendar=calendar,
            position=number,
            publish_at=slot.at,
            local_at=slot.at.astimezone(current_tenant().zone).strftime("%Y-%m-%dT%H:%M"),
            kind=slot.kind,
            reason=slot.reason[:300],
            occasion=slot.occasion[:200],
            idea=slot.idea[:300],
            menu_item=items.get(slot.dish_id),
            asset=photos.get(slot.photo_id),
            photo_note=slot.photo_note[:300],
            with_ai=calendar.mode == PlanMode.AI or (calendar.mode == PlanMode.MIXED and number % 2 == 0),
            next_action_at=now,
            created_at=now,
            updated_at=now,
        )
        for number, slot in enumerate(plan.slots)
    )


def _ids(values: Iterable[str]) -> list[str]:
    return [value for value in values if value]


def cancel_calendar(*, calendar: Calendar, by: Actor, now: datetime) -> Calendar:
    """Stop writing. What is written stays; what is being written this moment may still arrive."""
    with transaction.atomic():
        locked = Calendar.objects.select_for_update().get(pk=calendar.pk)
        if locked.running:
            locked.slots.filter(state=SlotState.WAITING).update(  # type: ignore[attr-defined]
                state=SlotState.SKIPPED, decided_by=by.label, decided_at=now, updated_at=now
            )
            locked.state, locked.finished_at, locked.updated_at = CalendarState.CANCELLED, now, now
            locked.save(update_fields=["state", "finished_at", "updated_at"])
            if not Calendar.objects.running().exists():
                due.month_over()
            logbook.note(locked, _("Stopped by %(who)s. What is written stays.") % {"who": by.label}, at=now)
    calendar.refresh_from_db()
    return calendar


def nudge(*, calendar: Calendar, now: datetime) -> None:
    """Called while somebody looks: a lost message costs seconds."""
    free = calendar.lease_until is None or calendar.lease_until < now
    waits = CalendarSlot.objects.filter(calendar=calendar).takeable(now - WAIT).exists()
    if calendar.running and waits and (free or calendar.state == CalendarState.WRITING):
        tasks.write_month.wake(calendar_id=str(calendar.pk))


__all__ = [
    "cancel_calendar",
    "comment",
    "create_calendar",
    "lock_written",
    "mark_approved",
    "move_slot",
    "nudge",
    "reopen",
    "skip",
    "unskip",
    "write_again",
]
