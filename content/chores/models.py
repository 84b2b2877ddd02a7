"""When a restaurant's writing must be looked after next: one public row each, none where nothing is to do."""

from __future__ import annotations

from django.db import models


class Chore(models.Model):
    """Written by whatever leaves something for later (content/chores/due.py), read by one dispatcher."""

    tenant = models.OneToOneField(
        "tenants.Tenant", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    due_at = models.DateTimeField(db_index=True)
    month = models.BooleanField(default=False, db_default=False)  # a month is being written

    class Meta:
        ordering = ["due_at"]
        indexes = [
            models.Index("tenant", condition=models.Q(month=True), name="content_chores_months"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.due_at:%Y-%m-%d %H:%M}"
