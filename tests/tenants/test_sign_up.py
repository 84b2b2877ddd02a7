"""From a stranger to the home of a new restaurant, and signing in as securely as it should be."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from tenants.models import Tenant, User

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _forget_attempts():
    cache.clear()


def sign_up(client, email="new@example.com"):
    return client.post("/accounts/signup/", {"email": email, "password1": PASSWORD})


def test_a_stranger_signs_up_opens_a_restaurant_and_is_at_its_home(db, mailoutbox):
    client = Client()
    answer = sign_up(client)
    assert answer.headers["Location"] == "/restaurants/new/"
    assert mailoutbox[0].to == ["new@example.com"]
    page = client.get("/restaurants/new/")
    assert b'data-guess="timezone"' in page.content
    answer = client.post(
        "/restaurants/new/", {"name": "Krusty Pizza", "country": "US", "timezone": "America/Chicago"}
    )
    tenant = Tenant.objects.get(name="Krusty Pizza")
    assert answer.headers["Location"] == f"/r/{tenant.slug}/"
    assert tenant.memberships.get().user.email == "new@example.com"


def test_the_mails_link_names_our_host_whatever_the_request_said(db, mailoutbox, settings):
    settings.ALLOWED_HOSTS = ["*"]
    Client(headers={"Host": "evil.example"}).post(
        "/accounts/signup/", {"email": "new@example.com", "password1": PASSWORD}
    )
    link = re.search(r"https?://\S+confirm-email\S+", mailoutbox[0].body).group()
    assert link.startswith(settings.PUBLIC_URL)
    assert "evil.example" not in mailoutbox[0].body + mailoutbox[0].subject


def test_the_mailed_link_verifies_the_address(db, mailoutbox):
    client = Client()
    sign_up(client)
    path = re.search(r"https?://[^/]+(/\S+confirm-email\S+)", mailoutbox[0].body).group(1)
    client.post(path)
    assert EmailAddress.objects.get(email="new@example.com").verified


def test_in_production_an_unverified_address_does_not_enter(db, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client = Client()
    sign_up(client)
    assert client.get("/restaurants/new/").headers["Location"].startswith("/accounts/login/")


def test_signing_up_with_a_known_address_tells_a_stranger_nothing(cast, settings, mailoutbox):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    known, new = sign_up(Client(), "alice@example.com"), sign_up(Client(), "new@example.com")
    assert (known.status_code, known.headers["Location"]) == (new.status_code, new.headers["Location"])


@pytest.mark.parametrize("password", ["short", "password123", "1234567890"])
def test_weak_passwords_are_refused(db, password):
    Client().post("/accounts/signup/", {"email": "new@example.com", "password1": password})
    assert not User.objects.exists() or not User.objects.filter(email="new@example.com").exists()


def sign_in(client, email, password=PASSWORD, **extra):
    return client.post("/accounts/login/", {"login": email, "password": password} | extra)


def test_an_unknown_person_and_a_wrong_password_get_one_answer(cast):
    def errors(email, password):
        answer = sign_in(Client(), email, password)
        return re.sub(rb"csrf\S+|value=\S+|X-CSRFToken\S+ \S+", b"", answer.content).replace(
            email.encode(), b""
        )

    assert errors("alice@example.com", "wrong wrong wrong") == errors(
        "zelda@example.com", "wrong wrong wrong"
    )


def test_signing_in_leads_to_the_only_restaurant_or_the_chooser(cast):
    from tenants.access import Role
    from tenants.models import Membership

    assert sign_in(Client(), "alice@example.com").headers["Location"] == "/r/cafe/"
    Membership.objects.create(user=cast.alice, tenant=cast.bakery, role=Role.VIEWER)
    assert sign_in(Client(), "alice@example.com").headers["Location"] == "/restaurants/"


def test_the_session_changes_at_sign_in_and_ends_at_sign_out(cast):
    client = Client()
    client.get("/accounts/login/")
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    client.cookies["session"] = before
    sign_in(client, "alice@example.com")
    assert client.session.session_key != before
    client.post("/accounts/logout/")
    assert client.get("/r/cafe/").headers["Location"].startswith("/accounts/login/")


def test_passwords_cannot_be_tried_for_long(cast):
    client = Client()
    for _ in range(6):
        sign_in(client, "alice@example.com", "wrong wrong wrong")
    right = sign_in(client, "alice@example.com")
    assert right.status_code != 302
    assert "_auth_user_id" not in client.session


def test_a_foreign_next_address_is_not_followed(cast):
    answer = sign_in(Client(), "alice@example.com", next="https://evil.example/")
    assert "evil" not in answer.headers["Location"]


def test_changing_the_password_ends_all_other_sessions(cast):
    here, there = Client(), Client()
    sign_in(here, "alice@example.com")
    sign_in(there, "alice@example.com")
    fields = {"oldpassword": PASSWORD, "password1": "another fine phrase", "password2": "another fine phrase"}
    here.post("/accounts/password/change/", fields)
    assert there.get("/r/cafe/").headers["Location"].startswith("/accounts/login/")


def test_facebook_sign_in_leads_to_metas_dialog_with_one_address_and_scope(db, settings, monkeypatch):
    from urllib.parse import parse_qs, urlsplit

    client = Client()
    monkeypatch.setitem(
        settings.SOCIALACCOUNT_PROVIDERS["facebook"], "APPS", [{"client_id": "1", "secret": "s"}]
    )
    assert client.get("/accounts/facebook/login/").status_code == 200  # a page with a button, not a redirect
    answer = client.post("/accounts/facebook/login/")
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["scope"] == ["email"]
    assert query["redirect_uri"] == [f"{settings.PUBLIC_URL}/accounts/facebook/login/callback/"]
    assert len(query["state"][0]) >= 16


def test_without_an_app_there_is_no_facebook_sign_in(db, settings, monkeypatch):
    monkeypatch.setitem(settings.SOCIALACCOUNT_PROVIDERS["facebook"], "APPS", [])
    assert Client().get("/accounts/facebook/login/").status_code == 404


def test_tokens_from_the_browser_are_not_accepted(db):
    assert Client().post("/accounts/facebook/login/token/", {"access_token": "EAAx"}).status_code == 404


def test_the_app_secret_never_stands_in_an_address():
    from tenants.facebook_login.views import Adapter

    assert Adapter.access_token_method == "POST"


def test_ones_sessions_are_listed_and_the_others_can_be_ended(cast):
    here, there = Client(), Client()
    sign_in(here, "alice@example.com")
    sign_in(there, "alice@example.com")
    assert here.get("/accounts/sessions/").status_code == 200
    here.post("/accounts/sessions/")
    assert there.get("/r/cafe/").headers["Location"].startswith("/accounts/login/")
    assert here.get("/restaurants/").status_code == 200


def test_a_forgotten_password_is_replaced_by_mail_and_ends_nothing_quietly(cast, mailoutbox):
    EmailAddress.objects.create(user=cast.alice, email=cast.alice.email, verified=True, primary=True)
    client = Client()
    client.post("/accounts/password/reset/", {"email": "alice@example.com"})
    mail = mailoutbox[0]
    assert mail.subject == "Choose a new password"
    path = re.search(r"https?://[^/]+(/\S+)", mail.body).group(1)
    form = client.get(path, follow=True)
    where = form.redirect_chain[-1][0]
    client.post(where, {"password1": "another fine phrase", "password2": "another fine phrase"})
    assert sign_in(Client(), "alice@example.com", "another fine phrase").status_code == 302
    assert client.get(path, follow=True).redirect_chain == []  # the link works once


def test_asking_for_a_password_of_an_unknown_address_tells_nothing(cast):
    answers = [
        Client().post("/accounts/password/reset/", {"email": f"{name}@example.com"})
        for name in ("alice", "zed")
    ]
    assert answers[0].status_code == answers[1].status_code == 302
    assert answers[0].headers["Location"] == answers[1].headers["Location"]


def test_a_new_password_is_asked_for_in_one_sentence(db):
    page = Client().get("/accounts/signup/").content.decode()
    assert "At least 10 characters" in page
    assert "<ul>" not in page
    assert "placeholder" not in page


def test_devices_are_named_as_people_name_them(db):
    user = User.objects.create_user("owner@example.com", PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 CriOS/140.0 Safari/604.1"
    client = Client(headers={"User-Agent": phone})
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    page = client.get("/accounts/sessions/").content.decode()
    assert "Chrome, iPhone" in page
    assert "Mozilla" not in page
    page = client.get("/accounts/email/").content.decode()
    assert "Not confirmed" in page
    assert (
        client.get("/accounts/2fa/").status_code
        == client.get("/accounts/password/change/").status_code
        == 200
    )


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"login": "", "password": "x"}, "Please fill this in."),
        ({"login": "nobody@x", "password": "x"}, "Write an e-mail address like name@example.com."),
        ({"login": "nobody@example.com", "password": "x"}, "do not belong together"),
    ],
)
def test_a_refused_sign_in_says_in_plain_words_what_to_do(db, typed, sentence):
    assert sentence in Client().post("/accounts/login/", typed).content.decode()


def test_before_a_weighty_step_the_password_is_asked_again_in_plain_words(db, settings):
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    user = User.objects.create_user("owner@example.com", PASSWORD)
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/", follow=True)
    assert "Is it you?" in page.content.decode()
    answer = client.post(page.redirect_chain[-1][0], {"password": PASSWORD})
    assert answer.headers["Location"] == "/accounts/2fa/totp/activate/"


def test_whoever_sets_up_two_steps_without_a_confirmed_address_is_told_where_to_confirm_it(db):
    user = User.objects.create_user("owner@example.com", PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/", follow=True).content.decode()
    assert "First confirm your e-mail address" in page
