"""Describe, tag, move, throw away, bring back, use."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from assets import services, signals, storage, tasks
from assets.models import Asset, LooseFile, Rendition
from assets.usage import Use
from tenants.errors import Refused
from tests.assets import corpus
from tests.assets.conftest import BOB, NOW, PHOTO, ready, upload

pytestmark = pytest.mark.django_db
WHO = {"by": BOB, "now": NOW}


def test_a_photo_is_described_and_found_by_it(cafe):
    asset = upload(PHOTO)
    services.edit_asset(
        asset=asset,
        title="  Pizza   Margherita ",
        tags=["Basil"],
        alt_text="Round pizza",
        description="100% bufala",
        menu_item_name="Margherita DOP",
        **WHO,
    )
    for text in ("margherita", "BASIL", "round pizza", "dop bufala", "100%"):
        assert Asset.objects.matching(text).get() == asset, text
    for text in ("calzone", "margherita calzone", "100_", "%%"):
        assert not Asset.objects.matching(text).exists(), text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"alt_text": "x" * 1001}, "alt_text"),
        ({"tags": ["x" * 41]}, "tags"),
        ({"tags": [f"t{n}" for n in range(21)]}, "tags"),
        ({"season": "monsoon"}, "season"),
        ({"focal_x": "1.2"}, "focal_x"),
        ({"focal_x": "left"}, "focal_x"),
        ({"focal_x": "nan"}, "focal_x"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence(cafe, changes, field):
    asset = upload(PHOTO)
    with pytest.raises(Refused) as caught:
        services.edit_asset(asset=asset, **changes, **WHO)
    assert caught.value.field == field


def test_another_focal_point_makes_new_crops_and_leaves_the_old_files(cafe):
    asset = ready(corpus.jpeg(900, 300))
    old = services.ensure_rendition(asset=asset, kind="ig_1x1")
    services.edit_asset(asset=asset, focal_x=0.0, focal_y=0.5, **WHO)
    new = services.ensure_rendition(asset=asset, kind="ig_1x1")
    assert new.pk != old.pk and Rendition.objects.filter(pk=old.pk).exists()
    assert services.ensure_rendition(asset=asset, kind="ig_1x1") == new
    assert services.ensure_rendition(asset=asset, kind="ig_1x1", focal=(0.5, 0.5)) == old
    # whole pictures do not depend on it
    services.ensure_rendition(asset=asset, kind="fb")
    assert asset.renditions.filter(kind="fb").count() == 1


def test_a_panorama_cannot_go_to_instagram_without_a_crop(cafe):
    asset = ready(corpus.jpeg(900, 300))
    with pytest.raises(Refused) as caught:
        services.ensure_rendition(asset=asset, kind="ig_original")
    assert (caught.value.code, caught.value.fix) == ("ratio", "crop") and "wide" in str(caught.value)


def test_a_rendition_of_a_photo_that_is_not_ready_or_gone_is_refused_with_a_sentence(cafe, media_root):
    asset = upload(PHOTO)
    with pytest.raises(Refused, match="still being prepared"):
        services.ensure_rendition(asset=asset, kind="fb")
    services.ingest(asset_id=asset.pk, now=NOW)
    asset.refresh_from_db()
    with pytest.raises(Refused, match="cannot be made"):
        services.ensure_rendition(asset=asset, kind="reel")
    (media_root / asset.name).unlink()
    assert services.ensure_rendition(asset=asset, kind="fb")
    with pytest.raises(Refused, match="upload it again"):
        services.ensure_rendition(asset=asset, kind="ig_4x5", focal=(0.1, 0.1))


def test_many_are_tagged_and_moved_at_once(cafe):
    assets = [upload(corpus.jpeg(seed=seed), tags=["old"]) for seed in (1, 2)]
    ids = [asset.pk for asset in assets]
    folder = services.create_folder(name="New", **WHO)
    assert services.tag_assets(asset_ids=ids, add=["Summer"], remove=["old"], **WHO) == 2
    assert services.move_assets(asset_ids=ids, folder=folder, **WHO) == 2
    assert Asset.objects.tagged(["summer"]).matching("summer").in_folders([folder.pk]).count() == 2


def test_trash_hides_and_restore_brings_back(cafe):
    asset = ready()
    services.trash_assets(asset_ids=[asset.pk], **WHO)
    assert not Asset.objects.on_shelf().exists()
    assert services.restore_assets(asset_ids=[asset.pk], **WHO) == 1
    assert Asset.objects.usable().get() == asset


def test_a_photo_in_a_scheduled_post_is_not_thrown_away_and_the_owner_is_told_which(cafe):
    asset = ready()

    def uses(sender, asset_ids, **_):
        return [
            Use(asset_id=pk, label="Facebook, Tue 24 Nov, 6:00 pm", url="/posts/1/", blocking=True)
            for pk in asset_ids
        ]

    signals.who_uses.connect(uses)
    try:
        with pytest.raises(Refused, match="Facebook, Tue 24 Nov") as caught:
            services.trash_assets(asset_ids=[asset.pk], **WHO)
    finally:
        signals.who_uses.disconnect(uses)
    assert caught.value.fix == "/posts/1/" and Asset.objects.on_shelf().exists()


def test_after_thirty_days_in_the_trash_nothing_is_left(cafe, stored):
    asset = ready()
    services.trash_assets(asset_ids=[asset.pk], **WHO)
    services.sweep(now=NOW + timedelta(days=29))
    assert Asset.objects.exists()
    services.sweep(now=NOW + timedelta(days=31))
    assert not Asset.objects.exists() and stored() == set() and not LooseFile.objects.exists()


def test_a_refused_upload_disappears_after_a_day(cafe):
    ready(corpus.jpeg()[:30_000])
    services.sweep(now=NOW + timedelta(days=2))
    assert not Asset.objects.exists()


def test_superseded_crops_are_swept_after_days(cafe, stored):
    asset = ready(corpus.jpeg(900, 300))
    services.edit_asset(asset=asset, focal_x=0.0, **WHO)
    services.ensure_rendition(asset=asset, kind="ig_1x1")
    assert services.sweep(now=NOW + timedelta(days=2))["superseded"] == 0
    assert services.sweep(now=NOW + timedelta(days=4))["superseded"] == 3
    assert {asset.name, *Rendition.objects.values_list("name", flat=True)} == stored()


def test_a_focal_point_that_comes_back_keeps_its_crops(cafe):
    asset = ready(corpus.jpeg(900, 300))
    old = services.ensure_rendition(asset=asset, kind="ig_1x1")
    services.edit_asset(asset=asset, focal_x=0.0, **WHO)
    services.edit_asset(asset=asset, focal_x=0.5, **WHO)
    assert services.ensure_rendition(asset=asset, kind="ig_1x1") == old
    services.sweep(now=NOW + timedelta(days=4))
    assert Rendition.objects.filter(pk=old.pk).exists()


def test_use_is_counted_and_unused_ones_come_first(cafe):
    one, two = upload(corpus.jpeg(seed=1)), upload(corpus.jpeg(seed=2))
    services.mark_used(asset_ids=[two.pk], now=NOW)
    services.mark_used(asset_ids=[two.pk], now=NOW - timedelta(days=1))
    two.refresh_from_db()
    assert (two.use_count, two.last_used_at) == (2, NOW)
    assert list(Asset.objects.unused_first()) == [one, two]


def test_pages_by_key_show_everything_once(cafe):
    made = [upload(corpus.jpeg(100, 100, seed=n), now=NOW + timedelta(minutes=n // 2)) for n in range(7)]
    services.mark_used(asset_ids=[made[3].pk, made[4].pk], now=NOW)
    for order, key in (
        ("newest_first", lambda a: (a.created_at, a.pk)),
        ("unused_first", lambda a: (a.use_count, a.created_at, a.pk)),
    ):
        seen, after = [], None
        while page := list(getattr(Asset.objects, order)(after)[:2]):
            seen += page
            after = key(page[-1])
        assert [a.pk for a in seen] == [a.pk for a in getattr(Asset.objects, order)()]
        assert len(seen) == 7


def test_folders_of_killed_workers_are_swept_and_those_at_work_are_not(cafe, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old, busy = tmp_path / f"{storage.WORK_PREFIX}old", tmp_path / f"{storage.WORK_PREFIX}busy"
    for folder in (old, busy):
        folder.mkdir()
    os.utime(old, (1, 1))
    tasks.sweep_libraries.run()
    assert busy.exists() and not old.exists()
