"""Pages about restaurants, people and keys, as a person uses them."""

import re

import pytest
from django.contrib.messages import get_messages

from tenants.access import Role
from tenants.models import ApiKey, Invitation, Membership, Tenant
from tests.tenants.conftest import Api


def said(answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_a_person_without_a_restaurant_is_led_to_open_one(cast):
    assert cast.client(cast.dana).get("/restaurants/").headers["Location"] == "/restaurants/new/"


def test_the_chooser_shows_only_ones_own(cast):
    page = cast.client(cast.alice).get("/restaurants/").content.decode()
    assert "Krusty Cafe" in page and "Corner Bakery" not in page


def test_what_was_typed_stays_when_the_service_refuses(cast):
    answer = cast.client(cast.dana).post(
        "/restaurants/new/", {"name": "   ", "country": "DE", "timezone": "Europe/Berlin"}
    )
    assert answer.status_code == 422
    assert re.search(r'selected value="DE"', answer.content.decode())


@pytest.mark.parametrize("path", ["/restaurants/cafe/leave/", "/r/cafe/notices/read/"])
def test_a_buttons_address_opened_by_hand_says_so(cast, path):
    answer = cast.client(cast.alice).get(path)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "This address belongs to a button." in answer.content.decode()


def test_opening_many_restaurants_in_an_hour_is_stopped(cast, fresh_limits, monkeypatch):
    monkeypatch.setattr("tenants.views.OPENED_AN_HOUR", 1)
    client = cast.client(cast.dana)
    form = {"name": "One", "country": "US", "timezone": "America/Chicago"}
    assert client.post("/restaurants/new/", form).status_code == 302
    assert client.post("/restaurants/new/", form).status_code == 422
    assert Tenant.objects.filter(name="One").count() == 1


@pytest.mark.parametrize(
    ("path", "leads_to"), [("/ui", "compose/"), ("/assets", "library/"), ("/ui/", "compose/")]
)
def test_ui_and_assets_lead_to_the_restaurant_used_last(cast, path, leads_to):
    client = cast.client(cast.alice)
    assert client.get(path).headers["Location"] == f"/r/cafe/{leads_to}"
    Membership.objects.create(user=cast.alice, tenant=cast.bakery, role=Role.OWNER)
    assert client.get(path).headers["Location"] == "/restaurants/"
    client.get("/r/bakery/settings/")
    assert client.get(path).headers["Location"] == f"/r/bakery/{leads_to}"
    Membership.objects.filter(user=cast.alice, tenant=cast.bakery).delete()
    assert client.get(path).headers["Location"] == f"/r/cafe/{leads_to}"


def test_ui_asks_strangers_to_sign_in_and_come_back(db, client):
    assert client.get("/ui").headers["Location"] == "/accounts/login/?next=%2Fui"


def test_settings_are_saved(cast):
    client = cast.client(cast.alice)
    answer = client.post(
        "/r/cafe/settings/", {"name": "Krusty Café", "country": "US", "timezone": "America/Denver"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "/r/cafe/settings/")
    assert Tenant.objects.get(pk=cast.cafe.pk).timezone == "America/Denver"


def test_an_alias_zone_that_a_partner_sent_is_kept_by_the_form(cast):
    Tenant.objects.filter(pk=cast.cafe.pk).update(timezone="US/Central")
    page = cast.client(cast.alice).get("/r/cafe/settings/").content.decode()
    assert re.search(r'selected value="US/Central"', page)


def test_pausing_and_resuming(cast):
    client = cast.client(cast.bob)
    back = "/r/cafe/settings/"
    assert client.post("/r/cafe/settings/pause/", {"next": back}).headers["Location"] == back
    assert Tenant.objects.get(pk=cast.cafe.pk).paused_at
    answer = client.post("/r/cafe/settings/resume/", {"next": "https://evil.example/"})
    assert answer.headers["Location"] == "/r/cafe/"
    assert Tenant.objects.get(pk=cast.cafe.pk).paused_at is None


def test_people_are_invited_and_removed(cast, mailoutbox, django_capture_on_commit_callbacks):
    client = cast.client(cast.alice)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/r/cafe/settings/people/invite/", {"email": "new@example.com", "role": "editor"})
    assert "new@example.com" in client.get("/r/cafe/settings/people/").content.decode()
    path = re.search(r"/invitations/\S+", mailoutbox[0].body).group()
    stranger = cast.client()
    page = stranger.get(path)
    assert page.status_code == 200 and page["Referrer-Policy"] == "no-referrer"
    client.post(f"/r/cafe/settings/people/invitations/{Invitation.objects.get().pk}/withdraw/")
    assert stranger.get(path).status_code == 410
    bob = Membership.objects.get(user=cast.bob)
    client.post(f"/r/cafe/settings/people/{bob.pk}/role/", {"role": "viewer"})
    assert Membership.objects.get(pk=bob.pk).role == "viewer"
    client.post(f"/r/cafe/settings/people/{bob.pk}/remove/")
    assert cast.client(cast.bob).get("/r/cafe/settings/").status_code == 404


def test_a_member_of_another_restaurant_cannot_be_touched_by_number(cast):
    charlie = Membership.objects.get(user=cast.charlie)
    client = cast.client(cast.alice)
    assert client.post(f"/r/cafe/settings/people/{charlie.pk}/remove/").status_code == 404
    assert Membership.objects.filter(pk=charlie.pk).exists()


def test_the_last_owner_is_told_and_stays(cast):
    client = cast.client(cast.alice)
    answer = client.post("/restaurants/cafe/leave/", headers={"Referer": "http://testserver/restaurants/"})
    assert said(answer) == ["A restaurant needs an owner. Make somebody else an owner first."]


def test_a_key_is_shown_once_and_works(cast):
    client = cast.client(cast.alice)
    answer = client.post(
        "/r/cafe/settings/keys/", {"name": "Till", "scopes": ["view"], "live": "test", "ends": "30"}
    )
    text = re.search(r"sk_test_\w{36}", answer.content.decode()).group()
    assert "no-store" in answer["Cache-Control"]
    assert text not in client.get("/r/cafe/settings/keys/").content.decode()
    assert Api(text).get(f"tenants/{cast.cafe.pk}").status_code == 200
    key = ApiKey.objects.get()
    assert key.expires_at.astimezone(cast.cafe.zone).strftime("%H:%M:%S") == "23:59:59"
    client.post(f"/r/cafe/settings/keys/{key.pk}/revoke/")
    assert Api(text).get(f"tenants/{cast.cafe.pk}").status_code == 401


def test_replacing_a_key_shows_the_new_one(cast, make_key):
    make_key(tenant=cast.cafe)
    old = ApiKey.objects.get()
    answer = cast.client(cast.alice).post(f"/r/cafe/settings/keys/{old.pk}/rotate/")
    assert re.search(r"sk_live_\w{36}", answer.content.decode())
    old.refresh_from_db()
    assert old.expires_at is not None


def test_another_restaurants_key_cannot_be_touched(cast, make_key):
    make_key(tenant=cast.bakery)
    key = ApiKey.objects.get()
    for act in ("rotate", "revoke"):
        assert cast.client(cast.alice).post(f"/r/cafe/settings/keys/{key.pk}/{act}/").status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None and key.expires_at is None


@pytest.mark.parametrize("path", ["settings/", "settings/people/", "settings/keys/"])
def test_pages_need_few_queries(cast, make_key, path, django_assert_max_num_queries):
    for number in range(5):
        make_key(tenant=cast.cafe, name=f"Key {number}")
    client = cast.client(cast.alice)
    client.get(f"/r/cafe/{path}")
    with django_assert_max_num_queries(14):
        assert client.get(f"/r/cafe/{path}").status_code == 200


def test_an_editor_is_led_only_to_the_settings_that_are_theirs(cast):
    client = cast.client(cast.bob)
    page = client.get("/r/cafe/").content.decode()
    assert 'href="/r/cafe/settings/"' not in page
    assert 'href="/r/cafe/settings/notices/"' in page
    page = client.get("/r/cafe/settings/notices/").content.decode()
    assert "/settings/times/" in page and "/settings/keys/" not in page
