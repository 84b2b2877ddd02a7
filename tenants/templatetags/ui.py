"""What components need and HTML cannot tell: status words, form widgets, addresses that may not exist."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BoundField, CheckboxInput, FileInput, RadioSelect
from django.forms.widgets import CheckboxSelectMultiple
from django.http import HttpRequest
from django.template.context import RequestContext
from django.urls import NoReverseMatch
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tenants import undo, urls_of
from tenants.access import Can, has
from tenants.undo import Undo

register = template.Library()


# The first that a browser names itself by: Edge also says Chrome, and Chrome also says Safari.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


@register.filter
def device(user_agent: str) -> str:
    """ "Chrome, iPhone" of a browser's User-Agent; "Another program" where it names nothing that we know."""
    names = [
        next((word for mark, word in known if mark in user_agent), None) for known in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(name for name in names if name) or gettext("Another program")


@dataclass(frozen=True)
class Status:
    word: str | Promise
    icon: str
    tone: str
    spins: bool = False


#: One vocabulary for every page (experience.md 22). The colour never stands alone: icon and word go with it.
STATUSES = {
    "draft": Status(_("Draft"), "pencil-line", "neutral"),
    "needs_approval": Status(_("Needs approval"), "eye", "plum"),
    "scheduled": Status(_("Scheduled"), "clock", "blue"),
    "publishing": Status(_("Publishing"), "loader-circle", "blue", spins=True),
    "published": Status(_("Published"), "circle-check", "green"),
    "needs_you": Status(_("Needs you"), "hand", "orange"),
    "failed": Status(_("Failed"), "circle-x", "red"),
    "writing": Status(
        _("Being written"), "loader-circle", "blue", spins=True
    ),  # planned posts on the calendar
    "skipped": Status(_("Skipped"), "x", "neutral"),
}

#: Level of a notice -> icon and tone; Django's message tags are among the keys.
TONES = {
    "debug": ("info", "neutral"),
    "neutral": ("info", "neutral"),
    "info": ("info", "blue"),
    "blue": ("info", "blue"),
    "success": ("circle-check", "green"),
    "green": ("circle-check", "green"),
    "warning": ("triangle-alert", "orange"),
    "orange": ("triangle-alert", "orange"),
    "error": ("circle-alert", "red"),
    "red": ("circle-alert", "red"),
    "plum": ("eye", "plum"),
}


@register.filter
def status_of(word: object) -> Status:
    """Status of "needs_you", "Needs you" or a posting.states.Word; an unknown word is shown as it is."""
    key = str(word).strip().lower().replace(" ", "_").replace("-", "_")
    return STATUSES.get(key, Status(str(word), "info", "neutral"))


@register.filter
def tone_icon(tone: object) -> str:
    return TONES.get(str(tone).split(" ")[-1], TONES["neutral"])[0]


@register.filter
def undo_of(message: Message) -> Undo | None:
    """The way back that a notice offers: `url` and `fields` of a POST."""
    return undo.undo_of(message)


@register.filter
def tone_name(tone: object) -> str:
    """ "success", "error", "info extra-tag" -> the colour family of the notice."""
    for part in str(tone).split():
        if part in TONES:
            return TONES[part][1]
    return "neutral"


@register.filter
def initials(name: object) -> str:
    """ "Krusty Pizza" -> "KP"; one word gives one letter; never empty."""
    words = [word for word in str(name).split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


@register.filter
def allows(membership: Any, permission: str) -> bool:
    """`{% if membership|allows:"publish" %}`: may this person do it here?"""
    return membership is not None and has(membership.role, Can(permission))


@register.filter
def compact(number: object) -> str:
    """A count for a narrow place: 950, 1.2K, 34K, 1.5M; an unmeasured None stays a dash (it is not zero)."""
    if number is None:
        return "–"
    value = float(str(number))
    for size, letter in ((1_000_000, "M"), (1_000, "K")):
        if value >= size:
            short = value / size
            return f"{short:.1f}".rstrip("0").rstrip(".") + letter if short < 10 else f"{short:.0f}{letter}"
    return f"{value:,.0f}"


@register.simple_tag
def public_url_or(name: str, *args: Any) -> str:
    """Path of a public page, or "" where this installation has no such page."""
    try:
        return urls_of.public_url(name, *args)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def here(context: RequestContext, url: str, *, whole: bool = False) -> SafeString | str:
    """`aria-current` of a navigation entry: this page, or a page below it (not for "home", `whole=True`)."""
    request: HttpRequest | None = context.get("request")
    if request is None or not url:
        return ""
    same = request.path == url if whole else request.path.startswith(url)
    return SafeString('aria-current="page"') if same else ""


@register.simple_tag
def widget(field: BoundField, **attrs: Any) -> SafeString:
    """The input of a bound form field in our look, joined to its help and error for screen readers."""
    describes = []
    if field.help_text:
        describes.append(f"{field.auto_id}_help")
    if field.errors:
        attrs["aria-invalid"] = "true"
        describes.append(f"{field.auto_id}_error")
    if describes:
        attrs["aria-describedby"] = " ".join(describes)
    kind = field.field.widget
    if not isinstance(kind, (CheckboxInput, CheckboxSelectMultiple, RadioSelect)):
        extra = " input-file" if isinstance(kind, FileInput) else ""
        attrs["class"] = f"input{extra} {kind.attrs.get('class', '')}".strip()
    return field.as_widget(
        attrs={name.replace("_", "-"): value for name, value in attrs.items() if value not in ("", None)}
    )


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    return isinstance(field.field.widget, (RadioSelect, CheckboxSelectMultiple))


@register.filter
def as_json(value: Any) -> str:
    """For a data attribute: `data-limits="{{ limits|as_json }}"` (the template escapes it)."""
    return json.dumps(value, default=str)
