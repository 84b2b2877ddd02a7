"""A draft can be deleted; what is planned, out or may be out cannot, and the sentence says what to do instead."""
# ruff: noqa: F811 - fixtures are named as arguments

from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from content.calendar.words import SlotState
from content.models import Post
from content.services import compose_post
from posting import services
from posting.models import Publication, Transition
from posting.recurring import services as recurring
from posting.recurring.index.models import RecurringDue
from posting.recurring.models import Recurrence
from posting.states import State
from tenants.errors import Refused
from tests.posting.conftest import ALICE, make_channel
from tests.posting.test_board import month, owner  # noqa: F401
from tests.posting.test_composer import at_home

DRAFTS = "/r/cafe/posts/?tab=drafts"


@pytest.fixture
def alice(cast, cafe):
    return at_home(cast.alice, cafe)


@pytest.fixture
def now():
    return timezone.now()


def address(post):
    return f"/r/cafe/posts/{post.pk}/delete/"


def plan(post, page, now):
    (made,) = services.schedule(
        post=post, channels=[page], publish_at=now + timedelta(days=2), by=ALICE, now=now
    )
    return made


def refusal(post, now):
    with pytest.raises(Refused) as refused:
        services.discard(post=post, by=ALICE, now=now)
    assert refused.value.status == 409 and Post.objects.filter(pk=post.pk).exists()
    return str(refused.value)


def test_a_draft_is_asked_about_and_deleted(alice, write):
    post = write("Not good enough")
    assert address(post) in alice.get(DRAFTS).text
    assert address(post) in alice.get(f"/r/cafe/compose/{post.pk}/").text
    assert address(post) in alice.get(f"/r/cafe/posts/{post.pk}/").text
    question = alice.get(address(post)).text
    assert "Not good enough" in question and "its photos stay in your library" in question
    assert Post.objects.exists(), "asking deletes nothing"
    answer = alice.post(address(post), follow=True)
    assert "Deleted." in answer.text and "No drafts" in answer.text
    assert not Post.objects.exists() and alice.post(address(post)).status_code == 404


def test_a_window_that_is_still_open_is_told_and_brings_nothing_back(alice, write):
    post = write("Not good enough")
    alice.post(address(post))
    answer = alice.post(f"/r/cafe/compose/{post.pk}/save/", {"caption": "Still typing", "version": "1"})
    assert (answer.status_code, answer.json()["sentence"]) == (410, "This post was deleted in the meantime.")
    assert alice.post(f"/r/cafe/compose/{post.pk}/", {"caption": "Still typing"}).status_code == 404
    assert not Post.objects.exists()


def test_who_only_looks_is_not_offered_it(cast, cafe, write):
    post = write()
    vera = at_home(cast.vera, cafe)
    assert address(post) not in vera.get(DRAFTS).text
    assert address(post) not in vera.get(f"/r/cafe/posts/{post.pk}/").text
    assert vera.post(address(post)).status_code == 403 and Post.objects.exists()


def test_a_scheduled_post_stays_and_its_owner_is_told_what_to_do(alice, page, write, now):
    post = write()
    plan(post, page, now)
    assert "Take it back first" in refusal(post, now)
    for answer in (alice.get(address(post), follow=True), alice.post(address(post), follow=True)):
        assert "Take it back first" in answer.text
        assert answer.redirect_chain[-1][0] == f"/r/cafe/posts/{post.pk}/", "where it can be taken back"
    for where in (f"/r/cafe/compose/{post.pk}/", f"/r/cafe/posts/{post.pk}/"):
        assert address(post) not in alice.get(where).text


def test_what_was_taken_back_unsent_goes_with_its_post(alice, page, write, now):
    post = write("Not after all")
    made = plan(post, page, now)
    services.cancel(publication=made, by=ALICE, now=now)
    assert address(post) in alice.get("/r/cafe/posts/?tab=taken_back").text
    assert address(post) in alice.get(f"/r/cafe/posts/{post.pk}/").text
    assert "Deleted." in alice.post(address(post), follow=True).text
    assert not Publication.objects.exists() and not Transition.objects.exists()


@pytest.mark.parametrize(
    "state, sentence",
    [
        (State.PUBLISHED, "stays in your history"),
        (State.FLIPPING, "this very moment"),
        (State.VERIFYING, "this very moment"),
        (State.REJECTED, "Settle it"),
        (State.NEEDS_OWNER, "Settle it"),
    ],
)
def test_what_is_out_or_stopped_stays(page, write, now, state, sentence):
    post = write()
    made = plan(post, page, now)
    Publication.objects.filter(pk=made.pk).update(state=state, published_at=now, reason_code="deadline")
    assert sentence in refusal(post, now)


def test_what_was_sent_once_and_let_go_is_history(alice, page, write, now):
    post = write()
    made = plan(post, page, now)
    services.cancel(publication=made, by=ALICE, now=now)
    made.transitions.create(version=1, old=State.VERIFYING, new=State.NEEDS_OWNER, by="publisher", at=now)
    assert "sent once" in refusal(post, now)
    assert address(post) not in alice.get(f"/r/cafe/posts/{post.pk}/").text


def test_one_of_two_channels_that_is_out_keeps_the_whole_post(page, write, now):
    post = write()
    plan(post, page, now)
    gone = plan(post, make_channel(remote_id="9"), now)
    services.cancel(publication=gone, by=ALICE, now=now)
    refusal(post, now)
    assert Publication.objects.count() == 2


def test_a_repeating_post_stays_until_its_repeating_is_ended(page, write, now):
    post = write()
    repeat = recurring.repeat(
        post=post, channels=[page], every="week", days=[1], at=time(18), by=ALICE, now=now
    )
    for made in Publication.objects.all():
        services.cancel(publication=made, by=ALICE, now=now)
    assert "This post repeats" in refusal(post, now)
    recurring.end(recurrence=Recurrence.objects.get(pk=repeat.pk), by=ALICE, now=now)
    services.discard(post=post, by=ALICE, now=now)
    assert not Recurrence.objects.exists() and not RecurringDue.objects.exists()


def test_a_planned_post_leaves_its_day_skipped_and_writable_anew(owner, month):
    slot = month.slots.in_order().select_related("post").first()
    where = f"/r/cafe/posts/{slot.post_id}/delete/"
    assert "stays in the plan as skipped" in owner.get(where).content.decode()
    assert owner.post(where).status_code == 302
    slot.refresh_from_db()
    assert (slot.state, slot.post_id) == (SlotState.SKIPPED, None)
    assert owner.get(f"/r/cafe/calendar/plan/{month.pk}/").status_code == 200
    owner.post(f"/r/cafe/calendar/post/{slot.pk}/do/unskip/")
    slot.refresh_from_db()
    assert slot.state in (SlotState.WAITING, SlotState.WRITING, SlotState.WRITTEN)


def test_of_deleting_and_scheduling_at_once_exactly_one_happens(committed_cast):
    tenant, now = committed_cast.cafe, timezone.now()
    with tenant_context(tenant):
        page = make_channel()
        posts = [compose_post(caption=f"Post {n}", by=ALICE, now=now) for n in range(6)]

    def one(act, post):
        try:
            with tenant_context(tenant):
                if act == "delete":
                    services.discard(post=post, by=ALICE, now=now)
                else:
                    plan(post, page, now)
                return True
        except Refused:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = {
            (act, post.pk): pool.submit(one, act, post) for post in posts for act in ("delete", "schedule")
        }
    with tenant_context(tenant):
        for post in posts:
            deleted, scheduled = done["delete", post.pk].result(), done["schedule", post.pk].result()
            assert deleted != scheduled
            assert Publication.objects.filter(post_id=post.pk).exists() is scheduled
