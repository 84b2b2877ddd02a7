"""Accounts in the API: a partner sees health, never a token; a stranger sees nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from content.services import compose_post
from posting.services import schedule
from social.models import Channel, Connection
from social.registry.models import ChannelClaim
from social.tokens import put_token
from social.vault import Secret
from tenants.access import Actor
from tenants.services.keys import create_key

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def account(cast):
    with tenant_context(cast.cafe):
        connection = Connection(facebook_user_id="9", connected_by="A", connected_at=NOW, name="Alice")
        put_token(connection, Secret("EAAcanary"))
        connection.save()
        channel = Channel(
            connection=connection,
            platform="facebook",
            remote_id="77",
            name="Krusty",
            page_remote_id="77",
            connected_at=NOW,
        )
        put_token(channel, Secret("EAAcanary"))
        channel.save()
    ChannelClaim.objects.create(
        platform="facebook",
        remote_id="77",
        tenant=cast.cafe,
        channel=channel.pk,
        connection=connection.pk,
        name="Krusty",
        state="active",
    )
    return channel


def key(cast, tenant, *scopes):
    minted = create_key(tenant=tenant, name="Till", scopes=list(scopes), by=Actor.of(cast.alice), now=NOW)
    text = minted[1] if isinstance(minted, tuple) else minted
    return {"authorization": f"Bearer {getattr(text, 'text', text)}"}


def test_accounts_are_listed_without_a_token(client, cast, account):
    response = client.get(f"/api/v1/tenants/{cast.cafe.pk}/accounts", headers=key(cast, cast.cafe, "view"))
    assert response.status_code == 200
    (row,) = response.json()["data"]
    assert (row["platform"], row["platform_id"], row["state"]) == ("facebook", "77", "active")
    assert "EAA" not in response.content.decode() and "token" not in response.content.decode()


def test_token_health_says_what_to_do(client, cast, account):
    headers = key(cast, cast.cafe, "view")
    address = f"/api/v1/accounts/{account.pk}/token-health"
    assert client.get(address, headers=headers).json()["state"] == "healthy"
    with tenant_context(cast.cafe):
        Channel.objects.update(state="needs_reconnect", reason="password")
    health = client.get(address, headers=headers).json()
    assert (health["state"], health["reason"], health["fix"]) == ("needs_reconnect", "password", "reconnect")
    assert "password was changed" in health["detail"]
    assert health["affected_account_ids"] == [str(account.pk)]


def test_disconnecting_needs_its_scope_and_is_final(client, cast, account, server, settings):
    settings.FACEBOOK_GRAPH_URL, settings.FACEBOOK_APP_SECRET = f"{server.url}/graph", "s"
    address = f"/api/v1/accounts/{account.pk}"
    assert client.delete(address, headers=key(cast, cast.cafe, "view")).status_code == 403
    headers = key(cast, cast.cafe, "view", "connect")
    assert client.delete(address, headers=headers).status_code == 204
    assert client.delete(address, headers=headers).status_code == 404
    assert [seen.method for seen in server.seen] == ["DELETE", "DELETE"]  # unsubscribed and revoked, politely
    with tenant_context(cast.cafe):
        assert Channel.objects.get().token_sealed is None


def test_another_restaurant_sees_nothing(client, cast, account):
    headers = key(cast, cast.bakery, "view", "connect")
    for address in (
        f"/api/v1/accounts/{account.pk}",
        f"/api/v1/accounts/{account.pk}/token-health",
        f"/api/v1/tenants/{cast.cafe.pk}/accounts",
    ):
        assert client.get(address, headers=headers).status_code == 404
    assert client.get("/api/v1/accounts", headers=headers).json()["data"] == []
    assert client.delete(f"/api/v1/accounts/{account.pk}", headers=headers).status_code == 404
    assert client.get("/api/v1/accounts").status_code == 401


def test_a_partner_learns_what_disconnecting_would_stop_before_it_does(client, cast, account):
    now = timezone.now()
    with tenant_context(cast.cafe):
        by = Actor.of(cast.alice)
        post = compose_post(caption="Pizza day", by=by, now=now)
        schedule(post=post, channels=[account], publish_at=now + timedelta(days=1), by=by, now=now)
    heads = key(cast, cast.cafe, "view", "connect")
    address = f"/api/v1/accounts/{account.pk}"
    asked = client.delete(f"{address}?dry_run=true", headers=heads)
    assert asked.status_code == 200
    said = asked.json()
    assert (said["waiting_posts"], said["last_of_login"]) == (1, True)
    assert said["consequences"] == ["1 scheduled post will wait until you decide."]
    assert client.delete(f"{address}?dry_run=perhaps", headers=heads).status_code == 400
    with tenant_context(cast.cafe):
        assert Channel.objects.get().state == "active"
    assert client.delete(address, headers=key(cast, cast.cafe, "view")).status_code == 403
