"""The page on which an owner closes the restaurant."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tenants import services
from tenants.access import Actor, Can, tenant_view
from tenants.errors import Refused
from tenants.urls_of import public_url


@tenant_view(Can.OWN)
@never_cache
@require_http_methods(["GET", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    """What happens, said plainly; the name must be typed, for this cannot be undone by a button."""
    tenant, now = request.tenant, timezone.now()  # type: ignore[attr-defined]
    refused: Refused | None = None
    typed = request.POST.get("name", "")[:200]
    if request.method == "POST":
        try:
            services.close_restaurant(tenant=tenant, typed=typed, by=Actor.of(request.user), now=now)
        except Refused as error:
            refused = error
        else:
            request.session.pop("tenant", None)
            messages.success(request, _("%(name)s is closed.") % {"name": tenant.name})
            return HttpResponseRedirect(public_url("restaurants"))
    context = {
        "consequences": services.what_closing_does(tenant=tenant, now=now),
        "refused": refused,
        "typed": typed,
        "tab": "settings",
    }
    return render(request, "tenants/close.html", context, status=422 if refused else 200)
