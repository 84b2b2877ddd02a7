"""Weekly times and the next one that is free, however many people take it at once."""

import threading
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context

from content.services import compose_post
from posting.models import Publication
from posting.services import cancel, schedule
from posting.slots.finding import moments, next_free
from posting.slots.models import WeeklySlot
from posting.slots.services import MOST, add_slots, remove_slot, schedule_next
from tenants import services as tenant_services
from tenants.errors import Refused
from tests.posting.conftest import ALICE, NOW, make_channel
from tests.posting.test_composer import at_home

CHICAGO = "America/Chicago"  # NOW is Monday 23 November, 6:00 am there


def slots(channel, *weekdays, at="18:00"):
    return add_slots(channel=channel, weekdays=weekdays, at=time.fromisoformat(at), by=ALICE, now=NOW)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_next_free_time_is_the_first_that_nothing_goes_out_at(page, write):
    slots(page, 1, 3)
    first = schedule_next(post=write("one"), channels=[page], by=ALICE, now=NOW)
    second = schedule_next(post=write("two"), channels=[page], by=ALICE, now=NOW)
    assert [one.publish_at for one in first + second] == [utc("2026-11-25T00:00"), utc("2026-11-27T00:00")]
    assert next_free([page.pk], zone=CHICAGO, now=NOW) == {page.pk: utc("2026-12-02T00:00")}


def test_a_post_scheduled_by_hand_at_that_minute_takes_it_and_taking_it_back_frees_it(page, write):
    slots(page, 1)
    (taken,) = schedule(
        post=write("by hand"), channels=[page], publish_at=utc("2026-11-25T00:00"), by=ALICE, now=NOW
    )
    assert next_free([page.pk], zone=CHICAGO, now=NOW)[page.pk] == utc("2026-12-02T00:00")
    cancel(publication=taken, by=ALICE, now=NOW)
    assert next_free([page.pk], zone=CHICAGO, now=NOW)[page.pk] == utc("2026-11-25T00:00")


def test_each_channel_has_times_of_its_own(page, write, cafe):
    other = make_channel(remote_id="999")
    slots(page, 1)
    slots(other, 2, at="09:30")
    made = schedule_next(post=write(), channels=[page, other], by=ALICE, now=NOW)
    assert {one.channel_id: one.publish_at for one in made} == {
        page.pk: utc("2026-11-25T00:00"),
        other.pk: utc("2026-11-25T15:30"),
    }


def test_a_channel_without_weekly_times_stops_all_of_it(page, write):
    other = make_channel(remote_id="999")
    slots(page, 1)
    with pytest.raises(Refused, match="no weekly times yet") as refused:
        schedule_next(post=write(), channels=[page, other], by=ALICE, now=NOW)
    assert (refused.value.code, Publication.objects.count()) == ("no_slots", 0)


def test_a_day_on_which_the_plan_is_used_up_is_passed_over(page, write, settings):
    settings.POST_LIMITS = dict.fromkeys(settings.POST_LIMITS, 1)
    slots(page, 1, at="12:00")
    slots(page, 1, at="18:00")
    found = [schedule_next(post=write(str(n)), channels=[page], by=ALICE, now=NOW)[0] for n in range(2)]
    assert [one.local_at for one in found] == ["2026-11-24T12:00", "2026-12-01T12:00"]


@pytest.mark.parametrize(
    ("weekday", "at", "now", "wanted"),
    [
        (6, "02:30", "2027-03-12T12:00", "2027-03-14T08:00"),  # skipped: the first moment after the gap, 3:00
        (6, "01:30", "2026-10-30T12:00", "2026-11-01T06:30"),  # twice: the first
        (0, "06:04", "2026-11-23T12:00", "2026-11-30T12:04"),  # four minutes are too few
        (0, "06:05", "2026-11-23T12:00", "2026-11-23T12:05"),
    ],
)
def test_a_weekly_time_is_a_time_on_the_wall(weekday, at, now, wanted):
    slot = WeeklySlot(weekday=weekday, at=time.fromisoformat(at))
    assert next(moments([slot], zone=CHICAGO, now=utc(now))) == utc(wanted)


def test_a_time_cannot_be_there_twice_and_removing_it_leaves_what_is_planned(page, write):
    (slot,) = slots(page, 1)
    assert slots(page, 1) == []
    (planned,) = schedule_next(post=write(), channels=[page], by=ALICE, now=NOW)
    remove_slot(slot=slot, by=ALICE, now=NOW)
    planned.refresh_from_db()
    assert (planned.state, WeeklySlot.objects.count()) == ("scheduled", 0)


def test_there_is_an_end_to_weekly_times(page):
    for hour in range(10):
        slots(page, *range(7), at=f"{hour + 8:02}:00")
    assert WeeklySlot.objects.count() == MOST
    with pytest.raises(Refused, match="At most 70"):
        slots(page, 0, at="23:00")
    with pytest.raises(Refused, match="at least one day"):
        slots(page)


@pytest.mark.django_db(transaction=True)
def test_people_who_take_the_next_time_at_once_get_different_ones(committed_cast):
    now = timezone.now()
    with tenant_context(committed_cast.cafe):
        channels = [make_channel(), make_channel(remote_id="999")]
        for channel in channels:
            slots(channel, 1, 3)
        posts = [compose_post(caption=f"Post {n}", by=ALICE, now=now) for n in range(4)]
    start = threading.Barrier(len(posts))
    problems = []

    def take(post, order):
        try:
            with tenant_context(committed_cast.cafe):
                start.wait()
                schedule_next(post=post, channels=channels[::order], by=ALICE, now=now)
        except Exception as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take, args=(post, 1 if n % 2 else -1)) for n, post in enumerate(posts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with tenant_context(committed_cast.cafe):
        taken = list(Publication.objects.values_list("channel_id", "publish_at"))
    assert problems == []
    assert (len(taken), len(set(taken))) == (8, 8)


# --- pages ---------------------------------------------------------------------------------------


@pytest.fixture
def alice(cast, cafe):
    return at_home(cast.alice, cafe)


def add(client, where, **fields):
    values = {"channel": str(where.pk), "weekday": ["1", "3"], "at": "18:00"}
    return client.post("/r/cafe/settings/times/add/", values | fields)


def test_times_are_added_and_removed_on_their_page(alice, page):
    assert add(alice, page).status_code == 302
    body = alice.get("/r/cafe/settings/times/").content.decode()
    assert body.count("6:00 pm</") == 0 and body.count("6:00 pm<form") == 2
    assert "Remove Thursday, 6:00 pm" in body
    slot = WeeklySlot.objects.first()
    alice.post(f"/r/cafe/settings/times/{slot.pk}/remove/")
    assert "Remove Tuesday" not in alice.get("/r/cafe/settings/times/").content.decode()


@pytest.mark.parametrize(
    "wrong", [{"channel": "x"}, {"weekday": ["", "9", "x"]}, {"at": "25:00"}, {"at": ""}], ids=str
)
def test_a_wrong_form_is_answered_with_a_sentence(alice, page, wrong):
    assert add(alice, page, **wrong).status_code in (302, 400, 422)
    assert WeeklySlot.objects.count() == 0


def test_a_viewer_sees_the_times_and_changes_none(cast, page):
    vera = at_home(cast.vera, cast.cafe)
    assert "Add a time" not in vera.get("/r/cafe/settings/times/").content.decode()
    assert add(vera, page).status_code == 403


def test_many_times_cost_as_many_queries_as_few(alice, page):
    slots(page, 1)
    alice.get("/r/cafe/settings/times/")
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as captured:
            assert alice.get("/r/cafe/settings/times/").status_code == 200
        counts.append(len(captured))
        for number in range(3):
            slots(make_channel(remote_id=f"9{number}{_round}"), 0, 1, 2, at="09:00")
    assert counts[0] == counts[1] <= 9


def test_the_composer_puts_a_post_into_the_next_free_time(alice, page):
    slots(page, 1, 3)
    part = alice.get(f"/r/cafe/compose/next/?channel={page.pk}").content.decode()
    assert "6:00 pm" in part
    form = {"caption": "Soup", "channel": str(page.pk), "when": "next", "action": "schedule"}
    answer = alice.post("/r/cafe/compose/", form, follow=True)
    assert "Scheduled. Goes out" in answer.content.decode()
    made = Publication.objects.get()
    assert made.local_at.endswith("T18:00") and made.publish_at > timezone.now() + timedelta(minutes=4)


def test_the_composer_says_where_to_add_times_when_there_are_none(alice, page):
    part = alice.get(f"/r/cafe/compose/next/?channel={page.pk}&channel=x").content.decode()
    assert "has no free weekly time" in part and "/r/cafe/settings/times/" in part
    form = {"caption": "Soup", "channel": str(page.pk), "when": "next", "action": "schedule"}
    answer = alice.post("/r/cafe/compose/", form)
    assert answer.status_code == 422 and "no weekly times yet" in answer.content.decode()


def test_partners_take_the_next_free_time_too(cast, page, make_cafe_key):
    slots(page, 1, 3)
    client, key = at_home(cast.alice, cast.cafe), make_cafe_key
    body = {"account_id": str(page.pk), "caption": "Soup", "when": "next_slot"}
    answer = client.post("/api/v1/posts/schedule", body, content_type="application/json", headers=key)
    assert answer.status_code == 202, answer.content
    assert answer.json()["publications"][0]["timezone"] == CHICAGO
    both = client.post(
        "/api/v1/posts/schedule",
        body | {"publish_at": "2027-01-01T00:00:00Z"},
        content_type="application/json",
        headers=key,
    )
    assert both.status_code == 400


@pytest.fixture
def make_cafe_key(cast):
    _key, text = tenant_services.create_key(
        tenant=cast.cafe, name="k", scopes=["view", "compose", "publish"], by=ALICE, now=NOW
    )
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def week(cast, cafe, page):
    """Ask the API for the page's weekly times with a key of the cafe."""

    def ask(method="get", body=None, scopes=("view", "publish"), account=page, mode="live"):
        _key, text = tenant_services.create_key(
            tenant=cafe, name="Till", scopes=scopes, live=mode == "live", by=ALICE, now=timezone.now()
        )
        client = at_home(cast.alice, cafe)
        client.logout()
        return getattr(client, method)(
            f"/api/v1/accounts/{account.pk}/slots",
            data=body,
            content_type="application/json",
            headers={"authorization": f"Bearer {text}"},
        )

    return ask


def test_a_partner_replaces_the_weekly_times_and_reads_them_back(week, page):
    slots(page, 0, at="09:00")
    wanted = [{"weekday": 1, "time": "18:00"}, {"weekday": 4, "time": "17:30"}]
    for _twice in range(2):
        answer = week("put", {"slots": [*wanted, wanted[0]]})
        assert answer.status_code == 200, answer.text
        assert answer.json()["slots"] == wanted
    read = week(scopes=["view"]).json()
    assert (read["slots"], read["timezone"], read["account_id"]) == (wanted, CHICAGO, str(page.pk))
    assert read["next_free_at"]
    assert week("put", {"slots": []}).json() == {
        "account_id": str(page.pk), "timezone": CHICAGO, "slots": [], "next_free_at": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/slots"),
        ({"slots": [{"weekday": 7, "time": "18:00"}]}, "/slots/0/weekday"),
        ({"slots": [{"weekday": 1, "time": "25:00"}]}, "/slots/0/time"),
        (
            {"slots": [{"weekday": day, "time": f"{hour:02}:00"} for day in range(7) for hour in range(11)]},
            "",
        ),
    ],
)
def test_wrong_weekly_times_change_nothing_and_say_where(week, page, body, pointer):
    slots(page, 0)
    answer = week("put", body)
    assert answer.status_code == 400
    assert pointer in answer.text
    assert WeeklySlot.objects.count() == 1


def test_weekly_times_need_their_scope_and_a_connected_account(week, page):
    assert week("put", {"slots": []}, scopes=["view"]).status_code == 403
    page.state, page.token_sealed = "disconnected", None
    page.save()
    assert week().status_code == 404
