"""Ten seconds to think again: what was taken back, moved, removed or ended is as it was after "Undo"."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from content.models import MenuItem, Post
from posting.dispatch.models import Due
from posting.models import Publication
from posting.recurring import services as recurring
from posting.recurring.models import Recurrence
from posting.services import cancel, dish_changed, schedule
from posting.slots.models import WeeklySlot
from posting.slots.services import add_slots
from posting.states import State
from tenants.times import local_of
from tenants.undo import undo_of
from tests.content.conftest import add_dish
from tests.posting.conftest import ALICE, make_channel
from tests.posting.test_composer import at_home

BASE = "/r/cafe/publications/"


@pytest.fixture
def alice(cast, cafe):
    return at_home(cast.alice, cafe)


@pytest.fixture
def planned(page, write):
    now = timezone.now()
    (made,) = schedule(post=write(), channels=[page], publish_at=now + timedelta(days=2), by=ALICE, now=now)
    return made


def way_back(answer):
    """(url, fields) of the notice on the page that follows."""
    (found,) = [undo for message in answer.context["messages"] if (undo := undo_of(message))]
    return found.url, dict(found.fields)


def test_what_was_taken_back_stands_again_at_its_time_with_its_words(alice, planned):
    answer = alice.post(f"{BASE}{planned.pk}/cancel/", {"back": "posts"}, follow=True)
    assert Publication.objects.get().state == State.CANCELLED
    url, fields = way_back(answer)
    assert f'action="{url}"' in answer.text and "data-undo" in answer.text
    answer = alice.post(url, fields, follow=True)
    assert "Undone. Goes out" in answer.text and answer.redirect_chain[-1][0] == "/r/cafe/posts/"
    again = Publication.objects.get()
    assert (again.state, again.publish_at, again.not_after) == (
        State.SCHEDULED, planned.publish_at, planned.not_after,
    )  # fmt: skip
    assert again.snapshot["caption"] == planned.snapshot["caption"]


def test_a_move_is_undone_to_the_minute_it_had(alice, planned):
    wall = (local_of(planned.publish_at, "America/Chicago") + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    answer = alice.post(f"{BASE}{planned.pk}/reschedule/", {"publish_at": wall}, follow=True)
    assert Publication.objects.get().local_at == wall
    alice.post(*way_back(answer))
    assert Publication.objects.get().publish_at == planned.publish_at


@pytest.mark.parametrize(
    ("state", "says"), [("published", "already out"), ("flipping", "moved on"), ("needs_owner", "moved on")]
)
def test_an_undo_that_comes_too_late_says_so_and_changes_nothing(alice, planned, state, says):
    answer = alice.post(f"{BASE}{planned.pk}/cancel/", follow=True)
    url, fields = way_back(answer)
    Publication.objects.update(state=state, published_at=timezone.now() if state == "published" else None)
    answer = alice.post(url, fields, headers={"referer": "http://testserver/r/cafe/posts/"}, follow=True)
    assert says in answer.text
    assert Publication.objects.get().state == state


@pytest.mark.parametrize("field", ["publish_at", "not_after"])
def test_a_broken_undo_is_refused(alice, planned, field):
    fields = {"publish_at": planned.publish_at.isoformat(), "not_after": planned.not_after.isoformat()}
    assert alice.post(f"{BASE}{planned.pk}/undo/", fields | {field: "soon"}).status_code == 400


def test_a_removed_weekly_time_comes_back(alice, page):
    add_slots(channel=page, weekdays=[2], at=time(18, 30), by=ALICE, now=timezone.now())
    slot = WeeklySlot.objects.get()
    answer = alice.post(f"/r/cafe/settings/times/{slot.pk}/remove/", follow=True)
    assert not WeeklySlot.objects.exists()
    alice.post(*way_back(answer))
    assert (WeeklySlot.objects.get().weekday, WeeklySlot.objects.get().at) == (2, time(18, 30))


def test_a_repeating_post_that_was_ended_comes_back_for_some_minutes(alice, page, write):
    made = recurring.repeat(
        post=write(), channels=[page], every="week", days=range(7), at=time(18), by=ALICE, now=timezone.now()
    )
    before = made.occurrences.count()
    answer = alice.post(f"/r/cafe/repeating/{made.pk}/", {"act": "end"}, follow=True)
    assert Recurrence.objects.get().status == "over" and not made.occurrences.exists()
    url, fields = way_back(answer)
    alice.post(url, fields)
    assert Recurrence.objects.get().status == "running" and made.occurrences.count() == before
    Recurrence.objects.update(ended_at=timezone.now() - timedelta(minutes=11))
    assert alice.post(url, fields).status_code == 409


def test_a_post_of_a_sold_out_dish_has_the_button_that_brings_the_dish_back(
    alice, planned, django_capture_on_commit_callbacks
):
    dish = add_dish("Margherita")
    MenuItem.objects.update(available=False, unavailable_since=timezone.now())
    Post.objects.update(menu_item=dish)
    dish_changed(post_ids=[planned.post_id], available=False, now=timezone.now())
    text = alice.get("/r/cafe/needs-you/").text
    assert "sold out" in text and "The dish is back" in text and "Change the words" in text
    assert "Try again" not in text  # its caption may name the dish, and then trying is refused
    with django_capture_on_commit_callbacks(execute=True):
        answer = alice.post(f"{BASE}{planned.pk}/dish/", {"back": "inbox"})
    assert answer["Location"] == "/r/cafe/needs-you/"
    assert MenuItem.objects.get().available and Publication.objects.get().state == State.SCHEDULED


@pytest.mark.parametrize("state", ["rejected", "missed"])
def test_a_stopped_post_is_put_right_in_the_composer_and_goes_out_after_all(alice, planned, state):
    Publication.objects.update(state=state, reason_code="refused")
    for step in ("preparing", "rejected") if state == "rejected" else ("missed",):
        Due.objects.update(state=step, next_action_at=None, reason_code="refused")
    page = alice.get(f"/r/cafe/compose/{planned.post_id}/")
    assert page.status_code == 200 and "Save and try again" in page.text
    assert "Choose where" not in alice.get(f"/r/cafe/compose/{planned.post_id}/checks/").text  # that is known
    post = Post.objects.get()
    given = {"caption": "Shorter", "version": str(post.version), "action": "update"}
    answer = alice.post(f"/r/cafe/compose/{post.pk}/", given, follow=True)
    assert "We try again on Krusty on facebook" in answer.text
    again = Publication.objects.get()
    assert (again.state, again.snapshot["caption"]) == (State.SCHEDULED, "Shorter")


def test_a_scheduled_post_shows_its_own_places_as_ticked(alice, planned):
    other = make_channel(remote_id="999", name="Second page")
    text = alice.get(f"/r/cafe/compose/{planned.post_id}/").text
    assert f'value="{planned.channel_id}" checked' in text and f'value="{other.pk}" checked' not in text
    text = alice.get(f"/r/cafe/compose/?again={planned.post_id}").text
    assert f'value="{other.pk}" checked' in text


def test_undo_of_what_somebody_scheduled_again_meanwhile_keeps_one_publication(alice, planned):
    now = timezone.now()
    cancel(publication=planned, by=ALICE, now=now)
    fields = {"publish_at": planned.publish_at.isoformat(), "not_after": planned.not_after.isoformat()}
    for _twice in range(2):
        alice.post(f"{BASE}{planned.pk}/undo/", fields)
    assert Publication.objects.living().count() == 1
