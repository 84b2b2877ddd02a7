"""Planning, taking back, moving: what is written, what is refused, and who wins a race."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from posting import services
from posting.dispatch import engine, ledger
from posting.dispatch.claim import claim
from posting.dispatch.models import ChannelSlot, Due
from posting.dispatch.terms import Call
from posting.models import Publication
from posting.states import State
from tenants.errors import Refused
from tests.posting.conftest import ALICE, NOW, make_channel

HOUR = timedelta(hours=1)


def plan(post, channels, **fields):
    return services.schedule(post=post, channels=channels, by=ALICE, now=NOW, **fields)


def refusal(**call):
    with pytest.raises(Refused) as caught, transaction.atomic():
        services.schedule(by=ALICE, now=NOW, **call)
    return caught.value.code


def test_scheduling_writes_publication_due_row_and_slot_together(page, write):
    (publication,) = plan(write(), [page], publish_at=NOW + HOUR)
    due = Due.objects.get(publication_id=publication.pk)
    assert publication.state == due.state == State.SCHEDULED
    assert due.due_at == NOW + HOUR
    assert due.arm_at == due.next_action_at == NOW + HOUR - timedelta(minutes=10)
    assert due.not_after == publication.not_after == NOW + 3 * HOUR
    assert publication.local_at == "2026-11-23T07:00"  # Chicago
    assert publication.snapshot["caption"] == "Pizza day"
    assert ChannelSlot.objects.get(pk=page.pk).schema_name == "t_cafe"
    assert [t.sentence for t in publication.transitions.all()] == ["Scheduled."]


def test_publishing_now_is_due_at_once(page, write):
    (publication,) = plan(write(), [page])
    due = Due.objects.get(publication_id=publication.pk)
    assert due.due_at == due.arm_at == due.next_action_at == NOW


def test_one_post_may_go_to_several_channels(page, write):
    other = make_channel(remote_id="55")
    assert len(plan(write(), [page, other, page])) == 2


def test_a_form_sent_twice_publishes_once(page, write):
    post = write()
    plan(post, [page])
    assert refusal(post=post, channels=[page]) == "already_there"
    assert Publication.objects.count() == 1


def test_bad_wishes_are_refused_and_nothing_is_written(page, write):
    post = write()
    assert refusal(post=post, channels=[]) == "channel_missing"
    assert refusal(post=post, channels=[page], publish_at=NOW - HOUR) == "past"
    assert refusal(post=post, channels=[page], publish_at=NOW + timedelta(days=400)) == "too_far"
    assert refusal(post=post, channels=[page], publish_at=NOW, not_after=NOW) == "deadline"
    assert refusal(post=post, channels=[make_channel("instagram", "9")]) == "instagram_needs_media"
    assert (
        refusal(post=post, channels=[make_channel(remote_id="8", state="needs_reconnect")])
        == "channel_disconnected"
    )
    assert not Publication.objects.exists()
    assert not Due.objects.exists()


def test_one_refused_channel_keeps_all_others_back(page, write):
    assert refusal(post=write(), channels=[page, make_channel("instagram", "9")]) == "instagram_needs_media"
    assert not Due.objects.exists()


def test_the_plan_limits_posts_of_the_restaurants_day(page, write, settings):
    settings.POST_LIMITS = {"basic": 1}
    post = write()
    plan(post, [page], publish_at=NOW + HOUR)
    other = make_channel(remote_id="55")
    plan(post, [other], publish_at=NOW + HOUR)  # the same post elsewhere is the same post
    second = write("Pasta day")
    assert refusal(post=second, channels=[page], publish_at=NOW + HOUR) == "post_limit"
    plan(second, [page], publish_at=NOW + timedelta(hours=18))  # 0:00 in Chicago: the next day


def test_cancelling_takes_it_back_for_good(page, write):
    (publication,) = plan(write(), [page], publish_at=NOW + HOUR)
    services.cancel(publication=publication, by=ALICE, now=NOW)
    assert publication.state == State.CANCELLED
    assert Due.objects.get().state == State.CANCELLED
    services.cancel(publication=publication, by=ALICE, now=NOW)  # again: nothing changes
    assert claim(owner="p", limit=5, now=NOW + HOUR).jobs == []
    plan(publication.post, [page])  # and may be planned anew


def test_a_cancel_beats_a_preparation_in_the_air(page, write):
    (publication,) = plan(write(), [page])
    (job,) = claim(owner="p", limit=5, now=NOW).jobs
    assert job.call is Call.PREPARE
    services.cancel(publication=publication, by=ALICE, now=NOW)
    late = ledger.Change(job.record, engine.crashed(job.record.row, NOW), by="x")
    assert ledger.write([late], now=NOW) == set()
    assert Due.objects.get().state == State.CANCELLED


def test_moving_makes_a_new_version_with_the_words_of_today(page, write):
    post = write()
    (publication,) = plan(post, [page], publish_at=NOW + HOUR)
    post.caption = "Better words"
    post.save()
    services.reschedule(publication=publication, publish_at=NOW + 2 * HOUR, by=ALICE, now=NOW)
    assert publication.version == 2
    assert publication.snapshot["caption"] == "Better words"
    assert publication.local_at == "2026-11-23T08:00"
    states = dict(Due.objects.values_list("version", "state"))
    assert states == {1: State.CANCELLED, 2: State.SCHEDULED}
    assert [t.new for t in publication.transitions.all()] == ["scheduled", "scheduled"]


def test_an_edit_reaches_what_is_still_to_go_out(page, write):
    post = write()
    plan(post, [page], publish_at=NOW + HOUR)
    post.caption = "New"
    post.save()
    (changed,) = services.apply_edit(post=post, by=ALICE, now=NOW)
    assert (changed.version, changed.snapshot["caption"], changed.publish_at) == (2, "New", NOW + HOUR)


def test_the_database_refuses_what_the_code_should_never_do(page, write):
    plan(write(), [page])
    due = Due.objects.get()
    for forbidden in (
        "state = 'flipping'",
        "state = 'published', published_at = now(), evidence = '{\"by\": \"x\"}'",
        "fence = 7",
        "lease_until = now()",
        "flips = 1",
        "publication_id = gen_random_uuid()",
        "state = 'armed'",
    ):
        with (
            pytest.raises(Exception, match=r"due |violates"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE dispatch_due SET {forbidden} WHERE id = %s", [due.pk])
    with pytest.raises(Exception, match="only finished"), transaction.atomic():
        due.delete()
