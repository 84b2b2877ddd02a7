"""Pages of the library."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from assets.models import Rendition
from assets.serving import send
from tenants.access import Can, tenant_view

FOREVER = "private, max-age=31536000, immutable"  # a rendition never changes (models.Rendition)


@tenant_view(Can.VIEW)
@require_safe
def rendition_file(request: HttpRequest, rendition_id: UUID, suffix: str) -> HttpResponseBase:
    rendition = get_object_or_404(Rendition, pk=rendition_id)
    return send(request, name=rendition.name, mime=rendition.mime, size=rendition.bytes, cache=FOREVER)
