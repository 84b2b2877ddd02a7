"""The composer's folded options: kind of post, first comment, place, people, special days, changed words."""

import json
from datetime import date

import pytest

from content.models import Generation, Post, PostAsset
from posting.composer_page import occasions
from posting.models import Publication
from tests.content.test_posts import make_asset
from tests.posting.conftest import make_channel
from tests.posting.test_composer import at_home, form

SWAPPED = {"hx-request": "true"}  # as the page's script sends it


@pytest.fixture
def alice(cast, cafe):
    return at_home(cast.alice, cafe)


@pytest.fixture
def url(cafe):
    return "/r/cafe/compose/"


def test_the_first_comment_and_the_place_are_kept_and_frozen(alice, url, page):
    alice.post(url, form(page, first_comment="#pizza", place=page.remote_id))
    post, publication = Post.objects.get(), Publication.objects.get()
    assert (post.first_comment, post.place) == ("#pizza", {"id": page.remote_id, "name": page.name})
    assert (publication.snapshot["comment"], publication.snapshot["place"]["id"]) == (
        "#pizza",
        page.remote_id,
    )
    text = alice.get(f"{url}{post.pk}/").text
    assert "#pizza" in text and f'value="{page.remote_id}" selected' in text
    assert '<details class="disclosure composer-more" open' in text  # what is filled in is not folded away


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"first_comment": "x" * 2201}, "at most 2200 characters"),
        ({"place": "not a page"}, "Choose the place"),
    ],
)
def test_an_option_that_cannot_be_says_so_and_keeps_the_words(alice, url, page, wrong, sentence):
    answer = alice.post(url, form(page, **wrong))
    assert answer.status_code == 422
    assert sentence in answer.text and "Pizza night" in answer.text


def test_people_are_tagged_in_a_photo(alice, url, page):
    photo = make_asset()
    people = json.dumps([{"username": "@Chef.Anna", "x": 0.25, "y": 0.5}])
    alice.post(url, form(page, asset=[str(photo.pk)], **{f"people_{photo.pk}": people}))
    assert PostAsset.objects.get().people == [{"username": "chef.anna", "x": 0.25, "y": 0.5}]
    post = Post.objects.get()
    assert "chef.anna" in alice.get(f"{url}{post.pk}/").text
    for odd in ("", "no json", "{}", "3"):
        alice.post(
            f"{url}{post.pk}/save/",
            {"caption": "Pizza", "asset": [str(photo.pk)], f"people_{photo.pk}": odd},
        )
    bad = alice.post(
        url, form(page, asset=[str(photo.pk)], **{f"people_{photo.pk}": '[{"username": "no name"}]'})
    )
    assert bad.status_code == 422 and "Instagram name" in bad.text


@pytest.mark.parametrize(
    ("kind", "photos", "sentence"),
    [
        ("story", 0, "exactly one photo or video"),
        ("story", 2, "exactly one photo or video"),
        ("reel", 1, "A reel is one video"),
    ],
)
def test_a_story_or_reel_that_cannot_be_is_stopped_before_it_is_scheduled(
    alice, url, page, kind, photos, sentence
):
    assets = [str(make_asset(f"pizza {n}").pk) for n in range(photos)]
    answer = alice.post(url, form(page, kind=kind, asset=assets))
    assert answer.status_code == 422 and sentence in answer.text
    assert not Publication.objects.exists()


def test_a_story_goes_out_as_one_and_says_that_its_words_stay_here(alice, url, page):
    photo = make_asset()
    alice.post(url, form(page, kind="story", asset=[str(photo.pk)]))
    assert Publication.objects.get().kind == "fb_photo_story"
    post = Post.objects.get()
    checks = alice.get(
        f"{url}{post.pk}/checks/",
        {"channel": str(page.pk), "kind": "story", "asset": [str(photo.pk)], "caption": "Hello"},
    )
    assert "A story shows only its picture" in checks.text


def test_an_address_that_meta_cannot_reach_is_said_before_an_instagram_post(
    alice, url, page, write, settings
):
    settings.FACEBOOK_GRAPH_URL = "https://graph.facebook.com"
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    instagram = make_channel("instagram", "17841")
    post = write()
    says = "which the internet cannot reach"
    assert says in alice.get(f"{url}{post.pk}/checks/", {"channel": str(instagram.pk)}).text
    assert says not in alice.get(f"{url}{post.pk}/checks/", {"channel": str(page.pk)}).text


def test_special_days_ahead_are_offered_and_never_forced(alice, url, page, settings):
    settings.AI_CONFIGURED = True
    assert ("Thanksgiving Day", "Thu 26 Nov") in occasions("US", date(2026, 11, 20), [])
    alice.post(f"{url}write/", {"platform": "facebook", "occasion": "Thanksgiving Day"}, headers=SWAPPED)
    assert "Thanksgiving" in str(Generation.objects.get().brief)
    alice.post(f"{url}write/", {"platform": "facebook", "occasion": ""}, headers=SWAPPED)
    assert "Thanksgiving" not in str(Generation.objects.recent().first().brief)


@pytest.mark.parametrize("change", ["shorten", "lengthen", "retone", "translate"])
def test_the_words_that_are_shown_can_be_changed(alice, url, page, settings, change):
    settings.AI_CONFIGURED = True
    fields = {
        "platform": "instagram",
        "caption": "Shared words",
        "caption_instagram": "Words for Instagram",
        "tone": "casual",
        "language": "en",
    }
    alice.post(
        f"{url}write/?change={change}&to=humorous", fields | {"words_of": "instagram"}, headers=SWAPPED
    )
    generation = Generation.objects.get()
    assert generation.kind == change and "Words for Instagram" in str(generation.brief)
    assert generation.tone == "humorous"
    alice.post(f"{url}write/?change={change}", fields | {"words_of": ""}, headers=SWAPPED)
    assert "Shared words" in str(Generation.objects.recent().first().brief)


def test_nothing_written_yet_cannot_be_changed_and_an_unknown_change_is_a_caption(alice, url, page, settings):
    settings.AI_CONFIGURED = True
    answer = alice.post(
        f"{url}write/?change=shorten", {"platform": "facebook", "caption": ""}, headers=SWAPPED
    )
    assert "Write a caption first" in answer.text
    alice.post(f"{url}write/?change=explode", {"platform": "facebook", "caption": "x"}, headers=SWAPPED)
    assert Generation.objects.get().kind == "caption"
