"""The library for partners."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_tenants.utils import tenant_context

from assets import services
from assets.models import Asset
from tests.assets import corpus
from tests.assets.conftest import NOW

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def partner(cast, make_key):
    return make_key(cast.cafe)


def send(client: Client, folder: str, data: bytes, name: str = "pizza.jpg", **fields):
    return client.post(f"{API}/folders/{folder}/assets", {"file": SimpleUploadedFile(name, data), **fields})


def test_folders_are_made_listed_renamed_moved_and_deleted(partner, cast):
    made = partner.post(f"{API}/tenants/{cast.cafe.pk}/init-folders")
    assert made.status_code == 201 and len(made.json()["data"]) == 7
    listed = partner.get(f"{API}/tenants/{cast.cafe.pk}/folders").json()["data"]
    mains = next(folder for folder in listed if folder["name"] == "Mains")
    assert mains["path"] == "Food / Mains" and mains["assets"] == 0
    pizza = partner.post(
        f"{API}/folders", {"name": "Pizza", "parent_id": mains["id"]}, content_type="application/json"
    )
    assert pizza.status_code == 201 and pizza.json()["path"] == "Food / Mains / Pizza"
    address = f"{API}/folders/{pizza.json()['id']}"
    changed = partner.patch(
        address, {"name": "Pizze", "parent_id": None}, content_type="application/json"
    ).json()
    assert changed["path"] == "Pizze"
    twin = partner.post(f"{API}/folders", {"name": "pizze"}, content_type="application/json")
    assert twin.status_code == 409 and twin.json()["code"] == "folder_exists"
    assert partner.delete(address).status_code == 204
    assert partner.get(address).status_code == 404


def test_a_photo_is_uploaded_described_found_and_thrown_away(partner, cast):
    folder = partner.post(f"{API}/folders", {"name": "Mains"}, content_type="application/json").json()["id"]
    answer = send(partner, folder, corpus.jpeg(), tags="pizza, hot")
    data = answer.json()
    assert answer.status_code == 201 and data["state"] == "processing" and data["tags"] == ["pizza", "hot"]
    with tenant_context(cast.cafe):
        services.ingest(asset_id=Asset.objects.get().pk, now=NOW)
    address = f"{API}/assets/{data['id']}"
    whole = partner.get(address).json()
    assert whole["state"] == "ready" and (whole["width"], whole["height"]) == (1600, 1200)
    urls = {each["kind"]: each["url"] for each in whole["renditions"]}
    path = urls["ig_4x5"].split("/m/")[1]
    assert Client().get(f"/m/{path}")["Content-Type"] == "image/jpeg"
    changed = partner.patch(
        address,
        {"title": "Diavola", "focal_x": 0.1, "tags": ["spicy"], "folder_id": None},
        content_type="application/json",
    ).json()
    assert (changed["title"], changed["focal_x"], changed["tags"], changed["folder_id"]) == (
        "Diavola",
        0.1,
        ["spicy"],
        None,
    )
    found = partner.get(f"{API}/assets?q=diavola&tag=spicy").json()
    assert [each["id"] for each in found["data"]] == [data["id"]]
    assert partner.get(f"{API}/folders/{folder}/assets").json()["data"] == []
    assert partner.delete(address).status_code == 204
    assert partner.get(address).status_code == 404


def test_the_same_bytes_answer_with_the_asset_that_is_there(partner):
    folder = partner.post(f"{API}/folders", {"name": "Mains"}, content_type="application/json").json()["id"]
    first = send(partner, folder, corpus.jpeg()).json()
    again = send(partner, folder, corpus.jpeg(), "copy.jpg")
    assert again.status_code == 200 and again.json()["duplicate"] and again.json()["id"] == first["id"]


@pytest.mark.parametrize(
    ("data", "name", "status", "code"),
    [
        (corpus.TEXT, "notes.txt", 415, "unknown_type"),
        (corpus.PDF, "menu.pdf", 400, "pdf"),
        (b"", "a.jpg", 400, "empty"),
    ],
)
def test_a_wrong_file_is_refused_as_a_problem(partner, data, name, status, code):
    answer = partner.post(f"{API}/assets", {"file": SimpleUploadedFile(name, data)})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json" and answer.json()["detail"].endswith(".")


def test_missing_things_are_said_plainly(partner):
    assert partner.post(f"{API}/assets", {}).json()["code"] == "no_file"
    assert partner.post(f"{API}/assets", {"tags": "x"}, content_type="application/json").status_code == 400
    assert send(partner, str(uuid4()), corpus.jpeg()).status_code == 404
    bad = partner.post(
        f"{API}/folders", {"name": "x", "parent_id": str(uuid4())}, content_type="application/json"
    )
    assert bad.status_code == 404 and bad.json()["code"] == "folder_gone"


def test_lists_are_paged_by_cursor(partner, cast):
    for seed in range(5):
        partner.post(
            f"{API}/assets", {"file": SimpleUploadedFile(f"{seed}.jpg", corpus.jpeg(200, 200, seed=seed))}
        )
    seen, cursor = [], ""
    while True:
        page = partner.get(f"{API}/assets?limit=2&cursor={cursor}").json()
        seen += [each["id"] for each in page["data"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 5


def test_a_key_that_may_only_look_uploads_nothing(cast, make_key):
    from tenants.access import Can

    reader = make_key(cast.cafe, scopes=[Can.VIEW])
    answer = reader.post(f"{API}/assets", {"file": SimpleUploadedFile("a.jpg", corpus.jpeg())})
    assert answer.status_code == 403
    with tenant_context(cast.cafe):
        assert not Asset.objects.exists()


def test_another_restaurants_key_finds_nothing(cast, make_key, partner):
    asset = partner.post(f"{API}/assets", {"file": SimpleUploadedFile("a.jpg", corpus.jpeg())}).json()
    other = make_key(cast.bakery)
    for method in (other.get, other.delete):
        assert method(f"{API}/assets/{asset['id']}").status_code == 404
    assert other.get(f"{API}/tenants/{cast.cafe.pk}/folders").status_code == 404
