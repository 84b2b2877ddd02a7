"""Connecting, as an owner does it, against the real sandbox process."""

import urllib.request
from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from social.models import Channel, Connection
from social.registry.models import ChannelClaim, ConnectionEntry, OAuthState
from social.services import channel_client, mark_connection
from social.vault.store import open_keys
from tenants.models import Membership, Tenant
from tests.sandbox_process import (
    ALICE,
    BAKERY,
    BAKERY_IG,
    CHARLIE,
    KRUSTY,
    KRUSTY_CATERING,
    KRUSTY_IG,
    KRUSTY_TRUCK,
)
from tests.social.owner import CATERING_IG, channel, choose, connect, log_in, start, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(cast):
    return cast.client(cast.alice)


def test_an_owner_connects_a_page_and_its_instagram(meta, cast, alice):
    response = log_in(meta, alice, cast.cafe)
    page = alice.get(response["location"])
    assert "Krusty Pizza" in text_of(page) and "@krustypizza" in text_of(page)
    choose(alice, response, f"facebook:{KRUSTY}", f"instagram:{KRUSTY_IG}")
    shown = text_of(alice.get("/r/cafe/channels/"))
    assert "All is well." in shown and "2 channels are connected." in shown
    with tenant_context(cast.cafe):
        facebook, instagram = channel("facebook"), channel("instagram")
        assert instagram.page == facebook
        assert Channel.objects.publishable().count() == 2
        assert channel_client(facebook).page(KRUSTY, fields="name")["name"] == "Krusty Pizza"
        assert channel_client(instagram).ig_user(KRUSTY_IG)["username"] == "krustypizza"
        connection = facebook.connection
        assert connection.name == "Alice Romano" and connection.expires_at > timezone.now() + timedelta(
            days=50
        )
    assert ChannelClaim.objects.filter(tenant=cast.cafe).count() == 2
    assert ConnectionEntry.objects.get().facebook_user_id == ALICE


def test_every_call_carried_its_proof(meta, cast, alice):
    connect(meta, alice, cast.cafe)
    assert len(meta.calls()) > 5
    assert [row["rule"] for row in meta.control("findings")["findings"]] == []
    with urllib.request.urlopen(
        f"{meta.sandbox.graph}/v26.0/me?access_token={meta.sandbox.connect(ALICE)['user_token']}"
    ):
        found = [row["rule"] for row in meta.control("findings")["findings"]]
    assert found == ["missing_appsecret_proof"]  # the sandbox would have noticed


def test_pages_of_a_portfolio_are_offered_and_several_connect_at_once(meta, cast, alice):
    connect(
        meta,
        alice,
        cast.cafe,
        f"facebook:{KRUSTY}",
        f"facebook:{KRUSTY_CATERING}",
        f"instagram:{CATERING_IG}",
    )
    with tenant_context(cast.cafe):
        assert Channel.objects.publishable().count() == 3


def test_a_lost_answer_to_the_code_is_a_clear_page_and_the_next_try_works(meta, cast, alice):
    """A code works once: what Facebook answered is lost, and only the person can get another."""
    back = meta.decide(start(alice, cast.cafe))
    meta.sandbox.fault("lost_after_commit", "oauth.code")
    lost = alice.get(back)
    assert lost.status_code == 502 and "Facebook did not answer clearly" in text_of(lost)
    assert "/r/cafe/channels/connect/" in lost.content.decode()
    assert not ConnectionEntry.objects.exists()
    assert log_in(meta, alice, cast.cafe).status_code == 302


def test_a_way_back_ends_in_the_restaurant_it_was_started_for(meta, cast, alice):
    """Whatever restaurant is open in the browser, or named in the address, when Facebook sends the person back."""
    Membership.objects.create(user=cast.alice, tenant=cast.bakery, role="owner")
    back = meta.decide(start(alice, cast.cafe))
    alice.get("/r/bakery/")
    response = alice.get(f"{back}&tenant_id={cast.bakery.pk}")
    assert response["location"].startswith("/r/cafe/channels/choose/")
    assert ConnectionEntry.objects.get().tenant == cast.cafe


def test_a_way_back_to_a_restaurant_closed_meanwhile_connects_nothing(meta, cast, alice):
    back = meta.decide(start(alice, cast.cafe))
    Tenant.objects.filter(pk=cast.cafe.pk).update(closed_at=timezone.now())
    assert alice.get(back).status_code == 403
    assert not ConnectionEntry.objects.exists()


def test_a_vault_that_is_locked_is_a_clear_page(meta, cast, alice, settings):
    connect(meta, alice, cast.cafe)
    open_keys.clear()
    settings.ENCRYPTION_KEY = [("other", b"o" * 32)]
    response = log_in(meta, alice, cast.cafe)
    assert response.status_code == 503 and "cannot open the stored access right now" in text_of(response)
    for path in ("/r/cafe/channels/", f"/r/cafe/channels/choose/{ConnectionEntry.objects.get().connection}/"):
        assert alice.get(path).status_code == 200
    with tenant_context(cast.cafe):
        assert Channel.objects.publishable().count() == 2


def test_many_pages_are_all_listed(meta, cast, alice, monkeypatch):
    ids = [f"1002000000010{number:02}" for number in range(60)]
    for number, page_id in enumerate(ids):
        meta.control("pages", {"name": f"Branch {number}", "person": ALICE, "id": page_id})
    monkeypatch.setattr("social.graph.login.PAGE_SIZE", 25)
    response = log_in(meta, alice, cast.cafe, pages=ids)
    assert alice.get(response["location"]).content.decode().count('name="channels"') == 60


def test_declined_permissions_are_named_with_a_way_to_be_asked_again(meta, cast, alice):
    few = ["pages_show_list", "pages_read_engagement", "instagram_basic", "business_management"]
    response = log_in(meta, alice, cast.cafe, scopes=few)
    page = text_of(alice.get(response["location"]))
    assert "We cannot post on Facebook." in page and "We cannot post on Instagram." in page
    assert "Ask Facebook again" in page
    refused = choose(alice, response, f"facebook:{KRUSTY}")
    assert refused.status_code == 400 and "We cannot post on Facebook." in text_of(refused)
    with tenant_context(cast.cafe):
        assert not Channel.objects.exists()
        connection = Connection.objects.get()
    url = start(alice, cast.cafe, connection=str(connection.pk), ask="rerequest")
    assert "auth_type=rerequest" in url
    assert "We cannot post" not in text_of(alice.get(alice.get(meta.decide(url))["location"]))


def test_only_ticked_pages_are_offered(meta, cast, alice):
    response = log_in(meta, alice, cast.cafe, pages=[KRUSTY_TRUCK], igs=[])
    page = text_of(alice.get(response["location"]))
    assert "Krusty Pizza Truck" in page and "Krusty Catering" not in page
    assert "No Instagram account is linked to this Page." in page


def test_a_personal_instagram_is_told_from_none(meta, cast, alice):
    page_id = "100200000000066"
    meta.control("pages", {"name": "Truck", "person": ALICE, "id": page_id, "personal_ig": True})
    response = log_in(meta, alice, cast.cafe, pages=[page_id], igs=[])
    page = text_of(alice.get(response["location"]))
    assert "A personal Instagram account is linked to this Page" in page
    assert "No Instagram account is linked" not in page


def test_a_login_that_ended_is_said_once_for_all_its_channels(meta, cast, alice):
    connection = connect(meta, alice, cast.cafe)
    with tenant_context(cast.cafe):
        mark_connection(connection, reason="password", now=timezone.now())
    page = text_of(alice.get("/r/cafe/channels/"))
    assert page.count("The Facebook password was changed") == 2  # above, and where the login is explained
    assert "It concerns Krusty Pizza, @krustypizza." in page and "Reconnect all" in page


def test_no_ticked_page_is_explained(meta, cast, alice):
    response = log_in(meta, alice, cast.cafe, pages=[], igs=[])
    assert "Facebook shows us no Page" in text_of(alice.get(response["location"]))


def test_a_page_of_another_restaurant_is_refused(meta, cast, alice):
    connect(meta, alice, cast.cafe)
    meta.control(f"pages/{KRUSTY}/roles/{CHARLIE}", {})
    charlie = cast.client(cast.charlie)
    response = log_in(meta, charlie, cast.bakery, person=CHARLIE, pages=[KRUSTY, BAKERY], igs=[BAKERY_IG])
    page = text_of(charlie.get(response["location"]))
    assert "Another restaurant here uses it already." in page and "Krusty Cafe" not in page
    both = choose(charlie, response, f"facebook:{KRUSTY}", f"facebook:{BAKERY}")
    assert both.status_code == 302
    with tenant_context(cast.bakery):
        assert [row.remote_id for row in Channel.objects.all()] == [BAKERY]
    assert ChannelClaim.objects.get(platform="facebook", remote_id=KRUSTY).tenant == cast.cafe


def test_a_page_that_facebook_does_not_list_cannot_be_smuggled_in(meta, cast, alice):
    response = log_in(meta, alice, cast.cafe)
    choose(alice, response, f"facebook:{BAKERY}")
    choose(alice, response, "facebook:1", "nonsense", "instagram:", "facebook:'; DROP TABLE")
    with tenant_context(cast.cafe):
        assert not Channel.objects.exists()


def test_a_person_without_the_task_to_post_is_told_whom_to_ask(meta, cast, alice):
    meta.control("pages", {"name": "Only looking", "person": ALICE, "id": "100200000000077"})
    meta.control(f"pages/100200000000077/roles/{ALICE}", {"tasks": ["ANALYZE"]})
    response = log_in(meta, alice, cast.cafe, pages=["100200000000077"], igs=[])
    assert "You may not create posts on this Page." in text_of(alice.get(response["location"]))
    choose(alice, response, "facebook:100200000000077")
    with tenant_context(cast.cafe):
        assert not Channel.objects.exists()


@pytest.mark.parametrize(
    "label", ["oauth.code", "oauth.exchange", "debug_token", "user.permissions", "user.get"]
)
@pytest.mark.parametrize("mode", ["lost_before", "http500_before", "malformed", "throttle"])
def test_a_failing_step_of_the_way_back_is_a_clear_page(meta, cast, alice, label, mode):
    back = meta.decide(start(alice, cast.cafe))
    meta.sandbox.fault(mode, label, times=None)
    response = alice.get(back)
    assert response.status_code in (400, 502), response.content
    assert "again" in text_of(response) or "slow down" in text_of(response)
    assert not ConnectionEntry.objects.exists()


@pytest.mark.parametrize("label", ["oauth.exchange", "debug_token", "user.permissions", "user.get"])
def test_one_lost_answer_on_a_repeatable_step_is_asked_again(meta, cast, alice, label):
    back = meta.decide(start(alice, cast.cafe))
    meta.sandbox.fault("lost_after_commit", label)
    assert alice.get(back).status_code == 302
    assert ConnectionEntry.objects.exists()


def test_a_page_list_that_fails_says_so_and_can_be_tried_again(meta, cast, alice):
    response = log_in(meta, alice, cast.cafe)
    meta.sandbox.fault("throttle", "user.accounts")
    assert "slow down" in text_of(alice.get(response["location"]))
    assert "Krusty Pizza" in text_of(alice.get(response["location"]))


def test_reconnecting_wakes_the_same_channels_and_attaches_no_other(meta, cast, alice):
    connection = connect(meta, alice, cast.cafe)
    with tenant_context(cast.cafe):
        before = set(Channel.objects.values_list("pk", flat=True))
        mark_connection(connection, reason="password", now=timezone.now())
        assert Channel.objects.publishable().count() == 0
    response = log_in(meta, alice, cast.cafe, form={"connection": str(connection.pk)})
    assert response["location"] == "/r/cafe/channels/"
    assert "Works again:" in text_of(alice.get(response["location"]))
    with tenant_context(cast.cafe):
        assert set(Channel.objects.publishable().values_list("pk", flat=True)) == before


def test_a_page_left_out_on_reconnect_is_named(meta, cast, alice):
    connection = connect(meta, alice, cast.cafe, f"facebook:{KRUSTY}", f"facebook:{KRUSTY_TRUCK}")
    response = log_in(
        meta, alice, cast.cafe, form={"connection": str(connection.pk)}, pages=[KRUSTY_TRUCK], igs=[]
    )
    page = text_of(alice.get(response["location"]))
    assert "Krusty Pizza (Facebook): This Page was not ticked" in page
    with tenant_context(cast.cafe):
        assert channel("facebook", KRUSTY).reason == "page_missing"
        assert channel("facebook", KRUSTY_TRUCK).state == "active"


def test_logging_in_as_somebody_else_is_said(meta, cast, alice):
    connection = connect(meta, alice, cast.cafe)
    meta.control(f"pages/{KRUSTY}/roles/{CHARLIE}", {})
    response = log_in(
        meta, alice, cast.cafe, form={"connection": str(connection.pk)}, person=CHARLIE, pages=[KRUSTY]
    )
    page = text_of(alice.get(response["location"]))
    assert "You logged in to Facebook as Charlie Baker" in page
    with tenant_context(cast.cafe):
        assert channel("facebook").connection_id == connection.pk
    choose(alice, response, f"facebook:{KRUSTY}")
    with tenant_context(cast.cafe):
        assert channel("facebook").connection.name == "Charlie Baker"
        assert channel("instagram").connection_id == connection.pk


def test_pausing_and_resuming_survive_a_reconnect(meta, cast, alice):
    connection = connect(meta, alice, cast.cafe)
    with tenant_context(cast.cafe):
        pk = channel("facebook").pk
    alice.post(f"/r/cafe/channels/{pk}/pause/")
    log_in(meta, alice, cast.cafe, form={"connection": str(connection.pk)})
    with tenant_context(cast.cafe):
        assert channel("facebook").state == "paused"
        assert Channel.objects.publishable().count() == 1
    alice.post(f"/r/cafe/channels/{pk}/resume/")
    with tenant_context(cast.cafe):
        assert channel("facebook").state == "active"


def test_disconnecting_the_last_channel_deletes_the_tokens_and_revokes_at_facebook(meta, cast, alice):
    connection = connect(meta, alice, cast.cafe)
    with tenant_context(cast.cafe):
        first, last = channel("facebook").pk, channel("instagram").pk
    alice.post(f"/r/cafe/channels/{first}/disconnect/")
    with tenant_context(cast.cafe):
        connection.refresh_from_db()
        assert connection.token_sealed is not None
    assert not meta.calls("user.permissions.delete")
    alice.post(f"/r/cafe/channels/{last}/disconnect/")
    with tenant_context(cast.cafe):
        connection.refresh_from_db()
        assert connection.token_sealed is None and connection.state == "revoked"
        assert not Channel.objects.exclude(token_sealed=None).exists()
    assert not ChannelClaim.objects.exists()
    token = meta.sandbox.connect(ALICE)
    assert token  # the person can come back
    assert [row for row in meta.calls() if row["method"] == "DELETE" and "permissions" in row["path"]]


def test_a_person_of_two_restaurants_is_not_revoked_for_both(meta, cast, alice):
    Membership.objects.create(user=cast.alice, tenant=cast.bakery, role="owner")
    connect(meta, alice, cast.cafe, f"facebook:{KRUSTY}")
    connect(meta, alice, cast.bakery, f"facebook:{KRUSTY_TRUCK}")
    with tenant_context(cast.cafe):
        pk = channel("facebook").pk
    alice.post(f"/r/cafe/channels/{pk}/disconnect/")
    assert not [row for row in meta.calls() if row["method"] == "DELETE" and "permissions" in row["path"]]
    with tenant_context(cast.bakery):
        assert channel_client(channel("facebook")).page(KRUSTY_TRUCK, fields="name")["name"]


def test_a_freed_page_can_be_connected_elsewhere_and_history_keeps_the_old_row(meta, cast, alice):
    Membership.objects.create(user=cast.alice, tenant=cast.bakery, role="owner")
    connect(meta, alice, cast.cafe, f"facebook:{KRUSTY}")
    with tenant_context(cast.cafe):
        old = channel("facebook").pk
    alice.post(f"/r/cafe/channels/{old}/disconnect/")
    connect(meta, alice, cast.bakery, f"facebook:{KRUSTY}")
    assert ChannelClaim.objects.get(remote_id=KRUSTY).tenant == cast.bakery
    with tenant_context(cast.cafe):
        assert Channel.objects.get(pk=old).state == "disconnected"


@pytest.mark.parametrize("who", ["bob", "vera"])
def test_only_managers_connect_and_disconnect(meta, cast, alice, who):
    connect(meta, alice, cast.cafe)
    with tenant_context(cast.cafe):
        pk = channel("facebook").pk
    other = cast.client(getattr(cast, who))
    assert other.get("/r/cafe/channels/").status_code == 200
    assert "disconnect" not in other.get("/r/cafe/channels/").content.decode().lower().replace(
        "disconnected", ""
    )
    for address in (f"{pk}/disconnect/", f"{pk}/pause/", f"{pk}/check/", "connect/"):
        other.post(f"/r/cafe/channels/{address}")
    with tenant_context(cast.cafe):
        assert channel("facebook").state == "active" and channel("facebook").paused_at is None
    assert not OAuthState.objects.exists()


def test_a_server_without_a_facebook_app_says_so(cast, alice, settings):
    settings.FACEBOOK_APP_ID = ""
    response = alice.post("/r/cafe/channels/connect/", follow=True)
    assert "Facebook is not set up on this server yet" in text_of(response)
