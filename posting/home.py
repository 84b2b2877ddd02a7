"""The first page: how it goes, what is next, what needs its owner."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from posting import queries
from tenants.access import Can, tenant_view


@tenant_view(Can.VIEW)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    return render(request, "posting/home.html", {"home": queries.home(now=now), "now": now})
