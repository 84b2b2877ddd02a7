"""Make a planned month: slots are claimed with leases, written side by side, and finished once.

Nothing lives in memory. A slot's words are a Generation whose id follows from the slot and its round: whoever resumes
a slot after a crash finds the same generation, and with it every answer that was paid for. The post and the slot's end
are one transaction.
"""

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import structlog
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from content import generating
from content.batching import places
from content.calendar import asking, briefing, logbook, strategy
from content.calendar.models import Calendar, CalendarSlot
from content.calendar.words import CalendarState, SlotState
from content.chores import due
from content.models import Generation, Post
from content.services import compose_post, mark_used, request_caption, save_draft, set_approval
from content.words import Approval, Source, State, Why
from tenants.access import Actor
from tenants.context import current_tenant
from tenants.errors import Refused
from tenants.hooks import events
from tenants.hooks.services import emit
from tenants.models import Tenant

logger = structlog.get_logger(__name__)

PATIENCE = timedelta(minutes=10)  # nobody stares at one caption here: the model may take its time
LEASE = timedelta(seconds=100)  # longer than a generation's own lease
SHORT_TURN = 4  # slots a turn while many restaurants wait for theirs
TURN = 8.0  # seconds a restaurant is written for before others get their turn
MOST_TRIES = 5
PAUSE = timedelta(seconds=1)
Clock = Callable[[], datetime]


def advance(
    *, calendar_id: UUID, clock: Clock = timezone.now, at_once: int | None = None, crowded: bool = False
) -> bool:
    """Some seconds of work: as many slots side by side as the plan allows. True: there is more to do now.

    Seconds and not the whole month, so that a hundred restaurants that plan at the same time take turns. `crowded`:
    others wait for theirs, so this turn is a strategy or a few slots.
    """
    calendar = Calendar.objects.filter(pk=calendar_id).first()
    if calendar is not None and calendar.state == CalendarState.PLANNING:
        if not strategy.settle(calendar=calendar, clock=clock):
            return False
        if crowded:
            return True
        calendar.refresh_from_db()
    if calendar is None or calendar.state != CalendarState.WRITING:
        return False
    tenant = current_tenant()
    at_once = at_once or places(tenant.plan)
    waiting = calendar.slots.takeable(clock())  # type: ignore[attr-defined]
    slots = deque(waiting.in_order().values_list("pk", flat=True)[: SHORT_TURN if crowded else None])
    until = time.monotonic() + TURN
    if at_once == 1 or len(slots) <= 1:
        for slot_id in list(slots)[:1]:
            work(slot_id=slot_id, clock=clock)
    else:
        hands = min(at_once, len(slots))
        with ThreadPoolExecutor(hands) as side_by_side:
            list(side_by_side.map(lambda _: _hand(tenant, slots, until, clock), range(hands)))
    if finish_calendar(calendar_id=calendar_id, now=clock()):
        return False
    return bool(calendar.slots.takeable(clock()).exists())  # type: ignore[attr-defined]


def _hand(tenant: Tenant, slots: deque[UUID], until: float, clock: Clock) -> None:
    """One of several that take slot after slot until the turn is over; with a database connection of its own."""
    try:
        with tenant_context(tenant):
            while time.monotonic() < until:
                try:
                    slot_id = slots.popleft()  # of a deque: no two threads get the same
                except IndexError:
                    return
                work(slot_id=slot_id, clock=clock)
    finally:
        connection.close()


def work(*, slot_id: UUID, clock: Clock = timezone.now) -> CalendarSlot | None:
    """Take one slot as far as it goes now. None: it is not ours to take."""
    slot = _claim(slot_id, clock())
    if slot is None:
        return None
    try:
        generation = _words(slot, clock)
        _conclude(slot, generation, clock())
    except Refused as refused:
        if refused.status == 429:
            _put_off(slot, clock() + 5 * PAUSE)
        else:
            _fail(slot, str(refused.sentence), clock())
    except Exception:
        logger.exception("calendar_slot_broke", slot=str(slot_id))
        if slot.tries >= MOST_TRIES:
            _fail(slot, _("Something went wrong on our side. Try again."), clock())
        else:
            _put_off(slot, clock() + 2**slot.tries * PAUSE)
    slot.refresh_from_db()
    return slot


def _claim(slot_id: UUID, now: datetime) -> CalendarSlot | None:
    with transaction.atomic():
        slot = (
            CalendarSlot.objects.takeable(now)
            .select_for_update(skip_locked=True, of=("self",))
            .filter(pk=slot_id)
            .select_related("calendar", "menu_item", "asset", "post")
            .first()
        )
        if slot is None:
            return None
        slot.state, slot.lease_until = SlotState.WRITING, now + LEASE
        slot.fence += 1
        slot.tries += 1
        slot.updated_at = now
        slot.save(update_fields=["state", "lease_until", "fence", "tries", "updated_at"])
    return slot


def _mine(slot: CalendarSlot) -> Any:
    return CalendarSlot.objects.filter(pk=slot.pk, state=SlotState.WRITING, fence=slot.fence)


def generation_id(slot: CalendarSlot) -> UUID:
    """The same for every worker that comes to this slot in this round: nothing is asked, or paid, twice."""
    return uuid5(slot.pk, f"round {slot.round}")


def _words(slot: CalendarSlot, clock: Clock) -> Generation:
    key = generation_id(slot)
    found = Generation.objects.filter(pk=key).first()
    if found is None:
        try:
            found = request_caption(
                **briefing.arguments(slot),
                generation_id=key,
                wake=False,
                watched=False,
                patience=PATIENCE,
                by=_asker(slot),
                now=clock(),
            )
        except IntegrityError:  # a worker given up for dead was only slow
            found = Generation.objects.get(pk=key)
    if found.state == State.PENDING and not slot.with_ai:
        generating.write_now(generation=found, why=Why.MODE, now=clock())
    elif found.state in (State.PENDING, State.CLAIMED):
        found = generating.run_generation(generation_id=key, clock=clock) or Generation.objects.get(pk=key)
    return found


def _asker(slot: CalendarSlot) -> Actor:
    calendar = slot.calendar
    return Actor(calendar.created_by_kind, calendar.created_by_id, calendar.created_by)


def _conclude(slot: CalendarSlot, generation: Generation, now: datetime) -> None:
    if generation.state == State.ANSWERED:
        _finish(slot, generation, now)
    elif generation.state == State.FAILED:
        why = (
            Why(generation.reason).label
            if generation.reason in Why.values
            else _("No words could be written.")
        )
        _fail(slot, str(why), now)
    elif generation.lease_until:  # somebody else is at it; a dead one's lease runs out
        _put_off(slot, min(generation.lease_until, now + 10 * PAUSE))
    else:
        _put_off(slot, generation.next_action_at)


def _finish(slot: CalendarSlot, generation: Generation, now: datetime) -> None:
    """Post, slot and log in one transaction; the claim is proven again inside it."""
    by = _asker(slot)
    with transaction.atomic():
        if not _mine(slot).select_for_update().exists():
            return  # taken over: the other one finishes
        post = _post(slot, generation, by, now)
        _mine(slot).update(
            state=SlotState.WRITTEN,
            lease_until=None,
            generation=generation,
            post=post,
            error="",
            tries=0,
            updated_at=now,
        )
        logbook.note(slot.calendar, _written(slot, generation), at=now, tone="good")
        transaction.on_commit(lambda: asking.slot_written.send_robust(CalendarSlot, slot_id=slot.pk))


def _post(slot: CalendarSlot, generation: Generation, by: Actor, now: datetime) -> Post:
    caption = generation.variants[0]["text"]
    photos = [slot.asset_id] if slot.asset_id else []
    post = slot.post
    if post is None:
        post = compose_post(
            caption=caption,
            asset_ids=photos,
            menu_item_id=slot.menu_item,
            generation_id=generation.pk,
            by=by,
            now=now,
        )
    else:
        current = Post.objects.get(pk=post.pk)
        post = save_draft(
            post=current,
            version=current.version,
            caption=caption,
            captions={},
            asset_ids=photos,
            by=by,
            now=now,
        )
        mark_used(generation_id=generation.pk, post=post, now=now)
    return set_approval(post=post, approval=Approval.NEEDS_APPROVAL, by=by, now=now)


def _written(slot: CalendarSlot, generation: Generation) -> str:
    facts = {"day": slot.local_at[8:10].lstrip("0"), "kind": slot.get_kind_display(), "why": ""}
    if generation.source == Source.AI:
        return _("Day %(day)s, %(kind)s: written by AI.") % facts
    if generation.reason in Why.values and generation.reason not in (Why.MODE, Why.TURN):
        facts["why"] = str(Why(generation.reason).label)
        return _("Day %(day)s, %(kind)s: written from templates. %(why)s") % facts
    return _("Day %(day)s, %(kind)s: written from templates.") % facts


def _fail(slot: CalendarSlot, sentence: str, now: datetime) -> None:
    if _mine(slot).update(
        state=SlotState.FAILED, lease_until=None, error=sentence[:300], tries=0, updated_at=now
    ):
        facts = {"day": slot.local_at[8:10].lstrip("0"), "why": sentence}
        logbook.note(slot.calendar, _("Day %(day)s did not work. %(why)s") % facts, at=now, tone="warning")


def _put_off(slot: CalendarSlot, until: datetime) -> None:
    _mine(slot).update(state=SlotState.WAITING, lease_until=None, next_action_at=until)


def finish_calendar(*, calendar_id: UUID, now: datetime) -> bool:
    """READY when no slot is left to write. True when it is, or was, over."""
    with transaction.atomic():
        calendar = Calendar.objects.select_for_update().get(pk=calendar_id)
        if calendar.state != CalendarState.WRITING:
            return True
        if calendar.slots.unfinished().exists():  # type: ignore[attr-defined]
            return False
        calendar.state, calendar.finished_at, calendar.updated_at = CalendarState.READY, now, now
        calendar.save(update_fields=["state", "finished_at", "updated_at"])
        if not Calendar.objects.running().exists():
            due.month_over()
        failed = calendar.slots.filter(state=SlotState.FAILED).count()
        text = _("All done. Look through your month and approve what you like.")
        if failed:
            text = _("Done, except for %(failed)d: try those again.") % {"failed": failed}
        logbook.note(calendar, text, at=now, tone="" if failed else "good")
        emit(
            events.CALENDAR_READY,
            data={
                "calendar_id": str(calendar.pk),
                "month": f"{calendar.first_day:%Y-%m}",
                "days": calendar.slots.count(),  # type: ignore[attr-defined]
                "failed_days": failed,
            },
            now=now,
        )
    return True


def waiting(*, now: datetime) -> list[UUID]:
    """Calendars with something to do now: a slot nobody was woken for, or one left by a dead worker."""
    writing = Calendar.objects.filter(state=CalendarState.WRITING)
    due = writing.filter(slots__in=CalendarSlot.objects.takeable(now)).values_list("pk", flat=True)
    planning = Calendar.objects.filter(state=CalendarState.PLANNING).exclude(lease_until__gte=now)
    over = writing.exclude(slots__in=CalendarSlot.objects.unfinished()).values_list("pk", flat=True)
    return list({*due, *over, *planning.values_list("pk", flat=True)})
