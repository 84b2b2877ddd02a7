"""When a restaurant's library has something to tidy next: one public row each, none where nothing is to do."""

from __future__ import annotations

from django.db import models


class Chore(models.Model):
    """Written by whatever leaves something for later (assets/chores/due.py), read by one dispatcher."""

    tenant = models.OneToOneField(
        "tenants.Tenant", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["due_at"]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.due_at:%Y-%m-%d %H:%M}"
