"""`{% load times %}{{ publication.publish_at|restaurant_time:request.tenant }}`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenants import times

if TYPE_CHECKING:
    from tenants.models import Tenant

register = template.Library()


@register.filter
def restaurant_time(moment: datetime | None, tenant: Tenant) -> SafeString | str:
    """A `<time>` element: "Tue 24 Nov, 6:00 pm, Chicago (in 3 days)"; nothing for None."""
    if moment is None:
        return ""
    text = times.moment_text(moment, tenant.timezone, now=timezone.now())
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), text)


register.filter("city", times.city_of)


@register.filter
def restaurant_day(moment: datetime | None, tenant: Tenant) -> str:
    """ "Tue 24 Nov" in the restaurant's zone."""
    return "" if moment is None else times.day_text(moment, tenant.timezone, now=timezone.now())


@register.filter
def restaurant_clock(moment: datetime | None, tenant: Tenant) -> str:
    """ "6:00 pm" in the restaurant's zone; for lists that already name the day."""
    return "" if moment is None else times.clock(times.local_of(moment, tenant.timezone))


@register.filter
def time_distance(moment: datetime | None, tenant: Tenant) -> str:
    """ "in 3 days", "2 hours ago", counted on the restaurant's calendar."""
    return "" if moment is None else times.distance(moment, tenant.timezone, now=timezone.now())
