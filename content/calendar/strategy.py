"""What the model would do with the month, and what of it the rules allow.

The days stand when this begins. The model is asked once, as a Generation of its own (so its exchange is on record,
paid within the budget and never twice); then the planner decides anew with its proposals. Whatever goes wrong, the
month stays as the planner made it.
"""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid5

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from content import generating, queries, writer
from content.brief import Brief
from content.calendar import asking, gathering, logbook, planner
from content.calendar.facts import FEWEST, Occasion, Plan, Proposal
from content.calendar.models import Calendar, CalendarSlot
from content.calendar.words import CalendarState, PlanMode, SlotKind, SlotState
from content.drafting import json_in, one_line
from content.exchanging import answers
from content.models import Generation, MenuItem
from content.services.writing import ask_for
from content.words import Kind, Platform, State, Why
from tenants.access import Actor
from tenants.context import current_tenant
from tenants.errors import Refused

logger = structlog.get_logger(__name__)

LEASE = timedelta(seconds=100)
PATIENCE = timedelta(seconds=20)
LOOKS, PAUSE = 8, 2.0
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Clock = Callable[[], datetime]


def wanted(mode: str, count: int) -> bool:
    """A strategy is for a month, not for filling a gap or two."""
    return mode != PlanMode.TEMPLATES and settings.AI_CONFIGURED and count >= FEWEST


def settle(*, calendar: Calendar, clock: Clock) -> bool:
    """Ask, plan again, and let the writing begin. False: another worker is at it."""
    now = clock()
    free = Calendar.objects.filter(pk=calendar.pk, state=CalendarState.PLANNING).filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    )
    if not free.update(lease_until=now + LEASE, fence=calendar.fence + 1):
        return False
    fence = calendar.fence + 1
    slots = list(calendar.slots.in_order().select_related("menu_item"))  # type: ignore[attr-defined]
    generation: Generation | None = None
    plan: Plan | None = None
    proposals: dict[date, Proposal] = {}
    try:
        generation = _ask(calendar, slots, clock)
        proposals = proposals_of(generation, [_day(slot) for slot in slots])
        plan = _plan_again(calendar, slots, proposals, clock()) if proposals else None
    except (Refused, ValueError) as error:
        logger.warning("calendar_strategy_not_used", calendar=str(calendar.pk), error=str(error))
    return _begin(calendar, fence, slots, plan, generation, proposals, clock())


def _day(slot: CalendarSlot) -> date:
    return date.fromisoformat(slot.local_at[:10])


def _ask(calendar: Calendar, slots: list[CalendarSlot], clock: Clock) -> Generation:
    key = uuid5(calendar.pk, "strategy")
    found = Generation.objects.filter(pk=key).first()
    if found is None:
        tenant, profile, now = current_tenant(), queries.brand_profile(), clock()
        brief = Brief(
            platform=calendar.wish.get("platform") or Platform.INSTAGRAM,
            tone=profile.tone,
            brand=queries.brand_of(tenant, profile),
            menu=queries.menu_dishes(calendar.first_day.month),
            note=calendar.campaign,
            language=(profile.languages[0] if profile.languages else tenant.language) or "en",
            variants=1,
            kind=Kind.STRATEGY,
            text=question(slots, asking.results(now)),
        )
        by = Actor(calendar.created_by_kind, calendar.created_by_id, calendar.created_by)
        try:
            found = ask_for(
                brief,
                profile=profile,
                wake=False,
                watched=False,
                patience=PATIENCE,
                generation_id=key,
                by=by,
                now=now,
            )
        except IntegrityError:  # a worker given up for dead was only slow
            found = Generation.objects.get(pk=key)
    for _look in range(LOOKS):
        if found.state not in (State.PENDING, State.CLAIMED):
            break
        found = generating.run_generation(generation_id=key, clock=clock) or Generation.objects.get(pk=key)
        if found.state == State.CLAIMED:
            break  # left by a worker that died: the month does not wait for its lease
        wait = (found.next_action_at - clock()).total_seconds()
        if found.state == State.PENDING and wait > PAUSE:
            break  # a vendor that is busy for long: others need this worker
        if found.state == State.PENDING:  # a busy vendor: the month is worth a moment
            time.sleep(max(wait, 0.1))
    given_up = Generation.objects.filter(pk=key, state=State.PENDING)
    if given_up.update(state=State.FAILED, reason=found.reason or Why.BUSY, updated_at=clock()):
        found.refresh_from_db()  # nobody shall ask, and pay, for it later
    return found


def question(slots: list[CalendarSlot], results: list[str]) -> str:
    """The days and numbers as one JSON text."""
    kinds: dict[str, int] = {}
    for slot in slots:
        kinds[slot.kind] = kinds.get(slot.kind, 0) + 1
    days = [
        {"day": str(_day(slot)), "weekday": _WEEKDAYS[_day(slot).weekday()], "special_day": slot.occasion}
        for slot in slots
    ]
    return json.dumps({"days": days, "posts_of_each_kind": kinds, "what_worked": results}, ensure_ascii=False)


def proposals_of(generation: Generation, days: list[date]) -> dict[date, Proposal]:
    """What can be used of the stored answer; anything unknown in it is left out."""
    if generation.state != State.ANSWERED:
        return {}
    given = answers(generation)
    data = json_in(writer.reply_of(given[-1]).text) if given else {}
    dishes = {item.name.casefold(): str(item.pk) for item in MenuItem.objects.served()}
    found: dict[date, Proposal] = {}
    for entry in data.get("days", []) if isinstance(data, dict) else []:
        proposal = _proposal(entry, dishes)
        day = next((one for one in days if str(one) == str(entry.get("day", ""))), None)
        if day and proposal:
            found.setdefault(day, proposal)
    return found


def _proposal(entry: Any, dishes: dict[str, str]) -> Proposal | None:
    if not isinstance(entry, dict) or entry.get("kind") not in SlotKind.values:
        return None
    reason = one_line(str(entry.get("reason", "")))[:280]
    return Proposal(
        kind=entry["kind"],
        dish_id=dishes.get(str(entry.get("dish", "")).casefold().strip(), ""),
        idea=one_line(str(entry.get("idea", "")))[:200],
        reason=reason if not reason or reason[-1] in ".!?" else f"{reason}.",
    )


def _plan_again(
    calendar: Calendar, slots: list[CalendarSlot], proposals: dict[date, Proposal], now: datetime
) -> Plan:
    tenant = current_tenant()
    wish = gathering.wish_of(
        tenant=tenant,
        first=calendar.first_day,
        last=calendar.last_day,
        count=len(slots),
        now=now,
        times={},
        special=[slot.occasion for slot in slots if slot.occasion],
        campaign=next(
            (s.occasion for s in slots if s.occasion and s.occasion == calendar.campaign[:200]), ""
        ),
        campaign_days=[
            _day(slot) for slot in slots if slot.occasion and slot.occasion == calendar.campaign[:200]
        ],
        proposals=proposals,
        seed=calendar.wish.get("seed", ""),
        besides=calendar.pk,
    )
    named = {(_day(slot), slot.occasion) for slot in slots if slot.occasion}
    kept: tuple[Occasion, ...] = tuple(one for one in wish.occasions if (one.day, one.name[:200]) in named)
    moments = [(_day(slot), datetime.fromisoformat(slot.local_at).time(), slot.kind) for slot in slots]
    return planner.plan(planner.around(replace(wish, occasions=kept), moments), fewest=1)


def _begin(
    calendar: Calendar,
    fence: int,
    slots: list[CalendarSlot],
    plan: Plan | None,
    generation: Generation | None,
    proposals: dict[date, Proposal],
    now: datetime,
) -> bool:
    with transaction.atomic():
        locked = Calendar.objects.select_for_update().get(pk=calendar.pk)
        if locked.state != CalendarState.PLANNING or locked.fence != fence:
            return False
        if plan is not None and len(plan.slots) == len(slots):
            taken = _store(slots, plan, proposals, now)
            facts = {"taken": taken, "all": len(slots)}
            text = (
                _(
                    "The AI proposed a strategy; %(taken)d of %(all)d days follow it, the rest keeps to your rules."
                )
                % facts
            )
        else:
            text = _("The AI proposed no strategy that could be used: your rules decide.")
        logbook.note(locked, text, at=now)
        locked.state, locked.lease_until, locked.strategy, locked.updated_at = (
            CalendarState.WRITING,
            None,
            generation,
            now,
        )
        locked.save(update_fields=["state", "lease_until", "strategy", "updated_at"])
    return True


def _store(slots: list[CalendarSlot], plan: Plan, proposals: dict[date, Proposal], now: datetime) -> int:
    """The same rows with other kinds, dishes, photos, ideas and reasons. How many follow their proposal."""
    taken = 0
    for slot, planned in zip(slots, plan.slots, strict=True):
        proposal = proposals.get(planned.day)
        taken += bool(proposal and planned.idea == proposal.idea)
        CalendarSlot.objects.filter(pk=slot.pk, state=SlotState.WAITING).update(
            kind=planned.kind,
            reason=planned.reason[:300],
            occasion=planned.occasion[:200],
            idea=planned.idea[:300],
            menu_item=planned.dish_id or None,
            asset=planned.photo_id or None,
            photo_note=planned.photo_note[:300],
            updated_at=now,
        )
    return taken
