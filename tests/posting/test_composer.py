"""The composer as a person meets it: what is wrong gets a sentence in its place, nothing typed is lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assets.models import Asset
from content.models import Post
from posting.models import Publication
from social.models import Channel
from tenants.models import Tenant, User
from tests.posting.conftest import make_channel

WORDS = "Pizza night, two for one"


class HomeClient(Client):
    """A request leaves the restaurant's schema behind it; the test that sent it stays inside."""

    home: Tenant

    def request(self, **request: Any) -> Any:
        try:
            return super().request(**request)
        finally:
            connection.set_tenant(self.home)  # type: ignore[attr-defined]


def at_home(user: User, home: Tenant) -> HomeClient:
    client = HomeClient()
    client.home = home
    client.force_login(user)
    return client


@pytest.fixture
def alice(cast: Any, cafe: Tenant) -> Client:
    return at_home(cast.alice, cafe)


@pytest.fixture
def url(cast: Any) -> str:
    return f"/r/{cast.cafe.slug}/compose/"


def later(hours: int = 48) -> str:
    """A wall time of the cafe, which stands in Chicago."""
    local = (timezone.now() + timedelta(hours=hours)).astimezone(ZoneInfo("America/Chicago"))
    return local.strftime("%Y-%m-%dT%H:%M")


def form(channel: Channel | None = None, **fields: Any) -> dict[str, Any]:
    chosen = {"channel": [str(channel.pk)]} if channel else {}
    return {"caption": WORDS, "when": "later", "publish_at": later(), "action": "schedule"} | chosen | fields


def test_an_empty_page_offers_every_connected_place_and_a_time(
    alice: Client, url: str, page: Channel
) -> None:
    answer = alice.get(url)
    assert answer.status_code == 200
    assert page.name in answer.text
    assert f'value="{page.pk}" checked' in answer.text
    assert "Chicago" in answer.text


def test_a_complete_post_is_scheduled_at_the_restaurants_time(alice: Client, url: str, page: Channel) -> None:
    answer = alice.post(url, form(page, publish_at="2027-01-05T18:00"))
    publication = Publication.objects.get()
    assert answer.status_code == 302 and str(publication.post_id) in answer["Location"]
    assert publication.publish_at.isoformat() == "2027-01-06T00:00:00+00:00"
    assert publication.local_at == "2027-01-05T18:00"
    assert publication.snapshot["caption"] == WORDS


def test_now_needs_no_time(alice: Client, url: str, page: Channel) -> None:
    alice.post(url, form(page, when="now", publish_at=""))
    assert Publication.objects.get().publish_at <= timezone.now()


def test_each_network_gets_its_own_words(alice: Client, url: str, page: Channel) -> None:
    alice.post(url, form(page, caption_facebook="For Facebook only"))
    assert Publication.objects.get().snapshot["caption"] == "For Facebook only"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"caption": ""}, "Write a caption or choose a photo first."),
        ({"publish_at": "2020-01-01T10:00"}, "This time has passed."),
        ({"publish_at": ""}, "Choose a day and a time"),
        ({"publish_at": "tomorrow-ish"}, "could not read this time"),
        ({"publish_at": "2999-12-31T23:59"}, "within a year"),
        ({"channel": []}, "Choose at least one place"),
        ({"channel": ["not-an-id"]}, "Choose at least one place"),
        ({"channel": [str(uuid4())]}, "Choose at least one place"),
        ({"link": "krusty"}, "whole address"),
        ({"asset": [str(uuid4())]}, "not in your library any more"),
    ],
)
def test_what_is_wrong_gets_a_sentence_and_nothing_is_lost(
    alice: Client, url: str, page: Channel, fields: dict[str, Any], sentence: str
) -> None:
    answer = alice.post(url, form(page) | fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    if fields.get("caption") != "":
        assert WORDS in answer.text
    assert not Publication.objects.exists()


def test_two_mistakes_are_both_named(alice: Client, url: str, page: Channel) -> None:
    answer = alice.post(url, form(None, caption="", publish_at="2020-01-01T10:00"))
    for sentence in ("Write a caption", "Choose at least one place", "This time has passed"):
        assert sentence in answer.text


def test_what_cannot_be_scheduled_is_kept_as_a_draft(alice: Client, url: str, page: Channel) -> None:
    answer = alice.post(url, form(page, publish_at="2020-01-01T10:00"))
    post = Post.objects.get()
    assert post.caption == WORDS
    assert f"/compose/{post.pk}/" in answer.text, "the next try changes this draft"
    again = alice.post(f"{url}{post.pk}/", form(page, version=str(post.version)))
    assert again.status_code == 302
    assert Post.objects.count() == Publication.objects.count() == 1


def test_instagram_without_a_photo_says_so(alice: Client, url: str, cafe: Any) -> None:
    account = make_channel("instagram", "17841400", username="krusty")
    answer = alice.post(url, form(account))
    assert answer.status_code == 422 and "Instagram needs a photo" in answer.text
    assert not Publication.objects.exists()


def test_a_place_that_needs_a_reconnect_cannot_be_chosen(alice: Client, url: str, page: Channel) -> None:
    Channel.objects.filter(pk=page.pk).update(state="needs_reconnect")
    assert "Needs a reconnect" in alice.get(url).text
    answer = alice.post(url, form(page))
    assert answer.status_code == 422 and "not connected any more" in answer.text


def test_when_no_place_can_take_a_post_the_way_to_the_channels_is_offered(
    alice: Client, url: str, page: Channel
) -> None:
    assert "has to be connected again" not in alice.get(url).text
    Channel.objects.update(state="needs_reconnect")
    assert "Facebook has to be connected again" in alice.get(url).text


def test_the_same_page_sent_twice_makes_one_post(alice: Client, url: str, page: Channel) -> None:
    twice = form(page, key=str(uuid4()))
    first, second = alice.post(url, twice), alice.post(url, twice)
    assert first["Location"] == second["Location"]
    assert Post.objects.count() == Publication.objects.count() == 1


def test_the_enter_key_in_a_field_only_saves(alice: Client, url: str, page: Channel) -> None:
    fields = form(page)
    del fields["action"]
    alice.post(url, fields)
    assert Post.objects.count() == 1 and not Publication.objects.exists()


def test_a_viewer_may_not_write_and_a_stranger_sees_nothing(cast: Any, url: str, page: Channel) -> None:
    assert cast.client(cast.vera).get(url).status_code == 403
    assert cast.client(cast.charlie).get(url).status_code == 404
    assert cast.client().get(url).status_code == 302


def test_another_restaurants_post_is_not_there(cast: Any, url: str, write: Callable[..., Post]) -> None:
    post = write()
    theirs = cast.client(cast.charlie)
    assert theirs.get(f"/r/{cast.bakery.slug}/compose/{post.pk}/").status_code == 404
    base = f"/r/{cast.bakery.slug}/compose/"
    answers = [theirs.post(f"{base}{pk}/save/", {"caption": "x"}) for pk in (post.pk, uuid4())]
    assert {answer.status_code for answer in answers} == {410}  # as for any post that is not here (any more)
    assert answers[0].content == answers[1].content


def test_a_post_that_went_out_opens_as_its_story(alice: Client, url: str, page: Channel, write: Any) -> None:
    alice.post(url, form(page, when="now"))
    publication = Publication.objects.get()
    Publication.objects.filter(pk=publication.pk).update(state="published", published_at=timezone.now())
    answer = alice.get(f"{url}{publication.post_id}/")
    assert answer.status_code == 302 and answer["Location"].endswith(f"/posts/{publication.post_id}/")


def test_post_again_begins_with_a_copy(alice: Client, url: str, write: Callable[..., Post]) -> None:
    post = write("The one that worked")
    answer = alice.get(f"{url}?again={post.pk}")
    assert "The one that worked" in answer.text
    assert 'name="version" value="0"' in answer.text
    assert alice.get(f"{url}?again=nonsense").status_code == 404


def test_changed_words_of_a_scheduled_post_go_out(alice: Client, url: str, page: Channel) -> None:
    alice.post(url, form(page))
    post = Post.objects.get()
    changed = {"caption": "Better words", "version": str(post.version), "action": "update"}
    assert alice.post(f"{url}{post.pk}/", changed).status_code == 302
    assert Publication.objects.get().snapshot["caption"] == "Better words"


def test_the_page_needs_the_same_few_queries_however_many_posts_there_are(
    alice: Client, url: str, page: Channel, write: Callable[..., Post]
) -> None:
    alice.get(url)
    with CaptureQueriesContext(connection) as few:
        alice.get(url)
    for number in range(12):
        write(f"Post number {number}")
    with CaptureQueriesContext(connection) as more:
        alice.get(url)
    assert len(more) == len(few)


def test_without_redis_a_post_is_written_all_the_same(
    alice: Client, url: str, page: Channel, settings: Any
) -> None:
    nowhere = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": nowhere, "shared": nowhere}
    assert alice.post(url, form(page, key=str(uuid4()))).status_code == 302
    assert Publication.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"caption": "nul\x00byte"},
        {"version": "9" * 40},
        {"version": "²"},
        {"publish_at": "0001-01-01T00:00"},
        {"publish_at": "9999-12-31T23:59"},
        {"menu_item": "'; drop table", "generation": "x", "key": "../.."},
        {"when": "whenever"},
        {"asset": ["x"] * 500},
    ],
)
def test_nonsense_is_answered_with_a_page(
    alice: Client, url: str, page: Channel, fields: dict[str, Any]
) -> None:
    assert alice.post(url, form(page) | fields).status_code in (302, 422)
    assert alice.post(f"{url}save/", form(page) | fields).status_code in (200, 400, 422)


def test_an_alt_text_with_a_nul_byte_is_stored_without_it(
    alice: Client, url: str, page: Channel, cafe: Tenant
) -> None:
    asset = Asset.objects.create(
        kind="photo", state="ready", title="Margherita", filename="m.jpg", name=f"originals/{uuid4()}.jpg",
        mime="image/jpeg", bytes=10, sha256="0" * 64, width=1000, height=1000,
        uploaded_by="Alice", created_at=timezone.now(), updated_at=timezone.now(),
    )  # fmt: skip
    alice.post(
        url,
        form(page, asset=[str(asset.pk)], **{f"alt_{asset.pk}": "A\x00 pizza", f"crop_{asset.pk}": "ig_1x1"}),
    )
    row = Post.objects.get().post_assets.get()
    assert (row.alt_text, row.crop) == ("A pizza", "ig_1x1")
