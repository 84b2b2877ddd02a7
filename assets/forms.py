"""Forms of the library. What is right is decided by the services; forms only ask."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from assets import queries, signals
from assets.models import Asset, Season
from tenants.forms import ServiceForm


class TagsField(forms.CharField):
    """Tags separated by commas, as a list."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return [part for part in (super().clean(value) or "").replace(";", ",").split(",") if part.strip()]


def folder_choices() -> list[tuple[str, str]]:
    """Every folder, indented as the tree, after "no folder"."""
    branches = queries.tree().branches
    rows = [(str(each.folder.pk), "\u2003" * each.depth + each.folder.name) for each in branches]
    return [("", str(_("No folder"))), *rows]


def dish_choices() -> list[tuple[str, str]]:
    """Dishes of the menu, named by the room above; nothing when it names none."""
    answers: Any = signals.name_dishes.send(sender=Asset)
    dishes = [(str(pk), name) for _receiver, found in answers for pk, name in found or ()]
    return [("", str(_("No dish"))), *dishes] if dishes else []


SAME_NAME = ("title", "alt_text", "tags", "season", "credit", "description")


def _slider() -> forms.NumberInput:
    return forms.NumberInput(attrs={"type": "range", "min": "0", "max": "1", "step": "0.01"})


class AssetForm(ServiceForm):
    title = forms.CharField(label=_("Title"), max_length=120, strip=True)
    alt_text = forms.CharField(
        label=_("What it shows"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Read aloud to people who cannot see it, and sent along to Facebook and Instagram."),
    )
    tags = TagsField(
        label=_("Tags"),
        required=False,
        help_text=_("Separated by commas."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "known-tags"}),
    )
    folder = forms.ChoiceField(label=_("Folder"), choices=folder_choices, required=False)
    menu_item_id = forms.ChoiceField(label=_("Dish"), choices=dish_choices, required=False)
    season = forms.ChoiceField(label=_("Season"), choices=Season.choices, required=False)
    credit = forms.CharField(label=_("Photo by"), max_length=120, required=False)
    description = forms.CharField(
        label=_("Notes"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    focal_x = forms.FloatField(label=_("Left to right"), widget=_slider(), required=False)
    focal_y = forms.FloatField(label=_("Top to bottom"), widget=_slider(), required=False)

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        self.asset = asset
        kwargs["initial"] = {
            "folder": str(asset.folder_id or ""),
            "menu_item_id": str(asset.menu_item_id or ""),
            "focal_x": round(asset.focal_x, 2),  # as the slider has it, so that an untouched one is unchanged
            "focal_y": round(asset.focal_y, 2),
            **{name: getattr(asset, name) for name in SAME_NAME},
        }
        super().__init__(*args, **kwargs)
        self.dishes = dict(dish_choices())
        if not self.dishes:
            del self.fields["menu_item_id"]

    def changes(self) -> dict[str, Any]:
        """Only what the person changed: two people editing different fields do not undo each other."""
        found = {name: self.cleaned_data[name] for name in self.changed_data}
        if "menu_item_id" in found:
            chosen = found["menu_item_id"]
            found["menu_item_name"] = self.dishes.get(chosen, "") if chosen else ""
            found["menu_item_id"] = UUID(chosen) if chosen else None
        for name in ("focal_x", "focal_y"):
            if found.get(name, 0) is None:
                del found[name]
        return found
