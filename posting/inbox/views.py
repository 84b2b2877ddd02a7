"""The page, and its part that looks at Facebook or Instagram when asked."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from posting.inbox import queries
from posting.inbox.look import look
from posting.models import Publication
from posting.states import ASKING
from tenants.access import Can, tenant_view


@tenant_view(Can.VIEW)
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """?page=2 for the older ones."""
    text = request.GET.get("page", "")
    page = int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 4 else 1
    page = max(1, page)
    cards, more = queries.cards(start=(page - 1) * queries.SIZE)
    return render(
        request,
        "posting/inbox.html",
        {
            "cards": cards,
            "newer": f"?page={page - 1}" if page > 1 else "",
            "older": f"?page={page + 1}" if more else "",
            "now": timezone.now(),
        },
    )


@tenant_view(Can.PUBLISH)
@require_GET
@never_cache
def seen(request: HttpRequest, publication_id: UUID) -> HttpResponse:
    """The page's newest posts. Only of something that is asked about: it costs a call to Meta."""
    publication = get_object_or_404(
        Publication.objects.filter(state__in=ASKING).select_related("channel"), pk=publication_id
    )
    return render(
        request, "posting/_inbox_seen.html", {"look": look(publication), "publication": publication}
    )
