"""A restaurant that is erased takes its rows in the shared tables of this room along, in the same transaction."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from posting.dispatch.sweep import forget_tenant
from tenants.models import Tenant


@receiver(post_delete, sender=Tenant)
def on_restaurant_erased(sender: Any, *, instance: Tenant, **_: Any) -> None:
    """However it was erased: by staff, by a command, by a test. Its rows name it by a plain id."""
    forget_tenant(str(instance.pk))
