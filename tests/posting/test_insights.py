"""Numbers come from Meta as they are: empty is not zero, one dead metric does not cost the others."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from posting.dispatch.models import AppGate
from posting.insights import asking, collector, metrics, plan
from posting.insights.collector import Collector
from posting.insights.keeping import thin
from posting.insights.metrics import METRICS, Metric, Of, asked
from posting.insights.rhythm import next_measure
from posting.models import ChannelDay, ChannelInsight, Figures, Insight
from posting.pulse.models import ChannelReading, PostReading, Pulse
from social.graph import GraphClient, GraphRefused
from social.models import Channel
from social.signals import feed_event
from tests.posting.conftest import make_channel
from tests.posting.test_analytics import make_post


@pytest.fixture(autouse=True)
def _batches_again():
    asking._no_batch.clear()
    yield
    asking._no_batch.clear()


def later(**gap):
    return timezone.now() + timedelta(**gap)


def collect(**gap):
    gap = gap or {"minutes": 2}
    return Collector(slots=2, clock=lambda: later(**gap)).run(seconds=20)


def figures(kitchen, publication):
    with tenant_context(kitchen.tenant):
        return Figures.objects.filter(publication=publication).first()


def published(kitchen, channel, photos=0):
    publication = kitchen.plan(channel, kitchen.post(photos=photos))
    kitchen.run()
    return kitchen.fresh(publication)


def engage(kitchen, publication, **what):
    kitchen.meta.control("engage", {"id": publication.remote_id, **what})


def calls(kitchen, label):
    return kitchen.meta.control(f"calls?label={label}&limit=1000")["calls"]


# --- what is asked -------------------------------------------------------------------------------


def test_no_metric_that_is_dead_today_is_ever_asked():
    today = date(2026, 11, 23)
    dead = {(metric.of, metric.name) for metric in METRICS if metric.until and metric.until <= today}
    assert len(dead) >= 10
    for of in Of:
        words = asked(of, version="v26.0", today=today)
        assert not {(of, name) for name in words} & dead
        assert "" not in words.values()
        assert not any("impressions" in name or "fans" in name for name in words)


def test_a_metric_stops_being_asked_on_the_day_it_ends(monkeypatch):
    ending = Metric("post_new", "views", Of.FB_POST, since=(26, 0), until=date(2027, 1, 1))
    monkeypatch.setattr(metrics, "METRICS", (ending,))
    assert asked(Of.FB_POST, version="v26.0", today=date(2026, 12, 31)) == {"post_new": "views"}
    assert asked(Of.FB_POST, version="v26.0", today=date(2027, 1, 1)) == {}
    assert asked(Of.FB_POST, version="v25.0", today=date(2026, 12, 31)) == {}


def test_an_ended_version_is_judged_as_the_oldest_that_lives():
    assert metrics.served("v18.0", date(2026, 11, 23)) == (21, 0)
    assert metrics.served("v21.0", date(2027, 2, 1)) == (22, 0)


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (timedelta(minutes=1), timedelta(minutes=5)),
        (timedelta(hours=1), timedelta(hours=1)),
        (timedelta(days=2), timedelta(days=1)),
        (timedelta(days=40), timedelta(days=7)),
    ],
)
def test_old_posts_are_measured_more_seldom(age, pause):
    now = timezone.now()
    assert next_measure(now - age, now) == now + pause
    assert next_measure(now - timedelta(days=91), now) is None
    assert next_measure(now - timedelta(hours=30), now, story=True) is None


# --- what is kept --------------------------------------------------------------------------------


def test_every_number_of_both_networks_is_the_one_meta_has(kitchen):
    on_page = published(kitchen, kitchen.page)
    on_instagram = published(kitchen, kitchen.instagram, photos=1)
    engage(kitchen, on_page, likes=7, comments=["Yum", "Mmm"], shares=2, reach=90, views=131, clicks=4)
    engage(kitchen, on_instagram, likes=5, comments=["Yum"], saved=3, shares=1, reach=40, views=52)
    report = collect()
    assert report.posts == 2
    page, instagram = figures(kitchen, on_page), figures(kitchen, on_instagram)
    assert (page.likes, page.comments, page.shares, page.reach, page.views, page.clicks) == (
        7,
        2,
        2,
        90,
        131,
        4,
    )
    assert page.engagement == 11
    assert page.saves is None
    assert (instagram.likes, instagram.comments, instagram.shares, instagram.saves) == (5, 1, 1, 3)
    assert (instagram.reach, instagram.views, instagram.engagement) == (40, 52, 10)
    assert kitchen.meta.control("findings")["findings"] == []


def test_what_meta_has_not_counted_is_unknown_and_no_zero(kitchen):
    publication = published(kitchen, kitchen.instagram, photos=1)
    collect()
    found = figures(kitchen, publication)
    assert (found.reach, found.views, found.saves) == (None, None, None)
    assert (found.likes, found.comments) == (0, 0)  # counted at once, and there are none


def test_a_late_number_arrives_with_a_later_reading_and_only_changes_make_snapshots(kitchen):
    publication = published(kitchen, kitchen.instagram, photos=1)
    collect()
    engage(kitchen, publication, likes=5, reach=40)
    collect(minutes=10)
    assert figures(kitchen, publication).reach == 40
    with tenant_context(kitchen.tenant):
        before = Insight.objects.count()
        assert list(Insight.objects.filter(metric="likes").values_list("value", flat=True)) == [0, 5]
    collect(minutes=20)
    with tenant_context(kitchen.tenant):
        assert Insight.objects.count() == before


def test_one_dead_metric_does_not_cost_the_others(kitchen, monkeypatch):
    publication = published(kitchen, kitchen.page)
    monkeypatch.setattr(metrics, "METRICS", (*METRICS, Metric("post_impressions_new", "saves", Of.FB_POST)))
    engage(kitchen, publication, reach=90)
    collect()
    assert figures(kitchen, publication).reach == 90


def test_a_channels_own_days_are_kept_and_told_to_staff(kitchen):
    published(kitchen, kitchen.page)
    collect()
    with tenant_context(kitchen.tenant):
        days = ChannelDay.objects.filter(channel=kitchen.page)
        assert days.count() >= 28
        followers = days.latest("day").followers
        assert followers and ChannelInsight.objects.filter(metric="followers", value=followers).exists()
    row = Pulse.objects.filter(tenant_id=kitchen.tenant.pk).latest("day")
    assert (row.followers, row.posts, row.troubled) == (followers, 1, 0)


# --- who is asked when ---------------------------------------------------------------------------


def test_a_post_is_read_in_one_batch_and_put_off(kitchen):
    publication = published(kitchen, kitchen.page)
    assert collect().calls == 1
    assert collect().calls == 0
    row = PostReading.objects.get(pk=publication.pk)
    assert row.next_at > later(minutes=6)
    assert ChannelReading.objects.get().next_at == row.next_at


def test_a_throttled_channel_waits_as_long_as_meta_says_and_the_others_go_on(kitchen):
    on_page = published(kitchen, kitchen.page)
    on_instagram = published(kitchen, kitchen.instagram, photos=1)
    engage(kitchen, on_instagram, reach=40)
    kitchen.meta.fault("code", "post.insights", code=80001, times=None)
    collect()
    assert figures(kitchen, on_instagram).reach == 40
    row = ChannelReading.objects.get(channel_id=kitchen.page.pk)
    assert row.failures == 1 and row.next_at >= later(minutes=11) and "80001" in row.trouble
    kitchen.meta.control("faults", method="DELETE")
    engage(kitchen, on_page, reach=90)
    collect(minutes=40)
    assert figures(kitchen, on_page).reach == 90
    assert ChannelReading.objects.get(channel_id=kitchen.page.pk).failures == 0


def test_a_throttle_of_the_whole_app_ends_the_run_and_is_told_to_the_gate(kitchen):
    published(kitchen, kitchen.page)
    kitchen.meta.fault("code", "post.get", code=4, times=None)
    assert collect().stopped == "throttled"
    assert AppGate.objects.get().usage == 100
    assert collect().channels == 0


def test_a_failing_post_costs_neither_its_neighbours_nor_its_channel(kitchen):
    lost, kept = published(kitchen, kitchen.page), published(kitchen, kitchen.page)
    with tenant_context(kitchen.tenant):
        type(lost).objects.filter(pk=lost.pk).update(remote_id=f"{lost.remote_id}9")
    engage(kitchen, kept, reach=90)
    report = collect()
    assert (report.posts, report.failed) == (1, 1)
    assert figures(kitchen, lost) is None
    assert figures(kitchen, kept).reach == 90
    assert PostReading.objects.get(pk=lost.pk).failures == 1
    assert ChannelReading.objects.get().failures == 0


def test_a_dead_token_marks_the_channel_and_is_not_asked_again(kitchen):
    published(kitchen, kitchen.page)
    kitchen.meta.fault("token_dead", "post.get", times=None)
    collect()
    with tenant_context(kitchen.tenant):
        assert Channel.objects.get(pk=kitchen.page.pk).state == "needs_reconnect"
    assert collect(hours=2).calls == 0


def test_a_collector_that_died_holds_nothing_for_longer_than_its_lease(kitchen):
    publication = published(kitchen, kitchen.page)
    plan.take_over(now=later(minutes=2))
    assert len(plan.claim(now=later(minutes=2), limit=5)) == 1
    assert plan.claim(now=later(minutes=3), limit=5) == []
    engage(kitchen, publication, reach=90)
    collect(minutes=8)
    assert figures(kitchen, publication).reach == 90


def test_channels_take_turns_over_restaurants(kitchen, committed_cast):
    now = timezone.now()
    for tenant, count in ((committed_cast.cafe, 5), (committed_cast.bakery, 1)):
        for number in range(count):
            ChannelReading.objects.create(
                channel_id=f"{number:08d}-0000-4000-8000-{tenant.slug[0].encode().hex():0>12}",
                tenant_id=tenant.pk,
                schema_name=tenant.schema_name,
                platform="facebook",
                next_at=now - timedelta(minutes=10 - number) if count > 1 else now,
                own_next_at=now,
            )
    turns = plan.claim(now=now, limit=2)
    assert {turn.schema for turn in turns} == {"t_cafe", "t_bakery"}


def test_a_reaction_brings_its_post_forward_and_nothing_is_counted_from_it(kitchen):
    publication = published(kitchen, kitchen.page)
    collect()
    now = later(minutes=2)
    value = {"item": "reaction", "verb": "add", "post_id": publication.remote_id}
    with tenant_context(kitchen.tenant):
        for _ in range(2):  # Meta says things twice
            feed_event.send(sender=Channel, channel=kitchen.page, field="feed", value=value, at=now, now=now)
    assert (
        PostReading.objects.get().next_at
        == ChannelReading.objects.get().next_at
        == now + timedelta(seconds=20)
    )
    assert figures(kitchen, publication).likes == 0


def test_a_stand_in_without_batches_is_asked_one_by_one(kitchen, monkeypatch):
    publication = published(kitchen, kitchen.page)
    engage(kitchen, publication, reach=90)

    def refuse(self, reads, *, seconds=None):
        raise GraphRefused(http_status=400, call="batch")

    monkeypatch.setattr(GraphClient, "batch", refuse)
    collect()
    assert figures(kitchen, publication).reach == 90


def test_old_snapshots_are_thinned_to_one_a_day_and_later_forgotten(cafe, settings):
    now = timezone.now().replace(hour=12)
    publication = make_post(make_channel(), now - timedelta(days=100), reach=9)
    for back, hour in ((100, 1), (100, 2), (99, 1), (10, 1), (10, 2)):
        at = now - timedelta(days=back, hours=hour)
        Insight.objects.create(publication=publication, metric="reach", value=hour, measured_at=at)
    assert thin(channel_id=publication.channel_id, now=now) == 1
    assert list(Insight.objects.order_by("measured_at").values_list("value", flat=True)) == [1, 1, 2, 1]
    settings.INSIGHTS_KEEP_DAYS = 91
    assert thin(channel_id=publication.channel_id, now=now) == 2
    assert Figures.objects.get().reach == 9


def test_every_figure_on_the_first_page_is_the_simulators(kitchen, committed_cast):
    """Published, reacted to, read, shown: the numbers of the pretend Meta and the page are the same."""
    on_page = published(kitchen, kitchen.page)
    on_instagram = published(kitchen, kitchen.instagram, photos=1)
    engage(kitchen, on_page, likes=7, comments=["Yum", "Mmm"], shares=2, reach=2190)
    engage(kitchen, on_instagram, likes=15, comments=["Yum"], saved=3, shares=1, reach=2020)
    assert collect().failed == 0
    page = committed_cast.client(committed_cast.alice).get("/r/cafe/").content.decode()
    assert "2 posts in the last seven days reached 4,210 people." in page
    assert re.findall(r'class="stat-value">([^<]*)<', page)[:4] == ["2", "4,210", "31", "3"]
    assert kitchen.meta.control("findings")["findings"] == []
    asked_for = {str(call["params"].get("metric", "")) for call in calls(kitchen, "*insights*")}
    assert asked_for and not any("impressions" in metric or "fans" in metric for metric in asked_for)


def test_a_restaurant_in_disorder_does_not_keep_the_others_numbers_back(kitchen, monkeypatch):
    on_page = published(kitchen, kitchen.page)
    on_instagram = published(kitchen, kitchen.instagram, photos=1)
    engage(kitchen, on_instagram, reach=40)
    keep = collector.keep_posts

    def fail_for_one(found, *, now):
        found = list(found)
        if any(publication == on_page.pk for publication, _ in found):
            raise ValueError("disorder")
        return keep(found, now=now)

    monkeypatch.setattr(collector, "keep_posts", fail_for_one)
    collect()
    assert figures(kitchen, on_instagram).reach == 40 and figures(kitchen, on_page) is None
    row = ChannelReading.objects.get(channel_id=kitchen.page.pk)
    assert row.lease_until is None and row.failures == 1 and row.next_at > later(hours=5)
