"""Insights: the metrics that are alive in November 2026; a dead or foreign name fails the whole call (code
100).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox import listing
from sandbox.call import Answer, Call, endpoint
from sandbox.errors import GraphError, invalid
from sandbox.store import Node, the_store

READ = ("read_insights", "pages_read_engagement")
DAY = 86_400
FACES = ("like", "love", "wow", "haha", "sorry", "anger")
KIND_OF_FACE = {
    "like": "LIKE",
    "love": "LOVE",
    "wow": "WOW",
    "haha": "HAHA",
    "sorry": "SAD",
    "anger": "ANGRY",
}
PAGE_METRICS = {
    "page_media_view",
    "page_total_media_view_unique",
    "page_post_engagements",
    "page_total_actions",
    "page_follows",
    "page_daily_follows",
    "page_daily_follows_unique",
    "page_daily_unfollows_unique",
    "page_views_total",
    "page_actions_post_reactions_total",
    "page_video_views",
    "page_video_views_paid",
    "page_video_views_organic",
    *(f"page_actions_post_reactions_{face}_total" for face in FACES),
}
POST_METRICS = {
    "post_media_view",
    "post_total_media_view_unique",
    "post_clicks",
    "post_clicks_by_type",
    "post_reactions_by_type_total",
    "post_activity_by_action_type",
    "post_video_views",
    "post_video_views_organic",
    "post_video_views_paid",
    "post_video_avg_time_watched",
    *(f"post_reactions_{face}_total" for face in FACES),
}
MEDIA_METRICS = {
    "FEED": {
        "comments",
        "follows",
        "likes",
        "profile_activity",
        "profile_visits",
        "reach",
        "reposts",
        "saved",
        "shares",
        "total_interactions",
        "views",
        "facebook_views",
        "total_comments",
        "total_likes",
        "total_views",
    },
    "REELS": {
        "comments",
        "crossposted_views",
        "facebook_views",
        "ig_reels_avg_watch_time",
        "ig_reels_video_view_total_time",
        "likes",
        "reach",
        "reels_skip_rate",
        "reposts",
        "saved",
        "shares",
        "total_interactions",
        "views",
        "total_comments",
        "total_likes",
        "total_views",
    },
    "STORY": {
        "follows",
        "link_clicks",
        "navigation",
        "profile_activity",
        "profile_visits",
        "reach",
        "replies",
        "reposts",
        "shares",
        "total_interactions",
        "views",
        "facebook_views",
        "total_views",
    },
}
ACCOUNT_TOTALS = {
    "accounts_engaged",
    "comments",
    "follows_and_unfollows",
    "likes",
    "profile_links_taps",
    "reach",
    "replies",
    "reposts",
    "saves",
    "shares",
    "total_interactions",
    "views",
}
ACCOUNT_SERIES = {"reach", "follower_count", "online_followers"}
DEMOGRAPHICS = {"follower_demographics", "engaged_audience_demographics"}


def _metrics(call: Call, valid: set[str]) -> list[str]:
    names = [str(name) for name in call.listed("metric") or []]
    if not names:
        raise GraphError(
            3001,
            "(#3001) No metric was specified to be fetched. Please specify one or more metrics to be "
            "fetched and try again.",
            subcode=1504028,
        )
    for i, name in enumerate(names):
        if name not in valid:
            raise invalid("The value must be a valid insights metric", data={"metric": name, "position": i})
    return names


def _row(node: Node, name: str, period: str, values: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": name,
        "period": period,
        "values": values,
        "title": name.replace("_", " ").capitalize(),
        "description": f"Sandbox value of {name}.",
        "id": f"{node.id}/insights/{name}/{period}",
    }


# -- Facebook --------------------------------------------------------------------------------------
def comment_count(node: Node) -> int:
    row = the_store().row(
        "SELECT count(*) FROM nodes WHERE owner=? AND kind IN ('comment','ig_comment') AND state!='deleted'",
        node.id,
    )
    return int(row[0]) if row else 0


def post_value(post: Node, name: str) -> Any:
    """One post metric from what the control API (or the public) did to the post."""
    reactions, reach = post["reactions"] or {}, int(post["reach"] or 0)
    if name == "post_reactions_by_type_total":
        return {face: reactions[kind] for face, kind in KIND_OF_FACE.items() if reactions.get(kind)}
    if name == "post_activity_by_action_type":
        acts = {"like": sum(reactions.values()), "comment": comment_count(post), "share": post["shares"] or 0}
        return {act: n for act, n in acts.items() if n}
    if name == "post_clicks_by_type":
        return {"photo view": int(post["clicks"] or 0)} if post["clicks"] else {}
    if name.startswith("post_reactions_"):
        return reactions.get(KIND_OF_FACE[name.split("_")[2]], 0)
    if name == "post_media_view":
        return int(post["views"] or round(reach * 1.4))
    return {"post_total_media_view_unique": reach, "post_clicks": int(post["clicks"] or 0)}.get(name, 0)


@endpoint("post", "GET", "insights", label="post.insights", scopes=READ, task="ANALYZE")
def post_insights(call: Call) -> Answer:
    names = _metrics(call, POST_METRICS)
    return {
        "data": [_row(call.target, n, "lifetime", [{"value": post_value(call.target, n)}]) for n in names],
        "paging": _paging(call),
    }


def _paging(call: Call) -> dict[str, str]:
    return {"previous": listing.next_url(call, "", "before"), "next": listing.next_url(call, "", "after")}


@endpoint("page", "GET", "insights", label="page.insights", scopes=READ, task="ANALYZE")
def page_insights(call: Call) -> Answer:
    """Daily values for at most 90 days, ending at 08:00 UTC as Meta's Pacific days do."""
    names, period = _metrics(call, PAGE_METRICS), (call.text("period") or "day").lower()
    until = call.instant("until") or call.now
    since = call.instant("since") or until - 2 * DAY
    if until - since > 90 * DAY + 1:
        raise invalid("There cannot be more than 90 days (7776000 s) between since and until", 1)
    if until < since:
        raise invalid("since must be earlier than until")
    ends = [d * DAY + 8 * 3600 for d in range(int(since // DAY) + 1, int(until // DAY) + 1)]
    rows = []
    for name in names:
        values = [{"value": _page_value(call.target, name, end), "end_time": _end(end)} for end in ends]
        rows.append(_row(call.target, name, period, values))
    return {"data": rows, "paging": _paging(call)}


def _end(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _page_value(page: Node, name: str, end: float) -> Any:
    if name == "page_follows":
        return int(page["followers_count"] or 0)
    posts = the_store().find(
        "kind='post' AND owner=? AND state='published' AND visible_at > ? AND visible_at <= ?",
        page.id,
        end - DAY,
        end,
    )
    if name == "page_post_engagements":
        return sum(int(p["likes"] or 0) + int(p["shares"] or 0) + comment_count(p) for p in posts)
    if name == "page_actions_post_reactions_total":
        return sum(int(p["likes"] or 0) for p in posts)
    if name in ("page_media_view", "page_total_media_view_unique"):
        factor = 1.4 if name == "page_media_view" else 1.0
        return sum(round(int(p["reach"] or 0) * factor) for p in posts)
    for face in FACES:
        if name == f"page_actions_post_reactions_{face}_total":
            return sum(int((p["reactions"] or {}).get(KIND_OF_FACE[face], 0)) for p in posts)
    return 0


# -- Instagram -------------------------------------------------------------------------------------
def media_value(media: Node, name: str) -> int:
    likes, comments = int(media["likes"] or 0), comment_count(media)
    shares, saved, reach = int(media["shares"] or 0), int(media["saved"] or 0), int(media["reach"] or 0)
    views = int(media["views"] or round(reach * 1.3))
    known = {
        "likes": likes,
        "total_likes": likes,
        "comments": comments,
        "total_comments": comments,
        "shares": shares,
        "saved": saved,
        "reach": reach,
        "views": views,
        "total_views": views,
        "total_interactions": likes + comments + shares + saved,
    }
    return known.get(name, int(media[name] or 0))


@endpoint(
    "ig_media",
    "GET",
    "insights",
    label="media.insights",
    access="ig",
    scopes=("instagram_basic", "instagram_manage_insights", "pages_read_engagement"),
)
def media_insights(call: Call) -> Answer:
    """Always lifetime. Children of albums have none; a story needs five viewers; nothing measured is an empty
    list.
    """
    media = call.target
    if media.state == "child":
        raise invalid("Insights are not available for album children", 2108006)
    product = media["product"] if media["product"] in MEDIA_METRICS else "FEED"
    every = set().union(*MEDIA_METRICS.values())
    names = _metrics(call, every)
    foreign = [name for name in names if name not in MEDIA_METRICS[product]]
    if foreign:
        raise invalid(
            f"The Media Insights API does not support the {foreign[0]} metric for this media product type."
        )
    if product == "STORY" and int(media["reach"] or 0) < 5:
        raise GraphError(10, "(#10) Not enough viewers for the media to show insights")
    if not media["reach"] and not media["likes"] and not comment_count(media):
        return {"data": []}
    return {"data": [_row(media, name, "lifetime", [{"value": media_value(media, name)}]) for name in names]}


@endpoint(
    "ig_user",
    "GET",
    "insights",
    label="ig.insights",
    access="ig",
    scopes=("instagram_basic", "instagram_manage_insights", "pages_read_engagement"),
)
def account_insights(call: Call) -> Answer:
    account, names = call.target, _metrics(call, ACCOUNT_TOTALS | ACCOUNT_SERIES | DEMOGRAPHICS)
    total = (call.text("metric_type") or "").lower() == "total_value"
    period = call.text("period") or "day"
    until = call.instant("until") or call.now
    since = call.instant("since") or until - DAY
    if until - since > 30 * DAY + 1:
        raise invalid("There cannot be more than 30 days (2592000 s) between since and until")
    rows = []
    for name in names:
        if not total and name not in ACCOUNT_SERIES:
            raise invalid(
                f"The following metrics ({name}) should be specified with parameter metric_type=total_value"
            )
        if name in DEMOGRAPHICS and (
            period != "lifetime" or not call.has("breakdown") or not call.has("timeframe")
        ):
            raise invalid(f"The metric {name} needs period=lifetime, timeframe and breakdown")
        if total:
            row = {
                **_row(account, name, period, []),
                "total_value": {"value": _account_value(account, name, since, until)},
            }
            del row["values"]
        else:
            row = _row(
                account,
                name,
                period,
                [{"value": _account_value(account, name, since, until), "end_time": _end(until)}],
            )
        rows.append(row)
    return {"data": rows}


def _account_value(account: Node, name: str, since: float, until: float) -> int:
    media = the_store().find(
        "kind='ig_media' AND owner=? AND state='published' AND visible_at >= ? AND visible_at <= ?",
        account.id,
        since,
        until,
    )
    if name == "follower_count":
        return 0
    return sum(media_value(one, "saved" if name == "saves" else name) for one in media)
