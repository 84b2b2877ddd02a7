"""The signed public address: open to Meta, to one file, for a while, and to nothing else."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django_tenants.utils import tenant_context
from PIL import Image

from assets import links, services
from tenants.urls_of import tenant_url
from tests.assets import corpus
from tests.assets.conftest import ready

pytestmark = pytest.mark.django_db


def path_of(url: str, settings) -> str:
    assert url.startswith(settings.PUBLIC_URL + "/m/") and url.isascii()
    return url.removeprefix(settings.PUBLIC_URL)


def test_meta_fetches_the_file_without_a_login(cafe, settings):
    rendition = services.ensure_rendition(asset=ready(), kind="ig_4x5")
    path = path_of(links.public_media_url(rendition), settings)
    with_schema_left = Client()
    response = with_schema_left.get(path)
    body = response.getvalue()
    assert response.status_code == 200 and response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff" and int(response["Content-Length"]) == len(body)
    assert response["Content-Disposition"].startswith("inline") and not response.cookies
    assert Image.open(io.BytesIO(body)).size == (rendition.width, rendition.height)
    head = with_schema_left.head(path)
    assert head.status_code == 200 and head["Content-Length"] == response["Content-Length"]


def test_it_ends_when_its_time_has_passed(cafe, settings):
    rendition = services.ensure_rendition(asset=ready(), kind="fb")
    with time_machine.travel("2026-11-24 12:00:00Z", tick=False) as clock:
        path = path_of(links.public_media_url(rendition, ttl=timedelta(minutes=5)), settings)
        assert Client().get(path).status_code == 200
        clock.shift(301)
        assert Client().get(path).status_code == 404


def test_a_changed_token_opens_nothing(cafe, settings):
    rendition = services.ensure_rendition(asset=ready(), kind="fb")
    path = path_of(links.public_media_url(rendition), settings)
    token = path.split("/")[-1]
    for at in (0, 10, 30, len(token) // 2, len(token) - 10):
        other = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert Client().get(f"/m/{other}").status_code == 404
    assert Client().get(path.replace(".jpg", ".mp4")).status_code == 404
    assert Client().post(path).status_code in (403, 405)


def test_another_restaurants_signature_does_not_reach_ours(cast, settings):
    with tenant_context(cast.cafe):
        rendition = services.ensure_rendition(asset=ready(), kind="fb")
    with tenant_context(cast.bakery):
        path = path_of(links.public_media_url(rendition), settings)
    assert Client().get(path).status_code == 404


def test_a_closed_restaurants_files_are_gone(cafe, settings):
    from django.utils import timezone

    rendition = services.ensure_rendition(asset=ready(), kind="fb")
    path = path_of(links.public_media_url(rendition), settings)
    cafe.closed_at = timezone.now()
    cafe.save()
    assert Client().get(path).status_code == 404


def test_a_missing_file_is_a_404_not_a_crash(cafe, settings, media_root):
    rendition = services.ensure_rendition(asset=ready(), kind="fb")
    (media_root / rendition.name).unlink()
    assert Client().get(path_of(links.public_media_url(rendition), settings)).status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "expected"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-20", 206, slice(-20, None)),
        ("bytes=999999999-", 416, None),
        ("bytes=nonsense", 200, slice(None)),
        ("bytes=5-2", 416, None),
        ("bytes=-", 416, None),
    ],
)
def test_players_may_ask_for_a_part(cafe, settings, media_root, asked, status, expected):
    rendition = services.ensure_rendition(asset=ready(), kind="fb")
    whole = (media_root / rendition.name).read_bytes()
    response = Client().get(path_of(links.public_media_url(rendition), settings), headers={"Range": asked})
    assert response.status_code == status
    if expected is not None:
        assert response.getvalue() == whole[expected]


def test_pages_of_the_restaurant_show_it_and_strangers_see_nothing(cast):
    with tenant_context(cast.cafe):
        rendition = services.ensure_rendition(asset=ready(), kind="thumb")
        url = links.view_url(rendition)
    assert url.startswith("/r/cafe/library/file/")
    response = cast.client(cast.vera).get(url)
    assert response.status_code == 200 and response["Content-Type"] == "image/webp"
    assert "immutable" in response["Cache-Control"] and "private" in response["Cache-Control"]
    assert cast.client(cast.charlie).get(url).status_code == 404
    assert cast.client().get(url).status_code == 302
    assert cast.client(cast.vera).get(url.replace(str(rendition.pk), str(uuid4()))).status_code == 404


def test_a_restaurants_page_cannot_show_another_ones_file(cast):
    with tenant_context(cast.cafe):
        rendition = services.ensure_rendition(asset=ready(corpus.jpeg(400, 400)), kind="thumb")
    assert cast.client(cast.charlie).get(f"/r/bakery/library/file/{rendition.pk}.webp").status_code == 404


def test_the_short_way_to_an_address_gives_what_reversing_gives(cafe):
    asset = ready(corpus.jpeg(400, 400))
    rendition = services.ensure_rendition(asset=asset, kind="thumb")
    whole = tenant_url(cafe, "library_file", rendition_id=rendition.pk, suffix="webp")
    assert links.view_url(rendition) == whole
    assert links.page_url(asset.pk) == tenant_url(cafe, "library_asset", asset_id=asset.pk)
    status = tenant_url(cafe, "library_asset_status", asset_id=asset.pk)
    assert links.page_url(asset.pk) + "status/" == status
