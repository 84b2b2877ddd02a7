"""Is it said plainly when Meta cannot fetch our photos?"""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django_tenants.utils import tenant_context

from assets import links, reach, services
from tests.assets.conftest import ready


@pytest.mark.parametrize(
    ("public", "graph", "bucket", "reachable"),
    [
        ("https://social.example.com", "https://graph.facebook.com", "", True),
        ("http://127.0.0.1:8000", "https://graph.facebook.com", "", False),
        ("http://localhost:8000", "https://graph.facebook.com", "", False),
        ("http://192.168.1.20", "https://graph.facebook.com", "", False),
        ("https://kitchen.local", "https://graph.facebook.com", "", False),
        ("http://[::1]:8000", "https://graph.facebook.com", "", False),
        ("https://8.8.8.8", "https://graph.facebook.com", "", True),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8900/graph", "", True),
        ("http://127.0.0.1:8000", "https://graph.facebook.com", "photos", True),
    ],
)
def test_an_address_that_only_works_here_is_said_plainly(settings, public, graph, bucket, reachable):
    settings.PUBLIC_URL, settings.FACEBOOK_GRAPH_URL, settings.AWS_STORAGE_BUCKET_NAME = public, graph, bucket
    problem = reach.outside_problem()
    assert (problem == "") == reachable
    assert reachable or ("PUBLIC_URL" in problem and "public-url.md" in problem)


@pytest.fixture
def address(committed_cast, live_server, settings) -> str:
    settings.PUBLIC_URL, settings.FACEBOOK_GRAPH_URL = live_server.url, "http://127.0.0.1:1/graph"
    with tenant_context(committed_cast.cafe):
        return links.public_media_url(services.ensure_rendition(asset=ready(), kind="ig_1x1"))


@pytest.mark.django_db(transaction=True)
def test_a_photo_that_meta_can_fetch_passes_the_pre_flight(address):
    assert reach.preflight(address) == ""
    out = io.StringIO()
    call_command("check_public_url", "cafe", stdout=out)
    assert "Works" in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_what_would_stop_meta_is_named_without_giving_the_token_away(address, live_server):
    token = urlsplit(address).path.split("/")[-1]
    for url, word in (
        (address.replace(token[:5], "XXXXX"), "404"),
        (f"{live_server.url}/accounts/login/?{token}", "text/html"),
        (f"{live_server.url}/ui?{token}", "302"),
        (f"http://127.0.0.1:1/{token}", "cannot be fetched"),
    ):
        problem = reach.preflight(url)
        assert word in problem and token[6:] not in problem, url
    assert "weight" in reach.preflight(address, bytes_max=10)


@pytest.mark.django_db
def test_the_check_asks_for_a_photo_first(cast):
    with pytest.raises(CommandError, match="Upload one"):
        call_command("check_public_url")
