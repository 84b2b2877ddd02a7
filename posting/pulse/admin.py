"""The back office's view of numbers: how restaurants do by day, and whose readings are in trouble."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from posting.pulse.models import ChannelReading, Pulse
from tenants.models import Tenant
from tenants.office.base import OfficeAdmin


class _Named(OfficeAdmin):
    """With the restaurant's name in the list's one query."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        name = Tenant.objects.filter(pk=OuterRef("tenant_id")).values("name")[:1]
        return super().get_queryset(request).annotate(restaurant_name=Subquery(name))

    @display(description=_("restaurant"), ordering="restaurant_name")
    def restaurant(self, row: Model) -> str:
        return row.restaurant_name or str(row.tenant_id)  # type: ignore[attr-defined]


@admin.register(Pulse)
class PulseAdmin(_Named):
    """One restaurant and day a line. Counts only; an empty cell was not measured."""

    list_display = (
        "day",
        "restaurant",
        "posts",
        "failed",
        "reach",
        "engagement",
        "followers",
        "channels",
        "troubled",
        "measured_at",
    )
    date_hierarchy = "day"
    search_fields = ("=tenant_id",)
    ordering = ("-day", "tenant_id")


@admin.register(ChannelReading)
class ChannelReadingAdmin(_Named):
    """Whose numbers are read next, and why some are not."""

    list_display = ("next_at", "restaurant", "platform", "read_at", "failures", "trouble", "lease_until")
    list_filter = ("platform",)
    search_fields = ("=tenant_id", "=channel_id", "trouble")
    ordering = ("next_at",)
