"""Another file for the same photo: nothing else changes, nothing is lost, nothing is half."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_tenants.utils import tenant_context

from assets import links, queries, services, signals, storage
from assets.models import Asset, LooseFile, Rendition, Version
from assets.refusals import Unusable
from assets.services import versions
from assets.usage import Use
from tenants.errors import Refused
from tests.assets import corpus
from tests.assets.conftest import BOB, NOW, ready, upload

pytestmark = pytest.mark.django_db
WHO = {"by": BOB, "now": NOW}
LATER = NOW + timedelta(hours=1)


def replace(asset: Asset, data: bytes, name: str = "better.jpg", now=NOW) -> Asset:
    """Sent and looked at by the worker."""
    version = services.replace_file(
        asset=asset, file=SimpleUploadedFile(name, data), filename=name, by=BOB, now=now
    )
    services.ingest_version(version_id=version.pk, now=now)
    asset.refresh_from_db()
    return asset


def small(seed: int) -> bytes:
    return corpus.jpeg(400, 400, seed=seed)


@pytest.fixture
def photo(cafe) -> Asset:
    return ready(small(1), "Diavola.jpg", tags=["pizza"])


def test_words_stay_and_the_earlier_file_is_kept(photo, stored):
    first = photo.name
    replace(photo, corpus.jpeg(500, 400, seed=2), now=LATER)
    assert (photo.title, photo.tags, photo.version, photo.width) == ("Diavola", ["pizza"], 2, 500)
    assert (photo.filename, photo.file_at, photo.file_by) == ("better.jpg", LATER, "Bob")
    kept = Version.objects.get()
    assert (kept.number, kept.state, kept.name, kept.width) == (1, "kept", first, 400)
    assert {first, photo.name} <= stored() and not LooseFile.objects.exists()
    assert queries.renditions_of(photo)["ig_4x5"].width == 320


def test_an_earlier_file_comes_back_with_its_pictures_at_once(photo):
    before = {kind: row.pk for kind, row in queries.renditions_of(photo).items()}
    replace(photo, small(2))
    assert set(before.values()).isdisjoint(row.pk for row in queries.renditions_of(photo).values())
    services.restore_version(asset=photo, number=1, **WHO)
    photo.refresh_from_db()
    assert photo.version == 1 and Version.objects.get().number == 2
    assert {kind: row.pk for kind, row in queries.renditions_of(photo).items()} == before
    newest = Rendition.objects.filter(kind="thumb").order_by("created_at").last()
    assert newest.pk == before["thumb"]  # other rooms show the newest thumbnail


def test_lists_show_the_file_that_is_current(photo):
    before = links.view_urls([photo.pk])
    replace(photo, small(2))
    new = links.view_urls([photo.pk])
    services.restore_version(asset=photo, number=1, **WHO)
    assert links.view_urls([photo.pk]) == before != new and len(new) == 1
    assert links.view_urls([]) == {}


def test_while_the_new_file_is_prepared_the_photo_is_as_before(photo):
    shown = queries.renditions_of(photo)["thumb"]
    version = services.replace_file(
        asset=photo, file=SimpleUploadedFile("b.jpg", small(2)), filename="b", **WHO
    )
    photo.refresh_from_db()
    assert (photo.version, photo.state, queries.renditions_of(photo)["thumb"]) == (1, "ready", shown)
    with pytest.raises(Refused, match="being prepared"):
        services.replace_file(asset=photo, file=SimpleUploadedFile("c.jpg", small(3)), filename="c", **WHO)
    assert [each.state for each in queries.versions_of(photo)] == ["current", "processing"]
    assert services.ingest_version(version_id=version.pk, now=NOW) is not None
    assert services.ingest_version(version_id=version.pk, now=NOW) is None  # late or twice


def test_a_damaged_replacement_is_refused_and_leaves_everything_as_it_was(photo, stored):
    files = stored()
    replace(photo, small(2)[:2000])
    assert photo.version == 1 and photo.state == "ready"
    refused = Version.objects.get()
    assert refused.state == "refused" and "damaged" in refused.reason
    assert stored() == files
    replace(photo, small(3))  # the next try
    assert photo.version == 2
    assert not Version.objects.filter(state="refused").exists()


def test_a_worker_killed_while_replacing_is_followed_by_another(photo):
    version = services.replace_file(
        asset=photo, file=SimpleUploadedFile("b.jpg", small(2)), filename="b", **WHO
    )
    Version.objects.filter(pk=version.pk).update(lease_until=NOW + timedelta(minutes=2), tries=1)
    assert services.ingest_version(version_id=version.pk, now=NOW) is None
    assert services.sweep(now=NOW + timedelta(minutes=10))["woken"] == 1
    assert services.ingest_version(version_id=version.pk, now=NOW + timedelta(minutes=10)).version == 2


def test_a_slow_worker_that_gives_up_late_takes_no_file_away(photo, stored, monkeypatch):
    """Its lease ran out, another worker finished; then its own decoder fails."""
    version = services.replace_file(
        asset=photo, file=SimpleUploadedFile("b.jpg", small(2)), filename="b", **WHO
    )

    def slow(**_given):
        monkeypatch.undo()
        services.ingest_version(version_id=version.pk, now=LATER)
        raise Unusable("damaged")

    monkeypatch.setattr(versions, "decoded", slow)
    assert services.ingest_version(version_id=version.pk, now=NOW) is None
    photo.refresh_from_db()
    assert (photo.version, photo.state) == (2, "ready") and photo.name in stored()


def test_a_slow_worker_that_succeeds_late_changes_nothing(photo, monkeypatch):
    version = services.replace_file(
        asset=photo, file=SimpleUploadedFile("b.jpg", small(2)), filename="b", **WHO
    )
    real = versions.decoded

    def slow(**given):
        monkeypatch.undo()
        services.ingest_version(version_id=version.pk, now=LATER)
        return real(**given)

    monkeypatch.setattr(versions, "decoded", slow)
    assert services.ingest_version(version_id=version.pk, now=NOW) is None
    photo.refresh_from_db()
    assert photo.version == 2 and queries.renditions_of(photo)["thumb"]
    assert [each.number for each in Version.objects.all()] == [1]


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (small(1), "same.jpg", "same_file"),
        (small(7), "other.jpg", "already_here"),
        (corpus.PDF, "menu.pdf", "pdf"),
        (b"", "a.jpg", "empty"),
    ],
)
def test_what_cannot_replace_it_is_refused_before_anything_is_stored(photo, stored, data, name, code):
    ready(small(7), "Seven.jpg")
    files = stored()
    with pytest.raises(Refused) as caught:
        replace(photo, data, name)
    assert caught.value.code == code and stored() == files and not Version.objects.exists()


def test_a_photo_is_not_replaced_by_a_video(photo):
    with pytest.raises(Refused, match="only be replaced by a photo"):
        replace(photo, corpus.video(), "a.mp4")


def test_an_earlier_file_that_became_a_photo_of_its_own_does_not_come_back(photo):
    replace(photo, small(2))
    other = upload(small(1), "again.jpg")
    assert other.pk != photo.pk and not other.duplicate
    with pytest.raises(Refused, match="already"):
        services.restore_version(asset=photo, number=1, **WHO)


def test_only_the_last_ones_are_kept_and_all_go_with_the_photo(photo, stored, monkeypatch):
    assert versions.KEPT_MAX == 10
    monkeypatch.setattr(versions, "KEPT_MAX", 2)  # each replacement is really decoded
    for n in range(3):
        data = small(1).replace(b"\xff\xd9", b"") + f"{n}".encode() * (n + 1) + b"\xff\xd9"
        replace(photo, data, now=NOW + timedelta(minutes=n))
        if photo.version != n + 2:
            pytest.fail(str([v.reason for v in Version.objects.all()]))
    kept = Version.objects.filter(state="kept")
    assert kept.count() == 2 and not kept.filter(number=1).exists()
    services.trash_assets(asset_ids=[photo.pk], **WHO)
    services.purge_assets(asset_ids=[photo.pk], **WHO)
    assert stored() == set() and not LooseFile.objects.exists()


def test_old_cuts_go_after_three_days_but_every_version_keeps_its_thumbnail(photo):
    replace(photo, small(2))
    services.sweep(now=NOW + timedelta(days=4))
    assert {row.kind for row in Rendition.objects.filter(superseded_at__isnull=False)} == {"thumb", "preview"}
    assert all(each.thumb for each in queries.versions_of(photo))
    services.restore_version(asset=photo, number=1, **WHO)
    photo.refresh_from_db()
    assert services.ensure_rendition(asset=photo, kind="ig_4x5").width == 320  # made again


@pytest.fixture
def in_a_post():
    def uses(sender, *, asset_ids, **_):
        return [
            Use(asset_id=pk, label="Facebook, tomorrow", url="/p", at=LATER, blocking=True)
            for pk in asset_ids
        ]

    signals.who_uses.connect(uses)
    yield
    signals.who_uses.disconnect(uses)


def test_a_waiting_posts_photo_is_not_replaced_by_one_it_could_not_show(photo, in_a_post):
    replace(photo, corpus.jpeg(1800, 400, seed=2))
    assert photo.version == 1
    assert "too wide for Instagram" in Version.objects.get().reason


def test_what_a_waiting_post_hands_to_meta_is_the_new_picture(photo, in_a_post):
    old = links.public_media_url(services.ensure_rendition(asset=photo, kind="fb"))
    replace(photo, corpus.jpeg(500, 400, seed=2))
    rendition = services.ensure_rendition(asset=photo, kind="fb")
    assert rendition.width == 500
    # What was handed out already stays what it was.
    assert Client().get(f"/m/{old.split('/m/')[1]}").status_code == 200


def test_it_is_replaced_and_brought_back_on_its_page(cast):
    with tenant_context(cast.cafe):
        photo = ready(small(1), "Diavola.jpg")
    page = f"/r/cafe/library/asset/{photo.pk}/"
    bob = cast.client(cast.bob)
    sent = bob.post(f"{page}replace/", {"file": SimpleUploadedFile("better.jpg", small(2))})
    assert sent.status_code == 302
    assert "is being prepared" in bob.get(page).content.decode()
    assert bob.get(f"{page}status/").json()["replacing"]
    with tenant_context(cast.cafe):
        services.ingest_version(version_id=Version.objects.get().pk, now=NOW)
    html = bob.get(page).content.decode()
    assert "better.jpg" in html and "Earlier file" in html and "Bring back" in html
    download = bob.get(f"{page}versions/1/file/")
    assert download.getvalue() == small(1) and "attachment" in download["Content-Disposition"]
    assert bob.post(f"{page}versions/1/").status_code == 302
    assert bob.post(f"{page}versions/9/").status_code == 404
    with tenant_context(cast.cafe):
        assert Asset.objects.get().version == 1
    vera = cast.client(cast.vera)
    assert "Bring back" not in vera.get(page).content.decode()
    assert vera.post(f"{page}versions/2/").status_code == 403


def test_partners_replace_and_bring_back(cast, make_key):
    partner = make_key(cast.cafe)
    with tenant_context(cast.cafe):
        photo = ready(small(1), "Diavola.jpg")
    address = f"/api/v1/assets/{photo.pk}"
    sent = partner.post(f"{address}/versions", {"file": SimpleUploadedFile("better.jpg", small(2))})
    assert sent.status_code == 202
    assert [each["state"] for each in sent.json()["data"]] == ["current", "processing"]
    with tenant_context(cast.cafe):
        services.ingest_version(version_id=Version.objects.get().pk, now=NOW)
    assert partner.get(address).json()["version"] == 2
    assert partner.post(f"{address}/versions/1/restore").json()["version"] == 1
    gone = partner.post(f"{address}/versions/7/restore")
    assert gone.status_code == 404 and gone.json()["code"] == "version_gone"
    asked = {"filename": "big.jpg", "size": len(small(3)), "replaces": str(photo.pk)}
    started = partner.post("/api/v1/assets/uploads", asked, content_type="application/json").json()
    piece = {"content_type": "application/octet-stream", "headers": {"Upload-Offset": "0"}}
    partner.patch(f"/api/v1/assets/uploads/{started['id']}", small(3), **piece)
    done = partner.post(f"/api/v1/assets/uploads/{started['id']}/finish")
    assert done.json()["id"] == str(photo.pk)
    with tenant_context(cast.cafe):
        waiting = Version.objects.get(state="processing")
        assert services.ingest_version(version_id=waiting.pk, now=NOW).version == waiting.number
        assert storage.storage().exists(waiting.name)
