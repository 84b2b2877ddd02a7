"""What the library learns from publishing: photos of posts still to go out stay, posted ones are counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from assets import services as library
from assets.models import Asset, Rendition
from assets.usage import uses_of
from content.models import Post
from posting import services
from posting.dispatch.models import Due
from posting.models import Publication
from posting.photo_uses import restaurants
from posting.states import State
from tenants.errors import Refused
from tests.assets import corpus
from tests.assets.conftest import ready
from tests.posting.conftest import ALICE, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo(cafe, tmp_path, settings) -> Asset:
    settings.MEDIA_ROOT = tmp_path
    return ready(corpus.jpeg())


@pytest.fixture
def publication(photo, page, write) -> Publication:
    post: Post = write("Pizza day", asset_ids=[photo.pk])
    (made,) = services.schedule(
        post=post, channels=[page], publish_at=NOW + timedelta(days=1), by=ALICE, now=NOW
    )
    return made


def test_a_photo_of_a_post_still_to_go_out_cannot_be_thrown_away(photo, publication):
    with pytest.raises(Refused, match="Krusty on facebook") as caught:
        library.trash_assets(asset_ids=[photo.pk], by=ALICE, now=NOW)
    assert caught.value.code == "asset_in_use" and str(publication.post_id) in caught.value.fix


def test_once_it_is_out_or_taken_back_the_photo_may_go(photo, publication):
    services.cancel(publication=publication, by=ALICE, now=NOW)
    assert uses_of([photo.pk]) == []
    assert library.trash_assets(asset_ids=[photo.pk], by=ALICE, now=NOW) == 1


def test_posted_photos_are_counted_however_often_the_count_is_repeated(photo, publication):
    Publication.objects.update(state=State.PUBLISHED, published_at=NOW)
    for _ in range(2):
        library.sweep(now=NOW)
    photo.refresh_from_db()
    assert (photo.use_count, photo.last_used_at) == (1, NOW)
    (use,) = uses_of([photo.pk])
    assert not use.blocking and use.at == NOW


def test_the_history_keeps_its_small_pictures_after_the_photo_is_gone_for_good(photo, publication, tmp_path):
    Publication.objects.update(state=State.PUBLISHED, published_at=NOW)
    library.trash_assets(asset_ids=[photo.pk], by=ALICE, now=NOW)
    library.purge_assets(asset_ids=[photo.pk], by=ALICE, now=NOW)
    kept = Rendition.objects.filter(asset=photo)
    assert set(kept.values_list("kind", flat=True)) == {"thumb", "preview"}
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert files == set(kept.values_list("name", flat=True))
    assert not Asset.objects.trashed().exists()
    assert library.restore_assets(asset_ids=[photo.pk], by=ALICE, now=NOW) == 0
    again = ready(corpus.jpeg())
    assert again.pk != photo.pk and again.state == "ready"


def test_who_posted_a_moment_ago_is_counted_and_nobody_else(photo, publication, cafe):
    assert restaurants(None, since=NOW) == []
    out = {"state": State.PUBLISHED, "published_at": NOW, "updated_at": NOW, "evidence": {"id": "1"}}
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE dispatch_due DISABLE TRIGGER USER")  # past the guard: out in one step
    Due.objects.filter(publication_id=publication.pk).update(next_action_at=None, **out)
    assert restaurants(None, since=NOW - timedelta(minutes=15)) == [cafe.schema_name]
    assert restaurants(None, since=NOW + timedelta(minutes=1)) == []
