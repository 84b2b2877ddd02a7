"""The back office's first page: four numbers and the newest audit. Public tables only, never a loop over
schemas.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone

from tenants.models import ApiKey, Audit, Tenant, User


def numbers(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """UNFOLD["DASHBOARD_CALLBACK"]."""
    now = timezone.now()
    week = now - timedelta(days=7)
    tenants = Tenant.objects.filter(closed_at=None).aggregate(
        all=Count("id"),
        new=Count("id", filter=Q(created_at__gte=week)),
        paused=Count("id", filter=~Q(paused_at=None)),
    )
    people = User.objects.aggregate(all=Count("id"), new=Count("id", filter=Q(date_joined__gte=week)))
    keys = ApiKey.objects.filter(revoked_at=None).exclude(expires_at__lte=now)
    context["numbers"] = [
        ("Restaurants", tenants["all"], f"{tenants['new']} new in 7 days"),
        ("Paused", tenants["paused"], "publish nothing until resumed"),
        ("People", people["all"], f"{people['new']} new in 7 days"),
        ("Working API keys", keys.count(), f"{keys.filter(last_used_at__gte=week).count()} used in 7 days"),
    ]
    context["newest_audit"] = Audit.objects.order_by("-id")[:12]
    return context
