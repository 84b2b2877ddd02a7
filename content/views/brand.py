from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from content import queries, services
from content.forms import BrandForm
from tenants.access import Can, tenant_view


@tenant_view(Can.VIEW)
@require_GET
def brand(request: HttpRequest) -> HttpResponse:
    profile = queries.brand_profile()
    form = BrandForm.of(profile, request.tenant.language)  # type: ignore[attr-defined]
    return render(request, "content/brand.html", {"form": form, "profile": profile})


@tenant_view(Can.MANAGE)
@require_POST
def brand_save(request: HttpRequest) -> HttpResponseBase:
    profile = queries.brand_profile()
    form = BrandForm.of(profile, request.tenant.language, request.POST)  # type: ignore[attr-defined]
    if form.is_valid():
        saved = form.run(
            services.edit_brand,
            changes=form.changes(),
            by=request.actor,  # type: ignore[attr-defined]
            now=timezone.now(),
        )
        if saved:
            messages.success(request, _("Saved. The next captions are written this way."))
            return redirect("brand")
    return render(request, "content/brand.html", {"form": form, "profile": profile}, status=422)
