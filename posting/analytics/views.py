"""The numbers page, its live part and its downloads."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from posting.analytics import export, monthly, ranges, report
from posting.analytics.dashboard import dashboard
from posting.analytics.utm import choice
from posting.measured import ChannelDay, Figures
from social.models import Channel
from tenants.access import Can, tenant_view
from tenants.models import Tenant

MONTHS = 6
CHOICES = ("range", "from", "to", "channel")  # in the address


def numbers_context(request: HttpRequest, *, now: datetime, address: str) -> dict[str, Any]:
    """What posting/_analytics.html shows, from ?range= ?from= ?to= ?channel=. `address`: of the page itself."""
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    span = ranges.asked_for(request.GET, tenant=tenant, now=now)
    channels = list(Channel.objects.exclude(state="disconnected").order_by("platform", "name"))
    chosen = _channel(request.GET.get("channel", ""), channels)
    return {
        "numbers_chosen": chosen is not None or span.key != str(ranges.DEFAULT),
        "numbers": dashboard(span, channel=chosen, now=now),
        "presets": ranges.PRESETS,
        "number_channels": channels,
        "numbers_address": address,
        "numbers_query": f"{span.query}&channel={chosen.pk}" if chosen else span.query,
        "longest_range": ranges.LONGEST,
        "range_refused": span.key != "own" and any(request.GET.get(name) for name in ("from", "to")),
        "today": tenant.local(now).date(),
    }


def _channel(text: str, channels: list[Channel]) -> Channel | None:
    try:
        wanted = UUID(text)
    except ValueError:
        return None
    return next((channel for channel in channels if channel.pk == wanted), None)


@tenant_view(Can.VIEW)
@require_GET
def analytics(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context = numbers_context(request, now=now, address=reverse("analytics"))
    more = {
        "months": _months(request.tenant, now),  # type: ignore[attr-defined]
        "choice": choice(),
        "now": now,
        "numbers_page": "",
    }
    return render(request, "posting/analytics.html", {**context, **more})


@tenant_view(Can.VIEW)
@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """The numbers again, when something was measured after ?seen=; else 204, and the page stays as it is.

    Without ?seen= they are wanted for the first time.
    """
    now = timezone.now()
    newest = max(
        (
            at
            for at in (
                Figures.objects.order_by("-measured_at").values_list("measured_at", flat=True).first(),
                ChannelDay.objects.order_by("-id").values_list("measured_at", flat=True).first(),
            )
            if at
        ),
        default=None,
    )
    seen = _moment(request.GET.get("seen", ""))
    if seen is not None and (newest is None or newest <= seen):
        return HttpResponse(status=204)
    page = "home" if request.GET.get("page") == "home" else ""
    context = numbers_context(request, now=now, address=reverse(page or "analytics"))
    return render(request, "posting/_analytics.html", {**context, "now": now, "numbers_page": page})


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and found.tzinfo else None


@tenant_view(Can.VIEW)
@require_GET
def csv(request: HttpRequest) -> HttpResponse:
    """Every post of the range with its numbers."""
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    span = ranges.asked_for(request.GET, tenant=tenant, now=timezone.now())
    channels = list(Channel.objects.all())
    chosen = _channel(request.GET.get("channel", ""), channels)
    body = export.text(span, channel_id=chosen.pk if chosen else None)
    response = HttpResponse(body, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{tenant.slug}-{span.first}-{span.last}.csv"'
    return response


@tenant_view(Can.VIEW)
@require_GET
def report_pdf(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """One month on one page."""
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    now = timezone.now()
    today = tenant.local(now).date()
    if not (2004 <= year <= today.year and 1 <= month <= 12) or (year, month) > (today.year, today.month):
        raise Http404
    found = report.month_of(tenant, year, month, now=now)
    response = HttpResponse(report.as_pdf(tenant, found), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{tenant.slug}-{year}-{month:02}.pdf"'
    return response


@tenant_view(Can.MANAGE)
@require_POST
def choices(request: HttpRequest) -> HttpResponseBase:
    """Monthly report by e-mail, tags on links."""
    monthly.choose(
        tenant=request.tenant,  # type: ignore[attr-defined]
        monthly_report="monthly_report" in request.POST,
        tag_links="tag_links" in request.POST,
        now=timezone.now(),
    )
    messages.success(request, _("Saved."))
    return redirect("analytics")


def _months(tenant: Tenant, now: datetime) -> list[date]:
    """The current month and the five before."""
    found = [tenant.local(now).date().replace(day=1)]
    while len(found) < MONTHS:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found
