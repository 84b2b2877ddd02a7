"""Numbers come from Meta as they are: empty is not zero, one dead metric does not cost the others."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from posting import insights
from posting.dispatch.models import Due
from posting.models import Insight


def numbers(kitchen, publication):
    with tenant_context(kitchen.tenant):
        rows = Insight.objects.filter(publication=publication).order_by("metric")
        return dict(rows.values_list("metric", "value"))


def collect(kitchen, publication):
    with tenant_context(kitchen.tenant):
        return insights.collect(publication_ids=[str(publication.pk)], now=timezone.now())


def published(kitchen, channel, photos=0):
    publication = kitchen.plan(channel, kitchen.post(photos=photos))
    kitchen.run()
    return kitchen.fresh(publication)


def test_a_page_posts_reactions_comments_shares_and_reach(kitchen):
    publication = published(kitchen, kitchen.page)
    kitchen.meta.control(
        "engage",
        {"id": publication.remote_id, "likes": 7, "comments": ["Yum", "Mmm"], "shares": 2, "reach": 90},
    )
    collect(kitchen, publication)
    found = numbers(kitchen, publication)
    assert (found["likes"], found["comments"], found["shares"], found["reach"]) == (7, 2, 2, 90)


def test_an_instagram_posts_likes_comments_saves_and_reach(kitchen):
    publication = published(kitchen, kitchen.instagram, photos=1)
    kitchen.meta.control(
        "engage", {"id": publication.remote_id, "likes": 5, "comments": ["Yum"], "saved": 3, "reach": 40}
    )
    collect(kitchen, publication)
    found = numbers(kitchen, publication)
    assert (found["likes"], found["comments"], found["saves"], found["reach"]) == (5, 1, 3, 40)


def test_one_dead_metric_does_not_cost_the_others(kitchen, monkeypatch):
    publication = published(kitchen, kitchen.page)
    monkeypatch.setitem(insights._FACEBOOK, "post_impressions", "impressions")
    kitchen.meta.control("engage", {"id": publication.remote_id, "reach": 90})
    collect(kitchen, publication)
    assert numbers(kitchen, publication)["reach"] == 90


def test_a_failed_measurement_writes_nothing_and_hurts_nothing(kitchen):
    publication = published(kitchen, kitchen.page)
    kitchen.meta.fault("http500_before", "post.get", times=None)
    assert collect(kitchen, publication) == 0
    assert numbers(kitchen, publication) == {}


def test_each_post_is_measured_by_one_dispatcher_in_a_slowing_rhythm(kitchen):
    publication = published(kitchen, kitchen.page)
    now = timezone.now() + timedelta(minutes=2)
    assert insights.take_due(now=now) == {"t_cafe": [str(publication.pk)]}
    assert insights.take_due(now=now) == {}
    assert Due.objects.get().measure_at == now + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (timedelta(minutes=1), timedelta(minutes=5)),
        (timedelta(hours=1), timedelta(minutes=30)),
        (timedelta(days=1), timedelta(hours=3)),
        (timedelta(days=20), timedelta(days=1)),
    ],
)
def test_old_posts_are_measured_more_seldom(age, pause):
    now = timezone.now()
    assert insights.next_measure(now - age, now) == now + pause
    assert insights.next_measure(now - timedelta(days=31), now) is None
