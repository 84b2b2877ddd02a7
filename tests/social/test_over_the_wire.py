"""The sandbox calls our real web server: handshake, signed news, goodbye, deletion."""

import io

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tenants.utils import tenant_context

from social import webhooks
from social.models import Channel, Connection
from social.registry.models import DeletionRequest, WebhookDelivery
from social.services import check_connection
from social.signals import feed_event
from tests.sandbox_process import ALICE, APP_ID, KRUSTY
from tests.social.owner import connect


@pytest.fixture
def ours(live_server, meta, settings):
    settings.PUBLIC_URL = live_server.url
    meta.control(
        "apps",
        {
            "id": APP_ID,
            "deauthorize_url": f"{live_server.url}/webhooks/meta/deauthorize",
            "deletion_url": f"{live_server.url}/webhooks/meta/data-deletion",
        },
    )
    return live_server


def test_news_of_a_page_travel_from_facebook_to_the_restaurant(committed_cast, ours, meta):
    cast = committed_cast
    out = io.StringIO()
    call_command("facebook_subscribe", stdout=out)
    assert f"-> {ours.url}/webhooks/meta" in out.getvalue()
    connection = connect(meta, cast.client(cast.alice), cast.cafe)
    with tenant_context(cast.cafe):
        check_connection(connection=connection, now=timezone.now())  # subscribes the Page
    heard = []

    def hear(sender, channel, value, **more):
        heard.append((channel.remote_id, value["verb"], value["message"]))

    feed_event.connect(hear)
    try:
        meta.control("native-post", {"page": KRUSTY, "message": "Käse heute"})
        for _ in range(50):
            meta.control("tick", {})
            if WebhookDelivery.objects.exists():
                break
        webhooks.work_off(now=timezone.now())
    finally:
        feed_event.disconnect(hear)
    assert heard == [(KRUSTY, "add", "Käse heute")]


def test_a_goodbye_at_facebook_arrives(committed_cast, ours, meta):
    cast = committed_cast
    connect(meta, cast.client(cast.alice), cast.cafe)
    meta.control("deauthorize", {"person": ALICE})
    meta.control("tick", {})
    with tenant_context(cast.cafe):
        assert Connection.objects.get().reason == "removed"
        assert not Channel.objects.exclude(token_sealed=None).exists()


def test_a_deletion_request_gets_the_answer_facebook_wants(committed_cast, ours, meta):
    cast = committed_cast
    connect(meta, cast.client(cast.alice), cast.cafe)
    answer = meta.control("data-deletion", {"person": ALICE})
    code = DeletionRequest.objects.get().code
    assert code in str(answer) and f"/legal/deletion/{code}/" in str(answer)
