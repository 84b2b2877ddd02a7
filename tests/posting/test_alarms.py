"""Who is told when a post stops, and when it goes on again; the lines of the summary."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from django_tenants.utils import tenant_context

from posting import alarms, services
from posting.dispatch import ledger
from posting.dispatch.ledger import Change
from posting.dispatch.terms import Move, Why
from posting.models import Publication
from posting.services import cancel, schedule
from posting.states import State
from tenants.notices import tasks
from tenants.notices.mailing import send_due
from tenants.notices.models import Notice, Telling
from tests.posting.conftest import ALICE, NOW
from tests.posting.kitchen import BY


def stop(publication, code="deadline", state=State.MISSED):
    record = ledger.living(publication.pk)
    return Change(record, Move(replace(record.row, state=state), why=Why(code)), by="test")


def plan(page, write, number=0):
    (made,) = schedule(
        post=write(f"Soup {number}"),
        channels=[page],
        publish_at=NOW + timedelta(hours=number + 1),
        by=ALICE,
        now=NOW,
    )
    return made


def test_a_post_that_stops_is_told_with_its_reason_and_the_way_to_it(page, write, cafe, mailoutbox):
    made = plan(page, write)
    for _time in range(2):
        alarms.publications_moved([stop(made)], now=NOW)
    (notice,) = Notice.objects.all()
    assert notice.sentence.startswith(
        "A post for Facebook needs you. It could not go out before its deadline"
    )
    assert notice.link == f"/r/cafe/needs-you/#p-{made.pk}"
    assert Telling.objects.count() == 2
    send_due(now=NOW)
    assert len(mailoutbox) == 2 and "/r/cafe/needs-you/#p-" in mailoutbox[0].body


def test_what_the_channel_itself_is_told_about_is_not_told_post_by_post(page, write, cafe):
    alarms.publications_moved([stop(plan(page, write), "token", State.HELD)], now=NOW)
    assert not Notice.objects.exists()


def test_many_that_stop_at_once_are_one_notice(page, write, cafe, settings):
    settings.POST_LIMITS = dict.fromkeys(settings.POST_LIMITS, 100)
    alarms.publications_moved([stop(plan(page, write, n)) for n in range(11)], now=NOW)
    (notice,) = Notice.objects.all()
    assert notice.sentence == "11 posts could not go on by themselves."


def test_a_fault_while_telling_does_not_stop_the_post(page, write, cafe, monkeypatch):
    def broken(*_arguments, **_fields):
        raise OperationalError

    monkeypatch.setattr(alarms, "notify", broken)
    alarms.publications_moved([stop(plan(page, write))], now=NOW)
    assert Publication.objects.count() == 1


def test_no_broker_is_asked_on_the_publishers_road(page, write, cafe, monkeypatch):
    monkeypatch.setattr(tasks.mail, "wake", lambda **_: pytest.fail("a broker was asked"))
    alarms.publications_moved([stop(plan(page, write))], now=NOW)
    assert Telling.objects.mail_due(NOW).count() == 2


def test_the_summary_says_what_went_out_and_what_comes(page, write, cafe):
    assert alarms.digest(cafe, since=NOW - timedelta(days=7), now=NOW) == []
    first = plan(page, write)
    assert alarms.digest(cafe, since=NOW - timedelta(days=7), now=NOW) == [
        "1 post is planned, on Mon 23 Nov."
    ]
    cancel(publication=first, by=ALICE, now=NOW)
    done = plan(page, write, 5)
    Publication.objects.filter(pk=done.pk).update(
        state=State.PUBLISHED, published_at=NOW - timedelta(hours=1)
    )
    assert alarms.digest(cafe, since=NOW - timedelta(days=7), now=NOW) == [
        "1 post went out.",
        "Nothing is planned yet.",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_real_refusal_is_told_and_a_retry_that_works_takes_it_back(kitchen):
    publication = kitchen.plan(kitchen.instagram, kitchen.post(photos=1))
    kitchen.meta.fault("code", "ig.media.create", code=36003, subcode=2207009)
    kitchen.run()
    (notice,) = Notice.objects.all()
    assert "A post for Instagram needs you." in notice.sentence
    with tenant_context(kitchen.tenant):
        services.retry(publication=kitchen.fresh(publication), by=BY, now=timezone.now())
    kitchen.run()
    assert kitchen.fresh(publication).state == State.PUBLISHED
    notice.refresh_from_db()
    assert notice.resolved_at is not None
