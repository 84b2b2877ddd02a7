"""Derived files as rows: which recipe is current, is it there, make it if not. Idempotent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from assets import storage, words
from assets.decoding import PHOTO_SECONDS, VIDEO_SECONDS, decode
from assets.ffmpeg import ffmpeg_binary
from assets.models import Asset, Rendition
from assets.refusals import Unusable
from assets.shapes import SHAPES, Shape, fits
from tenants.errors import Refused

Focal = tuple[float, float]


class Pictured(Protocol):
    """What a recipe needs of an asset; grids know no more of it."""

    @property
    def kind(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def focal(self) -> Focal: ...


def recipe(*, asset: Pictured, kind: str, focal: Focal | None = None, version: int | None = None) -> str:
    """What a rendition is made from: the shape's numbers, the original's version, a crop's focal point."""
    cropped = SHAPES[asset.kind][kind].ratio is not None
    x, y = (focal or asset.focal) if cropped else (0.5, 0.5)
    return _recipe(asset.kind, kind, version or asset.version, round(x, 4), round(y, 4))


@lru_cache(maxsize=4096)  # a page of tiles asks for the same few hundreds of times
def _recipe(asset_kind: str, kind: str, version: int, x: float, y: float) -> str:
    text = f"{SHAPES[asset_kind][kind]!r}|{version}|{x:.4f}|{y:.4f}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def ensure_rendition(*, asset: Asset, kind: str, focal: Focal | None = None) -> Rendition:
    """The current rendition of this kind, made now if it is not there (about a second; videos: minutes).

    `focal` overrides the asset's focal point for one post. Raises Refused with a sentence when the asset
    is not ready, cannot have this shape (code "ratio": an owner must choose a crop) or its file is gone.
    """
    shape = _shape(asset, kind)
    wanted = recipe(asset=asset, kind=kind, focal=focal)
    there = Rendition.objects.filter(asset_id=asset.pk, kind=kind, recipe=wanted).first()
    if there is not None:
        if there.superseded_at is not None:  # the focal point came back to where it was
            Rendition.objects.filter(pk=there.pk).update(superseded_at=None)
        return there
    seconds = VIDEO_SECONDS if shape.mime == "video/mp4" else PHOTO_SECONDS
    try:
        with storage.local_copy(asset.name) as path, storage.workplace() as out:
            for answer in decode(
                path,
                filename=path.name,
                kinds=[kind],
                out=out,
                focal=focal or asset.focal,
                ffmpeg=ffmpeg_binary(settings.FFMPEG_BINARY),
                seconds=seconds,
            ):
                if "made" in answer:
                    return keep(asset=asset, made=answer["made"], focal=focal)
    except Unusable as refusal:
        raise Refused(words.sentence(refusal.code, refusal.facts), code=refusal.code) from None
    except FileNotFoundError:
        raise Refused(
            _("The original of “%(title)s” is missing. Please upload it again.") % {"title": asset.title},
            code="original_missing",
        ) from None
    raise Refused(words.sentence("damaged"), code="damaged")


def _shape(asset: Asset, kind: str) -> Shape:
    if asset.state != "ready":
        sentence = asset.reason or _("“%(title)s” is still being prepared. Try again in a moment.") % {
            "title": asset.title
        }
        raise Refused(sentence, code="asset_not_ready", status=409)
    shape = SHAPES[asset.kind].get(kind)
    if shape is None:
        raise Refused(
            _("A %(kind)s cannot be made into this format.") % {"kind": asset.get_kind_display().lower()},
            code="wrong_kind",
        )
    width, height = asset.width or 1, asset.height or 1  # a ready asset is measured (constraint)
    if not fits(shape, width, height):
        tall = width < height
        raise Refused(
            words.sentence("ratio", {"how": _("tall") if tall else _("wide")}),
            code="ratio",
            field="crop",
            fix="crop",
        )
    return shape


def keep(
    *, asset: Asset, made: dict[str, Any], focal: Focal | None = None, version: int | None = None
) -> Rendition:
    """Store one file the decoder made and its row; if another worker was first, theirs."""
    (rendition,) = keep_all(asset=asset, made=[made], focal=focal, version=version)
    return rendition


def keep_all(
    *,
    asset: Asset,
    made: Sequence[dict[str, Any]],
    focal: Focal | None = None,
    version: int | None = None,
) -> list[Rendition]:
    """Store several files the decoder made: all their rows in one transaction. Of another worker's, theirs."""
    rows = [
        Rendition(
            asset_id=asset.pk,
            kind=one["kind"],
            recipe=recipe(asset=asset, kind=one["kind"], focal=focal, version=version),
            mime=one["mime"],
            width=one["width"],
            height=one["height"],
            bytes=one["bytes"],
            name=storage.new_name("renditions", Path(one["path"]).suffix.lstrip(".")),
        )
        for one in made
    ]
    names = [row.name for row in rows]
    storage.note(*names)
    for row, one in zip(rows, made, strict=True):
        with Path(one["path"]).open("rb") as file:
            storage.write(row.name, file)
    try:
        with transaction.atomic():
            Rendition.objects.bulk_create(rows)
            storage.vouch(*names)
    except IntegrityError:
        storage.remove_loose(names)
        if len(made) > 1:  # a twin was first with some of them
            return [keep(asset=asset, made=one, focal=focal, version=version) for one in made]
        theirs = Rendition.objects.filter(asset_id=asset.pk, kind=rows[0].kind, recipe=rows[0].recipe).first()
        if theirs is None:  # not a twin: the asset itself was removed meanwhile
            raise Asset.DoesNotExist(str(asset.pk)) from None
        return [theirs]
    return rows


def current_renditions(*, assets: Iterable[Asset], kinds: Iterable[str]) -> dict[UUID, dict[str, Rendition]]:
    """{asset id: {kind: rendition}} of what is there now, in one query, for pages."""
    assets, kinds = list(assets), list(kinds)
    wanted = {
        (asset.pk, kind, recipe(asset=asset, kind=kind))
        for asset in assets
        for kind in kinds
        if kind in SHAPES[asset.kind]
    }
    found: dict[UUID, dict[str, Rendition]] = {asset.pk: {} for asset in assets}
    for rendition in Rendition.objects.filter(asset_id__in=list(found), kind__in=kinds):
        if (rendition.asset_id, rendition.kind, rendition.recipe) in wanted:
            found[rendition.asset_id][rendition.kind] = rendition
    return found
