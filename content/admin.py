"""The back office's view of one restaurant's writing: what was asked, answered, charged. Read-only, every look audited.

These rows live in the restaurant's schema, so they are reached from its page, one restaurant at a time: never a loop
over schemas. Keys were masked when the exchange was stored; there are no tokens in these tables.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import tenant_context

from content import queries
from content.forms import WritingFilter
from content.models import Generation
from content.serializing import pretty_exchange, prompt_of
from content.words import State, Why
from tenants import audit
from tenants.models import Tenant
from tenants.office.base import by
from tenants.office.site import OfficeSite

PAGE = 50


def writing(request: HttpRequest, tenant_id: UUID) -> HttpResponse:
    """The log: ?state= ?source= ?kind= ?reason= ?before=<time>."""
    tenant = _restaurant(tenant_id)
    now = timezone.now()
    form = WritingFilter(request.GET)
    with tenant_context(tenant):
        found = Generation.objects.filter(**form.wanted()).recent()
        reason = request.GET.get("reason", "")
        if reason in Why.values:
            found = found.filter(reason=reason)
        before = parse_datetime(request.GET.get("before", "") or "-")
        if before and timezone.is_aware(before):
            found = found.filter(created_at__lt=before)
        rows = list(found.defer("brief")[: PAGE + 1])
        context: dict[str, Any] = {
            "title": _("AI writing of %(name)s") % {"name": tenant.name},
            "form": form,
            "reason": reason,
            "reasons": Why.choices,
            "rows": rows[:PAGE],
            "older": rows[PAGE - 1].created_at.isoformat() if len(rows) > PAGE else "",
            "totals": queries.writing_totals(now, tenant.plan),
            "waiting": Generation.objects.filter(state__in=[State.PENDING, State.CLAIMED]).count(),
            "months": queries.cost_by_month(3),
        }
    audit.record("office.viewed", by=by(request), tenant_id=tenant.pk, what="content.generations")
    return _page(request, "admin/content/writing.html", tenant, context)


def writing_one(request: HttpRequest, tenant_id: UUID, generation_id: UUID) -> HttpResponse:
    """One piece of writing with every exchange as it was sent and received."""
    tenant = _restaurant(tenant_id)
    with tenant_context(tenant):
        row = get_object_or_404(Generation.objects.select_related("menu_item"), pk=generation_id)
        exchanges = [
            (e, prompt_of(e), pretty_exchange(e.request), pretty_exchange(e.response))
            for e in row.exchanges.all()
        ]
    audit.record(
        "office.viewed",
        by=by(request),
        tenant_id=tenant.pk,
        what="content.generation",
        row=str(generation_id),
    )
    context = {
        "title": _("How one text was written"),
        "generation": row,
        "why": Why(row.reason).label if row.reason in Why.values else "",
        "exchanges": exchanges,
    }
    return _page(request, "admin/content/writing_one.html", tenant, context)


def _restaurant(tenant_id: UUID) -> Tenant:
    tenant = Tenant.objects.filter(pk=tenant_id).first()
    if tenant is None:
        raise Http404
    return tenant


def _page(request: HttpRequest, template: str, tenant: Tenant, context: dict[str, Any]) -> HttpResponse:
    shared = {**admin.site.each_context(request), "restaurant": tenant, "opts": Tenant._meta}
    response = render(request, template, shared | context)
    response["Cache-Control"] = "no-store"
    return response


assert isinstance(admin.site, OfficeSite)
admin.site.add_restaurant_page("writing/", writing, name="restaurant_writing", title=_("AI writing"))
admin.site.add_restaurant_page("writing/<uuid:generation_id>/", writing_one, name="restaurant_writing_one")
