"""The first page: how it goes, what is next, what needs its owner.

Its charts come after it, once somebody scrolls to them: they are half of the work and seldom the question.
Whoever names days or a channel in the address gets them at once.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from posting import queries
from posting.analytics import ranges
from posting.analytics.dashboard import head
from posting.analytics.views import CHOICES, numbers_context
from tenants.access import Can, tenant_view

WEEK = 7


@tenant_view(Can.VIEW)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    tenant = request.tenant  # type: ignore[attr-defined]
    asked = any(request.GET.get(name) for name in CHOICES)
    context = numbers_context(request, now=now, address=reverse("home")) if asked else {}
    return render(
        request,
        "posting/home.html",
        {
            **context,
            "numbers_asked": asked,
            "home": queries.home(now=now),
            "week": head(ranges.last_days(WEEK, tenant=tenant, now=now)),
            "numbers_page": "home",
            "now": now,
        },
    )


@tenant_view(Can.VIEW)
@require_GET
def week(request: HttpRequest) -> HttpResponse:
    """The sentence and the four numbers alone: the first page asks for them again every minute."""
    now = timezone.now()
    tenant = request.tenant  # type: ignore[attr-defined]
    return render(
        request,
        "posting/_home_week.html",
        {"week": head(ranges.last_days(WEEK, tenant=tenant, now=now)), "now": now},
    )
