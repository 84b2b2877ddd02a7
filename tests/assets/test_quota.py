"""A plan's room: what counts, and that uploads at once do not slip past it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django_tenants.utils import tenant_context

from assets import quotas, services
from assets.models import Asset, LooseFile
from tenants.errors import Refused
from tests.assets import corpus
from tests.assets.conftest import BOB, NOW, ready, upload


@pytest.fixture
def room(monkeypatch):
    """Set how many bytes the plan includes."""

    def set_to(size: int) -> None:
        monkeypatch.setattr(quotas, "allowed", lambda _plan: size)

    return set_to


@pytest.mark.django_db
def test_what_lies_in_the_trash_counts_and_the_owner_is_told_to_empty_it(cast, cafe, room, stored):
    first = ready(corpus.jpeg(seed=1))
    services.trash_assets(asset_ids=[first.pk], by=BOB, now=NOW)
    assert quotas.used() == first.bytes
    room(first.bytes + 10)
    with pytest.raises(Refused, match="empty it") as caught:
        upload(corpus.jpeg(400, 400, seed=2))
    assert caught.value.code == "library_full" and caught.value.fix.endswith("?trash=1")
    bob = cast.client(cast.bob)
    assert "Empty the trash" in bob.get("/r/cafe/library/?trash=1").content.decode()
    assert bob.post("/r/cafe/library/trash/empty/").status_code == 302
    with tenant_context(cast.cafe):
        assert quotas.used() == 0 and stored() == set()
        assert upload(corpus.jpeg(400, 400, seed=2)).state == "processing"


@pytest.mark.django_db
def test_earlier_files_and_announced_uploads_count(cafe, room):
    asset = ready(corpus.jpeg(400, 400, seed=1))
    new = corpus.jpeg(400, 400, seed=2)
    services.replace_file(
        asset=asset, file=SimpleUploadedFile("b.jpg", new), filename="b.jpg", by=BOB, now=NOW
    )
    assert quotas.used() == asset.bytes + len(new)
    services.start_upload(filename="feast.mp4", size=1000, by=BOB, now=NOW)
    assert quotas.used() == asset.bytes + len(new) + 1000
    room(quotas.used() + 99)
    with pytest.raises(Refused, match="full"):
        services.start_upload(filename="feast.mp4", size=100, by=BOB, now=NOW)


@pytest.mark.parametrize("pieces", [False, True], ids=["whole", "in pieces"])
def test_uploads_at_once_take_only_the_room_there_is(committed_cast, room, stored, pieces):
    """Eight photos at once, room for three: exactly three are taken, and nothing of the others stays."""
    photos = [corpus.jpeg(300, 300, seed=seed) for seed in range(8)]
    size = max(map(len, photos))
    photos = [photo + bytes(size - len(photo)) for photo in photos]
    room(size * 3 + 5)
    gate = threading.Barrier(len(photos))

    def send(data: bytes) -> str:
        try:
            with tenant_context(committed_cast.cafe):
                gate.wait()
                try:
                    if pieces:
                        services.start_upload(filename="a.jpg", size=len(data), by=BOB, now=NOW)
                    else:
                        upload(data)
                except Refused as refused:
                    return refused.code
                return "taken"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(photos)) as pool:
        answers = list(pool.map(send, photos))
    assert sorted(answers) == ["library_full"] * 5 + ["taken"] * 3
    with tenant_context(committed_cast.cafe):
        assert quotas.used() == size * 3
        assert stored() == set(Asset.objects.values_list("name", flat=True))
        assert not LooseFile.objects.exists()
