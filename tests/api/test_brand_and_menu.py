"""What captions may say, changed by partners: two programs that edit at once do not undo each other."""

import pytest
from django_tenants.utils import tenant_context

from content.models import BrandProfile, MenuItem
from tenants.access import Can
from tests.tenants.conftest import Api


@pytest.fixture
def key(cast, make_key):
    return Api(make_key(tenant=cast.cafe))


def change(api, path, body, tag="*"):
    return api.call("PATCH", path, body, If_Match=tag)


def test_the_brand_before_anybody_wrote_it_has_a_tag_too(key):
    first = key.get("brand")
    assert (first.status_code, first.json()["version"], first["ETag"]) == (200, 0, '"0"')
    assert key.call("PATCH", "brand", {"tone": "casual"}).json()["code"] == "if_match_required"
    made = change(key, "brand", {"city": "Chicago", "hashtags": ["Krusty"]}, first["ETag"])
    assert made.status_code == 200 and made.json()["city"] == "Chicago"
    assert change(key, "brand", {"city": "Boston"}, first["ETag"]).status_code == 412
    assert key.get("brand", If_None_Match=made["ETag"]).status_code == 304


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"tone": "shouting"}, "/tone"),
        ({"hashtag_limit": 31}, "/hashtag_limit"),
        ({"links": ["javascript:alert(1)"]}, "/links/0"),
        ({"hashtags": ["two words"]}, "/hashtags/0"),
        ({"languages": []}, "/languages"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_wrong_value_is_pointed_at(key, body, pointer):
    answer = change(key, "brand", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_dish_is_added_changed_taken_off_and_removed(key, cast):
    made = key.post("menu/items", {"name": "Margherita", "section": "Pizza", "price": "12.50"})
    assert made.status_code == 201
    body = made.json()
    assert (body["price"], body["currency"], body["available"]) == ("12.50", "USD", True)
    off = change(key, f"menu/items/{body['id']}", {"available": False}, made["ETag"])
    assert off.json()["unavailable_since"]
    assert change(key, f"menu/items/{body['id']}", {"price": "1"}, made["ETag"]).status_code == 412
    assert [row["id"] for row in key.get("menu/items?available=false").json()["data"]] == [body["id"]]
    assert key.call("DELETE", f"menu/items/{body['id']}").status_code == 204
    assert key.get(f"menu/items/{body['id']}").status_code == 404


def test_a_dish_twice_half_a_season_and_a_foreign_photo_are_refused(key):
    key.post("menu/items", {"name": "Margherita"})
    assert key.post("menu/items", {"name": "margherita"}).json()["code"] == "twice"
    assert key.post("menu/items", {"name": "Soup", "season_from": 11}).json()["code"] == "season_half"
    photo = "00000000-0000-4000-8000-000000000000"
    assert key.post("menu/items", {"name": "Soup", "asset_id": photo}).json()["code"] == "asset_unknown"


def test_composing_is_not_managing(cast, make_key):
    cook = Api(make_key(tenant=cast.cafe, scopes=[Can.VIEW, Can.COMPOSE]))
    assert cook.post("menu/items", {"name": "Soup"}).status_code == 201
    assert change(cook, "brand", {"city": "x"}).status_code == 403
    with tenant_context(cast.cafe):
        assert not BrandProfile.objects.exists() and MenuItem.objects.count() == 1
    with tenant_context(cast.bakery):
        assert MenuItem.objects.count() == 0
