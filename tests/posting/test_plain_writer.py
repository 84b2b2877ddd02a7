"""The caption writer for a browser without scripts: ask, come back, take one; nothing that was typed is lost."""

import re

import pytest

from content.models import Generation, Post
from tests.content.conftest import add_dish
from tests.posting.test_board import Within


@pytest.fixture
def owner(cast, cafe):
    return Within(cast.client(cast.alice), cast.cafe)


def test_words_are_asked_for_and_taken_without_any_script(owner, page):
    add_dish("Margherita")
    form = owner.get("/r/cafe/compose/").content.decode()
    assert 'name="plain_tone"' in form
    key = re.search(r'name="key" value="([^"]+)"', form)[1]
    sent = {"key": key, "caption": "Half an idea", "plain_tone": "casual", "plain_note": "live jazz"}
    asked = owner.post("/r/cafe/compose/write/", sent)
    post = Post.objects.get()
    assert post.caption == "Half an idea"
    assert asked.url.startswith(f"/r/cafe/compose/{post.pk}/?writing=")
    shown = owner.get(asked.url).content.decode()
    uses = re.findall(r'name="use" value="([^"]+)"', shown)
    assert len(uses) == 3
    taken = owner.post(
        "/r/cafe/compose/write/",
        {"key": key, "post": str(post.pk), "caption": "Half an idea", "use": uses[1], "version": "1"},
    )
    assert taken.url == f"/r/cafe/compose/{post.pk}/"
    post.refresh_from_db()
    generation = Generation.objects.get()
    assert post.caption == generation.variants[1]["text"]
    assert generation.used_by_id == post.pk


def test_an_empty_page_asks_without_making_a_draft(owner, page):
    asked = owner.post("/r/cafe/compose/write/", {"key": "", "plain_tone": "casual"})
    assert asked.url.startswith("/r/cafe/compose/?writing=")
    assert not Post.objects.exists()
    assert 'name="use"' in owner.get(asked.url).content.decode()


@pytest.mark.parametrize("use", ["x", "00000000-0000-0000-0000-000000000000:0", ":", "\x00"])
def test_a_caption_that_is_not_there_is_a_sentence(owner, page, use):
    answer = owner.post("/r/cafe/compose/write/", {"use": use, "caption": "Mine"}, follow=True)
    assert answer.status_code == 200
    assert "not there any more" in answer.content.decode()


@pytest.mark.parametrize("writing", ["x", "\x00", "00000000-0000-0000-0000-000000000000"])
def test_a_garbled_address_is_the_plain_composer(owner, page, writing):
    assert owner.get("/r/cafe/compose/", {"writing": writing}).status_code == 200
