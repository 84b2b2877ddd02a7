"""The calendar's pages: what stands on them, who may do what, and how many questions they ask."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from content.calendar import services as calendar_services
from content.calendar import working
from content.calendar.models import Calendar, CalendarSlot
from content.calendar.words import ApprovalMode, SlotState
from content.models import Post
from content.words import Approval
from posting import services
from posting.board import queries, reviewing, spans
from posting.models import Publication
from posting.states import State
from social.models import Channel
from tenants.access import Actor
from tests.content.conftest import add_dish
from tests.posting.conftest import ALICE, make_channel

DAY = timedelta(days=1)


class Within:
    """A client that leaves the cafe's schema entered for the test after each request."""

    def __init__(self, client, tenant):
        self.client, self.tenant = client, tenant

    def get(self, *args, **kwargs):
        return self.ask("get", *args, **kwargs)

    def post(self, *args, **kwargs):
        return self.ask("post", *args, **kwargs)

    def ask(self, method, *args, **kwargs):
        answer = getattr(self.client, method)(*args, **kwargs)
        connection.set_tenant(self.tenant)
        return answer


@pytest.fixture
def owner(cast):
    return Within(cast.client(cast.alice), cast.cafe)


@pytest.fixture
def month(cafe, page):
    """A written month of five posts for the Page, beginning tomorrow at the earliest."""
    now = timezone.now()
    for name in ("Margherita", "Pepperoni", "Tiramisu", "Lemonade", "Garlic Knots", "Caesar Salad"):
        add_dish(name)
    calendar = calendar_services.create_calendar(
        first=spans.month_of(now.date()).moved(1).first, count=5, by=ALICE, now=now - timedelta(seconds=5)
    )
    while working.advance(calendar_id=calendar.pk, at_once=1):
        pass
    calendar.refresh_from_db()
    return calendar


def address(path=""):
    return f"/r/cafe/calendar/{path}"


def test_the_month_shows_what_is_planned_and_the_review_is_one_click_away(owner, month):
    page = owner.get(address(f"?at={month.first_day:%Y-%m}")).content.decode()
    assert page.count('class="board-item"') == 5
    assert "5 posts wait for your OK" in page
    assert page.count("Needs approval") >= 5


def test_an_empty_month_offers_one_button(owner, cafe):
    page = owner.get(address()).content.decode()
    assert "is still empty" in page
    assert "Plan a month" in page


@pytest.mark.parametrize(
    "query", ["?at=2026-13", "?at=x&view=week", "?at=9999-01", "?view=nope", "?channel=%00&kind=x&status=y"]
)
def test_a_garbled_address_is_the_month_of_today(owner, cafe, query):
    assert owner.get(address(query)).status_code == 200


def test_the_plan_form_starts_a_month_and_leads_to_its_progress(owner, cafe, page):
    form = owner.get(address("plan/")).content.decode()
    assert "Use AI for all posts" in form
    key = uuid4()
    sent = {
        "sent": "1",
        "month": "2027-01",
        "count": "8",
        "channel": [str(page.pk)],
        "mode": "templates",
        "key": str(key),
    }
    answer = owner.post(address("plan/"), sent)
    calendar = Calendar.objects.get(key=key)
    assert answer.url == address(f"plan/{calendar.pk}/")
    progress = owner.get(answer.url).content.decode()
    assert "of 8 posts" in progress
    assert "You can close this page" in progress
    owner.post(address("plan/"), sent)
    assert Calendar.objects.count() == 1


def test_a_refused_plan_comes_back_with_its_sentence_and_what_was_typed(owner, cafe, page):
    answer = owner.post(
        address("plan/"), {"sent": "1", "month": "2027-01", "count": "40", "campaign": "Terrace opens"}
    )
    assert answer.status_code == 422
    assert "5 to 31" in answer.content.decode()
    assert "Terrace opens" in answer.content.decode()


def test_approving_schedules_on_the_plans_channels_at_the_slots_time(owner, month, page):
    slot = month.slots.in_order().first()
    owner.post(address(f"post/{slot.pk}/approve/"))
    slot.refresh_from_db()
    publication = Publication.objects.get()
    assert slot.state == SlotState.APPROVED
    assert (publication.post_id, publication.channel_id) == (slot.post_id, page.pk)
    assert publication.publish_at == slot.publish_at
    assert publication.state == State.SCHEDULED


def test_approve_all_schedules_what_is_good_and_says_why_the_rest_stays(owner, month):
    bad = month.slots.in_order().first()
    Post.objects.filter(pk=bad.post_id).update(caption="x" * 70_000)
    page = owner.post(address(f"plan/{month.pk}/approve/"), follow=True).content.decode()
    assert "4 posts are scheduled" in page
    assert "1 post needs a look first" in page
    bad.refresh_from_db()
    assert bad.state == SlotState.WRITTEN
    assert bad.error
    assert Publication.objects.count() == 4


def test_nothing_goes_out_before_somebody_approved(month):
    assert not Publication.objects.exists()
    assert {post.approval for post in Post.objects.all()} == {Approval.NEEDS_APPROVAL}


def test_approving_twice_schedules_once(owner, month):
    slot = month.slots.first()
    for _ in range(2):
        owner.post(address(f"post/{slot.pk}/approve/"))
    assert Publication.objects.count() == 1


def test_undo_takes_an_approval_back(owner, month):
    slot = month.slots.first()
    owner.post(address(f"post/{slot.pk}/approve/"))
    owner.post(address(f"post/{slot.pk}/unapprove/"))
    slot.refresh_from_db()
    assert slot.state == SlotState.WRITTEN
    assert Publication.objects.get().state == State.CANCELLED
    assert slot.post.approval == Approval.NEEDS_APPROVAL
    owner.post(address(f"post/{slot.pk}/approve/"))
    assert Publication.objects.living().count() == 1


def test_where_an_owner_must_approve_an_editor_cannot(cast, month):
    Calendar.objects.update(approval=ApprovalMode.REQUIRED)
    slot = month.slots.first()
    answer = Within(cast.client(cast.bob), cast.cafe).post(address(f"post/{slot.pk}/approve/"))
    assert answer.status_code == 403
    assert "owner or manager" in answer.content.decode()
    assert not Publication.objects.exists()
    Within(cast.client(cast.alice), cast.cafe).post(address(f"post/{slot.pk}/approve/"))
    assert Publication.objects.count() == 1


def test_a_viewer_looks_and_changes_nothing(cast, month):
    vera = Within(cast.client(cast.vera), cast.cafe)
    slot = month.slots.first()
    assert vera.get(address(f"plan/{month.pk}/")).status_code == 200
    for path in (
        f"post/{slot.pk}/approve/",
        f"post/{slot.pk}/do/skip/",
        f"move/slot/{slot.pk}/",
        f"plan/{month.pk}/cancel/",
    ):
        assert vera.post(address(path)).status_code == 403


def test_where_nobody_must_approve_a_written_post_is_scheduled_at_once(
    cafe, page, django_capture_on_commit_callbacks
):
    now = timezone.now()
    calendar = calendar_services.create_calendar(
        first=spans.month_of(now.date()).moved(1).first,
        count=5,
        approval=ApprovalMode.NONE,
        by=ALICE,
        now=now - timedelta(seconds=5),
    )
    with django_capture_on_commit_callbacks(execute=True):
        working.advance(calendar_id=calendar.pk, at_once=1)
    assert Publication.objects.count() == 1


@pytest.mark.parametrize("act", ["skip", "unskip", "words", "both", "photo", "comment"])
def test_every_act_answers_with_a_page_or_a_sentence(owner, month, act):
    slot = month.slots.first()
    answer = owner.post(
        address(f"post/{slot.pk}/do/{act}/"), {"text": "Looks good"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code in (200, 409)
    assert owner.post(address(f"post/{slot.pk}/do/nonsense/")).status_code == 404


def test_a_comment_stands_with_its_author(owner, month):
    slot = month.slots.first()
    owner.post(address(f"post/{slot.pk}/do/comment/"), {"text": "Take the new photo"})
    page = owner.get(address(f"plan/{month.pk}/")).content.decode()
    assert "Take the new photo" in page
    assert "Alice" in page


def test_a_slot_is_moved_and_the_answer_knows_the_way_back(owner, month):
    slot = month.slots.in_order().first()
    day = slot.publish_at.date() + 3 * DAY
    answer = owner.post(
        address(f"move/slot/{slot.pk}/"), {"day": day.isoformat()}, headers={"Accept": "application/json"}
    )
    data = answer.json()
    slot.refresh_from_db()
    assert slot.publish_at.astimezone(month_zone(month)).date() == day
    assert data["undo"]["fields"]["publish_at"]
    owner.post(
        address(f"move/slot/{slot.pk}/"), data["undo"]["fields"], headers={"Accept": "application/json"}
    )
    before = slot.publish_at
    slot.refresh_from_db()
    assert slot.publish_at == before - (day - slot.publish_at.astimezone(month_zone(month)).date())


def month_zone(calendar):
    from zoneinfo import ZoneInfo

    return ZoneInfo(calendar.zone)


def test_a_scheduled_post_moves_on_all_its_channels_together(owner, cafe, page, write):
    other = make_channel("facebook", "555")
    now = timezone.now()
    post = write("Two places")
    made = services.schedule(post=post, channels=[page, other], publish_at=now + 3 * DAY, by=ALICE, now=now)
    owner.post(address(f"move/publication/{made[0].pk}/"), {"day": (now + 5 * DAY).date().isoformat()})
    assert {(p.publish_at - made[0].publish_at).days for p in Publication.objects.all()} == {2}


@pytest.mark.parametrize(
    "fields",
    [{"day": "x"}, {"day": "2001-01-01"}, {"publish_at": ""}, {"publish_at": "9999-12-31T10:00"}, {}],
)
def test_an_impossible_move_is_refused_with_a_sentence(owner, month, fields):
    slot = month.slots.first()
    answer = owner.post(address(f"move/slot/{slot.pk}/"), fields, headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["detail"].endswith(".")


def test_gaps_of_three_days_and_more_are_offered_for_filling():
    span = spans.month_of(date(2026, 12, 1))
    busy = {date(2026, 12, day) for day in (1, 2, 6, 8, 20)}
    gaps = queries.gap_days(span, busy, date(2026, 12, 4))
    assert gaps and all(day not in busy and day > date(2026, 12, 4) for day in gaps)
    assert date(2026, 12, 7) not in gaps  # one day between two posts is no gap


def test_filling_gaps_plans_exactly_those_days(owner, cafe, page):
    answer = owner.post(
        address("plan/"),
        {
            "sent": "1",
            "month": "2027-01",
            "count": "2",
            "only": "2027-01-05,2027-01-20",
            "channel": [str(page.pk)],
            "mode": "templates",
        },
    )
    assert answer.status_code == 302
    assert [slot.local_at[:10] for slot in CalendarSlot.objects.in_order()] == ["2027-01-05", "2027-01-20"]


def test_two_posts_of_a_channel_within_the_hour_are_a_clash(cafe, page, write):
    now = timezone.now()
    at = now + 2 * DAY
    for minutes in (0, 40, 400):
        services.schedule(
            post=write(f"At {minutes}"),
            channels=[page],
            publish_at=at + timedelta(minutes=minutes),
            by=ALICE,
            now=now,
        )
    month = spans.month_of(at.date())
    assert queries.board(month, zone="UTC", now=now).clashes == 2
    assert queries.board(month, zone="UTC", now=at + timedelta(hours=1)).clashes == 0  # both are out


def test_the_board_asks_as_many_questions_for_many_posts_as_for_one(
    cafe, page, write, django_assert_max_num_queries
):
    now = timezone.now()
    span = spans.month_of(now.date()).moved(1)

    def ask():
        with django_assert_max_num_queries(9):
            return queries.board(span, zone="UTC", now=now)

    at = datetime.combine(span.first, datetime.min.time(), tzinfo=UTC)
    for n in range(25):
        services.schedule(
            post=write(f"Post {n}"),
            channels=[page],
            publish_at=at + timedelta(hours=6 + 24 * n),
            by=ALICE,
            now=now,
        )
        if n in (0, 24):
            assert sum(len(day.items) for day in ask().days) == n + 1


def test_what_people_wrote_is_escaped_on_the_board_and_the_networks_own_words_are_shown(
    cast, owner, cafe, page, write
):
    now = timezone.now()
    mine = make_channel("instagram", "17841")
    evil = '"><script>alert(1)</script>'
    on_both = write(evil, captions={"instagram": f"{evil} on Instagram"})
    first = spans.month_of(now.date()).moved(1).first
    at = datetime(first.year, first.month, 5, 12, 30, 0, 123457, tzinfo=UTC)
    for channel, when in ((page, at), (mine, at + DAY)):
        Publication.objects.create(
            post=on_both, channel=channel, kind="fb_text" if channel == page else "ig_photo", publish_at=when,
            local_at=f"{when:%Y-%m-%dT%H:%M}", zone="UTC", not_after=when + DAY, state=State.SCHEDULED,
            snapshot={"caption": evil}, created_by="A", created_at=now,
        )  # fmt: skip
    board = queries.board(spans.month_of(at.date()), zone="UTC", now=now)
    found = [item for day in board.days for item in day.items]
    assert [item.at for item in found] == [at, at + DAY], "to the microsecond"
    answer = owner.get(address(f"?at={at:%Y-%m}")).content.decode()
    assert "<script>alert" not in answer and "&lt;script&gt;alert" in answer
    assert [item.caption for item in found] == [evil, f"{evil} on Instagram"]


def test_the_log_links_every_exchange(owner, month):
    page = owner.get(address(f"plan/{month.pk}/log/")).content.decode()
    assert page.count("/writing/") >= 5


def test_checks_are_shown_before_approving(owner, month):
    slot = month.slots.first()
    assert "Ready to go out" in owner.get(address(f"post/{slot.pk}/checks/")).content.decode()
    Post.objects.filter(pk=slot.post_id).update(caption="x" * 70_000)
    assert 'data-level="error"' in owner.get(address(f"post/{slot.pk}/checks/")).content.decode()


def test_a_channel_that_is_gone_stops_the_approval_with_its_fix(month, page):
    Channel.objects.filter(pk=page.pk).update(state="disconnected", token_sealed=None)
    slot = CalendarSlot.objects.select_related("calendar", "post").first()
    (verdict,) = reviewing.approve(
        slots=[slot], by=Actor("user", "1", "Alice"), manages=True, now=timezone.now()
    )
    assert verdict.refused.fix == "reconnect"


@pytest.mark.parametrize(("country", "first", "empty"), [("US", "Sun", 2), ("DE", "Mon", 1)])
def test_the_plans_days_off_stand_under_the_same_weekdays_as_the_calendar(owner, cafe, country, first, empty):
    cafe.country = country
    cafe.save(update_fields=["country"])
    form = owner.get(address("plan/?month=2026-12")).content.decode()
    days = form.split('class="off-days">')[1].split("<label")[0]
    assert days.split('aria-hidden="true">')[1].startswith(first)
    assert days.count("<span></span>") == empty  # the first of December 2026 is a Tuesday
