"""Partners plan a month over the API: a job, its progress, its posts, approving, stopping."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from content.calendar import working
from content.calendar.models import Calendar
from content.models import Post
from posting.board import spans
from posting.models import Publication
from tests.content.conftest import add_dish

MONTH = spans.month_of(timezone.now().date()).moved(1).key


@pytest.fixture
def call(cast, cafe, page):
    """Alice's session on the cafe; the schema is entered again after each request."""
    add_dish("Margherita")
    client = cast.client(cast.alice)

    def ask(method, path, body=None, **headers):
        headers = {"X-Tenant-Id": str(cast.cafe.pk), **headers}
        answer = getattr(client, method)(
            f"/api/v1/{path}", data=body, content_type="application/json", headers=headers
        )
        connection.set_tenant(cast.cafe)
        return answer

    return ask


def write_all():
    calendar = Calendar.objects.get()
    Calendar.objects.filter(pk=calendar.pk).update(updated_at=timezone.now())
    calendar.slots.update(next_action_at=timezone.now() - timedelta(seconds=1))
    while working.advance(calendar_id=calendar.pk, at_once=1):
        pass


def test_a_month_is_a_job_that_ends_in_posts_with_reasons(call):
    made = call(
        "post", "calendars", {"month": MONTH, "count": 5, "mode": "templates"}, **{"Idempotency-Key": "a"}
    )
    assert made.status_code == 202
    job = made.json()
    assert made["Location"] == f"/api/v1/calendars/{job['id']}"
    assert (job["status"], job["finished"], job["progress"]["total"]) == ("writing", False, 5)
    write_all()
    whole = call("get", f"calendars/{job['id']}").json()
    assert whole["finished"] is True
    assert all(post["caption"] and post["reason"] and post["generation_id"] for post in whole["posts"])
    assert call("get", "calendars").json()["data"][0]["id"] == job["id"]


def test_the_same_key_finds_the_same_month(call):
    body = {"month": MONTH, "count": 5, "mode": "templates"}
    first, second = (call("post", "calendars", body, **{"Idempotency-Key": "b"}).json() for _ in range(2))
    assert first["id"] == second["id"]
    assert Calendar.objects.count() == 1


def test_approving_schedules_and_names_what_was_refused(call):
    job = call("post", "calendars", {"month": MONTH, "count": 5}, **{"Idempotency-Key": "c"}).json()
    write_all()
    bad = Calendar.objects.get().slots.in_order().first()
    Post.objects.filter(pk=bad.post_id).update(caption="x" * 70_000)
    answer = call("post", f"calendars/{job['id']}/approve", {}, **{"Idempotency-Key": "d"}).json()
    assert (answer["scheduled"], answer["refused"]) == (4, 1)
    assert [post["id"] for post in answer["posts"] if post["refused"]] == [str(bad.pk)]
    assert Publication.objects.count() == 4


def test_stopping_keeps_what_is_there(call):
    job = call("post", "calendars", {"month": MONTH, "count": 5}, **{"Idempotency-Key": "e"}).json()
    stopped = call("post", f"calendars/{job['id']}/cancel", **{"Idempotency-Key": "f"}).json()
    assert (stopped["status"], stopped["finished"]) == ("cancelled", True)


@pytest.mark.parametrize(
    "body",
    [
        {"month": MONTH, "count": 32},
        {"month": "2026-13"},
        {},
        {"month": MONTH, "mode": "magic"},
        {"month": MONTH, "mix": {"cats": 3}},
        {"month": MONTH, "blackout_days": ["x"]},
        {"month": MONTH, "counts": 8},
        {"month": "2001-01"},
        {"month": MONTH, "account_ids": ["7c1f6a52-0a51-4d6f-9b0e-1f2c3d4e5f60"]},
    ],
)
def test_a_wrong_request_is_a_problem_with_a_sentence(call, body):
    answer = call("post", "calendars", body, **{"Idempotency-Key": "g"})
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")
    assert not Calendar.objects.exists()
