"""The page of weekly times, and the line in the composer that says which one is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from posting.slots import services
from posting.slots.finding import next_free
from posting.slots.models import WeeklySlot
from social.models import Channel
from tenants import undo
from tenants.access import Can, tenant_view
from tenants.errors import Refused
from tenants.urls_of import tenant_url


@dataclass(frozen=True)
class Week:
    """A channel and its times, one list a weekday."""

    channel: Channel
    days: list[tuple[str, list[WeeklySlot]]]
    next: datetime | None

    @property
    def empty(self) -> bool:
        return not any(slots for _day, slots in self.days)


def weeks(*, zone: str, now: datetime) -> list[Week]:
    """Every connected channel with its weekly times. Three queries."""
    channels = list(Channel.objects.connected().in_order())
    slots: dict[tuple[UUID, int], list[WeeklySlot]] = {}
    for slot in WeeklySlot.objects.filter(channel__in=channels).order_by("weekday", "at"):
        slots.setdefault((slot.channel_id, slot.weekday), []).append(slot)
    ahead = next_free([channel.pk for channel in channels], zone=zone, now=now)
    return [
        Week(
            channel,
            [(str(name), slots.get((channel.pk, day), [])) for day, name in WEEKDAYS.items()],
            ahead.get(channel.pk),
        )
        for channel in channels
    ]


@tenant_view(Can.VIEW)
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    zone = request.tenant.timezone  # type: ignore[attr-defined]
    context = {"weeks": weeks(zone=zone, now=timezone.now()), "days": list(WEEKDAYS.items())}
    return render(request, "posting/slots.html", context)


@tenant_view(Can.PUBLISH)
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """channel (repeatable), weekday (repeatable, 0 Monday), at "18:00"."""
    chosen = [value for value in request.POST.getlist("channel") if _uuid(value)]
    channels = list(Channel.objects.connected().filter(pk__in=chosen))
    if not channels:
        raise Refused(_("Choose at least one channel."), code="channel_missing", field="channel")
    made = 0
    for channel in channels:
        made += len(
            services.add_slots(
                channel=channel,
                weekdays=[int(day) for day in request.POST.getlist("weekday") if day in set("0123456")],
                at=_clock(request.POST.get("at", "")),
                by=request.actor,  # type: ignore[attr-defined]
                now=timezone.now(),
            )
        )
    if made:
        messages.success(request, ngettext("%(n)d time added.", "%(n)d times added.", made) % {"n": made})
    else:
        messages.info(request, _("These times were there already."))
    return redirect("slots")


@tenant_view(Can.PUBLISH)
@require_POST
def remove(request: HttpRequest, slot_id: UUID) -> HttpResponse:
    slot = get_object_or_404(WeeklySlot.objects.select_related("channel"), pk=slot_id)
    services.remove_slot(slot=slot, by=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    fields = [("channel", str(slot.channel_id)), ("weekday", str(slot.weekday)), ("at", f"{slot.at:%H:%M}")]
    way = tenant_url(request.tenant, "slots_add")  # type: ignore[attr-defined]
    undo.offer(request, _("Time removed. What is planned already stays."), url=way, fields=fields)
    return redirect("slots")


@tenant_view(Can.COMPOSE)
@require_GET
def ahead(request: HttpRequest) -> HttpResponse:
    """?channel= (repeatable) -> the part "Goes out at the next free time" of the composer."""
    chosen = [value for value in request.GET.getlist("channel") if _uuid(value)]
    channels = list(Channel.objects.connected().filter(pk__in=chosen).in_order())
    found = next_free([one.pk for one in channels], zone=request.tenant.timezone, now=timezone.now())  # type: ignore[attr-defined]
    rows = [(channel, found.get(channel.pk)) for channel in channels]
    context = {"rows": rows, "missing": any(at is None for _channel, at in rows)}
    return render(request, "posting/_slots_next.html", context)


def _clock(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise Refused(_("Choose a time of day."), code="time_missing", field="at") from error


def _uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
