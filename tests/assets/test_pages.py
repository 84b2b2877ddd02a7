"""The library as owners use it: see, find, upload, choose many, describe."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_tenants.utils import tenant_context

from assets import services, upload_handlers
from assets.models import Asset, Folder
from content.models import MenuItem
from tenants.errors import Refused
from tests.assets import corpus
from tests.assets.conftest import BOB, NOW, ready, upload

pytestmark = pytest.mark.django_db
HOME = "/r/cafe/library/"
WHO = {"by": BOB, "now": NOW}


@pytest.fixture
def bob(cast):
    return cast.client(cast.bob)


def post_file(client, data: bytes, name: str = "pizza.jpg", address: str = HOME + "upload/", **fields):
    fields["file"] = SimpleUploadedFile(name, data)
    return client.post(address, fields, headers={"Accept": "application/json"})


def test_an_empty_library_says_what_to_do(bob):
    page = bob.get(HOME)
    assert page.status_code == 200 and "Put your food on the shelf" in page.content.decode()
    assert bob.post(HOME + "folders/starter/").status_code == 302
    assert "Appetizers" in bob.get(HOME).content.decode()


def test_an_upload_answers_with_what_the_page_needs(bob, cast):
    answer = post_file(bob, corpus.jpeg(), "Calzone.jpg", tags="Hot, folded")
    data = answer.json()
    assert answer.status_code == 201 and data["state"] == "processing" and data["duplicate_of"] is None
    with tenant_context(cast.cafe):
        asset = Asset.objects.get()
        assert asset.tags == ["hot", "folded"] and asset.uploaded_by.startswith("Bob")
        services.ingest(asset_id=asset.pk, now=NOW)
    status = bob.get(data["status_url"]).json()
    assert status["state"] == "ready" and (status["width"], status["height"]) == (1600, 1200)
    assert bob.get(status["thumb"])["Content-Type"] == "image/webp"
    assert bob.get(status["ig"])["Content-Type"] == "image/jpeg"
    tile = bob.get(data["status_url"] + "?part=tile").content.decode()
    assert 'data-state="ready"' in tile and status["thumb"] in tile


def test_the_same_bytes_again_are_offered_the_photo_that_is_there(bob):
    first = post_file(bob, corpus.jpeg()).json()
    second = post_file(bob, corpus.jpeg(), "copy.jpg").json()
    assert second["id"] == second["duplicate_of"] == first["id"]


@pytest.mark.parametrize(
    ("data", "name", "status", "word"),
    [
        (corpus.HTML, "a.jpg", 400, "web page"),
        (corpus.EXE, "a.jpg", 415, "not a photo"),
        (corpus.jpeg_lying_header(), "a.jpg", 413, "megapixels"),
    ],
)
def test_a_refused_upload_says_why_and_offers_no_other_try(bob, data, name, status, word):
    answer = post_file(bob, data, name)
    assert (
        answer.status_code == status and word in answer.json()["sentence"] and answer.json()["again"] is False
    )


def test_a_file_beyond_every_limit_is_cut_off_before_it_fills_the_disk(bob, monkeypatch):
    monkeypatch.setattr(upload_handlers, "ONE_FILE", 3_000_000)
    monkeypatch.setattr(upload_handlers, "MIB", 0)
    kept = []
    monkeypatch.setattr(services, "store_upload", lambda *, file, **_: kept.append(file.size) or _no())
    post_file(bob, corpus.jpeg() + bytes(20_000_000))
    assert kept and kept[0] <= 3_100_000


def _no() -> None:
    raise Refused("too large", code="too_heavy", field="file", status=413)


def test_an_upload_without_a_file_can_be_tried_again(bob):
    answer = bob.post(HOME + "upload/", {}, headers={"Accept": "application/json"})
    assert answer.status_code == 400 and answer.json()["again"] is True


def test_uploads_work_without_scripts(bob, cast):
    with tenant_context(cast.cafe):
        folder = services.create_folder(name="Mains", **WHO)
    files = [SimpleUploadedFile("one.jpg", corpus.jpeg(seed=1)), SimpleUploadedFile("bad.jpg", corpus.HTML)]
    page = bob.post(HOME + "upload/", {"file": files, "folder": str(folder.pk)}, follow=True)
    text = page.content.decode()
    assert "1 file is being prepared" in text and "bad.jpg: This is a web page" in text
    with tenant_context(cast.cafe):
        assert Asset.objects.get().folder == folder


def test_a_refused_file_shows_its_reason_on_its_page(bob, cast):
    with tenant_context(cast.cafe):
        asset = ready(corpus.jpeg()[:30_000])
    page = bob.get(f"{HOME}asset/{asset.pk}/").content.decode()
    assert "damaged or incomplete" in page


def test_photos_are_found_by_words_folder_tag_and_filters(bob, cast):
    with tenant_context(cast.cafe):
        services.init_folders(**WHO)
        food, mains = Folder.objects.get(name="Food"), Folder.objects.get(name="Mains")
        wide = ready(corpus.jpeg(800, 400, seed=1), "lasagne.jpg", folder=mains, tags=["pasta"])
        tall = ready(corpus.jpeg(400, 800, seed=2), "negroni.jpg", tags=["drink"])
        services.edit_asset(asset=tall, favourite=True, season="summer", **WHO)
        services.mark_used(asset_ids=[wide.pk], now=NOW)

    def seen(query: str) -> set[str]:
        text = bob.get(HOME + query).content.decode()
        return {name for name in ("Lasagne", "Negroni") if f"{name}</span>" in text}

    assert seen("") == {"Lasagne", "Negroni"}
    for query, found in {
        "?q=lasa": {"Lasagne"},
        "?q=PASTA": {"Lasagne"},
        f"?folder={food.pk}": {"Lasagne"},  # folders show what is below them
        "?folder=none": {"Negroni"},
        "?tag=drink": {"Negroni"},
        "?tag=drink&tag=pasta": set(),
        "?shape=portrait": {"Negroni"},
        "?shape=landscape": {"Lasagne"},
        "?used=no": {"Negroni"},
        "?favourite=1": {"Negroni"},
        "?season=summer": {"Negroni"},
        "?kind=video": set(),
        "?trash=1": set(),
        "?q=nothing-like-it": set(),
        "?folder=rubbish&kind=what&after=!!&season=never": {"Lasagne", "Negroni"},
        f"?folder={uuid4()}": set(),
        "?q=%00&tag=%00": {"Lasagne", "Negroni"},
    }.items():
        assert seen(query) == found, query


def test_many_are_tagged_moved_and_thrown_away_with_an_undo(bob, cast):
    with tenant_context(cast.cafe):
        assets = [upload(corpus.jpeg(seed=n)) for n in (1, 2)]
        folder = services.create_folder(name="Best", **WHO)
    ids = [str(asset.pk) for asset in assets]
    bob.post(HOME + "bulk/", {"asset": ids, "action": "tag", "tags": "new, hot"})
    bob.post(HOME + "bulk/", {"asset": ids, "action": "move", "folder": str(folder.pk)})
    with tenant_context(cast.cafe):
        assert all(a.tags == ["new", "hot"] and a.folder == folder for a in Asset.objects.all())
    page = bob.post(
        HOME + "bulk/", {"asset": ids, "action": "trash", "back": HOME}, follow=True
    ).content.decode()
    assert "Undo" in page and ids[0] in page
    assert "Undo" not in bob.get(HOME).content.decode()
    assert ids[0] in bob.get(HOME + "?trash=1").content.decode()
    bob.post(HOME + "bulk/", {"asset": ids, "action": "restore"})
    with tenant_context(cast.cafe):
        assert Asset.objects.on_shelf().count() == 2


@pytest.mark.parametrize("fields", [{}, {"action": "trash"}, {"asset": "nonsense", "action": "trash"}])
def test_a_bulk_act_without_a_choice_changes_nothing_and_says_so(bob, fields):
    answer = bob.post(HOME + "bulk/", fields)
    assert answer.status_code == 400 and "Choose some photos first" in answer.content.decode()


def test_after_a_change_nobody_is_sent_to_another_site(bob, cast):
    with tenant_context(cast.cafe):
        asset = upload(corpus.jpeg())
    for back in (
        "https://evil.example/",
        "//evil.example/r/cafe/library/",
        "/r/cafe/settings/",
        "javascript:x",
    ):
        answer = bob.post(HOME + "bulk/", {"asset": str(asset.pk), "action": "restore", "back": back})
        assert answer["Location"] == HOME


def test_a_photo_is_described_on_its_page(bob, cast):
    with tenant_context(cast.cafe):
        asset = ready()
    address = f"{HOME}asset/{asset.pk}/"
    assert "How it will be cut" in bob.get(address).content.decode()
    fields = {
        "title": "Quattro",
        "tags": "cheese, four",
        "focal_x": "0.2",
        "focal_y": "0.5",
        "season": "winter",
    }
    assert bob.post(address, fields).status_code == 302
    with tenant_context(cast.cafe):
        asset.refresh_from_db()
    assert (asset.title, asset.tags, asset.focal, asset.season) == (
        "Quattro",
        ["cheese", "four"],
        (0.2, 0.5),
        "winter",
    )


def test_a_mistake_on_its_page_keeps_what_was_typed(bob, cast):
    with tenant_context(cast.cafe):
        asset = ready()
    answer = bob.post(
        f"{HOME}asset/{asset.pk}/", {"title": "New", "tags": "x" * 41, "focal_x": ".5", "focal_y": ".5"}
    )
    text = answer.content.decode()
    assert answer.status_code == 422 and "Tags may have up to 40 letters" in text and "x" * 41 in text


def test_saving_an_untouched_form_changes_nothing(bob, cast):
    with tenant_context(cast.cafe):
        asset = ready()
        services.edit_asset(asset=asset, focal_x=0.3333, **WHO)
    bob.post(f"{HOME}asset/{asset.pk}/", {"title": asset.title, "focal_x": "0.33", "focal_y": "0.5"})
    with tenant_context(cast.cafe):
        assert Asset.objects.get().focal_x == 0.3333


def test_a_photo_that_looks_the_same_is_hinted(bob, cast):
    with tenant_context(cast.cafe):
        asset = ready(corpus.jpeg(seed=5), "first.jpg")
        copy = ready(corpus.saved(corpus.picture(800, 600, seed=5), "JPEG", quality=70), "copy.jpg")
        ready(corpus.jpeg(seed=6), "other.jpg")
    page = bob.get(f"{HOME}asset/{asset.pk}/").content.decode()
    assert "Looks the same" in page and str(copy.pk) in page


def test_the_original_is_only_ever_a_download(bob, cast):
    with tenant_context(cast.cafe):
        asset = ready(corpus.jpeg(gps=True), "Büffel Mozzarella.jpg")
    answer = bob.get(f"{HOME}asset/{asset.pk}/original/")
    assert answer["Content-Disposition"].startswith("attachment") and "no-store" in answer["Cache-Control"]
    assert answer["Content-Type"] == "application/octet-stream" and answer.getvalue() == corpus.jpeg(gps=True)


def test_folders_are_made_renamed_moved_and_deleted(bob, cast):
    bob.post(HOME + "folders/", {"name": "Specials"})
    bob.post(HOME + "folders/", {"name": "Drinks"})
    with tenant_context(cast.cafe):
        specials, drinks = Folder.objects.get(name="Specials"), Folder.objects.get(name="Drinks")
    bob.post(f"{HOME}folders/{specials.pk}/", {"action": "rename", "name": "Weekly"})
    bob.post(f"{HOME}folders/{specials.pk}/", {"action": "move", "parent": str(drinks.pk)})
    with tenant_context(cast.cafe):
        specials.refresh_from_db()
        assert (specials.name, specials.parent) == ("Weekly", drinks)
    answer = bob.post(f"{HOME}folders/{drinks.pk}/", {"action": "move", "parent": str(specials.pk)})
    assert answer.status_code == 400 and "into itself" in answer.content.decode()
    bob.post(f"{HOME}folders/{drinks.pk}/", {"action": "delete"})
    with tenant_context(cast.cafe):
        assert [f.name for f in Folder.objects.filter(parent=None)] == ["Weekly"]


def test_the_picker_offers_ready_photos_unused_ones_first(bob, cast):
    with tenant_context(cast.cafe):
        used, fresh = ready(corpus.jpeg(seed=1), "used.jpg"), ready(corpus.jpeg(seed=2), "fresh.jpg")
        upload(corpus.jpeg(seed=3), "waiting.jpg")
        services.mark_used(asset_ids=[used.pk], now=NOW)
    page = bob.get(HOME + "picker/?q=").content.decode()
    assert page.index(str(fresh.pk)) < page.index(str(used.pk)) and "Waiting" not in page
    assert 'data-width="1600"' in page and "data-preview=" in page


def test_viewers_look_but_do_not_touch(cast):
    vera = cast.client(cast.vera)
    with tenant_context(cast.cafe):
        asset = ready()
    page = vera.get(HOME).content.decode()
    assert "data-upload" not in page and 'id="bulk"' not in page and str(asset.pk) in page
    assert vera.get(f"{HOME}asset/{asset.pk}/").status_code == 200
    vera.post(f"{HOME}asset/{asset.pk}/", {"title": "Hacked"})
    assert post_file(vera, corpus.jpeg(seed=9)).status_code == 403
    for address, fields in (
        (HOME + "bulk/", {"asset": str(asset.pk), "action": "trash"}),
        (HOME + "folders/", {"name": "x"}),
    ):
        assert vera.post(address, fields).status_code == 403
    with tenant_context(cast.cafe):
        assert Asset.objects.get().title == asset.title


def test_strangers_find_no_library(cast):
    charlie = cast.client(cast.charlie)
    with tenant_context(cast.cafe):
        asset = ready()
    for path in (
        "",
        f"asset/{asset.pk}/",
        f"asset/{asset.pk}/status/",
        f"asset/{asset.pk}/original/",
        "picker/",
    ):
        assert charlie.get(HOME + path).status_code == 404
        if "asset" in path:
            assert charlie.get("/r/bakery/library/" + path).status_code == 404
    answer = charlie.post("/r/bakery/library/bulk/", {"asset": str(asset.pk), "action": "trash"})
    with tenant_context(cast.cafe):
        assert answer.status_code == 302 and Asset.objects.on_shelf().exists()


def test_a_photo_is_joined_to_a_dish_of_the_menu_and_found_by_its_name(bob, cast):
    with tenant_context(cast.cafe):
        dish = MenuItem.objects.create(name="Ossobuco", currency="USD", created_at=NOW, updated_at=NOW)
        asset = ready(corpus.jpeg(), "IMG_1.jpg")
    address = f"{HOME}asset/{asset.pk}/"
    assert "Ossobuco" in bob.get(address).content.decode()
    fields = {"title": asset.title, "focal_x": "0.5", "focal_y": "0.5"}
    bob.post(address, {**fields, "menu_item_id": str(dish.pk)})
    assert str(asset.pk) in bob.get(HOME + "?q=ossobuco").content.decode()
    bob.post(address, {**fields, "menu_item_id": ""})
    with tenant_context(cast.cafe):
        asset.refresh_from_db()
    assert asset.menu_item_id is None and asset.menu_item_name == ""
