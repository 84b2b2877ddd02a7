"""`{% icon "house" %}`: one picture of the sprite. Built in: `<c-icon>` becomes this (tenants.components)."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from django import template
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: object, css: object = "", label: object = "") -> SafeString:
    """The same markup as templates/cotton/icon.html; without a label it is decoration, silent to screen readers."""
    return _markup(picture("sprite.svg"), str(name), str(css), str(label))


@register.simple_tag
@cache
def picture(name: str) -> str:
    """Address of a file of ours; `{% static %}` puts it together anew for each of a list's sixty marks."""
    return static(name)


@lru_cache(maxsize=2048)
def _markup(sprite: str, name: str, css: str, label: str) -> SafeString:
    said = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="icon {}" {} focusable="false"><use href="{}#{}"></use></svg>', css, said, sprite, name
    )


@receiver(setting_changed)
def _forget(setting: str, **_: Any) -> None:
    if setting in ("STATIC_URL", "STORAGES"):
        picture.cache_clear()
