"""/health/publishing: 503 when ready posts are not taken or no publisher has asked for work lately."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from posting.dispatch.health import health
from tenants.access import public_view


@public_view(reason="asked by monitors, which have no login; figures only, of no restaurant in particular")
@never_cache
@require_safe
def health_publishing(request: HttpRequest) -> JsonResponse:
    try:
        found = health(timezone.now())
    except DatabaseError as problem:
        return JsonResponse({"status": "down", "error": type(problem).__name__}, status=503)
    body = {"status": "ok" if found.healthy else "late"} | found.as_dict()
    body.pop("gate_reason")  # an operator's note is not for strangers
    return JsonResponse(body, status=200 if found.healthy else 503)
