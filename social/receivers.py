"""What this room does when a restaurant is closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils.translation import ngettext

from social.models import Channel
from social.tasks import leave_closed
from tenants.models import Tenant
from tenants.signals import restaurant_closed, restaurant_closing


@receiver(restaurant_closing)
def on_closing(sender: Any, *, tenant: Tenant, now: datetime, **_: Any) -> list[str]:
    names = [channel.handle or channel.name for channel in Channel.objects.connected().in_order()]
    if not names:
        return []
    text = ngettext(
        "%(number)s channel is disconnected: %(names)s.",
        "%(number)s channels are disconnected: %(names)s.",
        len(names),
    )
    return [text % {"number": len(names), "names": ", ".join(names)}]


@receiver(restaurant_closed)
def on_closed(sender: Any, **_: Any) -> None:
    """At once; what a lost wake-up leaves is found by the next sweep (tasks.check_tokens, every minute)."""
    leave_closed.wake()
