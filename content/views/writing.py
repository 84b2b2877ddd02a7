import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from content import queries, services
from content.forms import WritingFilter
from content.models import Exchange, Generation
from content.serializing import generation_data
from content.words import State, Why
from tenants.access import Can, has, tenant_view

PAGE = 30
CHART_DAYS = 30
_ORDER = ("method", "url", "status", "headers", "body")  # the database keeps keys in its own order


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
        context["days"] = _bars(queries.cost_by_day(now - timedelta(days=CHART_DAYS), tenant.timezone))
    return render(request, "content/generations.html", context)


@tenant_view(Can.VIEW)
@require_GET
def generation(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    """How this was written: first in words, then the exchange as it was."""
    row = get_object_or_404(
        Generation.objects.select_related("menu_item", "post", "used_by"), pk=generation_id
    )
    if row.state in (State.PENDING, State.CLAIMED):
        row = services.nudge(generation=row, now=timezone.now())
    context = {
        "generation": row,
        "waiting": row.state in (State.PENDING, State.CLAIMED),
        "why": Why(row.reason).label if row.reason in Why.values else "",
        "exchanges": [
            (e, _messages(e), _pretty(e.request), _pretty(e.response)) for e in row.exchanges.all()
        ],
        "sees_money": _sees_money(request),
    }
    # With htmx: the part that waits for the words.
    part = request.htmx and request.GET.get("part")  # type: ignore[attr-defined]
    return render(request, "content/_generation.html" if part else "content/generation.html", context)


@tenant_view(Can.VIEW)
@require_GET
def generation_json(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    """Everything about one generation as a file."""
    row = get_object_or_404(Generation, pk=generation_id)
    data = generation_data(row, money=_sees_money(request), exchanges=True)
    response = JsonResponse(data, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="caption-{row.pk}.json"'
    return response


def _sees_money(request: HttpRequest) -> bool:
    return has(request.membership.role, Can.MANAGE)  # type: ignore[attr-defined]


def _pretty(exchange: dict[str, Any] | None) -> str:
    """The stored text, JSON bodies indented for reading; the download has them byte for byte."""
    if not exchange:
        return ""
    shown = {name: exchange[name] for name in _ORDER if name in exchange}
    body = str(shown.get("body", ""))
    try:
        shown["body"] = json.loads(body)
    except ValueError:
        shown["body"] = body
    return json.dumps(shown, indent=2, ensure_ascii=False)


def _messages(exchange: Exchange) -> list[tuple[str, str]]:
    """(role, text) of what the model was told; empty where nothing was sent."""
    try:
        messages = json.loads(str(exchange.request.get("body", "")))["messages"]
        return [(str(m["role"]), str(m["content"])) for m in messages]
    except (ValueError, KeyError, TypeError):
        return []


def _bars(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Adds `height` (0-100) to each day for the chart."""
    top = max((day["cost"] or Decimal(0) for day in days), default=Decimal(0))
    return [day | {"height": int(100 * (day["cost"] or 0) / top) if top else 0} for day in days]
