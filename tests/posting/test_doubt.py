"""Meta's answers to a flip get lost, lie and come late: the public still sees each post once."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from posting import services
from posting.dispatch import ledger, outcomes
from posting.dispatch.claim import claim
from posting.dispatch.outcomes import Outcome
from posting.dispatch.terms import Answer, Call, Class
from posting.states import State
from social.signals import feed_event
from tests.posting.kitchen import BY

FLIPS = {"facebook": "post.publish", "instagram": "ig.media_publish"}
LOST_AFTER = [
    {"mode": "lost_after_commit"},
    {"mode": "http500_after"},
    {"mode": "html502_after"},
    {"mode": "malformed"},
    {"mode": "code", "code": 4, "subcode": 2207051, "after_commit": True},
    {"mode": "code", "code": 100, "after_commit": True},
    {"mode": "code", "code": 190, "subcode": 463, "after_commit": True},
]


def flips(kitchen, publication):
    return [a for a in kitchen.attempts(publication) if a.call == "flip"]


def place(kitchen, platform):
    return kitchen.page if platform == "facebook" else kitchen.instagram


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
@pytest.mark.parametrize(
    "fault", LOST_AFTER, ids=lambda fault: f"{fault['mode']} {fault.get('code', '')}".strip()
)
def test_an_error_after_the_post_went_out_is_looked_up_and_never_repeated(kitchen, platform, fault):
    publication = kitchen.plan(place(kitchen, platform), kitchen.post(photos=1))
    kitchen.meta.fault(label=FLIPS[platform], **fault)
    kitchen.run()
    assert kitchen.fresh(publication).state == State.VERIFYING
    kitchen.later(publication, seconds=3)
    kitchen.run()
    done = kitchen.fresh(publication)
    (seen,) = kitchen.visible(place(kitchen, platform))
    assert (done.state, done.remote_id) == (State.PUBLISHED, seen["object_id"])
    assert done.permalink
    assert len(flips(kitchen, publication)) == 1


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
def test_a_flip_that_did_nothing_is_sent_again_for_the_same_object_after_the_quarantine(kitchen, platform):
    publication = kitchen.plan(place(kitchen, platform), kitchen.post(photos=1))
    kitchen.meta.fault("lost_before", FLIPS[platform])
    kitchen.run()
    before = kitchen.due(publication)
    kitchen.later(publication, seconds=3)
    kitchen.run()
    assert kitchen.fresh(publication).state == State.VERIFYING  # an early "no" counts for nothing
    kitchen.later(publication, seconds=70)
    for _ in range(3):
        kitchen.run()
        kitchen.later(publication, seconds=31)
    done = kitchen.due(publication)
    assert done.state == State.PUBLISHED
    assert done.remote_object_id == before.remote_object_id
    assert len(flips(kitchen, publication)) == 2
    assert len(kitchen.visible(place(kitchen, platform))) == 1


def test_a_lagging_status_is_outvoted_by_the_list_of_media(kitchen):
    publication = kitchen.plan(kitchen.instagram, kitchen.post(photos=1))
    kitchen.meta.fault("lost_after_commit", "ig.media_publish")
    kitchen.meta.fault("status_lag", "ig.media_publish", seconds=3600)
    kitchen.run()
    kitchen.later(publication, seconds=3)
    kitchen.run()
    assert kitchen.fresh(publication).state == State.PUBLISHED
    assert len(flips(kitchen, publication)) == 1


def test_two_posts_with_the_same_words_are_never_taken_for_each_other(kitchen):
    first = kitchen.plan(kitchen.instagram, kitchen.post("Same words", 1))
    kitchen.meta.fault("lost_after_commit", "ig.media_publish")
    kitchen.run()  # out, its answer lost, its medium unknown
    second = kitchen.plan(kitchen.instagram, kitchen.post("Same words", 1))
    kitchen.meta.fault("lost_before", "ig.media_publish")
    kitchen.run()  # not out
    kitchen.later(second, seconds=3)
    kitchen.run()
    assert kitchen.fresh(second).state == State.VERIFYING  # the first one's medium proves nothing for it
    for _ in range(8):
        kitchen.later(first, seconds=40)
        kitchen.later(second, seconds=40)
        kitchen.run()
    assert kitchen.fresh(first).state == kitchen.fresh(second).state == State.PUBLISHED
    assert len(kitchen.visible(kitchen.instagram)) == 2


def test_a_webhook_proves_what_no_read_could(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post())
    kitchen.meta.fault("lost_after_commit", "post.publish")
    kitchen.run()
    due = kitchen.due(publication)
    assert due.state == State.VERIFYING
    with tenant_context(kitchen.tenant):
        event = {"verb": "add", "item": "status", "published": 1, "post_id": due.remote_object_id}
        for _ in range(2):  # they come twice
            feed_event.send(
                sender=None, channel=kitchen.page, field="feed", value=event, at=None, now=timezone.now()
            )
    kitchen.run()
    done = kitchen.due(publication)
    assert (done.state, done.evidence["by"]) == (State.PUBLISHED, "webhook")
    assert kitchen.fresh(publication).permalink


def test_a_crash_in_mid_flip_is_looked_up_and_never_flipped_blindly(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post())
    kitchen.flip_job(publication)
    kitchen.later(publication, seconds=61)  # the lease runs out, nobody came back
    claim(owner="other", limit=5)
    assert kitchen.due(publication).state == State.VERIFYING
    assert [a.klass for a in flips(kitchen, publication)] == ["unknown"]
    kitchen.later(publication, seconds=70)
    kitchen.run()
    assert kitchen.fresh(publication).state == State.PUBLISHED
    assert len(kitchen.visible(kitchen.page)) == 1


def test_a_stale_workers_good_news_is_believed_and_its_bad_news_is_not(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post())
    job = kitchen.flip_job(publication)
    kitchen.later(publication, seconds=61)
    claim(owner="other", limit=5)  # the lease was taken over: verifying
    now = timezone.now()
    bad = outcomes.settle([Outcome(job, Answer(Call.FLIP, Class.UNSENT))], owner="dead", now=now)
    assert (bad.stale, kitchen.due(publication).state) == (1, State.VERIFYING)
    good = Answer(Call.FLIP, Class.ACCEPTED, evidence={"flip": "accepted"})
    outcomes.settle([Outcome(job, good)], owner="dead", now=now)
    assert kitchen.due(publication).state == State.PUBLISHED
    assert kitchen.due(publication).evidence["by"] == "late answer"


def test_the_same_outcome_written_twice_counts_once(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post())
    job = kitchen.flip_job(publication)
    lost = [Outcome(job, Answer(Call.FLIP, Class.UNKNOWN))]
    now = timezone.now()
    assert outcomes.settle(lost, owner="p", now=now).written == 1
    assert outcomes.settle(lost, owner="p", now=now).written == 0


def test_a_page_story_without_an_answer_is_asked_about_and_not_repeated(kitchen):
    story = kitchen.plan(kitchen.page, kitchen.post("", 1, kind="story"))
    kitchen.meta.fault("lost_after_commit", "page.photo_stories.create")
    kitchen.run()
    kitchen.later(story, seconds=61)
    kitchen.run()
    asked = kitchen.fresh(story)
    assert asked.state == State.NEEDS_OWNER
    assert "stories cannot be looked up" in asked.reason_text
    with tenant_context(kitchen.tenant):
        services.answer_doubt(publication=asked, answer="there", by=BY, now=timezone.now())
    assert kitchen.fresh(story).state == State.PUBLISHED
    assert len(flips(kitchen, story)) == 1


@pytest.mark.parametrize(
    ("answer", "state", "seen"), [("again", State.PUBLISHED, 2), ("let_go", State.CANCELLED, 1)]
)
def test_only_a_person_may_have_a_doubtful_story_made_anew(kitchen, answer, state, seen):
    story = kitchen.plan(kitchen.page, kitchen.post("", 1, kind="story"))
    kitchen.meta.fault("lost_after_commit", "page.photo_stories.create")
    kitchen.run()
    kitchen.later(story, seconds=61)
    kitchen.run()
    with tenant_context(kitchen.tenant):
        services.answer_doubt(publication=kitchen.fresh(story), answer=answer, by=BY, now=timezone.now())
    kitchen.run()
    assert kitchen.fresh(story).state == state
    assert len(kitchen.visible(kitchen.page)) == seen


def test_a_doubt_that_lasts_a_day_is_put_to_the_owner(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post())
    kitchen.meta.fault("lost_after_commit", "post.publish")
    kitchen.meta.fault("http500_before", "post.get", times=None, after=1)
    kitchen.run()
    kitchen.later(publication, hours=25)
    kitchen.run()
    asked = kitchen.fresh(publication)
    assert asked.state == State.NEEDS_OWNER
    assert asked.fix == "answer"
    kitchen.meta.control("faults", method="DELETE")
    with tenant_context(kitchen.tenant):
        services.answer_doubt(publication=asked, answer="look", by=BY, now=timezone.now())
    kitchen.run()
    assert kitchen.fresh(publication).state == State.PUBLISHED


def test_nothing_going_out_can_be_taken_back_and_the_owner_is_told(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post())
    kitchen.flip_job(publication)
    with tenant_context(kitchen.tenant), pytest.raises(Exception, match="this very moment"):
        services.cancel(publication=publication, by=BY, now=timezone.now())
    with tenant_context(kitchen.tenant), pytest.raises(Exception, match="this very moment"):
        services.reschedule(
            publication=publication, publish_at=timezone.now() + timedelta(days=1), by=BY, now=timezone.now()
        )


def test_rows_leased_to_a_lost_claim_go_back_unsent(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post())
    claim(owner="me", limit=1)  # committed, but its caller never heard of it
    publisher = kitchen.run(owner="me", seconds=0)
    publisher._give_back()
    assert kitchen.due(publication).state == State.SCHEDULED
    assert ledger.read("d.lease_owner = %s", ["me"]) == []


@pytest.mark.parametrize(("posts", "state"), [(5, State.SCHEDULED), (1, State.QUARANTINED)])
def test_a_process_that_dies_with_many_posts_in_hand_puts_the_blame_on_none_of_them(kitchen, posts, state):
    made = [kitchen.plan(kitchen.page, kitchen.post(f"Post {number}")) for number in range(posts)]
    for _ in range(3):
        assert len(claim(owner="dead", limit=10).jobs) == posts
        for one in made:
            kitchen.later(one, seconds=100)
        claim(owner="who finds it", limit=10)
        for one in made:
            kitchen.later(one, seconds=200)
    assert {kitchen.due(one).state for one in made} == {state}


def test_a_story_is_not_taken_for_another_story_that_shows_no_words_either(kitchen):
    first = kitchen.plan(kitchen.instagram, kitchen.post("First", 1, kind="story"))
    kitchen.meta.fault("lost_after_commit", "ig.media_publish")
    kitchen.run()  # out, its answer lost, its medium unknown
    second = kitchen.plan(kitchen.instagram, kitchen.post("Second", 1, kind="story"))
    kitchen.meta.fault("lost_before", "ig.media_publish")
    kitchen.run()  # not out
    kitchen.later(second, seconds=3)
    kitchen.run()
    assert kitchen.fresh(second).state == State.VERIFYING
    for _ in range(8):
        kitchen.later(first, seconds=40)
        kitchen.later(second, seconds=40)
        kitchen.run()
    assert kitchen.fresh(first).state == kitchen.fresh(second).state == State.PUBLISHED
    assert len(kitchen.visible(kitchen.instagram)) == 2
