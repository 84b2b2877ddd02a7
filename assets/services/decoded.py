"""One stored file through the virus check and the decoder, its pictures kept: for new photos and for replacements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings

from assets import storage
from assets.antivirus import NoAnswer, scan
from assets.decoding import PHOTO_SECONDS, decode
from assets.ffmpeg import ffmpeg_binary
from assets.models import Asset, Rendition
from assets.refusals import Unusable
from assets.services.renditions import keep_all
from assets.shapes import FIRST_KINDS, SHAPES
from assets.sniff import Limits

__all__ = ["LEASE", "RETRY_AFTER", "TRIES_MAX", "NoAnswer", "decoded", "decoding", "image_kinds"]

LEASE = timedelta(seconds=PHOTO_SECONDS * 2)
RETRY_AFTER = timedelta(seconds=30)
TRIES_MAX = 3  # a file that took three workers down is refused


def image_kinds(asset_kind: str) -> list[str]:
    """What is made at once. Videos are converted by a task of their own: pages need only the poster's pictures."""
    return [kind for kind, shape in SHAPES[asset_kind].items() if shape.mime.startswith("image/")]


def decoding(
    *, asset: Asset, name: str, kinds: list[str], number: int
) -> Iterator[dict[str, Any] | Rendition]:
    """First the facts, then the renditions: the page's as soon as they are stored, the rest together.

    Raises Unusable, NoAnswer, OSError; what was made before a refusal is kept.
    """
    made: list[dict[str, Any]] = []
    with storage.local_copy(name) as path, storage.workplace() as out:
        if settings.CLAMD_ADDRESS and (found := scan(path, settings.CLAMD_ADDRESS)):
            raise Unusable("infected", found=found)
        answers = decode(
            path,
            filename=path.name,
            kinds=kinds,
            out=out,
            focal=asset.focal,
            limits=Limits(),
            ffmpeg=ffmpeg_binary(settings.FFMPEG_BINARY),
        )
        try:
            for answer in answers:
                if "facts" in answer:
                    yield answer["facts"]
                    continue
                made.append(answer["made"])
                if {one["kind"] for one in made} == set(FIRST_KINDS):
                    yield from keep_all(asset=asset, made=made, version=number)
                    made = []
        except Unusable:
            if made:
                keep_all(asset=asset, made=made, version=number)
            raise
        if made:
            yield from keep_all(asset=asset, made=made, version=number)


def decoded(*, asset: Asset, name: str, kinds: list[str], number: int) -> dict[str, Any]:
    """The same to its end; returns the facts."""
    facts: dict[str, Any] = {}
    for step in decoding(asset=asset, name=name, kinds=kinds, number=number):
        if isinstance(step, dict):
            facts = step
    return facts
