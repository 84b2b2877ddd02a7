"""Staff see how channels are, across restaurants, and nothing that opens anything."""

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from social.models import Connection
from social.registry.models import (
    ChannelClaim,
    ConnectionEntry,
    DeletionRequest,
    TenantDataKey,
    WebhookDelivery,
)
from social.tokens import mirror, put_token
from social.vault import Secret
from tests.tenants.test_office import office, secret  # noqa: F401 - Dana with both factors

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def test_the_health_board_shows_states_and_no_keys(office, cast, django_assert_max_num_queries):  # noqa: F811
    with tenant_context(cast.cafe):
        connection = Connection(
            facebook_user_id="9",
            connected_by="A",
            connected_at=NOW,
            name="Alice",
            state="needs_reconnect",
            reason="password",
        )
        put_token(connection, Secret("EAAcanary"))
        connection.save()
        mirror(connection)
        sealed = bytes(connection.token_sealed)
    ChannelClaim.objects.create(
        platform="facebook",
        remote_id="77",
        tenant=cast.cafe,
        channel=connection.pk,
        connection=connection.pk,
        name="Krusty",
        state="needs_reconnect",
        reason="password",
    )
    WebhookDelivery.objects.create(digest=b"1", object="page", entry_id="77", received_at=NOW, retry_at=NOW)
    DeletionRequest.objects.create(code="abc", facebook_user_hash=b"secret-hash", requested_at=NOW)
    key = TenantDataKey.objects.get()
    for model in (ChannelClaim, ConnectionEntry, WebhookDelivery, DeletionRequest, TenantDataKey):
        url = f"/admin/social_registry/{model._meta.model_name}/"
        with django_assert_max_num_queries(20):
            listing = office.get(url)
        row = office.get(f"{url}{model.objects.get().pk}/change/")
        assert (listing.status_code, row.status_code) == (200, 200), model
        shown = listing.content + row.content
        for hidden in (sealed, bytes(key.wrapped), b"secret-hash"):
            for form in (hidden, hidden.hex().encode(), repr(hidden).encode()):
                assert form not in shown, model
    assert "Password changed" in office.get("/admin/social_registry/connectionentry/").content.decode()
