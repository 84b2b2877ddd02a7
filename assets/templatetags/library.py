"""`{% load library %}{{ rendition|view_url }}`."""

from __future__ import annotations

from django import template

from assets import links
from assets.models import Rendition

register = template.Library()


@register.filter
def view_url(rendition: object) -> str:
    """Path of a rendition for the restaurant's own pages; "" for one that is not there."""
    return links.view_url(rendition) if isinstance(rendition, Rendition) else ""
