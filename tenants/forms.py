"""Forms of the pages about restaurants, people and keys. What is right is decided by the services; forms only
ask.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tenants import places
from tenants.access import Can, Role
from tenants.errors import Refused
from tenants.models import Tenant
from tenants.services.keys import SCOPES
from tenants.services.restaurants import NAME_MAX

Result = TypeVar("Result")


class ServiceForm(forms.Form):
    """A service's refusal becomes the field's error, so that what was typed stays on the page."""

    def run(self, service: Callable[..., Result], **arguments: Any) -> Result | None:
        """The service's result, or None after adding its refusal to the form."""
        try:
            return service(**arguments)
        except Refused as error:
            self.add_error(error.field if error.field in self.fields else None, str(error))
            return None


class LongSelect(forms.Select):
    """A <select> of hundreds of options: Django renders a template for each; 45 ms for zones, countries."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = set(self.format_value(value))
        wanted = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        parts = [
            format_html('<optgroup label="{}">{}</optgroup>', label, _options(choices, chosen))
            if isinstance(choices, (list, tuple))
            else _options([(label, choices)], chosen)
            for label, choices in self.choices
        ]
        return format_html("<select{}>{}</select>", flatatt(wanted), format_html_join("", "{}", zip(parts)))


def _options(choices: Iterable[tuple[Any, Any]], chosen: set[str]) -> SafeString:
    marked = (("selected" if str(key) in chosen else "", key, text) for key, text in choices)
    return format_html_join("", '<option {} value="{}">{}</option>', marked)


class RestaurantForm(ServiceForm):
    name = forms.CharField(
        label=_("Name of the restaurant"),
        max_length=NAME_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    country = forms.ChoiceField(
        label=_("Country"),
        choices=lambda: list(places.countries().items()),
        widget=LongSelect(attrs={"autocomplete": "country", "data-guess": "country"}),
        help_text=_("For special days and how dates are written."),
    )
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        choices=places.zone_choices,
        widget=LongSelect(attrs={"data-guess": "timezone"}),
        help_text=_("Every time you see or choose is the time on the restaurant's wall."),
    )

    def __init__(self, *args: Any, tenant: Tenant | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = {"country": "US", "timezone": "America/Chicago"}
        if tenant is not None:
            kwargs["initial"] = {"name": tenant.name, "country": tenant.country, "timezone": tenant.timezone}
        super().__init__(*args, **kwargs)
        if tenant is not None:
            for name in ("country", "timezone"):  # only a new restaurant is guessed from the browser
                self.fields[name].widget.attrs.pop("data-guess")
            self.fields["name"].widget.attrs.pop("autofocus")
            zones = {zone for _group, cities in places.zone_choices() for zone, _city in cities}
            if tenant.timezone not in zones:  # an alias a partner sent, e.g. US/Central
                self.fields["timezone"].choices = [  # type: ignore[attr-defined]
                    (tenant.timezone, tenant.timezone),
                    *places.zone_choices(),
                ]


class InviteForm(ServiceForm):
    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.EDITOR)


ROLE_MEANING = {
    Role.OWNER: _("Everything, also the plan and other owners."),
    Role.MANAGER: _("Everything except the plan and owners."),
    Role.EDITOR: _("Writes and schedules posts, adds photos."),
    Role.VIEWER: _("Looks, changes nothing."),
}
SCOPE_MEANING = {
    Can.VIEW: _("Read the library, posts, history and numbers"),
    Can.COMPOSE: _("Upload media, write captions and posts"),
    Can.PUBLISH: _("Publish, schedule and cancel"),
    Can.CONNECT: _("Connect and disconnect channels"),
    Can.MANAGE: _("Change the restaurant's settings"),
}
ENDS = (
    ("", _("Never")),
    ("30", _("In 30 days")),
    ("90", _("In 90 days")),
    ("365", _("In a year")),
)


class KeyForm(ServiceForm):
    name = forms.CharField(
        label=_("What will use it"),
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": _("Till system")}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=[(str(scope), SCOPE_MEANING[scope]) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
        initial=[str(Can.VIEW)],
    )
    live = forms.ChoiceField(
        label=_("Kind"),
        choices=[("live", _("Live")), ("test", _("Test: never reaches Facebook or Instagram"))],
        initial="live",
    )
    ends = forms.ChoiceField(label=_("Ends"), choices=ENDS, required=False)
    allowed = forms.CharField(
        label=_("Only from these addresses"),
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"placeholder": "203.0.113.7, 198.51.100.0/24", "autocomplete": "off"}),
        help_text=_("Leave empty to allow every address. Separate several with commas."),
    )

    def networks(self) -> list[str]:
        """What was typed, one network an entry."""
        return [part for part in re.split(r"[\s,;]+", self.cleaned_data["allowed"]) if part]

    def expires_at(self, *, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The end of the chosen day in the restaurant's zone."""
        days = self.cleaned_data["ends"]
        if not days:
            return None
        day = (now.astimezone(zone) + timedelta(days=int(days))).date()
        return datetime.combine(day, time(23, 59, 59), tzinfo=zone)
