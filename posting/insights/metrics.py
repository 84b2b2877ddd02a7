"""Which numbers Meta gives for what, as data: the metric's name there, our word, and when it lives.

Reference section 6 and the changelog in section 1.2. One retired metric fails a whole call, so what is not
alive today in the version we speak is never asked. When Meta announces an end, it is written here as
`until`; nobody has to be awake that day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from posting.surfaces import SURFACES, Kind


class Of(StrEnum):
    """What a number belongs to. Each has a list of metrics of its own at Meta."""

    FB_POST = "fb_post"
    FB_VIDEO = "fb_video"
    IG_FEED = "ig_feed"
    IG_REEL = "ig_reel"
    IG_STORY = "ig_story"
    FB_PAGE = "fb_page"
    IG_ACCOUNT = "ig_account"


@dataclass(frozen=True, slots=True)
class Metric:
    name: str  # Meta's
    word: str  # ours: a column of posting.measured, or "" when we know of it and do not use it
    of: Of
    since: tuple[int, int] = (0, 0)  # the first Graph version that knows it
    until: date | None = None  # from this day on it is an error in every version

    def alive(self, version: str, today: date) -> bool:
        return self.since <= served(version, today) and (self.until is None or today < self.until)


# A version that has ended is served as the next oldest that has not (reference 1.1); asking for it is no
# error, so this is the only place that notices.
ENDS: dict[tuple[int, int], date | None] = {
    (21, 0): date(2027, 1, 21),
    (22, 0): date(2027, 5, 20),
    (23, 0): date(2027, 10, 8),
    (24, 0): date(2028, 2, 18),
    (25, 0): date(2028, 7, 29),
    (26, 0): None,
}
_NONUNIQUE, _UNIQUE, _V22 = date(2025, 11, 15), date(2026, 6, 15), date(2025, 4, 21)

METRICS: tuple[Metric, ...] = (
    # --- posts of a Page, period lifetime
    Metric("post_total_media_view_unique", "reach", Of.FB_POST),
    Metric("post_media_view", "views", Of.FB_POST),
    Metric("post_clicks", "clicks", Of.FB_POST),
    Metric("post_impressions", "views", Of.FB_POST, until=_NONUNIQUE),
    Metric("post_impressions_unique", "reach", Of.FB_POST, until=_UNIQUE),
    Metric("post_video_views_unique", "", Of.FB_POST, until=_UNIQUE),
    # --- Instagram media, always lifetime; likes and comments also as fields,
    # which are not late
    *(
        Metric(name, name, kind)
        for kind in (Of.IG_FEED, Of.IG_REEL)
        for name in ("reach", "views", "likes", "comments", "shares")
    ),
    *(Metric("saved", "saves", kind) for kind in (Of.IG_FEED, Of.IG_REEL)),
    *(Metric(name, name, Of.IG_STORY) for name in ("reach", "views", "shares")),
    Metric("replies", "comments", Of.IG_STORY),
    Metric("impressions", "views", Of.IG_FEED, until=_V22),
    Metric("plays", "views", Of.IG_REEL, until=_V22),
    Metric("video_views", "views", Of.IG_FEED, until=date(2025, 1, 8)),
    # --- a Page, period day
    Metric("page_total_media_view_unique", "reach", Of.FB_PAGE),
    Metric("page_media_view", "views", Of.FB_PAGE),
    Metric("page_post_engagements", "engagement", Of.FB_PAGE),
    Metric("page_follows", "followers", Of.FB_PAGE),
    Metric("page_fans", "followers", Of.FB_PAGE, until=_NONUNIQUE),
    Metric("page_impressions", "views", Of.FB_PAGE, until=_NONUNIQUE),
    Metric("page_impressions_unique", "reach", Of.FB_PAGE, until=_UNIQUE),
    # --- an Instagram account, metric_type total_value over one day
    Metric("reach", "reach", Of.IG_ACCOUNT),
    Metric("views", "views", Of.IG_ACCOUNT, since=(22, 0)),
    Metric("total_interactions", "engagement", Of.IG_ACCOUNT),
    Metric("impressions", "views", Of.IG_ACCOUNT, until=_V22),
    Metric("profile_views", "", Of.IG_ACCOUNT, until=date(2025, 1, 8)),
)


def served(version: str, today: date) -> tuple[int, int]:
    """(26, 0) of "v26.0"; a version that has ended (or cannot be read) counts as the oldest that lives."""
    oldest = min(known for known, end in ENDS.items() if end is None or today < end)
    major, _, minor = version.removeprefix("v").partition(".")
    if not (major.isdecimal() and (minor or "0").isdecimal()):
        return oldest
    return max((int(major), int(minor or 0)), oldest)


def asked(of: Of, *, version: str, today: date) -> dict[str, str]:
    """{Meta's metric: our word} to ask for, all alive today."""
    return {
        metric.name: metric.word
        for metric in METRICS
        if metric.of is of and metric.word and metric.alive(version, today)
    }


def of_publication(kind: str) -> Of | None:
    """Whose metrics a publication has; None when Meta gives no numbers for it (stories of a Page)."""
    surface = SURFACES[Kind(kind)]
    if surface.platform == "instagram":
        if surface.story:
            return Of.IG_STORY
        return Of.IG_REEL if surface.kind is Kind.IG_REEL else Of.IG_FEED
    if surface.story:
        return None
    return Of.FB_VIDEO if surface.kind in (Kind.FB_VIDEO, Kind.FB_REEL) else Of.FB_POST
