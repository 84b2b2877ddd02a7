"""The feed's public door."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_tenants.utils import tenant_context

from posting.board import feed
from posting.board.models import FeedLink
from tenants.access import public_view
from tenants.models import Tenant


@public_view(
    reason="Calendar programs cannot sign in: the secret is in the address, and the owner can revoke it."
)
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """Forged, revoked and unknown addresses are one 404."""
    found = feed.read(token)
    tenant = Tenant.objects.filter(pk=found[0], closed_at__isnull=True).first() if found else None
    if found is None or tenant is None:
        raise Http404
    with tenant_context(tenant):
        if not FeedLink.objects.filter(pk=found[1], revoked_at=None).exists():
            raise Http404
        body = feed.text(tenant, now=timezone.now())
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{tenant.slug}.ics"'
    response["Cache-Control"] = "private, max-age=300"
    response["X-Robots-Tag"] = "noindex"
    return response
