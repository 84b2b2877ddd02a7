"""The state of a login: one browser, one person, one restaurant, once, for some minutes."""

import pytest
from django.utils import timezone

from social.registry.models import ConnectionEntry, OAuthState
from tenants.models import Audit, Membership
from tests.social.owner import start, state_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(cast):
    return cast.client(cast.alice)


def test_the_dialog_gets_our_fixed_address_and_a_strong_state(meta, cast, alice):
    url = start(alice, cast.cafe)
    assert len(state_of(url)) >= 43  # 256 bit
    assert "redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fapi%2Fv1%2Foauth%2Ffacebook%2Fcallback&" in url
    assert "instagram_business" not in url and "instagram_content_publish" in url
    assert OAuthState.objects.get().state_hash != state_of(url).encode()


def test_partner_links_start_the_same_flow(meta, cast, alice):
    for platform in ("facebook", "instagram"):
        response = alice.get(f"/api/v1/oauth/{platform}/authorize?tenant_id={cast.cafe.pk}")
        assert response.status_code == 302 and response["location"].startswith(meta.sandbox.dialog)
        assert "no-store" in response["cache-control"] and response["referrer-policy"] == "no-referrer"
    back = alice.get(meta.decide(response["location"]))
    assert back["location"].startswith("/r/cafe/channels/choose/") and back["location"].endswith(
        "want=instagram"
    )


def test_partner_links_are_for_managers_who_are_signed_in(meta, cast, client):
    address = f"/api/v1/oauth/facebook/authorize?tenant_id={cast.cafe.pk}"
    assert client.get(address)["location"].startswith("/accounts/login/?next=")
    assert cast.client(cast.charlie).get(address).status_code == 404
    assert cast.client(cast.bob).get(address).status_code == 403
    assert (
        cast.client(cast.alice).get("/api/v1/oauth/facebook/authorize?tenant_id=nonsense").status_code == 404
    )
    assert not OAuthState.objects.exists()


def test_saying_no_at_facebook_is_a_calm_page(meta, cast, alice):
    response = alice.get(meta.decide(start(alice, cast.cafe), cancel=True))
    assert response.status_code == 200
    assert "You said no at Facebook, so nothing was connected." in text_of(response)
    assert "/r/cafe/channels/connect/" in response.content.decode()
    assert not OAuthState.objects.exists() and not ConnectionEntry.objects.exists()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "used already, or is not ours"),
        ("state=made-up&code=x", "used already, or is not ours"),
        ("error=access_denied&state=made-up", "used already, or is not ours"),
        ("state=%00%ff&code=%00", "used already, or is not ours"),
        ("state=" + "x" * 3900 + "&code=y", "used already, or is not ours"),
    ],
)
def test_a_made_up_way_back_is_a_clear_page(meta, cast, alice, query, sentence):
    response = alice.get(f"/api/v1/oauth/facebook/callback?{query}")
    assert response.status_code == 400 and sentence in text_of(response)
    assert "no-store" in response["cache-control"] and response["referrer-policy"] == "no-referrer"


def test_a_state_works_once(meta, cast, alice):
    back = meta.decide(start(alice, cast.cafe))
    assert alice.get(back).status_code == 302
    again = alice.get(back)
    assert again.status_code == 400 and "used already" in text_of(again)


def test_a_state_works_only_in_its_own_browser(meta, cast, alice):
    back = meta.decide(start(alice, cast.cafe))
    other_browser = cast.client(cast.alice)
    response = other_browser.get(back)
    assert response.status_code == 403 and "another browser" in text_of(response)
    assert alice.get(back).status_code == 400  # and it is spent
    assert Audit.objects.filter(action="connect.refused", tenant_id=cast.cafe.pk).exists()
    assert not ConnectionEntry.objects.exists()


def test_a_state_works_only_for_its_own_person(meta, cast, alice):
    back = meta.decide(start(alice, cast.cafe))
    response = cast.client(cast.charlie).get(back)
    assert response.status_code == 403 and "Somebody else started this" in text_of(response)
    assert "cafe" not in response.content.decode()
    assert not ConnectionEntry.objects.exists()


def test_a_state_ends_after_its_minutes(meta, cast, alice):
    back = meta.decide(start(alice, cast.cafe))
    OAuthState.objects.update(expires_at=timezone.now())
    response = alice.get(back)
    assert response.status_code == 400 and "longer than 10 minutes" in text_of(response)
    assert not ConnectionEntry.objects.exists()


def test_somebody_who_lost_the_role_meanwhile_connects_nothing(meta, cast, alice):
    back = meta.decide(start(alice, cast.cafe))
    Membership.objects.filter(user=cast.alice).update(role="viewer")
    assert alice.get(back).status_code == 403
    assert not ConnectionEntry.objects.exists()


def test_a_signed_out_person_is_told_to_sign_in(meta, cast, alice, client):
    response = client.get(meta.decide(start(alice, cast.cafe)))
    assert response.status_code == 403 and "You are signed out" in text_of(response)
