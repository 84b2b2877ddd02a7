"""Reads for pages and the API: the home page, the history, one post. Constant numbers of queries.

Tests hold the numbers (tests/posting/test_pages.py); a page with 10,000 posts costs what one with ten does.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.dateparse import parse_datetime

from assets.links import view_urls
from assets.models import Rendition
from content.models import MenuItem, Post, PostAsset
from posting.dispatch.models import Attempt
from posting.measured import Figures
from posting.models import Publication, Transition
from posting.states import ASKING, IN_DOUBT, OPEN, SENT, WORD_LABEL, State, Word
from social.models import Channel

PAGE_SIZE = 24
#: What counts as engagement, and the order numbers are shown in.
METRICS = ("reach", "likes", "comments", "shares", "saves", "views")
WEEK = timedelta(days=7)
NEXT_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One publication as lists show it."""

    publication: Publication
    word: Word
    thumb: str
    numbers: dict[str, int] = field(default_factory=dict)
    also: list[Publication] = field(default_factory=list)  # the same post at the same moment elsewhere

    @property
    def label(self) -> Any:
        return WORD_LABEL[self.word]

    @property
    def when(self) -> datetime:
        return self.publication.published_at or self.publication.publish_at

    @property
    def caption(self) -> str:
        return self.publication.snapshot.get("caption", "") or self.publication.post.caption_for(
            self.publication.platform
        )


def thumbs(post_ids: Iterable[UUID]) -> dict[UUID, str]:
    """{post id: address of its first picture's thumbnail}; posts without pictures are absent. Two queries."""
    rows = PostAsset.objects.filter(post_id__in=set(post_ids), position=0)
    first = dict(rows.values_list("post_id", "asset_id"))
    urls = view_urls(first.values())
    return {post: urls[asset] for post, asset in first.items() if asset in urls}


def latest_numbers(publication_ids: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """{publication id: {metric: newest value}}. Metrics never measured are absent: missing is not zero."""
    numbers: dict[UUID, dict[str, int]] = {}
    rows = Figures.objects.filter(publication_id__in=set(publication_ids))
    for publication, *values in rows.values_list("publication_id", *METRICS):
        known = {metric: value for metric, value in zip(METRICS, values, strict=True) if value is not None}
        if known:
            numbers[publication] = known
    return numbers


def lines(publications: Sequence[Publication], *, now: datetime) -> list[Line]:
    pictures = thumbs(item.post_id for item in publications)
    numbers = latest_numbers(item.id for item in publications if item.state == State.PUBLISHED)
    return [
        Line(item, item.word(now), pictures.get(item.post_id, ""), numbers.get(item.id, {}))
        for item in publications
    ]


def together(found: list[Line], *, most: int) -> list[Line]:
    """The same post going out at the same moment on several channels as one line."""
    groups: dict[tuple[UUID, datetime], Line] = {}
    for line in found:
        key = (line.publication.post_id, line.publication.publish_at)
        if key in groups:
            groups[key].also.append(line.publication)
        else:
            groups[key] = line
    return list(groups.values())[:most]


# --- home ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Home:
    next_posts: list[Line]
    needs_you: list[Line]
    needs_you_count: int
    recent: list[Line]
    channels: list[Channel]
    steps: list[tuple[str, bool]]  # onboarding: (name, done); [] once a post is out


def home(*, now: datetime) -> Home:
    """Everything the first page says about the restaurant whose schema is entered."""
    asking = Publication.objects.asking()
    related = ("channel", "post")
    next_posts = list(Publication.objects.waiting().select_related(*related)[: 4 * NEXT_SHOWN])
    needs = list(asking.select_related(*related)[:3])
    recent = list(
        Publication.objects.published().order_by("-published_at", "-id").select_related(*related)[:6]
    )
    rows = {line.publication.id: line for line in lines([*next_posts, *needs, *recent], now=now)}
    channels = list(Channel.objects.exclude(state="disconnected").order_by("platform", "name"))
    return Home(
        next_posts=together([rows[item.id] for item in next_posts], most=NEXT_SHOWN),
        needs_you=[rows[item.id] for item in needs],
        needs_you_count=asking.count() if len(needs) == 3 else len(needs),
        recent=[rows[item.id] for item in recent],
        channels=channels,
        steps=[] if recent else _steps(channels),
    )


def _steps(channels: list[Channel]) -> list[tuple[str, bool]]:
    return [
        ("channels", bool(channels)),
        ("library", Rendition.objects.exists()),
        ("menu", MenuItem.objects.exists()),
        ("post", Post.objects.exists()),
        ("published", False),
    ]


def _has_publications() -> Exists:
    return Exists(Publication.objects.living().filter(post=OuterRef("pk")))


# --- history -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    lines: list[Line]
    next_cursor: str


TABS: dict[str, Q] = {
    "scheduled": Q(state__in=[*OPEN, *IN_DOUBT]),
    "published": Q(state=State.PUBLISHED),
    "needs_you": Q(state__in=[*ASKING]),
    "taken_back": Q(state=State.CANCELLED),
    "all": ~Q(state=State.CANCELLED),
}


def history(
    *,
    tab: str,
    now: datetime,
    channel: UUID | None = None,
    words: str = "",
    first: datetime | None = None,
    last: datetime | None = None,
    sort: str = "",
    cursor: str = "",
    size: int = PAGE_SIZE,
) -> Page:
    """Publications of one tab by time, newest first ("scheduled": soonest first), or by one of SORTS, the highest
    first and only those whose number is known. By keyset.

    `first` and `last` bound when it was meant to go out: [first, last).

    An unreadable cursor starts at the beginning: it can only come from a hand-made address.
    """
    rows: QuerySet[Publication] = Publication.objects.filter(TABS.get(tab, TABS["all"])).select_related(
        "channel", "post"
    )
    if channel:
        rows = rows.filter(channel_id=channel)
    if words:
        rows = rows.filter(post__caption__icontains=words)
    if first:
        rows = rows.filter(publish_at__gte=first)
    if last:
        rows = rows.filter(publish_at__lt=last)
    position = read_cursor(cursor)
    if sort in SORTS:
        field, value = f"figures__{sort}", _count(position)
        rows = rows.filter(state=State.PUBLISHED, **{f"{field}__isnull": False}).select_related("figures")
        if position and value is not None:
            rows = rows.filter(Q(**{f"{field}__lt": value}) | Q(**{field: value, "id__lt": position[1]}))
        found = list(rows.order_by(f"-{field}", "-id")[: size + 1])
        keys = [str(getattr(item.figures, sort)) for item in found]
    else:
        ascending, at = tab == "scheduled", _instant(position)
        if position and at:
            beyond = (
                Q(publish_at__gt=at) | Q(publish_at=at, id__gt=position[1])
                if ascending
                else (Q(publish_at__lt=at) | Q(publish_at=at, id__lt=position[1]))
            )
            rows = rows.filter(beyond)
        order = ("publish_at", "id") if ascending else ("-publish_at", "-id")
        found = list(rows.order_by(*order)[: size + 1])
        keys = [item.publish_at.isoformat() for item in found]
    more = len(found) > size
    found = found[:size]
    return Page(lines(found, now=now), make_cursor(keys[size - 1], found[-1].id) if more else "")


#: Numbers the history can be ordered by: columns of Figures.
SORTS = ("reach", "engagement", "comments")


def make_cursor(key: str, last: UUID) -> str:
    return base64.urlsafe_b64encode(f"{key}|{last}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[str, UUID] | None:
    """(the last row's key, its id)."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        key, _, last = raw.partition("|")
        return key, UUID(last)
    except (ValueError, binascii.Error):
        return None


def _count(position: tuple[str, UUID] | None) -> int | None:
    """A number of a cursor; another order's cursor has none."""
    key = position[0] if position else ""
    return int(key) if key.isascii() and key.isdigit() and len(key) < 19 else None


def _instant(position: tuple[str, UUID] | None) -> datetime | None:
    try:
        return parse_datetime(position[0]) if position else None
    except ValueError:
        return None


def drafts(*, size: int = PAGE_SIZE, after: datetime | None = None) -> list[tuple[Post, str]]:
    """Posts that are scheduled nowhere, newest first, each with its thumbnail."""
    rows = Post.objects.filter(~_has_publications()).order_by("-created_at", "-id")
    if after:
        rows = rows.filter(created_at__lt=after)
    found = list(rows[:size])
    pictures = thumbs(post.id for post in found)
    return [(post, pictures.get(post.id, "")) for post in found]


# --- one post ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Story:
    """One publication told from the beginning: its changes of state and every call that was made."""

    line: Line
    transitions: list[Transition]
    attempts: list[Attempt]

    @property
    def settled(self) -> bool:
        return self.line.word in (Word.PUBLISHED, Word.FAILED, Word.NEEDS_YOU, Word.DRAFT)


@dataclass(frozen=True, slots=True)
class PostPage:
    post: Post
    pictures: list[str]
    stories: list[Story]

    @property
    def settled(self) -> bool:
        """Nothing will change by itself within seconds, so the page stops asking."""
        return all(story.settled or story.line.word is Word.SCHEDULED for story in self.stories)

    @property
    def unseen(self) -> bool:
        """Nothing of it is planned, and nothing was ever sent: it may be deleted."""
        return all(
            story.line.publication.state == State.CANCELLED
            and not any(change.new in SENT for change in story.transitions)
            for story in self.stories
        )


def post_page(*, post: Post, now: datetime) -> PostPage:
    publications = list(
        Publication.objects.filter(post=post)
        .select_related("channel", "post")
        .order_by("publish_at", "created_at", "id")
    )
    ids = [item.id for item in publications]
    transitions: dict[UUID, list[Transition]] = {}
    for transition in Transition.objects.filter(publication_id__in=ids).order_by("id"):
        transitions.setdefault(transition.publication_id, []).append(transition)
    attempts: dict[UUID, list[Attempt]] = {}
    for attempt in Attempt.objects.filter(publication_id__in=ids).order_by("id"):
        attempts.setdefault(attempt.publication_id, []).append(attempt)
    assets = list(PostAsset.objects.filter(post=post).order_by("position").values_list("asset_id", flat=True))
    urls = view_urls(assets, "preview")
    return PostPage(
        post=post,
        pictures=[urls[asset] for asset in assets if asset in urls],
        stories=[
            Story(line, transitions.get(line.publication.id, []), attempts.get(line.publication.id, []))
            for line in lines(publications, now=now)
        ],
    )
