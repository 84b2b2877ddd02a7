"""Channels' health for staff: public tables only, to read only. Tokens and wrapped keys are on no page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from social.health import explain
from social.registry.models import (
    ChannelClaim,
    ConnectionEntry,
    DeletionRequest,
    TenantDataKey,
    WebhookDelivery,
)
from tenants.office.base import OfficeAdmin


@admin.register(ChannelClaim)
class ChannelClaimAdmin(OfficeAdmin):
    list_display = ("name", "platform", "tenant", "state", "why", "updated_at")
    list_filter = ("state", "platform", "reason")
    list_select_related = ("tenant",)
    search_fields = ("name", "remote_id", "tenant__name", "tenant__slug")
    date_hierarchy = None

    @admin.display(description="Why")
    def why(self, claim: ChannelClaim) -> str:
        return str(explain(claim.reason).short) if claim.reason else ""


@admin.register(ConnectionEntry)
class ConnectionEntryAdmin(OfficeAdmin):
    """The token health board: what ends when, and what is checked next."""

    list_display = (
        "tenant",
        "state",
        "why",
        "expires_at",
        "data_access_expires_at",
        "checked_at",
        "next_check_at",
    )
    list_filter = ("state", "reason")
    list_select_related = ("tenant",)
    search_fields = ("tenant__name", "tenant__slug", "connection")

    @admin.display(description="Why")
    def why(self, entry: ConnectionEntry) -> str:
        return str(explain(entry.reason).short) if entry.reason else ""


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(OfficeAdmin):
    list_display = ("received_at", "object", "field", "entry_id", "outcome", "tries", "done_at")
    list_filter = ("object", "outcome")
    search_fields = ("entry_id",)
    sensitive = True  # a value may hold what a guest wrote

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("value", "digest")


@admin.register(DeletionRequest)
class DeletionRequestAdmin(OfficeAdmin):
    list_display = ("requested_at", "done_at", "connections", "channels")
    exclude = ("facebook_user_hash",)
    search_fields = ("code",)


@admin.register(TenantDataKey)
class TenantDataKeyAdmin(OfficeAdmin):
    """Which key of the ring wraps whose data key: to see whether a rotation is through. Never the key
    itself.
    """

    list_display = ("tenant", "wrapped_by", "created_at", "retired_at")
    list_filter = ("wrapped_by",)
    list_select_related = ("tenant",)
    search_fields = ("tenant__name", "tenant__slug")
    exclude = ("wrapped",)
