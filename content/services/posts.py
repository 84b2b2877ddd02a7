"""Posts: composing, saving drafts against a version, approving, deleting."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import Case, ProtectedError, RestrictedError, Value, When
from django.utils.translation import gettext as _

from assets.models import Asset
from content.extras import first_comment_of, people_of, place_of
from content.models import Generation, MenuItem, Post, PostAsset
from content.signals import post_changed
from content.text import as_uuid, clean_text
from content.words import Approval, CropShape, Platform, PostKind
from tenants.access import Actor
from tenants.errors import Refused

UNCHANGED: Any = object()
_LINK = URLValidator(schemes=["http", "https"])


class Conflict(Refused):
    """Somebody saved this post after we read it; `current` is what is stored now."""

    def __init__(self, current: Post) -> None:
        self.current = current
        super().__init__(
            _("%(who)s changed this post in another window. Look at the newer version before you save.")
            % {"who": current.updated_by},
            code="conflict",
            field="version",
            status=409,
        )


def compose_post(
    *,
    caption: str = "",
    captions: Mapping[str, str] | None = None,
    asset_ids: Iterable[Any] = (),
    link: str = "",
    kind: str = PostKind.FEED,
    menu_item_id: Any = None,
    generation_id: Any = None,
    alt_texts: Mapping[str, str] | None = None,
    crops: Mapping[str, str] | None = None,
    first_comment: str = "",
    place: Mapping[str, str] | None = None,
    people: Mapping[str, Any] | None = None,
    post_id: uuid.UUID | None = None,
    by: Actor,
    now: datetime,
) -> Post:
    """A new draft. Refused when it has neither words nor pictures, or names something that is not here.

    `place` {"id", "name"}; `people` {asset id: [{"username", "x", "y"}]} (content/extras.py). `post_id` is for
    callers that may ask twice; IntegrityError when there is such a post.
    """
    caption = clean_text(caption)
    captions = _captions(captions or {})
    assets = _assets(asset_ids)
    if not caption and not any(captions.values()) and not assets:
        raise Refused(_("Write a caption or choose a photo first."), code="empty", field="caption")
    if kind not in PostKind.values:
        raise Refused(_("This kind of post does not exist."), code="kind", field="kind")
    item = _menu_item(menu_item_id)
    with transaction.atomic():
        post = Post.objects.create(
            id=post_id or uuid.uuid4(),
            kind=kind,
            caption=caption,
            captions=captions,
            link=_checked_link(link),
            first_comment=first_comment_of(first_comment),
            place=place_of(place),
            menu_item=item,
            created_by=by.label,
            created_by_id=by.id,
            updated_by=by.label,
            created_at=now,
            updated_at=now,
        )
        _place(post, assets, alt_texts or {}, crops or {}, people or {})
        if generation_id:
            mark_used(generation_id=generation_id, post=post, now=now)
        _announce(post)
    return post


def save_draft(
    *,
    post: Post,
    version: int,
    caption: str = UNCHANGED,
    captions: Mapping[str, str] = UNCHANGED,
    asset_ids: Iterable[Any] = UNCHANGED,
    link: str = UNCHANGED,
    kind: str = UNCHANGED,
    menu_item_id: Any = UNCHANGED,
    generation_id: Any = None,
    alt_texts: Mapping[str, str] | None = None,
    crops: Mapping[str, str] | None = None,
    first_comment: str = UNCHANGED,
    place: Mapping[str, str] | None = UNCHANGED,
    people: Mapping[str, Any] | None = None,
    by: Actor,
    now: datetime,
) -> Post:
    """Store what is given (the rest stays) if the post is still at `version`; else raise Conflict.

    Autosave calls this every few seconds from several tabs: the version is compared in the UPDATE itself.
    New words take an approval back: what was approved is not what would go out. A post of a plan that waits
    for approval goes on waiting: else whoever may not approve it could schedule it by touching it.
    """
    changes: dict[str, Any] = {}
    if caption is not UNCHANGED:
        changes["caption"] = clean_text(caption)
    if captions is not UNCHANGED:
        changes["captions"] = _captions(captions)
    if link is not UNCHANGED:
        changes["link"] = _checked_link(link)
    if kind is not UNCHANGED:
        if kind not in PostKind.values:
            raise Refused(_("This kind of post does not exist."), code="kind", field="kind")
        changes["kind"] = kind
    if first_comment is not UNCHANGED:
        changes["first_comment"] = first_comment_of(first_comment)
    if place is not UNCHANGED:
        changes["place"] = place_of(place)
    if menu_item_id is not UNCHANGED:
        changes["menu_item"] = _menu_item(menu_item_id)
    assets = None if asset_ids is UNCHANGED else _assets(asset_ids)
    with transaction.atomic():
        changed = Post.objects.filter(pk=post.pk, version=version).update(
            **changes,
            version=version + 1,
            approval=Case(
                When(approval=Approval.NEEDS_APPROVAL, then=Value(Approval.NEEDS_APPROVAL)),
                default=Value(Approval.DRAFT),
            ),
            approved_at=None,
            approved_by="",
            updated_by=by.label,
            updated_at=now,
        )
        if not changed:
            current = Post.objects.filter(pk=post.pk).first()
            if current is None:
                raise Refused(_("This post was deleted in the meantime."), code="gone", status=410)
            raise Conflict(current)
        fresh = Post.objects.get(pk=post.pk)
        if assets is not None:
            _place(fresh, assets, alt_texts or {}, crops or {}, people or {})
        elif alt_texts or crops or people:
            _describe(fresh, alt_texts or {}, crops or {}, people or {})
        if generation_id:
            mark_used(generation_id=generation_id, post=fresh, now=now)
        _announce(fresh)
    return fresh


def set_approval(*, post: Post, approval: str, by: Actor, now: datetime) -> Post:
    """Ask for approval, approve, or take it back. Whether `by` may approve is the view's question
    (Can.PUBLISH).
    """
    if approval not in Approval.values:
        raise Refused(_("This approval state does not exist."), code="approval", field="approval")
    approved = approval == Approval.APPROVED
    Post.objects.filter(pk=post.pk).update(
        approval=approval,
        approved_at=now if approved else None,
        approved_by=by.label if approved else "",
        updated_at=now,
    )
    post.refresh_from_db()
    return post


def delete_draft(*, post: Post, by: Actor, now: datetime) -> None:
    """Remove a post that was never scheduled; history of what went out cannot be deleted from here."""
    try:
        post.delete()
    except (ProtectedError, RestrictedError) as error:
        raise Refused(
            _("This post is scheduled or was published. Cancel it first; what went out stays in history."),
            code="in_use",
            status=409,
        ) from error


def mark_used(*, generation_id: Any, post: Post, now: datetime) -> None:
    """Remember which post took a generation's words; the first post keeps it."""
    key = as_uuid(generation_id)
    if key is not None:
        Generation.objects.filter(pk=key, used_by__isnull=True).update(used_by=post, updated_at=now)


def _captions(captions: Mapping[str, str]) -> dict[str, str]:
    unknown = [name for name in captions if name not in Platform.values]
    if unknown:
        raise Refused(
            _("Captions can be set for facebook and instagram; “%(name)s” is neither.")
            % {"name": unknown[0]},
            code="platform",
            field="captions",
        )
    return {name: clean_text(text) for name, text in captions.items() if text is not None}


def _checked_link(link: str) -> str:
    link = str(link or "").strip()
    if not link:
        return ""
    try:
        _LINK(link)
    except ValidationError as error:
        raise Refused(
            _("The link must be a whole address that starts with https://."), code="link", field="link"
        ) from error
    return link


def _menu_item(value: Any) -> MenuItem | None:
    if not value:
        return None
    if isinstance(value, MenuItem):
        return value
    key = as_uuid(value)
    item = MenuItem.objects.filter(pk=key).first() if key else None
    if item is None:
        raise Refused(_("This dish is not on your menu any more."), code="menu_item", field="menu_item")
    return item


def _assets(ids: Iterable[Any]) -> list[Asset]:
    keys = [as_uuid(getattr(value, "pk", value)) for value in ids]
    found = {
        asset.pk: asset
        for asset in Asset.objects.filter(pk__in=[k for k in keys if k], deleted_at__isnull=True)
    }
    if any(key not in found for key in keys):
        raise Refused(
            _("A photo you chose is not in your library any more. Choose another one."),
            code="asset",
            field="asset_ids",
        )
    if len(set(keys)) != len(keys):
        raise Refused(_("A photo is chosen twice."), code="asset_twice", field="asset_ids")
    assets = [found[cast(uuid.UUID, key)] for key in keys]
    refused = next((asset for asset in assets if asset.state == "refused"), None)
    if refused:
        raise Refused(
            _("“%(title)s” cannot be used: it was not accepted when it was uploaded.")
            % {"title": refused.title},
            code="asset_refused",
            field="asset_ids",
        )
    return assets


def _place(
    post: Post,
    assets: list[Asset],
    alt_texts: Mapping[str, str],
    crops: Mapping[str, str],
    people: Mapping[str, Any],
) -> None:
    """Make the post's pictures exactly `assets`, keeping the words, crop and people of those that stay."""
    before = {row.asset_id: row for row in post.post_assets.all()}
    post.post_assets.exclude(asset__in=assets).delete()
    for position, asset in enumerate(assets):
        row = before.get(asset.pk) or PostAsset(post=post, asset=asset)
        row.position = position
        row.alt_text = alt_texts.get(str(asset.pk), row.alt_text)
        row.crop = _crop(crops.get(str(asset.pk), row.crop))
        row.people = people_of(people.get(str(asset.pk), row.people))
        row.save()


def _describe(
    post: Post, alt_texts: Mapping[str, str], crops: Mapping[str, str], people: Mapping[str, Any]
) -> None:
    for row in post.post_assets.all():
        row.alt_text = alt_texts.get(str(row.asset_id), row.alt_text)
        row.crop = _crop(crops.get(str(row.asset_id), row.crop))
        row.people = people_of(people.get(str(row.asset_id), row.people))
        row.save()


def _crop(value: str) -> str:
    if value not in CropShape.values:
        raise Refused(_("This crop does not exist."), code="crop", field="crops")
    return value


def _announce(post: Post) -> None:
    transaction.on_commit(
        lambda: post_changed.send_robust(sender=Post, post_id=post.pk, version=post.version)
    )
