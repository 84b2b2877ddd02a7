"""The bell, the list behind it, and how somebody wants to be told."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants.access import Can, public_view, tenant_view
from tenants.notices import devices, services, webpush
from tenants.notices.models import Digest, Preference, PushDevice, Telling

PAGE = 40


@tenant_view(Can.VIEW)
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """What needs this person first, then the rest, newest first (?page=2)."""
    page = (
        max(1, int(number)) if (number := request.GET.get("page", "")).isdecimal() and len(number) < 5 else 1
    )
    mine = Telling.objects.of(request.user, request.tenant).select_related("notice")  # type: ignore[attr-defined]
    start = (page - 1) * PAGE
    rows = list(mine.order_by("-notice__created_at", "-id")[start : start + PAGE + 1])
    return render(
        request,
        "tenants/notices/list.html",
        {
            "tellings": rows[:PAGE],
            "unread": any(row.read_at is None for row in rows),
            "newer": f"?page={page - 1}" if page > 1 else "",
            "older": f"?page={page + 1}" if len(rows) > PAGE else "",
        },
    )


@tenant_view(Can.VIEW)
@require_GET
def bell(request: HttpRequest) -> HttpResponse:
    """The bells of both navigations, asked for every minute by a page that stays open."""
    return render(request, "tenants/notices/bells.html")


@tenant_view(Can.VIEW)
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    services.mark_read(tenant=request.tenant, user=request.user, now=timezone.now())  # type: ignore[attr-defined,arg-type]
    return redirect("notices")


@tenant_view(Can.VIEW)
@require_GET
def go(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """To where a notice leads; it counts as read."""
    tenant = request.tenant  # type: ignore[attr-defined]
    telling = get_object_or_404(
        Telling.objects.of(request.user, tenant).select_related("notice"), notice_id=notice_id
    )
    services.mark_read(tenant=tenant, user=request.user, notice_id=notice_id, now=timezone.now())  # type: ignore[arg-type]
    if not telling.notice.link:
        return redirect("notices")
    return HttpResponseRedirect(telling.notice.link)


@tenant_view(Can.VIEW)
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    tenant = request.tenant  # type: ignore[attr-defined]
    if request.method == "POST":
        digest = request.POST.get("digest", "")
        services.prefer(
            tenant=tenant,
            user=request.user,  # type: ignore[arg-type]
            mail="mail" in request.POST,
            digest=digest if digest in Digest.values else Digest.WEEKLY,
            now=timezone.now(),
        )
        messages.success(request, _("Saved."))
        return redirect("notice_preferences")
    chosen = Preference.objects.filter(tenant=tenant, user=request.user.pk).first() or Preference()
    context = {"chosen": chosen, "digests": Digest.choices}
    if webpush.is_on():
        context |= {"push_key": webpush.public_key(), "devices": devices.devices_of(request.user, tenant)}
    return render(request, "tenants/notices/preferences.html", context)


@tenant_view(Can.VIEW)
@require_POST
def device_add(request: HttpRequest) -> HttpResponse:
    """A browser's subscription: endpoint, p256dh, auth, name. 204."""
    data = request.POST
    devices.add_device(
        user=request.user,  # type: ignore[arg-type]
        tenant=request.tenant,  # type: ignore[attr-defined]
        endpoint=data.get("endpoint", ""),
        p256dh=data.get("p256dh", ""),
        auth=data.get("auth", ""),
        name=data.get("name", "").replace("\x00", "").strip() or _("A browser"),
        now=timezone.now(),
    )
    messages.success(request, _("This device is told from now on."))
    return HttpResponse(status=204)


@tenant_view(Can.VIEW)
@require_POST
def device_remove(request: HttpRequest, device_id: UUID) -> HttpResponse:
    mine = PushDevice.objects.filter(user=request.user.pk, tenant=request.tenant)  # type: ignore[attr-defined]
    devices.remove_device(device=get_object_or_404(mine, pk=device_id))
    messages.success(request, _("This device is not told any more."))
    return redirect("notice_preferences")


@public_view(reason="the browser fetches the service worker by itself; it holds nothing of anybody")
@require_GET
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, for a worker rules only what lies below its own address."""
    return render(request, "tenants/notices/sw.js", content_type="text/javascript; charset=utf-8")
