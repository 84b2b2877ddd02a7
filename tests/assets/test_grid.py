"""The grid: every page by its key, no more queries for a larger library, and no more sent than was asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from assets import queries, services
from assets.models import Asset, Folder
from assets.tally import tally
from tests.assets import corpus
from tests.assets.conftest import BOB, NOW, ready, upload

pytestmark = pytest.mark.django_db
HOME = "/r/cafe/library/"
WHO = {"by": BOB, "now": NOW}
SEARCH = {"HX-Request": "true", "HX-Target": "shelf"}


@pytest.fixture
def bob(cast):
    return cast.client(cast.bob)


def test_every_page_of_the_grid_is_reached_by_key(bob, cast):
    with tenant_context(cast.cafe):
        _many(130)
    seen, url = [], HOME
    while url:
        page = bob.get(url, headers={"HX-Request": "true"}).content.decode()
        seen += [part.split('"')[0] for part in page.split('id="asset-')[1:]]
        url = (
            HOME + page.split('hx-get="')[-1].split('"')[0].replace("&amp;", "&")
            if "shelf-more" in page
            else ""
        )
    assert len(seen) == len(set(seen)) == 130


def _many(count: int, used: int = 0) -> None:
    folder = services.create_folder(name="All of it", **WHO)
    Asset.objects.bulk_create(
        Asset(
            kind="photo", state="ready", title=f"Dish {n}", tags=[f"tag{n % 7}"], filename="a.jpg", name=f"{n}",
            mime="image/jpeg", bytes=1, sha256=f"{n:064}", dhash=f"{n * 7919:016x}", width=1600, height=1200,
            uploaded_by="x", folder=folder if n % 2 else None, use_count=n % 3, haystack=f"dish {n} tag{n % 7}",
            created_at=NOW - timedelta(minutes=n // 3), updated_at=NOW,
        )
        for n in range(count)
    )  # fmt: skip


@pytest.mark.parametrize("query", ["", "?q=dish", "?tag=tag3", "?sort=unused", "?shape=landscape"])
def test_the_number_of_queries_does_not_grow_with_the_library(bob, cast, query):
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert bob.get(HOME + query).status_code == 200
        return len(caught)

    with tenant_context(cast.cafe):
        _many(70)
    queries()  # the first one also writes the session
    few = queries()
    with tenant_context(cast.cafe):
        Asset.objects.all().delete()
        Folder.objects.all().delete()
        _many(500)
    assert queries() == few <= 16


def test_photos_being_prepared_cost_no_query_each(bob, cast):
    def asked() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert bob.get(HOME).content.decode().count("Getting ready") == waiting
        return len(caught)

    with tenant_context(cast.cafe):
        upload(corpus.jpeg(64, 64, seed=1))
    waiting = 1
    asked()  # the first one also writes the session
    few = asked()
    with tenant_context(cast.cafe):
        for seed in range(2, 6):
            upload(corpus.jpeg(64, 64, seed=seed))
    waiting = 5
    assert asked() == few


def test_a_search_is_answered_with_the_shelf_alone_and_no_browser_keeps_it(bob, cast):
    with tenant_context(cast.cafe):
        services.create_folder(name="Mains", **WHO)
        upload(corpus.jpeg(64, 64), "Lasagne.jpg")
    answer = bob.get(HOME + "?q=lasa", headers=SEARCH)
    text = answer.content.decode()
    assert answer["Cache-Control"] == "no-store" and text.lstrip().startswith('<div id="shelf"')
    assert "Lasagne</span>" in text and "<html" not in text
    assert 'name="folder"' in text and "Mains</option>" in text  # what was found can be moved
    assert "Nothing found" in bob.get(HOME + "?q=zzz", headers=SEARCH).content.decode()
    assert "<html" in bob.get(HOME + "?q=lasa").content.decode()


def test_an_undo_waits_for_the_whole_page(bob, cast):
    with tenant_context(cast.cafe):
        asset = upload(corpus.jpeg(64, 64))
    bob.post(HOME + "bulk/", {"asset": str(asset.pk), "action": "trash"})
    assert "Undo" not in bob.get(HOME, headers=SEARCH).content.decode()
    assert "Undo" in bob.get(HOME).content.decode()


def test_folders_and_tags_are_counted_in_one_query(cafe):
    mains = services.create_folder(name="Mains", **WHO)
    for seed, (folder, tags) in enumerate([(mains, ["hot", "new"]), (mains, ["hot"]), (None, [])]):
        upload(corpus.jpeg(64, 64, seed=seed), folder=folder, tags=tags)
    gone = upload(corpus.jpeg(64, 64, seed=9), folder=mains, tags=["gone"])
    Asset.objects.filter(pk=gone.pk).update(deleted_at=NOW)
    with CaptureQueriesContext(connection) as caught:
        counted = tally()
    assert len(caught) == 1
    assert counted.folders == {mains.pk: 2, None: 1} and counted.tags == [("hot", 2), ("new", 1)]
    assert tally(tags=1).tags == [("hot", 2)] and tally(tags=0).tags == []
    tree = queries.tree()
    assert (tree.total, tree.unsorted, tree.branches[0].total) == (3, 1, 2)


def test_an_upload_that_looks_like_another_is_told_which(bob, cast):
    with tenant_context(cast.cafe):
        first = ready(corpus.jpeg(seed=5), "first.jpg")
        copy = ready(corpus.saved(corpus.picture(800, 600, seed=5), "JPEG", quality=70), "copy.jpg")
        ready(corpus.jpeg(seed=6), "other.jpg")
    status = f"{HOME}asset/{copy.pk}/status/"
    (near,) = bob.get(status + "?near=1").json()["near"]
    assert near["title"] == "First" and near["url"] == f"{HOME}asset/{first.pk}/"
    assert bob.get(near["thumb"])["Content-Type"] == "image/webp"
    assert "near" not in bob.get(status).json()


def test_what_people_wrote_is_escaped_on_the_tiles(bob, cast):
    evil = '"><script>alert(1)</script>{title}'
    with tenant_context(cast.cafe):
        asset = ready()
        Asset.objects.filter(pk=asset.pk).update(title=evil, alt_text=evil, favourite=True)
    for path in ("", "picker/"):
        page = bob.get(HOME + path).content.decode()
        assert (
            "<script>alert" not in page
            and page.count("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;{title}") >= 2
        )
    assert 'aria-label="Favourite"' in bob.get(HOME).content.decode()
