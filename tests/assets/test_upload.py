"""A photo's way in: stored once, described, looked at by the worker, never half."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection
from django_tenants.utils import tenant_context

from assets import services, storage
from assets.models import Asset, LooseFile, Rendition
from assets.refusals import Unusable
from assets.services import intake
from assets.services.intake import TRIES_MAX
from assets.services.upload import clean_filename, title_from
from tenants.errors import Refused
from tests.assets import corpus
from tests.assets.conftest import BOB, NOW, PHOTO, ready, upload

pytestmark = pytest.mark.django_db


def test_an_upload_is_stored_and_waits_for_the_worker(cafe, stored):
    asset = upload(corpus.jpeg(gps=True), "Margherita_pizza.JPG", tags=["Pizza", "#pizza", " Wood  fired "])
    assert (asset.kind, asset.state, asset.title) == ("photo", "processing", "Margherita pizza")
    assert asset.tags == ["pizza", "wood fired"]
    assert asset.uploaded_by == "Bob" and asset.uploaded_by_id == 7
    assert stored() == {asset.name} and asset.name.startswith("t_cafe/originals/")
    assert not LooseFile.objects.exists()


def test_the_worker_measures_it_and_makes_its_pictures(cafe):
    asset = ready(corpus.jpeg(orientation=6))
    assert (asset.state, asset.width, asset.height, asset.orientation) == ("ready", 1200, 1600, 6)
    assert asset.dhash and asset.lease_until is None
    kinds = set(asset.renditions.values_list("kind", flat=True))
    assert kinds == {"thumb", "preview", "ig_4x5", "ig_1x1", "ig_191x100", "fb"}
    assert not LooseFile.objects.exists()


def test_a_second_look_changes_nothing(cafe, stored):
    asset = ready()
    before = stored()
    assert services.ingest(asset_id=asset.pk, now=NOW) is None
    assert stored() == before


def test_what_only_the_decoder_can_see_is_refused_later_with_its_reason(cafe, stored):
    asset = upload(corpus.jpeg()[:30_000])
    services.ingest(asset_id=asset.pk, now=NOW)
    asset.refresh_from_db()
    assert asset.state == "refused" and "damaged" in asset.reason
    assert stored() == set() and not LooseFile.objects.exists()


def test_the_same_bytes_are_offered_the_photo_that_is_there(cafe, stored):
    first = upload(PHOTO)
    again = upload(PHOTO, "copy.jpg")
    assert again.pk == first.pk and again.duplicate
    assert stored() == {first.name}


def test_the_same_bytes_as_a_trashed_photo_bring_it_back(cafe):
    first = ready()
    services.trash_assets(asset_ids=[first.pk], by=BOB, now=NOW)
    again = upload(PHOTO)
    assert again.pk == first.pk and again.deleted_at is None


def test_a_refused_file_may_be_tried_again(cafe):
    broken = corpus.jpeg()[:30_000]
    first = ready(broken)
    assert first.state == "refused"
    assert upload(broken).pk != first.pk


@pytest.mark.parametrize(
    ("data", "name", "code", "status"),
    [
        (b"", "a.jpg", "empty", 400),
        (corpus.SVG, "a.svg", "svg", 400),
        (corpus.TEXT, "a.jpg", "unknown_type", 415),
        (corpus.jpeg_lying_header(), "a.jpg", "too_many_pixels", 413),
    ],
)
def test_what_the_first_look_refuses_leaves_nothing_behind(cafe, stored, data, name, code, status):
    with pytest.raises(Refused) as caught:
        upload(data, name)
    assert (caught.value.code, caught.value.status, caught.value.field) == (code, status, "file")
    assert stored() == set() and not Asset.objects.exists() and not LooseFile.objects.exists()


def test_a_full_library_says_so(cafe, settings, stored):
    settings.LIBRARY_GIB = {"basic": 0}
    with pytest.raises(Refused, match="full"):
        upload(PHOTO)
    assert stored() == set()


def test_a_crash_between_the_file_and_its_row_leaves_a_note_and_the_sweep_removes_it(
    cafe, stored, monkeypatch
):
    monkeypatch.setattr(storage, "vouch", lambda *_names: (_ for _ in ()).throw(SystemExit))  # as if killed
    with pytest.raises(SystemExit):
        upload(PHOTO)
    monkeypatch.undo()
    assert len(stored()) == 1 and LooseFile.objects.count() == 1
    LooseFile.objects.update(since=NOW - timedelta(hours=7))
    assert services.sweep(now=NOW)["files"] == 1
    assert stored() == set() and not LooseFile.objects.exists()


def test_the_sweep_leaves_uploads_in_progress_alone(cafe, stored):
    name = storage.new_name("originals", "jpg")
    storage.note(name)
    LooseFile.objects.update(since=NOW - timedelta(hours=1))
    assert services.sweep(now=NOW)["files"] == 0


def test_a_lost_wake_up_is_found(cafe, monkeypatch):
    woken = []
    monkeypatch.setattr("assets.wakes.ingest", lambda *, asset_id: woken.append(asset_id))
    asset = upload(PHOTO)
    woken.clear()
    services.sweep(now=NOW + timedelta(minutes=6))
    assert woken == [asset.pk]


def test_a_worker_that_died_is_replaced_when_its_lease_ends(cafe):
    asset = upload(PHOTO)
    Asset.objects.filter(pk=asset.pk).update(lease_until=NOW + timedelta(seconds=30), tries=1)
    assert services.ingest(asset_id=asset.pk, now=NOW) is None  # the other one may still be at it
    assert services.ingest(asset_id=asset.pk, now=NOW + timedelta(minutes=1)).state == "ready"


def test_a_file_that_takes_workers_down_is_given_up(cafe, stored):
    asset = upload(PHOTO)
    Asset.objects.filter(pk=asset.pk).update(tries=TRIES_MAX)
    services.ingest(asset_id=asset.pk, now=NOW)
    asset.refresh_from_db()
    assert asset.state == "refused" and asset.reason
    assert stored() == set()


def test_trouble_of_our_own_does_not_count_against_the_file(cafe, monkeypatch):
    asset = upload(PHOTO)
    with monkeypatch.context() as broken:
        broken.setattr(storage, "write", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        for attempt in range(5):
            with pytest.raises(OSError, match="disk full"):
                services.ingest(asset_id=asset.pk, now=NOW + timedelta(minutes=attempt))
    assert services.ingest(asset_id=asset.pk, now=NOW + timedelta(minutes=10)).state == "ready"


@pytest.mark.django_db(transaction=True)
def test_a_photo_purged_while_it_was_looked_at_leaves_nothing(committed_cast, stored, monkeypatch):
    real = storage.note
    with tenant_context(committed_cast.cafe):
        asset = upload(PHOTO)

        def meanwhile(*names: str) -> None:
            monkeypatch.setattr(storage, "note", real)
            services.trash_assets(asset_ids=[asset.pk], by=BOB, now=NOW)
            services.purge_assets(asset_ids=[asset.pk], by=BOB, now=NOW)
            real(*names)

        monkeypatch.setattr(storage, "note", meanwhile)
        services.ingest(asset_id=asset.pk, now=NOW)
        assert stored() == set() and not Asset.objects.exists() and not LooseFile.objects.exists()


def test_a_photo_thrown_away_while_it_was_looked_at_stays_away(cafe):
    asset = upload(PHOTO)
    Asset.objects.filter(pk=asset.pk).update(deleted_at=NOW)
    services.ingest(asset_id=asset.pk, now=NOW)
    assert not Asset.objects.on_shelf().exists()


def test_names_from_outside_are_for_showing_only(cafe):
    assert clean_filename("../../etc/passwd\x00.jpg") == "passwd.jpg"
    assert clean_filename("C:\\Users\\me\\pizza.jpg") == "pizza.jpg"
    assert len(clean_filename("x" * 500 + ".jpeg")) == 200
    asset = upload(corpus.jpeg(), "../../../../evil\u202egpj.jpg")
    assert ".." not in asset.name and "evil" not in asset.name


@pytest.mark.parametrize(
    "name", ["IMG_1234.HEIC", "DSC00017.jpg", "20260101_120000.jpg", "image.jpg", "PXL_2026.jpg"]
)
def test_a_cameras_number_is_no_title(name):
    assert title_from(name, NOW) == "Photo from 2026-11-24"


def test_a_telling_name_becomes_the_title():
    assert title_from("garlic-knots_with dip.png", NOW) == "Garlic knots with dip"


@pytest.mark.django_db(transaction=True)
def test_two_people_sending_the_same_photo_at_once_get_one_asset(committed_cast, stored):
    def send(_number: int) -> str:
        try:
            with tenant_context(committed_cast.cafe):
                return str(upload(PHOTO).pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as crowd:
        ids = set(crowd.map(send, range(4)))
    close_old_connections()
    with tenant_context(committed_cast.cafe):
        assert len(ids) == 1 and Asset.objects.count() == 1
        assert stored() == {Asset.objects.get().name} and not LooseFile.objects.exists()


@pytest.mark.crash
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["storage.note", "storage.write", "storage.vouch", "storage.new_name"])
@pytest.mark.parametrize("work", ["upload", "ingest"])
def test_kill_9_at_any_step_leaves_no_orphan_and_no_half(committed_cast, stored, monkeypatch, moment, work):
    """The process is really killed right after the step; a sweep and a second try must make all good."""
    with tenant_context(committed_cast.cafe):
        if work == "ingest":
            upload(PHOTO)
        before = Asset.objects.count()
    connection.close()
    child = os.fork()
    if child == 0:
        step = moment.split(".")[1]
        real = getattr(storage, step)

        def deadly(*args: object) -> None:
            real(*args)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(storage, step, deadly)
        with tenant_context(committed_cast.cafe):
            if work == "upload":
                upload(PHOTO)
            else:
                services.ingest(asset_id=Asset.objects.get().pk, now=NOW)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    later = NOW + timedelta(hours=7)
    with tenant_context(committed_cast.cafe):
        assert Asset.objects.count() == before
        LooseFile.objects.update(since=NOW)
        asset = upload(PHOTO)
        services.ingest(asset_id=asset.pk, now=later)
        services.sweep(now=later)
        assert Asset.objects.get().state == "ready"
        vouched = {asset.name, *Rendition.objects.values_list("name", flat=True)}
        assert stored() == vouched and not LooseFile.objects.exists()


def test_a_slow_worker_that_gives_up_late_takes_no_photo_away(cafe, stored, monkeypatch):
    """Its lease ran out, another worker made the photo ready; then its own decoder fails."""
    asset = upload(PHOTO)

    def slow(*_given):
        monkeypatch.undo()
        services.ingest(asset_id=asset.pk, now=NOW + timedelta(hours=1))
        raise Unusable("damaged")

    monkeypatch.setattr(intake, "_decode_all", slow)
    services.ingest(asset_id=asset.pk, now=NOW)
    asset.refresh_from_db()
    assert asset.state == "ready" and asset.name in stored()
