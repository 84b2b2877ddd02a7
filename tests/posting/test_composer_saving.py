"""Saved while typing: two windows never overwrite each other, a scheduled post is not changed unasked."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context

from content.models import Generation, Post
from posting.models import Publication
from social.models import Channel
from tenants.models import Tenant
from tests.posting.test_composer import at_home, form

SWAPPED = {"hx-request": "true"}  # as the page's script sends it


@pytest.fixture
def alice(cast: Any, cafe: Tenant) -> Client:
    return at_home(cast.alice, cafe)


@pytest.fixture
def base(cast: Any) -> str:
    return f"/r/{cast.cafe.slug}/compose/"


def test_the_first_words_make_a_draft_with_an_address(alice: Client, base: str, cafe: Any) -> None:
    answer = alice.post(f"{base}save/", {"caption": "First words", "key": str(uuid4())}).json()
    post = Post.objects.get()
    assert answer["post"] == str(post.pk) and answer["version"] == 1
    assert alice.get(answer["url"]).status_code == 200
    assert alice.post(answer["save"], {"caption": "More words", "version": "1"}).json()["version"] == 2


def test_an_empty_page_makes_no_draft(alice: Client, base: str, cafe: Any) -> None:
    assert alice.post(f"{base}save/", {"caption": "   "}).status_code == 200
    assert not Post.objects.exists()


def test_a_first_save_whose_answer_was_lost_makes_no_second_draft(
    alice: Client, base: str, cafe: Any
) -> None:
    key = str(uuid4())
    alice.post(f"{base}save/", {"caption": "First words", "key": key})
    alice.post(f"{base}save/", {"caption": "First words and more", "key": key, "version": "1"})
    assert Post.objects.get().caption == "First words and more"


def test_one_page_sent_many_times_at_once_makes_one_draft(committed_cast: Any) -> None:
    tenant = committed_cast.cafe
    fields = {"caption": "First words", "key": str(uuid4())}

    def send(number: int) -> int:
        try:
            client = at_home(committed_cast.alice, tenant)
            return client.post(f"/r/{tenant.slug}/compose/save/", fields).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(send, range(6)))
    assert answers <= {200, 409}  # 409: it was saved in between, and the page asks which one is meant
    with tenant_context(tenant):
        assert Post.objects.get().caption == "First words"


def test_another_windows_change_is_told_and_not_overwritten(
    alice: Client, base: str, write: Callable[..., Post]
) -> None:
    post = write("As it was")
    save = f"{base}{post.pk}/save/"
    assert alice.post(save, {"caption": "Window one", "version": "1"}).status_code == 200
    answer = alice.post(save, {"caption": "Window two", "version": "1"})
    assert answer.status_code == 409
    assert "another window" in answer.json()["sentence"] and answer.json()["version"] == 2
    post.refresh_from_db()
    assert post.caption == "Window one"
    # "Keep mine" sends the newer version's number
    assert alice.post(save, {"caption": "Window two", "version": "2"}).status_code == 200


def test_a_conflict_without_scripts_shows_both_ways_on(
    alice: Client, base: str, write: Callable[..., Post]
) -> None:
    post = write("As it was")
    alice.post(f"{base}{post.pk}/save/", {"caption": "Window one", "version": "1"})
    answer = alice.post(f"{base}{post.pk}/", {"caption": "Window two", "version": "1", "action": "draft"})
    assert answer.status_code == 409
    assert "Window two" in answer.text and "Keep mine" in answer.text


def test_a_scheduled_post_is_not_changed_behind_its_owners_back(
    alice: Client, base: str, page: Channel
) -> None:
    alice.post(base, form(page))
    post = Post.objects.get()
    answer = alice.post(f"{base}{post.pk}/save/", {"caption": "Sneaky", "version": str(post.version)})
    assert answer.status_code == 400
    assert Publication.objects.get().snapshot["caption"] != "Sneaky"
    post.refresh_from_db()
    assert post.caption != "Sneaky"


def test_a_refused_change_of_a_scheduled_post_shows_where_it_goes_as_before(
    alice: Client, base: str, page: Channel
) -> None:
    alice.post(base, form(page))
    post = Post.objects.get()
    seen = {"version": str(post.version), "action": "update"}  # no boxes: they are switched off
    alice.post(f"{base}{post.pk}/", seen | {"caption": "Window one"})
    answer = alice.post(f"{base}{post.pk}/", seen | {"caption": "Window two"})
    assert answer.status_code == 409
    assert f'value="{page.pk}" checked disabled' in answer.text


def test_an_unreadable_field_keeps_the_typing_going(
    alice: Client, base: str, write: Callable[..., Post]
) -> None:
    post = write()
    answer = alice.post(f"{base}{post.pk}/save/", {"caption": "x", "link": "no link", "version": "1"})
    assert answer.status_code == 422 and "https://" in answer.json()["sentence"]


def test_the_check_list_names_what_stops_the_post(
    alice: Client, base: str, write: Callable[..., Post]
) -> None:
    post = write()
    answer = alice.get(f"{base}{post.pk}/checks/")
    assert "Choose where it should appear." in answer.text


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2027-01-05T18:00", "6:00 pm, Chicago"),
        ("2020-01-05T18:00", "This time has passed"),
        ("", "Choose a day and a time"),
        ("soon", "could not read"),
    ],
)
def test_a_chosen_time_is_told_back_in_words(
    alice: Client, base: str, cafe: Any, at: str, words: str
) -> None:
    assert words in alice.get(f"{base}when/", {"when": "later", "publish_at": at}).text


def test_the_writer_answers_from_templates_where_no_ai_is_set_up(
    alice: Client, base: str, cafe: Any, settings: Any
) -> None:
    settings.AI_CONFIGURED = False
    answer = alice.post(
        f"{base}write/", {"platform": "instagram", "tone": "casual", "publish_at": "garbled"}, headers=SWAPPED
    )
    assert answer.status_code == 200
    generation = Generation.objects.get()
    assert "Written from templates" in answer.text
    assert f"/writing/{generation.pk}/" in answer.text, "how it was written is one tap away"
    assert "data-use-variant" in answer.text


def test_the_writer_waits_while_somebody_writes(alice: Client, base: str, cafe: Any, settings: Any) -> None:
    settings.AI_CONFIGURED = True
    answer = alice.post(f"{base}write/", {"platform": "instagram"}, headers=SWAPPED)
    generation = Generation.objects.get()
    assert f"/compose/write/{generation.pk}/" in answer.text
    assert alice.get(f"{base}write/{generation.pk}/", headers=SWAPPED).status_code == 200


def test_a_wish_that_cannot_be_granted_is_a_sentence(alice: Client, base: str, cafe: Any) -> None:
    answer = alice.post(f"{base}write/", {"platform": "myspace"}, headers=SWAPPED)
    assert answer.status_code == 200 and "Choose facebook or instagram" in answer.text
