"""The back office: who gets in, what it shows, what it changes."""

import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.contrib import admin
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants.access import Actor
from tenants.models import ApiKey, Audit, Membership, Partner, User
from tenants.services.closing import close_restaurant

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _forget_attempts():
    cache.clear()


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def secret(cast) -> str:
    """Dana's authenticator app."""
    secret = generate_totp_secret()
    TOTP.activate(cast.dana, secret)
    return secret


def sign_in(client, person, code=None):
    answer = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    if code:
        answer = client.post(answer.headers["Location"], {"code": code})
    return answer


@pytest.fixture
def office(cast, secret) -> Client:
    """Dana, signed in with both factors."""
    client = Client()
    sign_in(client, cast.dana, code_of(secret))
    return client


def test_strangers_are_asked_to_sign_in(db, client):
    for path in ("/admin/", "/admin/login/", "/admin/tenants/tenant/"):
        assert client.get(path).headers["Location"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/login/", "/admin/tenants/tenant/", "/admin/jsi18n/", "/admin/search/"]
)
def test_owners_find_nothing_there(cast, path):
    assert cast.client(cast.alice).get(path).status_code == 404


def test_djangos_own_login_form_is_no_way_in(cast):
    client = Client()
    answer = client.post("/admin/login/", {"username": cast.dana.email, "password": PASSWORD})
    assert answer.headers["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in client.session


def test_staff_without_two_steps_are_led_to_set_them_up(cast):
    client = Client()
    sign_in(client, cast.dana)
    assert client.get("/admin/").headers["Location"] == "/accounts/2fa/totp/activate/"


def test_setting_up_the_app_opens_the_office(committed_cast):
    cast = committed_cast  # what follows the set-up happens on commit, within the same request
    EmailAddress.objects.create(user=cast.dana, email=cast.dana.email, verified=True, primary=True)
    client = Client()
    sign_in(client, cast.dana)
    page = client.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200
    secret = client.session["mfa.totp.secret"]
    client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert Authenticator.objects.filter(user=cast.dana, type="totp").exists()
    assert client.get("/admin/").status_code == 200
    assert Audit.objects.filter(action="user.two_step").exists()


def test_a_session_older_than_the_app_must_give_a_code(cast, secret):
    client = Client()
    client.force_login(cast.dana)
    answer = client.get("/admin/tenants/tenant/")
    assert answer.headers["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2Ftenants%2Ftenant%2F"


def test_the_password_alone_does_not_sign_in_a_person_with_two_steps(cast, secret):
    client = Client()
    sign_in(client, cast.dana)
    assert "_auth_user_id" not in client.session
    sign_in(client, cast.dana, "000000")
    assert "_auth_user_id" not in client.session


def test_the_apps_secret_rests_encrypted(cast, secret):
    data = str(Authenticator.objects.get(user=cast.dana).data)
    assert secret not in data
    from tenants.adapters import MFAAdapter

    stored = Authenticator.objects.get(user=cast.dana).data["secret"]
    assert MFAAdapter().decrypt(stored) == secret


def test_an_older_encryption_key_still_opens_the_secret_and_a_lost_one_says_so(cast, secret, settings):
    from django.core.exceptions import ImproperlyConfigured

    from tenants.adapters import MFAAdapter

    stored = Authenticator.objects.get(user=cast.dana).data["secret"]
    settings.ENCRYPTION_KEY = [("new", b"n" * 32), *settings.ENCRYPTION_KEY]
    assert MFAAdapter().decrypt(stored) == secret
    settings.ENCRYPTION_KEY = [("new", b"n" * 32)]
    with pytest.raises(ImproperlyConfigured, match="put it back"):
        MFAAdapter().decrypt(stored)


def test_a_person_who_is_no_longer_staff_is_out_at_once(cast, office):
    User.objects.filter(pk=cast.dana.pk).update(is_staff=False)
    assert office.get("/admin/").status_code == 404


def test_every_registered_page_is_ours():
    rooms = ("tenants.", "social.", "assets.", "content.", "posting.")
    assert [
        m for m, page in admin.site._registry.items() if not type(page).__module__.startswith(rooms)
    ] == []


def test_every_list_and_add_page_opens(office, make_key, cast):
    make_key(partner=cast.pat)
    for model, page in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        answer = office.get(reverse(f"{name}_changelist"))
        assert answer.status_code == 200, model
        assert office.get(reverse(f"{name}_changelist") + "?q=x").status_code == 200, model
        if page.has_add_permission(answer.wsgi_request):
            assert office.get(reverse(f"{name}_add")).status_code == 200, model


def test_no_page_can_delete_and_none_shows_a_digest(office, make_key, cast):
    make_key(tenant=cast.cafe)
    key = ApiKey.objects.get()
    page = office.get(f"/admin/tenants/apikey/{key.pk}/change/").content.decode()
    assert key.prefix in page and key.digest not in page
    for model in admin.site._registry:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        rows = model._default_manager.values_list("pk", flat=True)[:1]
        for pk in rows:
            assert office.post(f"{url}{pk}/delete/", {"post": "yes"}).status_code == 403, model


def test_looking_at_a_restaurant_is_noted(office, cast):
    assert office.get(f"/admin/tenants/tenant/{cast.cafe.pk}/change/").status_code == 200
    note = Audit.objects.get(action="office.viewed")
    assert note.detail["row"] == str(cast.cafe.pk) and note.actor_label == "dana@example.com"


def inline(prefix):
    return {f"{prefix}-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}


def test_the_plan_is_changed_through_the_service(office, cast):
    form = {"plan": "pro", "paused": "on"} | inline("memberships") | inline("api_keys")
    answer = office.post(f"/admin/tenants/tenant/{cast.cafe.pk}/change/", form)
    assert answer.status_code == 302
    cast.cafe.refresh_from_db()
    assert cast.cafe.plan == "pro" and cast.cafe.paused_at is not None
    assert set(Audit.objects.filter(tenant_id=cast.cafe.pk).values_list("action", flat=True)) == {
        "restaurant.plan",
        "restaurant.paused",
    }


def test_a_partner_gets_a_key_that_is_shown_once(office, cast):
    url = f"/admin/tenants/partner/{cast.pat.pk}/new-key/"
    assert office.get(url).status_code == 200
    answer = office.post(url, {"name": "Agency", "scopes": ["view", "manage"], "live": "live", "ends": ""})
    assert answer.status_code == 200 and "sk_live_" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert ApiKey.objects.get().partner == cast.pat


def test_a_partner_is_added_with_restaurants_and_noted(office, cast):
    form = {
        "name": "Agency",
        "contact_email": "a@example.com",
        "restaurants_max": 5,
        "tenants": [str(cast.cafe.pk)],
    } | inline("api_keys")
    people = inline("members") | {"members-TOTAL_FORMS": "1", "members-0-user": str(cast.bob.pk)}
    assert office.post("/admin/tenants/partner/add/", form | people).status_code == 302
    note = Audit.objects.get(action="partner.added")
    assert (note.detail["restaurants"], note.detail["people"]) == (["cafe"], ["bob@example.com"])
    partner = Partner.objects.get(name="Agency")
    assert cast.client(cast.bob).get(f"/partners/{partner.pk}/").status_code == 200
    (member,) = partner.members.all()
    gone = inline("members") | {
        "members-TOTAL_FORMS": "1",
        "members-INITIAL_FORMS": "1",
        "members-0-id": str(member.pk),
        "members-0-partner": str(partner.pk),
        "members-0-user": str(cast.bob.pk),
        "members-0-DELETE": "on",
    }
    assert office.post(f"/admin/tenants/partner/{partner.pk}/change/", form | gone).status_code == 302
    assert Audit.objects.get(action="partner.changed").detail["people"] == []
    assert cast.client(cast.bob).get(f"/partners/{partner.pk}/").status_code == 404


def test_staff_open_it_again_and_its_people_are_back(office, cast):
    close_restaurant(tenant=cast.cafe, typed="Krusty Cafe", by=Actor.of(cast.alice), now=timezone.now())
    assert cast.client(cast.alice).get("/r/cafe/").status_code == 404
    given = {"action": "open_again", "_selected_action": [str(cast.cafe.pk), str(cast.bakery.pk)]}
    assert office.post("/admin/tenants/tenant/", given).status_code == 302
    assert cast.client(cast.alice).get("/r/cafe/").status_code == 200
    assert Audit.objects.filter(action="restaurant.opened_again").count() == 1


def test_keys_are_revoked_in_bulk(office, cast, make_key):
    make_key(tenant=cast.cafe)
    key = ApiKey.objects.get()
    office.post("/admin/tenants/apikey/", {"action": "revoke", "_selected_action": [str(key.pk)]})
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_only_a_superuser_makes_staff_and_nobody_locks_his_own_door(office, cast):
    url = f"/admin/tenants/user/{cast.bob.pk}/change/"
    form = {"is_active": "on", "is_staff": "on"} | inline("memberships")
    office.post(url, form)
    cast.bob.refresh_from_db()
    assert cast.bob.is_staff
    office.post(f"/admin/tenants/user/{cast.dana.pk}/change/", inline("memberships"))
    cast.dana.refresh_from_db()
    assert cast.dana.is_staff and cast.dana.is_active
    User.objects.filter(pk=cast.dana.pk).update(is_superuser=False)
    office.post(url, {"is_active": "on"} | inline("memberships"))
    cast.bob.refresh_from_db()
    assert cast.bob.is_staff


def test_the_last_owner_cannot_be_demoted_by_staff_either(office, cast):
    alice = Membership.objects.get(user=cast.alice)
    office.post(f"/admin/tenants/membership/{alice.pk}/change/", {"role": "viewer"})
    alice.refresh_from_db()
    assert alice.role == "owner"


def test_only_the_office_may_evaluate_scripts(office, cast):
    assert "'unsafe-eval'" in office.get("/admin/")["Content-Security-Policy"]
    assert "'unsafe-eval'" not in office.get("/restaurants/new/")["Content-Security-Policy"]


def test_the_first_page_counts_without_entering_a_restaurant(office, django_assert_max_num_queries):
    with django_assert_max_num_queries(18):
        page = office.get("/admin/").content.decode()
    assert "Working API keys" in page


def test_the_search_finds_restaurants_by_an_owners_address(office, cast):
    page = office.get("/admin/tenants/tenant/?q=charlie@example.com").content.decode()
    assert "Corner Bakery" in page and "Krusty Cafe" not in page


def test_a_code_is_accepted_once(cast, secret):
    code = code_of(secret)
    first, second = Client(), Client()
    sign_in(first, cast.dana, code)
    assert "_auth_user_id" in first.session
    sign_in(second, cast.dana, code)
    assert "_auth_user_id" not in second.session


def test_staff_read_times_with_seconds_and_their_zone(office):
    page = office.get(reverse("admin:tenants_partner_changelist")).content.decode()
    made = Partner.objects.get().created_at
    assert f"{made.day} {made:%b %Y, %H:%M:%S} UTC" in page.replace("\xa0", " ")
