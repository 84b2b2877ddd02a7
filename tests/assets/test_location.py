"""A phone's photo says where it was taken. Nothing that leaves the library says so."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from assets import links, services, storage
from assets.models import Rendition
from assets.shapes import SHAPES
from tests.assets import corpus
from tests.assets.conftest import ready
from tests.assets.test_renditions import SECRETS

GPS = 0x8825
CARRIERS = {
    "heic": (corpus.located_heic, "IMG_4711.HEIC"),
    "heic named jpg": (corpus.located_heic, "IMG_4711.jpg"),
    "jpeg": (lambda: corpus.located("JPEG"), "IMG_4711.jpg"),
}


def says_where(body: bytes) -> list[str]:
    """Every way in which this picture tells its place or its camera."""
    picture = Image.open(io.BytesIO(body))
    found = [str(secret) for secret in SECRETS if secret in body]
    found += [name for name in ("exif", "xmp", "XML:com.adobe.xmp", "comment") if picture.info.get(name)]
    exif = picture.getexif()
    return found + (["tags"] if dict(exif) else []) + (["gps"] if dict(exif.get_ifd(GPS)) else [])


@pytest.mark.parametrize("carrier", CARRIERS)
def test_no_public_file_of_a_located_photo_says_where_it_was_taken(
    cafe: Any, settings: Any, carrier: str
) -> None:
    make, name = CARRIERS[carrier]
    data = make()
    assert b"SecretPlace" in data and b"SecretCameraMaker" in data
    asset = ready(data, name)
    assert asset.state == "ready" and asset.mime == ("image/heic" if "heic" in carrier else "image/jpeg")
    kinds = list(SHAPES["photo"])
    made = {kind: services.ensure_rendition(asset=asset, kind=kind) for kind in kinds}
    assert Rendition.objects.count() == len(kinds)
    stored = {
        kind: Path(storage.storage().path(rendition.name)).read_bytes() for kind, rendition in made.items()
    }
    assert {kind: says_where(body) for kind, body in stored.items()} == {kind: [] for kind in kinds}
    assert "Secret" not in f"{asset.title} {asset.alt_text} {asset.tags}"
    # What Meta, and so everybody, is given.
    addresses = {
        kind: links.public_media_url(rendition).removeprefix(settings.PUBLIC_URL)
        for kind, rendition in made.items()
        if rendition.mime == "image/jpeg"
    }
    assert set(addresses) == set(kinds) - {"thumb", "preview"}
    for kind, address in addresses.items():
        assert Client().get(address).getvalue() == stored[kind]


def test_a_located_heic_really_carries_its_place() -> None:
    """Else the test above would say nothing: the Exif item is read as any reader of HEIC would."""
    data = corpus.located_heic()
    at = data.rindex(b"Exif\0\0")
    exif = Image.Exif()
    exif.load(data[at:])
    assert dict(exif.get_ifd(GPS))[2] == (41.0, 52.0, 30.0)
    assert data[data.index(b"iref") :].count(b"cdsc") == 2
