"""A partner's people see its restaurants and keys; nobody else does, and none of it leads into a restaurant."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from tenants import services
from tenants.access import Actor, Can
from tenants.models import ApiKey, Audit, Partner, PartnerMember, User
from tests.tenants.conftest import Api

BY = Actor.system("test")


@pytest.fixture
def anna(cast, settings):
    """With Pat's agency, in no restaurant."""
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"basic": 100}
    user = User.objects.create_user("anna@agency.example", "correct horse battery")
    PartnerMember.objects.create(partner=cast.pat, user=user)
    return cast.client(user)


@pytest.fixture
def at(cast):
    return f"/partners/{cast.pat.pk}/"


def new_key(client, at, **more):
    form = {"name": "Warehouse", "scopes": [Can.VIEW, Can.PUBLISH], "live": "live", "ends": "90"} | more
    return client.post(f"{at}keys/", form)


def shown_key(answer):
    return re.search(r"sk_(?:live|test)_\w{36}", answer.content.decode())[0]


def test_its_people_see_the_restaurants_and_how_much_they_ask(anna, at, cast, make_key):
    api = Api(make_key(partner=cast.pat))
    for _ in range(3):
        assert api.get(f"tenants/{cast.cafe.pk}").status_code == 200
    page = anna.get(at).content.decode()
    assert cast.cafe.name in page and cast.bakery.name in page and str(cast.cafe.pk) in page
    assert "3 of 100 requests" in page and "anna@agency.example" in page
    assert anna.get("/partners/").headers["Location"] == at
    assert anna.get("/restaurants/").headers["Location"] == "/partners/"


def test_looking_at_the_use_is_no_use(anna, at, cast):
    assert "0 of 100 requests" in anna.get(at).content.decode()
    assert "0 of 100 requests" in anna.get(at).content.decode()


def test_a_key_is_shown_once_and_works_as_it_was_made(anna, at, cast):
    made = new_key(anna, at, allowed="127.0.0.1")
    key = shown_key(made)
    own = Api(key).get("key").json()
    assert (own["partner"], own["scopes"], own["allowed"]) == (
        cast.pat.name,
        ["view", "publish"],
        ["127.0.0.1/32"],
    )
    page = anna.get(f"{at}keys/").content.decode()
    assert key not in page and own["prefix"] in page and "no-store" in made.headers["Cache-Control"]
    note = Audit.objects.get(action="key.created")
    assert (note.actor_label, note.detail["partner"]) == ("anna@agency.example", str(cast.pat.pk))


def test_replacing_overlaps_as_long_as_chosen_and_revoking_ends_at_once(anna, at):
    old = shown_key(new_key(anna, at))
    row = ApiKey.objects.get()
    new = shown_key(anna.post(f"{at}keys/{row.pk}/rotate/", {"overlap": "7"}))
    row.refresh_from_db()
    assert timedelta(days=6) < row.expires_at - timezone.now() <= timedelta(days=7)
    assert Api(old).get("key").status_code == Api(new).get("key").status_code == 200
    assert anna.post(f"{at}keys/{row.pk}/revoke/").status_code == 302
    assert (Api(old).get("key").status_code, Api(new).get("key").status_code) == (401, 200)
    fresh = ApiKey.objects.exclude(pk=row.pk).get()
    shown_key(anna.post(f"{at}keys/{fresh.pk}/rotate/", {"overlap": "0"}))
    assert Api(new).get("key").status_code == 401
    assert anna.post(f"{at}keys/{fresh.pk}/rotate/", {"overlap": "9999"}).status_code == 400


def test_a_wrong_form_keeps_what_was_typed(anna, at):
    answer = new_key(anna, at, allowed="everywhere")
    assert answer.status_code == 422 and "Warehouse" in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_strangers_and_other_partners_meet_nothing(anna, at, cast, make_key):
    other = Partner.objects.create(name="Other", contact_email="o@example.com")
    key, _text = services.create_key(
        partner=other, name="Theirs", scopes=[Can.VIEW], by=BY, now=timezone.now()
    )
    own, _text = services.create_key(
        tenant=cast.cafe, name="The cafe's", scopes=[Can.VIEW], by=BY, now=timezone.now()
    )
    foreign = [f"/partners/{other.pk}/", f"/partners/{other.pk}/keys/", f"/partners/{uuid.uuid4()}/"]
    assert [anna.get(path).status_code for path in foreign] == [404, 404, 404]
    for one in (key, own):  # under the own address, but not an own key
        assert anna.post(f"{at}keys/{one.pk}/revoke/").status_code == 404
        assert anna.post(f"{at}keys/{one.pk}/rotate/", {"overlap": "0"}).status_code == 404
    assert cast.client(cast.alice).get(at).status_code == 404  # owns a restaurant the partner works for
    assert anna.get("/r/cafe/").status_code == 404
    assert ApiKey.objects.filter(revoked_at=None).count() == 2


def test_who_is_taken_out_is_out_with_the_next_request(anna, at):
    assert anna.get(at).status_code == 200
    PartnerMember.objects.all().delete()
    assert anna.get(at).status_code == 404
    assert "Your account belongs to no partner" in anna.get("/partners/").content.decode()


def test_a_long_list_is_searched(anna, at, cast):
    cast.cafe.name = "Needle & Thread"
    cast.cafe.save()
    page = anna.get(at, {"q": "needle"}).content.decode()
    assert "Needle &amp; Thread" in page and cast.bakery.name not in page
    assert "Nothing found" in anna.get(at, {"q": "nowhere\x00"}).content.decode()


def test_an_agencys_people_land_at_their_partners_pages_not_at_a_form_for_a_restaurant(anna, client):
    answer = client.post(
        "/accounts/login/", {"login": "anna@agency.example", "password": "correct horse battery"}
    )
    assert answer.headers["Location"] == "/partners/"
