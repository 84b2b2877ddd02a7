from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from assets.links import page_url, view_url
from assets.models import Asset, Rendition
from content import money, queries, services
from content.forms import WritingFilter
from content.models import Generation
from content.serializing import generation_data, pretty_exchange, prompt_of
from content.views.parts import part
from content.words import Kind, State, Why
from tenants.access import Can, has, tenant_view

PAGE = 30


@tenant_view(Can.VIEW)
@require_GET
def generations(request: HttpRequest) -> HttpResponse:
    """The log, newest first: ?source= ?state= ?kind= ?before=<time>."""
    now = timezone.now()
    form = WritingFilter(request.GET)
    wanted = form.wanted()
    found = Generation.objects.filter(**wanted).recent()
    before = parse_datetime(request.GET.get("before", "") or "-")
    if before and timezone.is_aware(before):
        found = found.filter(created_at__lt=before)
    rows = list(found.defer("brief")[: PAGE + 1])
    older = rows[PAGE - 1].created_at if len(rows) > PAGE else None
    context: dict[str, Any] = {"form": form, "wanted": wanted, "rows": rows[:PAGE], "older": older}
    if _sees_money(request):
        tenant = request.tenant  # type: ignore[attr-defined]
        context["totals"] = queries.writing_totals(now, tenant.plan)
        context["days"] = _bars(queries.cost_by_day(now, tenant.timezone))
    return render(request, "content/generations.html", context)


@tenant_view(Can.MANAGE)
@require_GET
def budget(request: HttpRequest) -> HttpResponse:
    """What AI writing cost, what the plan includes, and what happens at its end."""
    now, tenant = timezone.now(), request.tenant  # type: ignore[attr-defined]
    context = {
        "totals": queries.writing_totals(now, tenant.plan),
        "days": _bars(queries.cost_by_day(now, tenant.timezone)),
        "months": queries.cost_by_month(),
        "models": queries.cost_by_model(now),
        "at_once": money.allowance(tenant.plan).at_once,
        "profile": queries.brand_profile(),
        "keeps_days": settings.AI_EXCHANGE_DAYS,
    }
    return render(request, "content/budget.html", context)


@tenant_view(Can.VIEW)
@require_GET
def generation(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    """How this was written: first in words, then the exchange as it was."""
    row = get_object_or_404(
        Generation.objects.select_related("menu_item", "post", "used_by"), pk=generation_id
    )
    if row.state in (State.PENDING, State.CLAIMED):
        row = services.nudge(generation=row, now=timezone.now())
    wanted = request.GET.get("part", "")
    if request.htmx and wanted:  # type: ignore[attr-defined]
        return part(request, row, wanted, field=request.GET.get("field", ""))
    context = {
        "generation": row,
        "waiting": row.state in (State.PENDING, State.CLAIMED),
        "why": Why(row.reason).label if row.reason in Why.values else "",
        "poll_url": "?part=page",
        "photo": _photo(row),
        "exchanges": [
            (e, prompt_of(e), pretty_exchange(e.request), pretty_exchange(e.response))
            for e in row.exchanges.all()
        ],
        "sees_money": _sees_money(request),
    }
    return render(request, "content/generation.html", context)


@tenant_view(Can.VIEW)
@require_GET
def generation_json(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    """Everything about one generation as a file."""
    row = get_object_or_404(Generation, pk=generation_id)
    data = generation_data(row, money=_sees_money(request), exchanges=True)
    response = JsonResponse(data, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="caption-{row.pk}.json"'
    return response


def _photo(row: Generation) -> tuple[str, str] | None:
    """(address of its page, address of its thumbnail) of the photo a description is about."""
    if row.kind != Kind.ALT_TEXT or not row.asset_ids:
        return None
    asset = Asset.objects.filter(pk=row.asset_ids[0], deleted_at__isnull=True).first()
    if asset is None:
        return None
    thumb = Rendition.objects.filter(asset=asset, kind="thumb", superseded_at=None).first()
    return page_url(asset.pk), view_url(thumb)


def _sees_money(request: HttpRequest) -> bool:
    return has(request.membership.role, Can.MANAGE)  # type: ignore[attr-defined]


def _bars(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Adds `height` (0-100) to each day for the chart; no days while nothing was spent."""
    top = max((day["cost"] or Decimal(0) for day in days), default=Decimal(0))
    if not top:
        return []  # a chart of nothing is a hole in the page
    return [
        day | {"height": max(2, int(100 * day["cost"] / top)) if top and day["cost"] else 0} for day in days
    ]
