"""What owners do with photos they have: describe, tag, move, throw away, bring back; and posts using them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError, RestrictedError
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assets import storage, wakes
from assets.chores import due
from assets.models import Asset, Folder, Rendition, Season, Version
from assets.services.upload import clean_tags
from assets.services.versions import forget_versions
from assets.shapes import FIRST_KINDS, SHAPES
from assets.usage import uses_of
from tenants.access import Actor
from tenants.errors import Refused

TRASH_DAYS = timedelta(days=30)
SUPERSEDED_AFTER = timedelta(days=3)  # an address of such a file that is still under way lives for hours
EDITABLE = {
    "title", "alt_text", "description", "credit", "tags", "season", "folder", "favourite",
    "focal_x", "focal_y", "menu_item_id", "menu_item_name",
}  # fmt: skip


def edit_asset(*, asset: Asset, by: Actor, now: datetime, **changes: Any) -> Asset:
    """Change some of EDITABLE. Another focal point wakes the making of new crops; the old files stay."""
    unknown = set(changes) - EDITABLE
    if unknown:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    if "title" in changes:
        changes["title"] = " ".join(changes["title"].split())
        if not changes["title"]:
            raise Refused(_("Give it a title, so that you find it again."), code="title", field="title")
    if "tags" in changes:
        changes["tags"] = clean_tags(changes["tags"])
    for field, limit in (("title", 120), ("alt_text", 1000), ("description", 2000), ("credit", 120)):
        if len(changes.get(field, "")) > limit:
            raise Refused(
                _("This may have up to %(max)s letters.") % {"max": limit}, code="too_long", field=field
            )
    if changes.get("season", "") not in Season.values:
        raise Refused(_("Choose one of the seasons."), code="season", field="season")
    for field in ("focal_x", "focal_y"):
        if field in changes:
            changes[field] = _fraction(changes[field])
    before = asset.focal
    for field, value in changes.items():
        setattr(asset, field, value)
    asset.updated_at = now
    asset.save(update_fields=[*changes, "updated_at"])
    if asset.focal != before and asset.state == "ready":
        cropped = [kind for kind, shape in SHAPES[asset.kind].items() if shape.ratio is not None]
        Rendition.objects.filter(asset=asset, kind__in=cropped).update(superseded_at=now)
        due.note(now + SUPERSEDED_AFTER)
        wakes.remake(asset_id=asset.pk)
    return asset


def _fraction(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number <= 1:
        raise Refused(_("The focus point must lie inside the picture."), code="focal", field="focal_x")
    return round(number, 4)


def tag_assets(
    *,
    asset_ids: Iterable[UUID],
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    by: Actor,
    now: datetime,
) -> int:
    """Add and take away tags of many at once; returns how many changed."""
    adding, removing = clean_tags(add), set(clean_tags(remove))
    changed = []
    with transaction.atomic():
        for asset in Asset.objects.on_shelf().filter(pk__in=list(asset_ids)).select_for_update():
            tags = clean_tags([tag for tag in asset.tags if tag not in removing] + adding)
            if tags != asset.tags:
                asset.tags, asset.updated_at = tags, now
                asset.haystack = asset.searchable()
                changed.append(asset)
        Asset.objects.bulk_update(changed, ["tags", "haystack", "updated_at"], batch_size=500)
    return len(changed)


def move_assets(*, asset_ids: Iterable[UUID], folder: Folder | None, by: Actor, now: datetime) -> int:
    return Asset.objects.on_shelf().filter(pk__in=list(asset_ids)).update(folder=folder, updated_at=now)


def trash_assets(*, asset_ids: Iterable[UUID], by: Actor, now: datetime) -> int:
    """To the trash for 30 days. Refused, naming the posts, while one still to go out shows any of them."""
    ids = list(asset_ids)
    blocking = [use for use in uses_of(ids) if use.blocking]
    if blocking:
        posts = "; ".join(use.label for use in blocking[:3])
        more = len(blocking) - 3
        if more > 0:
            posts += " " + ngettext("and %(n)s more", "and %(n)s more", more) % {"n": more}
        raise Refused(
            _("Not deleted: posts that are still to go out use it (%(posts)s). Change or cancel them first.")
            % {"posts": posts},
            code="asset_in_use",
            status=409,
            fix=blocking[0].url,
        )
    shown = Asset.objects.on_shelf().filter(pk__in=ids)
    trashed = shown.update(deleted_at=now, deleted_by=by.label, updated_at=now)
    due.note(now + TRASH_DAYS)
    return trashed


def empty_trash(*, by: Actor, now: datetime, most: int = 1000) -> int:
    """Everything in the trash goes for good, at most `most` at once; returns how many went."""
    ids = Asset.objects.trashed().order_by("deleted_at").values_list("pk", flat=True)[:most]
    return purge_assets(asset_ids=list(ids), by=by, now=now)


def restore_assets(*, asset_ids: Iterable[UUID], by: Actor, now: datetime) -> int:
    """Back from the trash. One whose bytes were uploaded anew meanwhile stays: its copy is on the shelf."""
    restored = 0
    for asset in Asset.objects.trashed().filter(pk__in=list(asset_ids)):
        asset.deleted_at, asset.deleted_by, asset.updated_at = None, "", now
        try:
            with transaction.atomic():
                asset.save(update_fields=["deleted_at", "deleted_by", "updated_at"])
        except IntegrityError:
            continue
        restored += 1
    return restored


def purge_assets(*, asset_ids: Iterable[UUID], by: Actor, now: datetime) -> int:
    """Remove trashed assets and their files for good.

    One that a post shows keeps its row and the two pictures the history needs; original and cuts go.
    """
    names: list[str] = []
    with transaction.atomic():
        assets = list(Asset.objects.trashed().filter(pk__in=list(asset_ids)).select_for_update())
        for asset in assets:
            try:
                with transaction.atomic():
                    earlier = forget_versions(Version.objects.filter(asset=asset).select_related("asset"))
                    gone = earlier + _names(asset, Rendition.objects.filter(asset=asset))
                    asset.delete()
            except (ProtectedError, RestrictedError):
                gone = forget_versions(Version.objects.filter(asset=asset).select_related("asset"))
                large = Rendition.objects.filter(asset=asset).exclude(kind__in=FIRST_KINDS)
                gone += _names(asset, large)
                large.delete()
                Asset.objects.filter(pk=asset.pk).update(purged_at=now)
            names += gone
        storage.doom(names)
    storage.remove_loose(names)
    return len(assets)


def _names(asset: Asset, renditions: Any) -> list[str]:
    """The files that go with it. A refused upload's were let go of when it was refused."""
    original = [] if asset.state == "refused" else [asset.name]
    return [*original, *renditions.values_list("name", flat=True)]


def count_uses(*, counts: Mapping[UUID, tuple[int, datetime]]) -> int:
    """How often and when last each asset was posted, as the room above counts it; returns how many changed."""
    changed = []
    for asset in Asset.objects.filter(pk__in=list(counts)).only("use_count", "last_used_at"):
        if (asset.use_count, asset.last_used_at) != counts[asset.pk]:
            asset.use_count, asset.last_used_at = counts[asset.pk]
            changed.append(asset)
    Asset.objects.bulk_update(changed, ["use_count", "last_used_at"], batch_size=500)
    return len(changed)


def mark_used(*, asset_ids: Iterable[UUID], now: datetime) -> None:
    """A post with these went out at `now`."""
    Asset.objects.filter(pk__in=list(asset_ids)).update(
        use_count=F("use_count") + 1, last_used_at=Greatest(Coalesce(F("last_used_at"), now), now)
    )
