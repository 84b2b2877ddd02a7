"""One planned month: its live progress while it is written, then the review."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from assets.links import view_urls
from content.calendar import services as calendar_services
from content.calendar.facts import MOST
from content.calendar.models import Calendar, CalendarSlot
from content.calendar.words import SlotState
from content.models import Generation, PostAsset
from content.text import as_uuid
from posting.board import queries, reviewing
from posting.board.views import said
from posting.models import Publication
from social.models import Channel
from tenants.access import Can, has, tenant_view
from tenants.errors import Refused

LOG_SHOWN = 8
_UNDO = "calendar_approved"


@tenant_view(Can.VIEW)
@require_GET
def plan_page(request: HttpRequest, calendar_id: UUID) -> HttpResponse:
    """Progress while it is written (asked again every second), then every post for review."""
    now = timezone.now()
    calendar = get_object_or_404(Calendar, pk=calendar_id)
    calendar_services.nudge(calendar=calendar, now=now)
    context = page(request, calendar, now)
    context["undo"] = _undo(request, calendar)
    if getattr(request, "htmx", None) and request.GET.get("part") == "progress":
        if not calendar.running:  # it is over: the page shows the review now
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "posting/_plan_progress.html", context)
    return render(request, "posting/plan_page.html", context)


def page(request: HttpRequest, calendar: Calendar, now: datetime) -> dict[str, Any]:
    slots = list(_slots().filter(calendar=calendar).in_order())
    posts = [slot.post_id for slot in slots if slot.post_id]
    placed = dict(PostAsset.objects.filter(post_id__in=posts, position=0).values_list("post_id", "asset_id"))
    # What the post shows, which the composer may have changed; before there is one, what the plan chose.
    pictures = {slot.pk: placed.get(slot.post_id) if slot.post_id else slot.asset_id for slot in slots}
    shown = {asset for asset in pictures.values() if asset}
    previews, thumbs = view_urls(shown, "preview"), view_urls(shown)
    channels = list(Channel.objects.filter(pk__in=calendar.channel_ids).in_order())
    both = {channel.platform for channel in channels} == {"facebook", "instagram"}
    scheduled: dict[Any, list[Publication]] = {}
    for publication in Publication.objects.living().filter(post_id__in=posts).select_related("channel"):
        scheduled.setdefault(publication.post_id, []).append(publication)
    cards = []
    for slot in slots:
        card = {
            "slot": slot,
            "photo": previews.get(pictures[slot.pk], ""),
            "thumb": thumbs.get(pictures[slot.pk], ""),
            "facebook_only": both and slot.post_id is not None and not pictures[slot.pk],
        }
        card["publications"] = scheduled.get(slot.post_id, [])
        card["word"] = queries.SLOT_WORDS[SlotState(slot.state)]
        if card["publications"]:
            card["word"] = str(card["publications"][0].word(now))
        cards.append(card)
    done = sum(1 for slot in slots if slot.state not in (SlotState.WAITING, SlotState.WRITING))
    waiting = [card for card in cards if card["word"] == "needs_approval"]
    return {
        "calendar": calendar,
        "cards": cards,
        "done": done,
        "total": len(slots),
        "percent": round(100 * done / len(slots)) if slots else 0,
        "current": [slot for slot in slots if slot.state == SlotState.WRITING][:3],
        "failed": sum(1 for slot in slots if slot.state == SlotState.FAILED),
        "waiting": len(waiting),
        "cost": sum((slot.generation.cost for slot in slots if slot.generation), Decimal(0)),
        "lines": list(calendar.lines.order_by("-id")[:LOG_SHOWN]),  # type: ignore[attr-defined]
        "channels": channels,
        "now": now,
        **_rights(request, calendar),
    }


def _rights(request: HttpRequest, calendar: Calendar) -> dict[str, bool]:
    role = request.membership.role  # type: ignore[attr-defined]
    manages = has(role, Can.MANAGE)
    return {
        "can_compose": has(role, Can.COMPOSE),
        "can_approve": manages or (calendar.approval != "required" and has(role, Can.PUBLISH)),
        "sees_money": manages,
    }


def _slots() -> Any:
    # The brief holds the whole menu and sixty earlier captions; a page that asks every second must not read them.
    return (
        CalendarSlot.objects.select_related("calendar", "post", "menu_item", "asset", "generation")
        .defer("generation__brief", "generation__variants", "generation__partial")
        .prefetch_related("comments")
    )


@tenant_view(Can.VIEW)
@require_GET
def plan_log(request: HttpRequest, calendar_id: UUID) -> HttpResponse:
    """The whole log, and every exchange with the model: what was asked, what it cost."""
    calendar = get_object_or_404(Calendar, pk=calendar_id)
    slots = list(
        _slots().filter(calendar=calendar).annotate(exchanges=Count("generation__exchanges")).in_order()
    )
    context = {
        "calendar": calendar,
        "lines": list(calendar.lines.all()),  # type: ignore[attr-defined]
        "slots": slots,
        "cost": Generation.objects.filter(pk__in=[s.generation_id for s in slots]).aggregate(sum=Sum("cost"))[
            "sum"
        ]
        or 0,
        "sees_money": has(request.membership.role, Can.MANAGE),  # type: ignore[attr-defined]
    }
    return render(request, "posting/plan_log.html", context)


@tenant_view(Can.COMPOSE)
@require_POST
def plan_cancel(request: HttpRequest, calendar_id: UUID) -> HttpResponseBase:
    calendar = get_object_or_404(Calendar, pk=calendar_id)
    calendar_services.cancel_calendar(calendar=calendar, by=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    return redirect("calendar_plan", calendar.pk)


@tenant_view(Can.PUBLISH)
@require_POST
def plan_approve(request: HttpRequest, calendar_id: UUID) -> HttpResponseBase:
    """Everything that waits, in one step; what is refused stays and says why."""
    now = timezone.now()
    calendar = get_object_or_404(Calendar, pk=calendar_id)
    slots = list(queries.to_review().filter(calendar=calendar).select_related("calendar", "post"))
    verdicts = reviewing.approve(
        slots=slots,
        by=request.actor,  # type: ignore[attr-defined]
        manages=has(request.membership.role, Can.MANAGE),  # type: ignore[attr-defined]
        now=now,
    )
    good = sum(1 for verdict in verdicts if verdict.refused is None)
    bad = len(verdicts) - good
    if good:
        request.session[_UNDO] = {
            "calendar": str(calendar.pk),
            "slots": [str(verdict.slot.pk) for verdict in verdicts if verdict.refused is None],
        }
    if bad:
        text = ngettext("%(n)d post needs a look first.", "%(n)d posts need a look first.", bad) % {"n": bad}
        messages.warning(request, text)
    return redirect("calendar_plan", calendar.pk)


@tenant_view(Can.PUBLISH)
@require_POST
def plan_unapprove(request: HttpRequest, calendar_id: UUID) -> HttpResponseBase:
    """Undo of "Approve all": `slots` (ids, comma-separated) wait for review again; what is out already stays."""
    now = timezone.now()
    calendar = get_object_or_404(Calendar, pk=calendar_id)
    wanted = [key for text in request.POST.get("slots", "").split(",")[:MOST] if (key := as_uuid(text))]
    slots = _slots().filter(calendar=calendar, pk__in=wanted, state=SlotState.APPROVED).in_order()
    back = out = 0
    for slot in slots:
        try:
            reviewing.take_back(slot=slot, by=request.actor, now=now)  # type: ignore[attr-defined]
            back += 1
        except Refused:
            out += 1
    if back:
        text = ngettext("%(n)d post waits again.", "%(n)d posts wait again.", back) % {"n": back}
        messages.success(request, text)
    if out:
        text = ngettext("%(n)d post is out already.", "%(n)d posts are out already.", out) % {"n": out}
        messages.warning(request, text)
    return redirect("calendar_plan", calendar.pk)


def _undo(request: HttpRequest, calendar: Calendar) -> dict[str, Any] | None:
    """What "Approve all" has just done here; told once."""
    found = request.session.get(_UNDO)
    if not found or found.get("calendar") != str(calendar.pk):
        return None
    del request.session[_UNDO]
    number = len(found["slots"])
    text = ngettext("%(n)d post is scheduled.", "%(n)d posts are scheduled.", number) % {"n": number}
    return {"text": text, "slots": ",".join(found["slots"])}


def _slot(slot_id: UUID) -> CalendarSlot:
    return get_object_or_404(_slots(), pk=slot_id)


def _answer(
    request: HttpRequest, slot_id: UUID, text: str, undo: str = "", *undo_args: str
) -> HttpResponseBase:
    """The card as it is now, with the news and its Undo; a browser without scripts gets the page."""
    slot = _slot(slot_id)
    if not getattr(request, "htmx", None):
        messages.success(request, text)
        return redirect(f"{reverse('calendar_plan', args=[slot.calendar_id])}#slot-{slot.pk}")
    now = timezone.now()
    context = page(request, slot.calendar, now)
    context["card"] = next(card for card in context["cards"] if card["slot"].pk == slot.pk)
    response = render(request, "posting/_review_answer.html", context)
    if text:
        address = reverse(undo, args=[slot.pk, *undo_args]) if undo else ""
        response["HX-Trigger"] = said({"text": text, "undo": address, "target": f"#slot-{slot.pk}"})
    return response


@tenant_view(Can.PUBLISH)
@require_POST
def slot_approve(request: HttpRequest, slot_id: UUID) -> HttpResponseBase:
    (verdict,) = reviewing.approve(
        slots=[_slot(slot_id)],
        by=request.actor,  # type: ignore[attr-defined]
        manages=has(request.membership.role, Can.MANAGE),  # type: ignore[attr-defined]
        now=timezone.now(),
        platform="facebook" if request.POST.get("only") == "facebook" else "",
    )
    if verdict.refused and verdict.refused.code in ("role", "not_written"):
        raise verdict.refused
    if verdict.refused:
        return _answer(request, slot_id, "")
    return _answer(request, slot_id, _("Approved and scheduled."), "calendar_slot_unapprove")


@tenant_view(Can.PUBLISH)
@require_POST
def slot_unapprove(request: HttpRequest, slot_id: UUID) -> HttpResponseBase:
    reviewing.take_back(slot=_slot(slot_id), by=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    return _answer(request, slot_id, _("Taken back."))


@tenant_view(Can.COMPOSE)
@require_POST
def slot_act(request: HttpRequest, slot_id: UUID, act: str) -> HttpResponseBase:
    """skip, unskip, words, photo, both, comment."""
    if act not in ("skip", "unskip", "words", "photo", "both", "comment"):
        raise Http404
    slot, by, now = _slot(slot_id), request.actor, timezone.now()  # type: ignore[attr-defined]
    if act == "skip":
        calendar_services.skip(slot=slot, by=by, now=now)
        return _answer(request, slot_id, _("Skipped."), "calendar_slot", "unskip")
    if act == "unskip":
        calendar_services.unskip(slot=slot, by=by, now=now)
        return _answer(request, slot_id, _("It is back."))
    if act == "comment":
        calendar_services.comment(slot=slot, text=request.POST.get("text", ""), by=by, now=now)
        return _answer(request, slot_id, "")
    calendar_services.write_again(
        slot=slot, words=act in ("words", "both"), photo=act in ("photo", "both"), by=by, now=now
    )
    return _answer(request, slot_id, _("Another photo is in.") if act == "photo" else "")


@tenant_view(Can.VIEW)
@require_GET
def slot_card(request: HttpRequest, slot_id: UUID) -> HttpResponseBase:
    """One card; asked again while its words are being written."""
    slot = _slot(slot_id)
    calendar_services.nudge(calendar=slot.calendar, now=timezone.now())
    return _answer(request, slot_id, "")


@tenant_view(Can.VIEW)
@require_GET
def slot_checks(request: HttpRequest, slot_id: UUID) -> HttpResponse:
    """What approving would find; asked when the card comes into sight."""
    slot = _slot(slot_id)
    return render(
        request, "posting/_review_checks.html", {"slot": slot, "problems": reviewing.preflight(slot)}
    )
