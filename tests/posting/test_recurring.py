"""Posts that come back: on the wall's time through clock changes, once each, until told to stop."""

import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import schema_context, tenant_context

from content.services import compose_post
from posting.models import Publication
from posting.recurring import rules, services, tasks
from posting.recurring.index.models import RecurringDue
from posting.recurring.models import Occurrence, Recurrence
from posting.services import cancel
from posting.states import State
from tenants import services as tenant_services
from tenants.errors import Refused
from tenants.notices.models import Notice
from tests.posting.conftest import ALICE, NOW, make_channel
from tests.posting.test_composer import at_home

DAY = timedelta(days=1)  # NOW is Monday 23 November, 6:00 am in Chicago


def repeat(write, *channels, **fields):
    values = {"every": "week", "days": [3], "at": time(18), "by": ALICE, "now": NOW}
    return services.repeat(post=write(), channels=channels, **(values | fields))


def walls(state=State.SCHEDULED):
    return list(
        Publication.objects.filter(state=state).order_by("publish_at").values_list("local_at", flat=True)
    )


@pytest.mark.parametrize(
    ("every", "days", "first", "last", "wanted"),
    [
        ("week", [0, 6], "2026-11-23", "2026-11-30", ["2026-11-23", "2026-11-29", "2026-11-30"]),
        ("month", [1, 15], "2026-11-10", "2026-12-02", ["2026-11-15", "2026-12-01"]),
        ("month", [31], "2027-01-30", "2027-03-01", ["2027-01-31", "2027-02-28"]),
        ("month", [29, 30, 31], "2028-02-01", "2028-02-29", ["2028-02-29"]),
    ],
)
def test_the_days_are_those_of_the_calendar(every, days, first, last, wanted):
    found = rules.days_of(every, days, first=date.fromisoformat(first), last=date.fromisoformat(last))
    assert [str(day) for day in found] == wanted


@pytest.mark.parametrize(
    ("day", "at", "wanted"),
    [
        ("2027-03-13", "02:30", "2027-03-13T08:30"),
        ("2027-03-14", "02:30", "2027-03-14T08:00"),  # skipped that night: the first moment after the gap
        ("2026-11-01", "01:30", "2026-11-01T06:30"),  # twice that night: the first
        ("2026-11-02", "01:30", "2026-11-02T07:30"),
    ],
)
def test_a_time_on_the_wall_survives_the_clock_changes(day, at, wanted):
    found = rules.instant(date.fromisoformat(day), time.fromisoformat(at), "America/Chicago")
    assert found == datetime.fromisoformat(wanted).replace(tzinfo=UTC)


def test_two_weeks_are_planned_at_once_each_a_publication_of_its_own(page, write):
    made = repeat(write, page, days=[1, 3])
    assert walls() == ["2026-11-24T18:00", "2026-11-26T18:00", "2026-12-01T18:00", "2026-12-03T18:00"]
    assert made.words == "Every week on Tuesday, Thursday at 6:00 pm"
    due = RecurringDue.objects.get()
    assert (due.recurrence_id, due.next_run_at) == (made.pk, datetime(2026, 11, 24, 9, tzinfo=UTC))


def test_planning_ahead_again_and_again_makes_nothing_twice(page, write):
    made = repeat(write, page)
    for days in (0, 0, 1, 7, 7):
        services.extend(recurrence=made, now=NOW + days * DAY)
    assert walls() == ["2026-11-26T18:00", "2026-12-03T18:00", "2026-12-10T18:00"]


def test_one_time_that_was_taken_back_stays_taken_back(page, write):
    made = repeat(write, page)
    cancel(publication=Publication.objects.order_by("publish_at").first(), by=ALICE, now=NOW)
    services.extend(recurrence=made, now=NOW + DAY)
    assert walls() == ["2026-12-03T18:00"]


def test_a_pause_takes_back_what_is_planned_and_going_on_plans_it_again(page, write):
    made = repeat(write, page)
    assert services.pause(recurrence=made, by=ALICE, now=NOW) == 0
    assert (walls(), RecurringDue.objects.get().next_run_at) == ([], None)
    assert services.extend(recurrence=made, now=NOW) is None
    services.resume(recurrence=made, by=ALICE, now=NOW + 5 * DAY)
    assert walls() == ["2026-12-03T18:00", "2026-12-10T18:00"]


def test_what_the_publisher_has_in_its_hands_is_not_taken_back_and_is_counted(page, write):
    made = repeat(write, page)
    first = Publication.objects.order_by("publish_at").first()
    with schema_context("public"), connection.cursor() as cursor:
        cursor.execute("SET posting.erase = 'on'")
        cursor.execute(
            "UPDATE dispatch_due SET state = 'flipping', lease_until = now(), flip_intent_at = now(),"
            " flips = 1, remote_object_id = 'x' WHERE publication_id = %s",
            [first.pk],
        )
        cursor.execute("SET posting.erase = 'off'")
    assert services.pause(recurrence=made, by=ALICE, now=NOW) == 1
    assert Occurrence.objects.get().publication_id == first.pk


@pytest.mark.parametrize(
    ("limit", "wanted"),
    [
        ({"ends_on": date(2026, 12, 2)}, ["2026-11-26T18:00"]),
        ({"times": 1}, ["2026-11-26T18:00"]),
        ({"times": 3}, ["2026-11-26T18:00", "2026-12-03T18:00"]),
        ({"starts_on": date(2026, 12, 1)}, ["2026-12-03T18:00"]),
    ],
)
def test_it_comes_back_no_longer_than_it_should(page, write, limit, wanted):
    repeat(write, page, **limit)
    assert walls() == wanted


def test_it_ends_by_itself_after_its_last_time(page, write):
    made = repeat(write, page, times=1)
    assert services.extend(recurrence=made, now=NOW + DAY) is not None
    assert services.extend(recurrence=made, now=NOW + 4 * DAY) is None
    made.refresh_from_db()
    assert made.status == "over"
    with pytest.raises(Refused, match="is over"):
        services.resume(recurrence=made, by=ALICE, now=NOW)


def test_another_rule_replaces_what_is_planned_ahead(page, write):
    made = repeat(write, page)
    services.change(recurrence=made, every="month", days=[31], at=time(9), by=ALICE, now=NOW)
    assert walls() == ["2026-11-30T09:00"]


def test_two_channels_count_as_one_day(page, write):
    repeat(write, page, make_channel(remote_id="9"), times=1)
    assert walls() == ["2026-11-26T18:00"] * 2


def test_what_cannot_be_planned_is_told_once_and_made_up_for_when_it_can(page, write, settings, cafe):
    settings.POST_LIMITS = dict.fromkeys(settings.POST_LIMITS, 0)
    made = repeat(write, page)
    again = services.extend(recurrence=made, now=NOW)
    assert (walls(), again) == ([], NOW + services.RETRY)
    (notice,) = Notice.objects.all()
    assert "could not be planned" in notice.sentence and notice.link == "/r/cafe/repeating/"
    settings.POST_LIMITS = dict.fromkeys(settings.POST_LIMITS, 10)
    services.extend(recurrence=made, now=NOW)
    notice.refresh_from_db()
    assert len(walls()) == 2 and notice.resolved_at


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"every": "day"}, "every week or every month"),
        ({"days": []}, "at least one day"),
        ({"days": [7]}, "at least one day"),
        ({"every": "month", "days": [0]}, "at least one day"),
        ({"ends_on": date(2026, 11, 1)}, "must not be before"),
        ({"times": 0}, "1 to 500 times"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(page, write, wrong, sentence):
    with pytest.raises(Refused, match=sentence):
        repeat(write, page, **wrong)
    assert not Recurrence.objects.exists()


def test_the_dispatcher_finds_what_is_due_and_nothing_else(cast, page, write):
    repeat(write, page)
    with schema_context("public"):
        assert tasks.run_due(now=NOW) == 0
        assert tasks.run_due(now=NOW + 8 * DAY) == 1
        assert tasks.run_due(now=NOW + 8 * DAY) == 0
    assert walls() == ["2026-11-26T18:00", "2026-12-03T18:00", "2026-12-10T18:00"]


def test_one_that_fails_does_not_stop_the_others_and_is_tried_later(cast, page, write, monkeypatch):
    broken, fine = repeat(write, page), repeat(write, make_channel(remote_id="9"))
    extend = services.extend

    def sometimes(*, recurrence, now):
        if recurrence.pk == broken.pk:
            raise ZeroDivisionError
        return extend(recurrence=recurrence, now=now)

    monkeypatch.setattr(services, "extend", sometimes)
    later = NOW + 7 * DAY
    with schema_context("public"):
        assert tasks.run_due(now=later) == 2
        rows = {row.pk: row for row in RecurringDue.objects.all()}
    assert (rows[broken.pk].tries, rows[broken.pk].next_run_at) == (1, later + tasks.FIRST_RETRY)
    assert rows[fine.pk].tries == 0 and rows[fine.pk].next_run_at > later


def test_a_run_that_was_killed_is_done_again(cast, page, write, monkeypatch):
    repeat(write, page)
    monkeypatch.setattr(tasks, "_run", lambda row, now: (_ for _ in ()).throw(KeyboardInterrupt))
    with schema_context("public"):
        with pytest.raises(KeyboardInterrupt):
            tasks.run_due(now=NOW + 7 * DAY)
        monkeypatch.undo()
        assert tasks.run_due(now=NOW + 7 * DAY) == 0  # somebody may still be at it
        assert tasks.run_due(now=NOW + 7 * DAY + tasks.LEASE) == 1


@pytest.mark.django_db(transaction=True)
def test_planners_at_once_plan_each_day_once(committed_cast):
    now = timezone.now()
    with tenant_context(committed_cast.cafe):
        channel = make_channel()
        post = compose_post(caption="Soup", by=ALICE, now=now)
        made = Recurrence.objects.create(
            post=post, every="week", days=[0, 2, 4], at=time(18), starts_on=now.date(), created_at=now
        )
        made.channels.set([channel])
    start, problems = threading.Barrier(4), []

    def plan():
        try:
            with tenant_context(committed_cast.cafe):
                start.wait()
                services.extend(recurrence=made, now=now)
        except Exception as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=plan) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with tenant_context(committed_cast.cafe):
        planned = list(Publication.objects.values_list("publish_at", flat=True))
    assert problems == []
    assert len(planned) == len(set(planned)) >= 5


# --- page and API --------------------------------------------------------------------------------


@pytest.fixture
def alice(cast, cafe):
    return at_home(cast.alice, cafe)


def form(where, **fields):
    values = {"every": "week", "weekday": ["1", "3"], "at": "18:00", "channel": str(where.pk), "until": ""}
    return values | fields


def test_a_post_is_repeated_paused_and_ended_on_its_pages(alice, page, write):
    post = write("Happy hour")
    address = f"/r/cafe/posts/{post.pk}/repeat/"
    assert "Repeat this post" in alice.get(address).text
    answer = alice.post(address, form(page), follow=True)
    assert "days are planned so far" in answer.text
    assert "Every week on Tuesday, Thursday at 6:00 pm" in answer.text
    made = Recurrence.objects.get()
    for act, word in (("pause", "Paused"), ("resume", "Running"), ("end", "Over")):
        assert word in alice.post(f"/r/cafe/repeating/{made.pk}/", {"act": act}, follow=True).text
    assert walls() == []
    assert alice.post(f"/r/cafe/repeating/{made.pk}/", {"act": "pause"}).status_code in (302, 409)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"weekday": []}, "at least one day"),
        ({"weekday": ["x", "٣", "999"]}, "at least one day"),
        ({"at": ""}, "Choose a time of day"),
        ({"channel": "x"}, "Choose where"),
        ({"until": "day", "ends_on": ""}, "Choose the last day"),
        ({"until": "day", "ends_on": "2020-01-01"}, "must not be before"),
        ({"until": "times", "times": "-1"}, "Say how many times"),
        ({"every": "sometimes"}, "every week or every month"),
    ],
)
def test_a_form_with_a_mistake_comes_back_with_its_sentence(alice, page, write, wrong, sentence):
    answer = alice.post(f"/r/cafe/posts/{write().pk}/repeat/", form(page, **wrong))
    assert answer.status_code == 422 and sentence in answer.text


def test_many_repeating_posts_cost_as_many_queries_as_one(alice, page, write):
    repeat(write, page)
    alice.get("/r/cafe/repeating/")
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as captured:
            assert alice.get("/r/cafe/repeating/").status_code == 200
        counts.append(len(captured))
        for number in range(3):
            repeat(write, make_channel(remote_id=f"8{_round}{number}"), at=time(8 + number))
    assert counts[0] == counts[1] <= 13


def test_nothing_of_it_reaches_another_restaurant(cast, cafe, page, write):
    made = repeat(write, page)
    charlie = at_home(cast.charlie, cafe)
    assert charlie.post(f"/r/bakery/repeating/{made.pk}/", {"act": "end"}).status_code == 404
    assert "Every week" not in charlie.get("/r/bakery/repeating/").text


def test_partners_repeat_posts_too(cast, cafe, page, write):
    _key, text = tenant_services.create_key(
        tenant=cafe, name="k", scopes=["view", "publish", "compose"], by=ALICE, now=NOW
    )
    client = at_home(cast.alice, cafe)
    client.logout()

    def send(path, body=None):
        return client.post(
            f"/api/v1/{path}",
            body or {},
            content_type="application/json",
            headers={"Authorization": f"Bearer {text}"},
        )

    body = {
        "post_id": str(write().pk),
        "account_ids": [str(page.pk)],
        "every": "month",
        "days": [31],
        "time": "18:00",
        "max_times": 3,
    }
    made = send("posts/recurring", body)
    assert made.status_code == 201, made.content
    answer = made.json()
    assert (answer["status"], answer["time"], answer["days"]) == ("running", "18:00", [31])
    assert send(f"recurring/{answer['id']}/pause").json()["status"] == "paused"
    assert send(f"recurring/{answer['id']}/resume").json()["status"] == "running"
    assert send(f"recurring/{answer['id']}/end").json()["status"] == "over"
    listed = client.get(
        f"/api/v1/tenants/{cafe.pk}/recurring", headers={"Authorization": f"Bearer {text}"}
    ).json()
    assert str(answer["id"]) in str(listed)
    assert send("posts/recurring", body | {"days": [0]}).status_code == 400


def test_the_rule_is_changed_on_its_page_and_what_is_ahead_is_planned_anew(cast, cafe, page, write):
    made = services.repeat(
        post=write(), channels=[page], every="week", days=[3], at=time(18), by=ALICE, now=timezone.now()
    )
    other = make_channel(remote_id="999", name="Second page")
    alice = at_home(cast.alice, cafe)
    address = f"/r/cafe/repeating/{made.pk}/change/"
    shown = alice.get(address).text
    assert 'name="at" value="18:00"' in shown and f'value="{page.pk}" checked' in shown
    assert f'value="{other.pk}" checked' not in shown
    given = {"every": "week", "weekday": ["1"], "at": "09:30", "channel": [str(page.pk), str(other.pk)]}
    assert alice.post(address, given).status_code == 302
    made.refresh_from_db()
    assert made.words == "Every week on Tuesday at 9:30 am"
    planned = Publication.objects.filter(state=State.SCHEDULED)
    assert {one.channel_id for one in planned} == {page.pk, other.pk}
    assert {one.local_at[11:] for one in planned} == {"09:30"}
    assert alice.post(address, given | {"channel": []}).status_code == 422
    assert "Comes back" in alice.get(f"/r/cafe/posts/{made.post_id}/").text
    services.end(recurrence=made, by=ALICE, now=timezone.now())
    assert alice.get(address).status_code == 302 and alice.post(address, given).status_code == 302
    assert not planned.all().exists()


def test_a_partner_changes_the_rule_and_one_that_is_over_stays_over(cast, cafe, page, write):
    made = services.repeat(
        post=write(), channels=[page], every="week", days=[3], at=time(18), by=ALICE, now=timezone.now()
    )
    alice = at_home(cast.alice, cafe)
    body = {"account_ids": [str(page.pk)], "every": "month", "days": [31], "time": "12:00", "max_times": 3}
    address = f"/api/v1/recurring/{made.pk}"

    def put():
        return alice.put(address, body, content_type="application/json")

    changed = put().json()
    assert (changed["every"], changed["days"], changed["time"], changed["max_times"]) == (
        "month",
        [31],
        "12:00",
        3,
    )
    assert alice.get(address).json() == changed
    services.end(recurrence=made, by=ALICE, now=timezone.now())
    assert put().status_code == 409
