"""Insights: only metrics that are alive, and one bad name fails the whole call."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Hits, World, jpeg
from tests.sandbox_process import KRUSTY, KRUSTY_IG


@pytest.fixture
def post(world: World) -> str:
    made = str(world.page.post(f"{KRUSTY}/feed", message="Numbers")["id"])
    world.box.control("engage", {"id": made, "likes": 3, "reactions": {"LOVE": 2}, "reach": 100, "clicks": 7,
                                 "comments": ["Yum"], "shares": 1})  # fmt: skip
    return made


@pytest.fixture
def media(world: World, picture: str) -> str:
    return str(world.page.post(f"{KRUSTY_IG}/media_publish", creation_id=world.container(picture))["id"])


def values(answer: dict[str, list[dict[str, object]]]) -> dict[str, object]:
    return {row["name"]: row["values"][0]["value"] for row in answer["data"]}  # type: ignore[index, misc]


def test_post_metrics(world: World, post: str) -> None:
    names = ["post_media_view", "post_total_media_view_unique", "post_clicks"]
    names += ["post_reactions_like_total", "post_reactions_by_type_total"]
    answer = world.page.get(f"{post}/insights", metric=",".join(names))
    assert values(answer) == {
        "post_media_view": 140, "post_total_media_view_unique": 100, "post_clicks": 7, "post_reactions_like_total": 3,
        "post_reactions_by_type_total": {"like": 3, "love": 2},
    }  # fmt: skip
    assert (
        answer["data"][0]["id"] == f"{post}/insights/post_media_view/lifetime" and answer["data"][0]["title"]
    )


@pytest.mark.parametrize(
    "dead", ["post_impressions", "post_impressions_unique", "post_video_views_unique", "nonsense"]
)
def test_one_dead_post_metric_fails_the_call(world: World, post: str, dead: str) -> None:
    error = world.page.error("GET", f"{post}/insights", metric=f"post_clicks,{dead}")
    assert (error["code"], error["message"]) == (100, "(#100) The value must be a valid insights metric")


@pytest.mark.parametrize(
    "dead", ["page_fans", "page_impressions", "page_fan_adds", "page_impressions_unique"]
)
def test_dead_page_metrics_fail_the_call(world: World, dead: str) -> None:
    assert world.page.error("GET", f"{KRUSTY}/insights", metric=f"page_follows,{dead}")["code"] == 100


def test_no_metric_is_code_3001(world: World, post: str) -> None:
    error = world.page.error("GET", f"{post}/insights")
    assert (error["code"], error["error_subcode"]) == (3001, 1504028)


def test_page_metrics_come_by_day_for_at_most_ninety(world: World, post: str) -> None:
    now = int(world.box.control("clock", {"advance": 2 * 86_400})["now"])
    answer = world.page.get(f"{KRUSTY}/insights", metric="page_follows,page_post_engagements", period="day",
                            since=now - 5 * 86_400, until=now)  # fmt: skip
    follows, engaged = answer["data"]
    assert len(follows["values"]) == 5 and follows["values"][0]["value"] == 2431
    assert follows["values"][0]["end_time"].endswith("T08:00:00+0000")
    assert sum(v["value"] for v in engaged["values"]) == 7  # 5 reactions, 1 share, 1 comment
    long = world.page.error(
        "GET", f"{KRUSTY}/insights", metric="page_follows", since=now - 91 * 86_400, until=now
    )
    assert long["code"] == 100


def test_nothing_measured_is_an_empty_list(world: World, media: str) -> None:
    assert world.page.get(f"{media}/insights", metric="reach,likes") == {"data": []}
    world.box.control("engage", {"id": media, "likes": 4, "reach": 50, "saved": 2, "comments": ["Wow"]})
    answer = world.page.get(f"{media}/insights", metric="reach,likes,saved,comments,views,total_interactions")
    assert values(answer) == {
        "reach": 50,
        "likes": 4,
        "saved": 2,
        "comments": 1,
        "views": 65,
        "total_interactions": 7,
    }
    assert {row["period"] for row in answer["data"]} == {"lifetime"}


@pytest.mark.parametrize("metric", ["impressions", "plays", "saves", "ig_reels_avg_watch_time", "replies"])
def test_metrics_of_other_products_or_times_fail_the_call(world: World, media: str, metric: str) -> None:
    assert world.page.error("GET", f"{media}/insights", metric=f"reach,{metric}")["code"] == 100


def test_a_story_needs_viewers_and_album_children_have_nothing(world: World, web: Hits, picture: str) -> None:
    box = world.container(web.put("/t.jpg", jpeg(360, 640)), media_type="STORIES")
    story = world.page.post(f"{KRUSTY_IG}/media_publish", creation_id=box)["id"]
    assert "Not enough viewers" in world.page.error("GET", f"{story}/insights", metric="reach")["message"]
    children = [world.container(picture, is_carousel_item=True) for _ in range(2)]
    album = world.page.post(f"{KRUSTY_IG}/media", media_type="CAROUSEL", children=children)["id"]
    media = world.page.post(f"{KRUSTY_IG}/media_publish", creation_id=album)["id"]
    child = world.page.get(f"{media}/children")["data"][0]["id"]
    assert world.page.error("GET", f"{child}/insights", metric="reach")["code"] == 100


def test_account_totals_want_metric_type_total_value(world: World, media: str) -> None:
    world.box.control("engage", {"id": media, "likes": 4, "reach": 50, "saved": 2})
    path = f"{KRUSTY_IG}/insights"
    assert world.page.error("GET", path, metric="likes", period="day")["code"] == 100
    answer = world.page.get(path, metric="likes,saves,reach", period="day", metric_type="total_value")
    assert {row["name"]: row["total_value"]["value"] for row in answer["data"]} == {
        "likes": 4,
        "saves": 2,
        "reach": 50,
    }
    assert (
        world.page.error("GET", path, metric="saved", period="day", metric_type="total_value")["code"] == 100
    )


def test_insights_need_their_permission(world: World, post: str) -> None:
    world.user.delete("me/permissions/read_insights")
    assert world.page.error("GET", f"{post}/insights", metric="post_clicks")["code"] == 10
