"""Dishes: what may truthfully be said, and the switch that takes one off ("86")."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from content import menu_csv, queries
from content.models import MenuItem
from content.signals import dish_availability_changed
from tenants.access import Actor
from tenants.errors import Refused

EDITABLE = {
    "section",
    "name",
    "description",
    "price",
    "currency",
    "allergens",
    "photo",
    "season_from",
    "season_to",
}


@dataclass(frozen=True)
class Imported:
    """How many dishes a file added, changed and left as they were; `skipped` lines had errors."""

    added: int
    changed: int
    same: int
    skipped: int


def save_menu_item(
    *, item: MenuItem | None = None, values: dict[str, Any], by: Actor, now: datetime
) -> MenuItem:
    """Add a dish (`item` None) or change one. Refused when the section already has a dish of that name."""
    unknown = set(values) - EDITABLE
    if unknown:
        raise Refused(_("A dish has no “%(name)s”.") % {"name": sorted(unknown)[0]}, field=sorted(unknown)[0])
    new = item is None
    item = item or MenuItem(created_at=now)
    before = item.section
    for name, value in values.items():
        setattr(item, name, value)
    item.name, item.section = item.name.strip(), item.section.strip()
    item.updated_by, item.updated_at = by.label, now
    if not item.name:
        raise Refused(_("Give the dish a name."), code="empty", field="name")
    if new or before != item.section:
        _to_end_of_section(item)
    try:
        with transaction.atomic():
            item.save()
    except IntegrityError as error:
        if "named_once" not in str(error):
            raise
        raise Refused(
            _("“%(name)s” is already in this section.") % {"name": item.name}, code="twice", field="name"
        ) from error
    return item


def set_available(*, item: MenuItem, available: bool, by: Actor, now: datetime) -> MenuItem:
    """Take a dish off ("86") or put it back. Posts about it are announced, so that posting can hold them."""
    with transaction.atomic():
        changed = MenuItem.objects.filter(pk=item.pk, available=not available).update(
            available=available,
            unavailable_since=None if available else now,
            updated_by=by.label,
            updated_at=now,
        )
        if changed:
            post_ids = queries.posts_about(item)
            transaction.on_commit(
                lambda: dish_availability_changed.send_robust(
                    sender=MenuItem, menu_item_id=item.pk, available=available, post_ids=post_ids
                )
            )
    item.refresh_from_db()
    return item


def delete_menu_item(*, item: MenuItem, by: Actor, now: datetime) -> None:
    """Remove a dish for good; posts about it stay and lose the link."""
    item.delete()


def move_menu_item(*, item: MenuItem, up: bool, by: Actor, now: datetime) -> None:
    """One place up or down within its section."""
    with transaction.atomic():
        row = list(MenuItem.objects.select_for_update().filter(section=item.section).listed())
        place = next((n for n, other in enumerate(row) if other.pk == item.pk), None)
        if place is None:
            return
        to = place - 1 if up else place + 1
        if not 0 <= to < len(row):
            return
        row[place], row[to] = row[to], row[place]
        for position, other in enumerate(row):
            if other.position != position:
                MenuItem.objects.filter(pk=other.pk).update(position=position, updated_at=now)


def import_menu(*, lines: Iterable[menu_csv.Line], by: Actor, now: datetime) -> Imported:
    """Store the good lines of a read file. A dish is the same one when section and name are; nothing is
    removed.
    """
    added = changed = same = skipped = 0
    with transaction.atomic():
        known = {(i.section.casefold(), i.name.casefold()): i for i in MenuItem.objects.select_for_update()}
        for line in lines:
            if line.errors:
                skipped += 1
                continue
            key = (line.section.casefold(), line.name.casefold())
            item = known.get(key)
            values = {name: getattr(line, name) for name in ("description", "price", "currency", "allergens")}
            if item is None:
                added += 1
                values |= {"section": line.section, "name": line.name}
                known[key] = item = save_menu_item(values=values, by=by, now=now)
            elif _differs(item, line):
                changed += 1
                save_menu_item(item=item, values=values, by=by, now=now)
            else:
                same += 1
            if item.available != line.available:
                set_available(item=item, available=line.available, by=by, now=now)
    return Imported(added, changed, same, skipped)


def _differs(item: MenuItem, line: menu_csv.Line) -> bool:
    return (item.description, item.price, item.currency, item.allergens, item.available) != (
        line.description,
        line.price,
        line.currency,
        line.allergens,
        line.available,
    )


def _to_end_of_section(item: MenuItem) -> None:
    """A new dish stands last in its section, a new section last in the menu."""
    others = MenuItem.objects.exclude(pk=item.pk)
    section = others.filter(section__iexact=item.section).aggregate(
        order=Max("section_order"), position=Max("position")
    )
    if section["order"] is not None:
        item.section_order, item.position = section["order"], section["position"] + 1
        return
    last = others.aggregate(last=Max("section_order"))["last"]
    item.section_order, item.position = (0 if last is None else last + 1), 0
