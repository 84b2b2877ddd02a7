"""Settings, Webhooks: an owner's own addresses, what was sent there, and trying again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tenants.access import Can, tenant_view
from tenants.forms import ServiceForm
from tenants.hooks import events, services
from tenants.hooks.models import Delivery, DeliveryState, Endpoint

SHOWN = 30
_ALL = [kind.name for kind in events.KINDS.values()]


class WebhookForm(ServiceForm):
    url = forms.URLField(
        label=_("Address of your program"),
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://pos.example/hooks", "autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        label=_("Tell it when"),
        choices=[(kind.name, kind.meaning) for kind in events.KINDS.values()],
        widget=forms.CheckboxSelectMultiple,
        initial=_ALL,
    )
    description = forms.CharField(label=_("Note"), required=False, max_length=200)

    def names(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["events"]
        return ["*"] if set(chosen) == set(_ALL) else chosen


@tenant_view(Can.MANAGE)
@require_http_methods(["GET", "POST"])
@never_cache
def webhooks(request: HttpRequest) -> HttpResponse:
    """GET lists; POST adds one and shows its secret in this one answer."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = form.run(
            services.create_endpoint,
            tenant=_tenant(request),
            url=form.cleaned_data["url"],
            names=form.names(),
            description=form.cleaned_data["description"],
            by=_by(request),
            now=timezone.now(),
        )
        if made is not None:
            return _one_page(request, made[0], secret=made[1])
    context = {
        "form": form,
        "tab": "webhooks",
        "endpoints": services.endpoints_of(tenant=_tenant(request)).order_by("created_at"),
    }
    return render(request, "tenants/webhooks.html", context, status=_status(form))


@tenant_view(Can.MANAGE)
@require_http_methods(["GET", "POST"])
@never_cache
def webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    endpoint = _endpoint(request, webhook_id)
    if request.method == "GET":
        return _one_page(request, endpoint)
    form = WebhookForm(request.POST)
    if form.is_valid():
        changed = form.run(
            services.change_endpoint,
            endpoint=endpoint,
            url=form.cleaned_data["url"],
            names=form.names(),
            description=form.cleaned_data["description"],
            by=_by(request),
            now=timezone.now(),
        )
        if changed is not None:
            messages.success(request, _now("Saved."))
            return redirect("webhook", webhook_id=endpoint.pk)
    return _one_page(request, endpoint, form=form)


@tenant_view(Can.MANAGE)
@require_POST
@never_cache
def webhook_act(request: HttpRequest, webhook_id: UUID, act: str) -> HttpResponse:
    """One button: test, on, off, recover, secret, delete."""
    endpoint, now = _endpoint(request, webhook_id), timezone.now()
    who: dict[str, Any] = {"endpoint": endpoint, "by": _by(request), "now": now}
    if act == "secret":
        return _one_page(request, endpoint, secret=services.rotate_secret(**who))
    if act == "delete":
        services.delete_endpoint(**who)
        messages.success(request, _now("Deleted. Nothing is sent there any more."))
        return redirect("webhooks")
    if act == "test":
        services.send_test(**who)
        messages.success(request, _now("A test is on its way. Look again in a few seconds."))
    elif act in ("on", "off"):
        services.change_endpoint(enabled=act == "on", **who)
        messages.success(request, _now("Switched on.") if act == "on" else _now("Switched off."))
    elif act == "recover":
        queued = services.recover(since=now - services.RECOVER_MAX + timedelta(minutes=1), **who)
        messages.success(request, _now("%(count)d on their way again.") % {"count": queued})
    else:
        raise Http404
    return redirect("webhook", webhook_id=endpoint.pk)


@tenant_view(Can.MANAGE)
@require_POST
def webhook_replay(request: HttpRequest, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
    endpoint = _endpoint(request, webhook_id)
    delivery = get_object_or_404(Delivery, pk=delivery_id, endpoint=endpoint)
    services.replay(delivery=delivery, by=_by(request), now=timezone.now())
    messages.success(request, _now("On its way again."))
    return redirect("webhook", webhook_id=endpoint.pk)


def _one_page(
    request: HttpRequest, endpoint: Endpoint, *, form: WebhookForm | None = None, secret: str = ""
) -> HttpResponse:
    chosen = _ALL if "*" in endpoint.events else endpoint.events
    initial = {"url": endpoint.url, "description": endpoint.description, "events": chosen}
    rows = Delivery.objects.filter(endpoint=endpoint)
    shown = form or WebhookForm(initial=initial)
    context = {
        "form": shown,
        "tab": "webhooks",
        "endpoint": endpoint,
        "secret": secret,
        "lost": rows.filter(
            state=DeliveryState.FAILED, event__created_at__gte=timezone.now() - services.RECOVER_MAX
        ).count(),
        "deliveries": rows.select_related("event")
        .prefetch_related("attempts")
        .order_by("-created_at", "-id")[:SHOWN],
    }
    return render(request, "tenants/webhook.html", context, status=_status(shown))


def _endpoint(request: HttpRequest, webhook_id: UUID) -> Endpoint:
    return get_object_or_404(services.endpoints_of(tenant=_tenant(request)), pk=webhook_id)


def _tenant(request: HttpRequest) -> Any:
    return request.tenant  # type: ignore[attr-defined]


def _by(request: HttpRequest) -> Any:
    return request.actor  # type: ignore[attr-defined]


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200
