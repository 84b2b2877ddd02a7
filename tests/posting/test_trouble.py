"""What goes wrong before anything is visible: refusals, limits, dead tokens, pauses, deadlines."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from posting import services
from posting.dispatch import gate
from posting.dispatch.models import AppGate, ChannelSlot, Due
from posting.states import State
from social.models import Channel
from social.tokens import put_token, set_channel_state
from social.vault import Secret
from tenants.errors import Refused
from tenants.models import Tenant
from tests.posting.kitchen import BY
from tests.sandbox_process import KRUSTY

HOUR = timedelta(hours=1)


def test_a_lost_answer_while_preparing_leaves_only_invisible_things_behind(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post(photos=2))
    kitchen.meta.fault("lost_after_commit", "page.photos.create")
    kitchen.meta.fault("http500_after", "page.feed.create")
    for _ in range(4):
        kitchen.run()
        kitchen.later(publication, seconds=30)
    assert kitchen.fresh(publication).state == State.PUBLISHED
    (seen,) = kitchen.visible(kitchen.page)
    assert len(seen["media"]) == 2


@pytest.mark.parametrize(
    ("label", "code", "subcode", "sentence", "fix"),
    [
        ("ig.media.create", 36003, 2207009, "this shape", "edit"),
        ("ig.media.create", 36004, 2207010, "caption is too long", "edit"),
        ("ig.media.create", 25, 2207050, "restricted this account", "account"),
    ],
)
def test_a_definite_refusal_is_told_in_plain_words_with_one_button(
    kitchen, label, code, subcode, sentence, fix
):
    publication = kitchen.plan(kitchen.instagram, kitchen.post(photos=1))
    kitchen.meta.fault("code", label, code=code, subcode=subcode)
    kitchen.run()
    refused = kitchen.fresh(publication)
    assert refused.state == State.REJECTED
    assert sentence in refused.reason_text
    assert refused.fix == fix
    assert kitchen.visible(kitchen.instagram) == []
    with tenant_context(kitchen.tenant):
        services.retry(publication=refused, by=BY, now=timezone.now())
    kitchen.run()
    assert kitchen.fresh(publication).state == State.PUBLISHED


def test_a_carousel_with_a_failing_photo_never_goes_out_without_it(kitchen):
    publication = kitchen.plan(kitchen.instagram, kitchen.post(photos=3))
    kitchen.meta.fault("container_error", "ig.media.create", subcode=2207052, after=1)
    kitchen.run()
    assert kitchen.fresh(publication).state == State.REJECTED
    assert kitchen.visible(kitchen.instagram) == []


def test_a_photo_that_instagram_dropped_by_itself_is_told(kitchen):
    publication = kitchen.plan(kitchen.instagram, kitchen.post(photos=3))
    kitchen.meta.fault("drop_carousel_child", "ig.media_publish")
    kitchen.run()
    done = kitchen.fresh(publication)
    assert done.state == State.PUBLISHED
    assert "fewer photos" in done.reason_text


def test_a_throttled_channel_rests_and_others_go_on(kitchen):
    publication = kitchen.plan(kitchen.instagram, kitchen.post(photos=1))
    kitchen.meta.fault("throttle", "ig.media.create", code=80002, minutes=7)
    other = kitchen.plan(kitchen.page, kitchen.post())
    kitchen.run()
    waiting, slot = kitchen.due(publication), ChannelSlot.objects.get(pk=kitchen.instagram.pk)
    assert waiting.state == State.SCHEDULED
    assert timedelta(minutes=6) < waiting.next_action_at - timezone.now() < timedelta(minutes=8)
    assert slot.cooldown_until > timezone.now() + timedelta(minutes=6)
    assert kitchen.fresh(other).state == State.PUBLISHED


def test_a_throttle_of_the_app_closes_the_gate_for_everybody(kitchen):
    kitchen.plan(kitchen.page, kitchen.post())
    kitchen.meta.fault("throttle", "page.feed.create", code=4, minutes=5)
    kitchen.run()
    other = kitchen.plan(kitchen.page, kitchen.post("Second"))
    kitchen.run()
    assert AppGate.objects.get().closed_until > timezone.now()
    assert kitchen.due(other).state == State.SCHEDULED


def test_a_tired_meta_prepares_only_what_is_due_soon(kitchen):
    later = kitchen.plan(kitchen.page, kitchen.post(), publish_at=timezone.now() + timedelta(minutes=9))
    soon = kitchen.plan(kitchen.page, kitchen.post("Soon"), publish_at=timezone.now() + timedelta(minutes=1))
    gate.read_gate(timezone.now())
    gate.note_usage(85, timezone.now())
    kitchen.run()
    assert kitchen.due(later).state == State.SCHEDULED
    assert kitchen.due(soon).state == State.ARMED


def test_nothing_goes_out_before_its_minute(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post(), publish_at=timezone.now() + timedelta(minutes=5))
    kitchen.run()
    assert kitchen.fresh(publication).state == State.ARMED
    assert kitchen.visible(kitchen.page) == []


def test_a_dead_token_holds_the_post_and_a_reconnect_sends_it(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post())
    second = kitchen.plan(
        kitchen.page, kitchen.post("Second"), publish_at=timezone.now() + timedelta(minutes=1)
    )
    kitchen.meta.control("tokens/invalidate", {"page": KRUSTY, "subcode": 460})
    kitchen.run()
    # The two are loaded at once: whichever used the token that the other had just read asks again first.
    for one in (publication, second):
        kitchen.later(one, seconds=5)
    kitchen.run()
    held = kitchen.fresh(publication)
    assert held.state == State.HELD
    assert held.fix == "reconnect"
    assert kitchen.fresh(second).state == State.HELD
    with tenant_context(kitchen.tenant):
        channel = Channel.objects.get(pk=kitchen.page.pk)
        assert channel.state == "needs_reconnect"
        token = {p["id"]: p["access_token"] for p in kitchen.meta.connect()["pages"]}[KRUSTY]
        put_token(channel, Secret(token))
        set_channel_state(channel, "active", "", by=BY, now=timezone.now(), also=["token_sealed"])
    kitchen.run()
    assert kitchen.fresh(publication).state == State.PUBLISHED
    assert kitchen.fresh(second).state == State.ARMED


def test_a_token_that_dies_with_the_flip_is_asked_about_after_the_reconnect(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post())
    kitchen.meta.fault("lost_after_commit", "post.publish")
    kitchen.run()
    kitchen.meta.control("tokens/invalidate", {"page": KRUSTY, "subcode": 460})
    kitchen.later(publication, seconds=3)
    kitchen.run()
    asked = kitchen.fresh(publication)
    assert (asked.state, asked.fix) == (State.NEEDS_OWNER, "reconnect")
    with tenant_context(kitchen.tenant):
        channel = Channel.objects.get(pk=kitchen.page.pk)
        token = {p["id"]: p["access_token"] for p in kitchen.meta.connect()["pages"]}[KRUSTY]
        put_token(channel, Secret(token))
        set_channel_state(channel, "active", "", by=BY, now=timezone.now(), also=["token_sealed"])
    kitchen.run()
    assert kitchen.fresh(publication).state == State.PUBLISHED
    assert len(kitchen.visible(kitchen.page)) == 1


def test_after_the_deadline_nothing_is_sent_and_the_owner_is_asked(kitchen):
    with tenant_context(kitchen.tenant):
        (publication,) = services.schedule(
            post=kitchen.post(), channels=[kitchen.page], by=BY, now=timezone.now() - 3 * HOUR
        )
    kitchen.run()
    missed = kitchen.fresh(publication)
    assert (missed.state, missed.fix) == (State.MISSED, "reschedule")
    assert kitchen.visible(kitchen.page) == []
    with tenant_context(kitchen.tenant):
        services.reschedule(publication=missed, publish_at=None, by=BY, now=timezone.now())
    kitchen.run()
    assert kitchen.fresh(publication).state == State.PUBLISHED


def test_late_but_in_time_is_published_and_told(kitchen):
    with tenant_context(kitchen.tenant):
        (publication,) = services.schedule(
            post=kitchen.post(), channels=[kitchen.page], by=BY, now=timezone.now() - HOUR
        )
    kitchen.run()
    done = kitchen.fresh(publication)
    assert done.state == State.PUBLISHED
    assert done.reason_text == "It went out late."


def test_after_an_outage_a_channel_catches_up_one_post_in_ten_minutes(kitchen):
    for number in range(3):
        with tenant_context(kitchen.tenant):
            services.schedule(
                post=kitchen.post(f"Post {number}"),
                channels=[kitchen.page],
                by=BY,
                now=timezone.now() - HOUR + timedelta(minutes=number),
            )
    kitchen.run()
    assert [seen["message"] for seen in kitchen.visible(kitchen.page)] == ["Post 0"]
    waiting = Due.objects.filter(state=State.ARMED)
    assert all(row.next_action_at > timezone.now() + timedelta(minutes=8) for row in waiting)


@pytest.mark.parametrize("what", ["channel", "restaurant", "platform"])
def test_a_pause_sends_nothing_and_its_end_goes_on(kitchen, what):
    publication = kitchen.plan(kitchen.page, kitchen.post())

    def pause(on):
        if what == "channel":
            with tenant_context(kitchen.tenant):
                channel = Channel.objects.get(pk=kitchen.page.pk)
                set_channel_state(channel, "paused" if on else "active", "", by=BY, now=timezone.now())
        elif what == "restaurant":
            Tenant.objects.filter(pk=kitchen.tenant.pk).update(paused_at=timezone.now() if on else None)
        else:
            gate.read_gate(timezone.now())
            gate.switch(enabled=not on, reason="maintenance" if on else "")

    pause(True)
    kitchen.run()
    assert kitchen.fresh(publication).state == State.SCHEDULED
    pause(False)
    kitchen.later(publication, seconds=31)
    kitchen.run()
    assert kitchen.fresh(publication).state == State.PUBLISHED


def test_a_pause_beyond_the_deadline_ends_in_a_question(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post(), publish_at=timezone.now() - timedelta(minutes=1))
    gate.read_gate(timezone.now())
    gate.switch(enabled=False, reason="maintenance")
    past = timezone.now() - 2 * HOUR
    Due.objects.filter(publication_id=publication.pk).update(due_at=past, arm_at=past, not_after=past + HOUR)
    kitchen.run()
    assert kitchen.fresh(publication).state == State.MISSED


def test_a_database_that_is_not_the_one_we_knew_sends_nothing(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post())
    gate.read_gate(timezone.now())
    AppGate.objects.update(timeline=99)
    kitchen.run()
    assert kitchen.fresh(publication).state == State.SCHEDULED
    assert kitchen.visible(kitchen.page) == []


def test_a_photo_gone_from_the_library_stops_only_its_own_post(kitchen):
    post = kitchen.post(photos=1)
    publication = kitchen.plan(kitchen.page, post)
    other = kitchen.plan(kitchen.page, kitchen.post("Words"))
    with tenant_context(kitchen.tenant):
        asset = post.post_assets.get().asset
        post.post_assets.all().delete()
        asset.delete()
    kitchen.run()
    assert kitchen.fresh(publication).state == State.REJECTED
    assert "no longer in the library" in kitchen.fresh(publication).reason_text
    assert kitchen.fresh(other).state == State.PUBLISHED


def test_two_publishers_and_a_tick_at_once_publish_each_post_once(kitchen):
    import threading

    from posting.dispatch.loop import Publisher

    made = [kitchen.plan(kitchen.page, kitchen.post(f"Post {number}")) for number in range(12)]
    workers = [
        threading.Thread(target=lambda: Publisher(slots=4).run(seconds=20, until_idle=True)) for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    kitchen.run()
    seen = [entry["message"] for entry in kitchen.visible(kitchen.page)]
    assert sorted(seen) == sorted(f"Post {number}" for number in range(12))
    assert {kitchen.fresh(one).state for one in made} == {State.PUBLISHED}


def test_a_field_that_facebook_no_longer_knows_does_not_stop_a_post(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post())
    gone = {"mode": "code", "code": 100, "message": "(#100) Tried accessing nonexisting field (attachments)"}
    kitchen.meta.fault(label="post.get", match={"contains": "attachments"}, times=None, **gone)
    kitchen.run()
    assert kitchen.fresh(publication).state == State.PUBLISHED
    assert kitchen.fresh(publication).permalink


def test_what_the_composer_would_stop_is_stopped_from_wherever_it_comes(kitchen):
    with pytest.raises(Refused) as caught:
        kitchen.plan(kitchen.instagram, kitchen.post("x" * 2300, 1))
    assert "caption" in caught.value.field
    assert not Due.objects.exists()


def test_posts_of_one_channel_keep_the_order_of_their_times(kitchen):
    first = kitchen.post("First", photos=3)  # takes longer to prepare
    second = kitchen.post("Second")
    kitchen.plan(kitchen.page, first)
    kitchen.plan(kitchen.page, second)
    kitchen.run()
    assert [seen["message"] for seen in kitchen.visible(kitchen.page)] == ["First", "Second"]
