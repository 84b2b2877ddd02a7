"""`{% load bell %}{% unread_notices as count %}` in the shell of every page: one counted query."""

from django import template
from django.http import HttpRequest
from django.template.context import RequestContext

from tenants.notices.models import Telling

register = template.Library()
MOST = 99


@register.simple_tag(takes_context=True)
def unread_notices(context: RequestContext) -> int:
    """How many notices this person has not read here; counted up to 99, once a page."""
    request: HttpRequest | None = context.get("request")
    tenant = getattr(request, "tenant", None)
    if request is None or tenant is None:
        return 0
    known = getattr(request, "_unread_notices", None)
    if known is None:
        known = Telling.objects.of(request.user, tenant).unread()[:MOST].count()
        request._unread_notices = known  # type: ignore[attr-defined]
    return known
