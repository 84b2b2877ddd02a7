from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assets import services
from assets.models import Asset
from tenants.access import Actor, Can
from tenants.services import keys
from tests.assets import corpus

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
BOB = Actor("user", "7", "Bob")


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def bob() -> Actor:
    return BOB


@pytest.fixture(autouse=True)
def media_root(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """Files of one test lie in its own folder."""
    settings.MEDIA_ROOT = tmp_path / "media"
    yield settings.MEDIA_ROOT


def upload(data: bytes, name: str = "pizza.jpg", **more: Any) -> Asset:
    """Store it as an owner's upload would, without waking a worker."""
    more.setdefault("by", BOB)
    more.setdefault("now", NOW)
    return services.store_upload(file=SimpleUploadedFile(name, data), filename=name, **more)


PHOTO = corpus.jpeg(640, 480)  # small: what is not about pictures need not wait for large ones


def ready(data: bytes = PHOTO, name: str = "pizza.jpg", **more: Any) -> Asset:
    """An asset the worker has looked at."""
    asset = upload(data, name, **more)
    services.ingest(asset_id=asset.pk, now=NOW)
    asset.refresh_from_db()
    return asset


@pytest.fixture
def stored(media_root: Path) -> Callable[[], set[str]]:
    """Names of all files that lie in the storage now."""

    def names() -> set[str]:
        return {str(path.relative_to(media_root)) for path in media_root.rglob("*") if path.is_file()}

    return names


@pytest.fixture
def make_key(cast):
    def make(tenant, scopes=tuple(Can)) -> Client:
        made = keys.create_key(
            tenant=tenant,
            name="test",
            scopes=[str(s) for s in scopes if s != Can.OWN],
            by=Actor.of(cast.alice),
            now=NOW,
        )
        secret = made[1] if isinstance(made, tuple) else made.secret
        return Client(headers={"Authorization": f"Bearer {secret}"})

    return make


@pytest.fixture
def keyed():
    """A partner's client for a cast whose rows are committed."""

    def make(cast) -> Client:
        _row, secret = keys.create_key(
            tenant=cast.cafe,
            name="test",
            scopes=[str(s) for s in Can if s != Can.OWN],
            by=Actor.of(cast.alice),
            now=NOW,
        )
        return Client(headers={"Authorization": f"Bearer {secret}"})

    return make
