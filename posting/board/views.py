"""The board, planning a month, and moving what stands on it. Each view asks one query or makes one service call."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from content.calendar import services as calendar_services
from content.calendar.models import Calendar, CalendarSlot
from content.calendar.words import ApprovalMode, SlotKind
from posting import services
from posting.board import copying, feed, plan_form, queries, spans
from posting.board.plan_form import PlanEntry
from posting.models import Publication
from posting.views import wall_time
from tenants.access import Can, has, tenant_view
from tenants.errors import Refused
from tenants.times import from_wall, local_of, moment_text


def week_starts(request: HttpRequest) -> int:
    return spans.week_starts_in(request.tenant.country)  # type: ignore[attr-defined]


@tenant_view(Can.VIEW)
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """?view=month|week ?at=2026-12 ?channel= ?kind= ?status=. With htmx only the board itself."""
    now = timezone.now()
    zone = request.tenant.timezone  # type: ignore[attr-defined]
    today = local_of(now, zone).date()
    span = spans.read(
        request.GET.get("view", "month"), request.GET.get("at", ""), today, week_starts(request)
    )
    wanted = queries.Wanted(
        **{name: request.GET.get(name, "")[:40].replace("\x00", "") for name in ("channel", "kind", "status")}
    )
    context: dict[str, Any] = {
        "board": queries.board(span, zone=zone, now=now, wanted=wanted),
        "span": span,
        "before": span.moved(-1),
        "after": span.moved(1),
        "here": spans.read(span.view, today.isoformat(), today, week_starts(request)),
        "other": spans.week_of(
            max(span.first, today) if span.first <= today <= span.last else span.first, week_starts(request)
        )
        if span.view == "month"
        else spans.month_of(span.first, week_starts(request)),
        "wanted": wanted,
        "kinds": SlotKind.choices,
        "statuses": queries.statuses(),
        "now": now,
        "noon": "T17:30",
    }
    if getattr(request, "htmx", None) and request.GET.get("part") == "board":
        return render(request, "posting/_board.html", context)
    return render(request, "posting/board.html", context)


@tenant_view(Can.COMPOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest) -> HttpResponseBase:
    """The form; POST starts. With htmx (another month or number) only the part that depends on it."""
    now = timezone.now()
    tenant = request.tenant  # type: ignore[attr-defined]
    today = local_of(now, tenant.timezone).date()
    entry = PlanEntry.read(request.POST if request.method == "POST" else request.GET, today)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            return redirect("calendar_plan", _started(request, entry, now).pk)
        except Refused as caught:
            refused = caught
    context = plan_form.context(entry, tenant, now) | {"refused": refused, "sees_money": _sees_money(request)}
    context["can_publish"] = has(request.membership.role, Can.PUBLISH)  # type: ignore[attr-defined]
    part = getattr(request, "htmx", None) and request.GET.get("part")
    return render(
        request,
        "posting/_plan_parts.html" if part else "posting/plan.html",
        context,
        status=422 if refused else 200,
    )


def _started(request: HttpRequest, entry: PlanEntry, now: datetime) -> Calendar:
    wanted = entry.request()
    if wanted["approval"] == ApprovalMode.NONE and not has(request.membership.role, Can.PUBLISH):  # type: ignore[attr-defined]
        raise Refused(_("Only who may publish can plan posts that nobody approves."), code="role", status=403)
    return calendar_services.create_calendar(**wanted, by=request.actor, now=now)  # type: ignore[attr-defined]


def _sees_money(request: HttpRequest) -> bool:
    return has(request.membership.role, Can.MANAGE)  # type: ignore[attr-defined]


@tenant_view(Can.COMPOSE)
@require_POST
def copy_structure(request: HttpRequest) -> HttpResponseBase:
    """The days, times and kinds of the month before the one named, planned anew."""
    now = timezone.now()
    zone = request.tenant.timezone  # type: ignore[attr-defined]
    month = plan_form.read_month(request.POST.get("at", ""), local_of(now, zone).date())
    made = copying.copy_month(month=month, zone=zone, by=request.actor, now=now)  # type: ignore[attr-defined]
    return redirect("calendar_plan", made.pk)


# --- moving --------------------------------------------------------------------------------------


@tenant_view(Can.COMPOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, source: str, item_id: UUID) -> HttpResponseBase:
    """GET: the little form "Move to...". POST publish_at= (a wall time) or day= (the time stays)."""
    now = timezone.now()
    if source not in ("slot", "publication"):
        raise Http404
    item = _item(source, item_id)
    zone = request.tenant.timezone  # type: ignore[attr-defined]
    if request.method != "POST":
        local = local_of(item.publish_at, zone)
        context = {"source": source, "item": item, "value": local.strftime("%Y-%m-%dT%H:%M"), "now": now}
        part = getattr(request, "htmx", None)
        return render(request, "posting/_board_move.html" if part else "posting/board_move.html", context)
    old = item.publish_at
    by_script = "application/json" in request.headers.get("Accept", "")
    try:
        at = _moment(request, old, zone)
        _move(request, item, at, now)
    except Refused as refused:
        if not by_script:
            raise
        return JsonResponse({"detail": str(refused.sentence)}, status=refused.status)
    text = _("Moved to %(when)s.") % {"when": moment_text(at, zone, now=now)}
    if by_script:
        back = {"publish_at": local_of(old, zone).strftime("%Y-%m-%dT%H:%M")}
        return JsonResponse(
            {"text": text, "undo": {"url": request.path, "fields": back} if old > now else None}
        )
    messages.success(request, text)
    return redirect(f"{reverse('calendar')}?at={local_of(at, zone):%Y-%m}")


def _item(source: str, item_id: UUID) -> CalendarSlot | Publication:
    if source == "slot":
        return get_object_or_404(CalendarSlot.objects.select_related("calendar", "post"), pk=item_id)
    return get_object_or_404(Publication.objects.select_related("channel", "post"), pk=item_id)


def _moment(request: HttpRequest, old: datetime, zone: str) -> datetime:
    if day := request.POST.get("day"):
        try:
            wanted = datetime.fromisoformat(day).date()
        except ValueError as error:
            raise Refused(_("Choose a day and a time."), code="time_missing", field="publish_at") from error
        return from_wall(datetime.combine(wanted, local_of(old, zone).time()), zone)
    return wall_time(request.POST.get("publish_at", ""), request)


def _move(request: HttpRequest, item: CalendarSlot | Publication, at: datetime, now: datetime) -> None:
    by = request.actor  # type: ignore[attr-defined]
    if at < now + timedelta(minutes=1):
        raise Refused(_("This time has passed. Choose a later one."), code="past", field="publish_at")
    if isinstance(item, CalendarSlot):
        calendar_services.move_slot(slot=item, publish_at=at, by=by, now=now)
        return
    if not has(request.membership.role, Can.PUBLISH):  # type: ignore[attr-defined]
        raise Refused(_("Your role here does not allow this."), code="role", status=403)
    # The board shows a post once for all its channels: they move together.
    together = (
        item.post.publications.living().filter(publish_at=item.publish_at).select_related("channel", "post")
    )
    for publication in together:
        services.reschedule(publication=publication, publish_at=at, by=by, now=now)


# --- the feed ------------------------------------------------------------------------------------


@tenant_view(Can.VIEW)
@require_GET
def subscribe(request: HttpRequest) -> HttpResponse:
    """The page with the secret address of the feed."""
    link = feed.current()
    context = {"link": link, "address": feed.address(link) if link else "", "now": timezone.now()}
    return render(request, "posting/feed.html", context)


@tenant_view(Can.COMPOSE)
@require_POST
def subscribe_change(request: HttpRequest) -> HttpResponseBase:
    """action=make: a new address, the old one stops; action=revoke: none any more."""
    now = timezone.now()
    if request.POST.get("action") == "revoke":
        feed.revoke(by=request.actor, now=now)  # type: ignore[attr-defined]
        messages.success(request, _("The address does not work any more."))
    else:
        feed.make(by=request.actor, now=now)  # type: ignore[attr-defined]
        messages.success(request, _("Here is your address."))
    return redirect("calendar_feed")


def said(data: dict[str, Any]) -> str:
    """For the HX-Trigger header: news with an Undo that the page's script shows for ten seconds."""
    return json.dumps({"calendar:said": data})
