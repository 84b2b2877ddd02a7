"""The one public door of the library: a rendition behind a signed, expiring address."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe
from django_tenants.utils import tenant_context

from assets import links
from assets.models import Rendition
from assets.serving import send
from assets.shapes import SUFFIX
from tenants.access import public_view
from tenants.models import Tenant


@public_view(reason="Meta fetches photos without a login; the signed token names one file and expires")
@require_safe
def media(request: HttpRequest, token: str, suffix: str) -> HttpResponseBase:
    grant = links.read(token)
    if grant is None:
        raise Http404
    tenant = Tenant.objects.filter(pk=grant.tenant_id, closed_at__isnull=True).first()
    if tenant is None:
        raise Http404
    with tenant_context(tenant):
        rendition = Rendition.objects.filter(pk=grant.rendition_id).first()
        if rendition is None or SUFFIX[rendition.mime] != suffix:
            raise Http404
        return send(
            request,
            name=rendition.name,
            mime=rendition.mime,
            size=rendition.bytes,
            cache="private, max-age=3600",
        )
