"""Reviewing a month: approve here or in the composer, undo all of it, what Instagram cannot take, a campaign."""
# ruff: noqa: F811 - fixtures are named as arguments

from datetime import timedelta

import pytest
from django.utils import timezone

from content.calendar.models import Calendar, CalendarSlot
from content.calendar.words import ApprovalMode, SlotState
from content.models import Post
from content.words import Approval
from posting.board import queries, spans
from posting.models import Publication
from posting.states import State
from tests.posting.conftest import make_channel
from tests.posting.test_board import Within, address, month, owner  # noqa: F401


def composed(slot, page, **more):
    """The composer's form of a planned post, sent back unchanged."""
    return {
        "caption": slot.post.caption,
        "channel": [str(page.pk)],
        "when": "later",
        "publish_at": slot.local_at,
        "version": slot.post.version,
        **more,
    }


def test_the_composer_of_a_planned_post_shows_its_day_and_approves_in_one_tap(owner, month, page):
    slot = month.slots.in_order().select_related("post").first()
    form = owner.get(f"/r/cafe/compose/{slot.post_id}/").content.decode()
    assert f'value="{slot.local_at}"' in form
    assert "Approve and schedule" in form
    answer = owner.post(f"/r/cafe/compose/{slot.post_id}/", composed(slot, page, action="approve"))
    assert answer.status_code == 302
    publication = Publication.objects.get()
    slot.refresh_from_db()
    assert (publication.publish_at, publication.channel_id) == (slot.publish_at, page.pk)
    assert slot.state == SlotState.APPROVED
    assert Post.objects.get(pk=slot.post_id).approval == Approval.APPROVED


def test_who_may_not_approve_is_not_offered_it_and_cannot(cast, month, page):
    Calendar.objects.update(approval=ApprovalMode.REQUIRED)
    slot = month.slots.in_order().select_related("post").first()
    editor = Within(cast.client(cast.bob), cast.cafe)
    assert "Approve and schedule" not in editor.get(f"/r/cafe/compose/{slot.post_id}/").content.decode()
    for action in ("approve", "schedule"):
        slot.post.refresh_from_db()
        answer = editor.post(f"/r/cafe/compose/{slot.post_id}/", composed(slot, page, action=action))
        assert answer.status_code in (302, 422)
    assert not Publication.objects.exists()
    assert Post.objects.get(pk=slot.post_id).approval == Approval.NEEDS_APPROVAL


def test_a_refused_schedule_takes_the_approval_back(owner, month, page):
    slot = month.slots.in_order().select_related("post").first()
    past = (timezone.now() - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    answer = owner.post(
        f"/r/cafe/compose/{slot.post_id}/", composed(slot, page, action="approve", publish_at=past)
    )
    assert answer.status_code == 422
    slot.refresh_from_db()
    assert slot.state == SlotState.WRITTEN
    assert Post.objects.get(pk=slot.post_id).approval == Approval.NEEDS_APPROVAL


def test_approve_all_can_be_undone_in_one_tap(owner, month):
    page = owner.post(address(f"plan/{month.pk}/approve/"), follow=True).content.decode()
    assert 'data-said="5 posts are scheduled."' in page
    slots = page.split('name="slots" value="')[1].split('"')[0]
    assert "data-said" not in owner.get(address(f"plan/{month.pk}/")).content.decode(), "told once"
    back = owner.post(address(f"plan/{month.pk}/unapprove/"), {"slots": slots}, follow=True).content.decode()
    assert "5 posts wait again" in back
    assert not Publication.objects.living().exists()
    assert {slot.state for slot in month.slots.all()} == {SlotState.WRITTEN}


@pytest.mark.parametrize("slots", ["", "x,y", "00000000-0000-0000-0000-000000000000", "\x00"])
def test_an_undo_of_nothing_changes_nothing(owner, month, slots):
    owner.post(address(f"plan/{month.pk}/approve/"))
    assert owner.post(address(f"plan/{month.pk}/unapprove/"), {"slots": slots}).status_code == 302
    assert Publication.objects.living().count() == 5


def test_what_went_out_meanwhile_is_not_undone(owner, month):
    owner.post(address(f"plan/{month.pk}/approve/"))
    out = Publication.objects.order_by("publish_at").first()
    Publication.objects.filter(pk=out.pk).update(state=State.FLIPPING)
    slots = ",".join(str(pk) for pk in month.slots.values_list("pk", flat=True))
    page = owner.post(address(f"plan/{month.pk}/unapprove/"), {"slots": slots}, follow=True).content.decode()
    assert "4 posts wait again" in page
    assert "1 post is out already" in page


@pytest.fixture
def for_both(month, page):
    """The same month, planned for the Page and for an Instagram account; no post has a photo."""
    instagram = make_channel("instagram", "17841")
    Calendar.objects.update(channel_ids=[page.pk, instagram.pk])
    month.refresh_from_db()
    return month


def test_a_post_without_a_photo_can_be_approved_for_facebook_alone(owner, for_both, page):
    slot = for_both.slots.in_order().first()
    shown = owner.get(address(f"plan/{for_both.pk}/")).content.decode()
    assert shown.count("Approve for Facebook only") == 5
    owner.post(address(f"post/{slot.pk}/approve/"))
    slot.refresh_from_db()
    assert slot.state == SlotState.WRITTEN and slot.error
    owner.post(address(f"post/{slot.pk}/approve/"), {"only": "facebook"})
    assert [one.channel_id for one in Publication.objects.all()] == [page.pk]


def test_the_board_finds_posts_that_instagram_cannot_take(owner, for_both):
    found = queries.board(
        spans.month_of(for_both.first_day),
        zone="America/Chicago",
        now=timezone.now(),
        wanted=queries.Wanted(status=queries.NEEDS_PHOTO),
    )
    assert sum(day.count for day in found.days) == 5
    Calendar.objects.update(channel_ids=for_both.channel_ids[:1])
    page = owner.get(address(f"?at={for_both.first_day:%Y-%m}&status=needs_photo")).content.decode()
    assert 'class="board-item"' not in page


def test_too_few_photos_for_instagram_are_told_before_planning(owner, for_both):
    assert "your library has 0" in owner.get(address("plan/")).content.decode()


def test_days_of_a_campaign_get_posts_about_it(owner, cafe, page):
    sent = {
        "sent": "1",
        "month": f"{spans.month_of(timezone.now().date()).moved(2).first:%Y-%m}",
        "count": "5",
        "channel": [str(page.pk)],
        "mode": "templates",
        "campaign": "Our terrace opens",
        "about": ["5", "19", "x", "99"],
    }
    assert owner.post(address("plan/"), sent).status_code == 302
    about = CalendarSlot.objects.filter(occasion="Our terrace opens").in_order()
    assert [slot.local_at[8:10] for slot in about] == ["05", "19"]


def test_days_of_a_campaign_without_its_words_are_refused(owner, cafe, page):
    answer = owner.post(address("plan/"), {"sent": "1", "month": "2027-01", "count": "5", "about": ["5"]})
    assert answer.status_code == 422
    assert "Write what these days are about" in answer.content.decode()
