"""What the composer page shows, gathered in a constant number of queries; no change is made here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from assets.models import Asset
from assets.reach import outside_problem
from content import queries as content_queries
from content.calendar.days import special_days
from content.checks import check_post
from content.extras import COMMENT_MAX
from content.models import MenuItem, Post
from content.words import CropShape, PostKind, Tone
from posting.composer_forms import LATER, Entry
from posting.composer_photos import photos_by_id
from posting.services.planning import moment
from posting.states import MENDABLE
from social.models import Channel
from social.platforms import PLATFORMS, Problem
from tenants.access import Can, has
from tenants.errors import Refused
from tenants.times import city_of, clock, day_text, from_wall, moment_text

MOST_DISHES = 300
MOST_OCCASIONS = 6
OCCASIONS_AHEAD = timedelta(days=21)
WALL = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True)
class Place:
    """A channel as the page offers it."""

    channel: Channel
    chosen: bool
    usable: bool


@dataclass(frozen=True)
class Suggestion:
    """A time worth offering: the field's value and its words ("Today", "6:00 pm")."""

    value: str
    day: str
    time: str


def page(
    request: HttpRequest,
    *,
    post: Post | None,
    entry: Entry,
    now: datetime,
    errors: dict[str, list[Refused]] | None = None,
    conflict: Post | None = None,
) -> dict[str, Any]:
    tenant = request.tenant  # type: ignore[attr-defined]
    living = list(post.publications.living().select_related("channel")) if post else []
    places = places_for(entry, fresh=request.method != "POST" and not entry.channel_ids)
    suggestions = suggest(tenant.timezone, now)
    if entry.when == LATER and not entry.publish_at:
        entry.publish_at = suggestions[0].value
    photos = photos_by_id(entry.asset_ids)
    profile = content_queries.brand_profile()
    languages = profile.languages or [tenant.language or "en"]
    dishes = list(MenuItem.objects.served().listed()[:MOST_DISHES])
    return {
        "post": post,
        "entry": entry,
        "errors": errors or {},
        "conflict": conflict,
        "publications": living,
        "stopped": any(one.state in MENDABLE for one in living),
        "places": places,
        "stranded": bool(places) and not any(place.usable for place in places),
        "photos": photos,
        "suggestions": suggestions,
        "more_open": bool({"link", "first_comment", "place"} & set(errors or {}))
        or bool(entry.first_comment or entry.link or entry.place_id),
        "when_sentence": _when_sentence(entry, tenant.timezone, now),
        "city": city_of(tenant.timezone),
        "can_publish": has(request.membership.role, Can.PUBLISH),  # type: ignore[attr-defined]
        "dishes": dishes,
        "kinds": PostKind.choices,
        "comment_max": COMMENT_MAX,
        "pages": _pages(entry, places),
        "occasions": occasions(tenant.country, tenant.local(now).date(), dishes, languages[0]),
        "languages": languages,
        "tones": Tone.choices,
        "tone": profile.tone,
        "hashtags": [tag.lstrip("#") for tag in profile.hashtags],
        "data": page_data(post, entry, places, photos, scheduled=bool(living)),
        "now": now,
    }


def places_for(entry: Entry, *, fresh: bool) -> list[Place]:
    """Every connected channel; on a fresh page all that can take a post are ticked."""
    chosen = set(entry.channel_ids)
    found = []
    for channel in Channel.objects.connected().in_order():
        usable = channel.state in ("active", "paused")
        tick = usable if fresh else str(channel.pk) in chosen
        found.append(Place(channel, tick, usable))
    return found


def _pages(entry: Entry, places: Iterable[Place]) -> list[tuple[str, str]]:
    """Places a post may be tagged with: the restaurant's own Pages, and what the post has already."""
    found = {
        place.channel.remote_id: place.channel.name
        for place in places
        if place.channel.platform == "facebook"
    }
    if entry.place_id:
        found.setdefault(entry.place_id, entry.place_name or entry.place_id)
    return list(found.items())


def occasions(
    country: str, today: date, dishes: Iterable[MenuItem], language: str = "en"
) -> list[tuple[str, str]]:
    """(name in the captions' language, "Thu 26 Nov") of the special days of the next weeks that a caption may mention,
    if somebody wants.
    """
    names = [dish.name for dish in dishes]
    found = special_days(country, today, today + OCCASIONS_AHEAD, known=names, language=language)
    return [
        (
            one.name,
            f"{WEEKDAYS_ABBR[one.day.weekday()]} {one.day.day} {str(MONTHS_3[one.day.month]).capitalize()}",
        )
        for one in found[:MOST_OCCASIONS]
    ]


def suggest(zone: str, now: datetime) -> list[Suggestion]:
    """Mealtimes ahead, soonest first: today, tomorrow, Friday evening, Sunday noon."""
    local = now.astimezone(ZoneInfo(zone))
    friday, sunday = (4 - local.weekday()) % 7, (6 - local.weekday()) % 7
    wanted = {(0, 12), (0, 18), (1, 12), (1, 18), (friday, 17), (sunday, 11)}
    found = []
    for days, hour in sorted(wanted):
        wall = (local + timedelta(days=days)).replace(
            hour=hour, minute=0, second=0, microsecond=0, tzinfo=None
        )
        at = from_wall(wall, zone)
        if at > now + timedelta(minutes=20):
            day = {0: _("Today"), 1: _("Tomorrow")}.get(days) or day_text(at, zone, now=now)
            found.append(Suggestion(wall.strftime(WALL), day, clock(at.astimezone(ZoneInfo(zone)))))
    return found[:5]


def _when_sentence(entry: Entry, zone: str, now: datetime) -> str:
    if entry.when != LATER:
        return ""
    try:
        return moment_text(moment(entry.moment(zone), now), zone, now=now)
    except Refused:
        return ""


def checks_for(
    post: Post | None, entry: Entry, channels: Iterable[Channel], *, at: datetime | None
) -> list[Problem]:
    """What to know before it goes out `at` (None: now), errors first. An unsaved post has only the basics."""
    channels = list(channels)
    found: list[Problem] = []
    if not channels:
        found.append(Problem("error", "channel_missing", _("Choose where it should appear."), "channels"))
    if post is not None:
        found += check_post(post, [channel.platform for channel in channels], moment=at)
    elif entry.empty:
        found.append(Problem("error", "empty", _("Write a caption or choose a photo."), "caption"))
    found += of_kind(entry)
    if any(channel.platform == "instagram" for channel in channels) and (unreachable := outside_problem()):
        found.append(Problem("warning", "unreachable", unreachable, "server"))
    return sorted(found, key=lambda problem: ("error", "warning", "hint").index(problem.level))


def of_kind(entry: Entry) -> list[Problem]:
    """What a story or a reel asks for, and what of the rest it does not show. One query when it is either."""
    if entry.kind == PostKind.FEED:
        return []
    found: list[Problem] = []
    media = list(Asset.objects.filter(pk__in=entry.asset_ids).values_list("kind", flat=True))
    if entry.kind == PostKind.STORY:
        if len(media) != 1:
            sentence = _("A story shows exactly one photo or video. Choose one.")
            found.append(Problem("error", "story_one_medium", sentence, "assets"))
        if entry.caption.strip() or entry.first_comment.strip():
            sentence = _("A story shows only its picture: the words and the first comment stay here.")
            found.append(Problem("hint", "story_no_words", sentence, "kind"))
    elif media != ["video"]:
        sentence = _("A reel is one video. Choose one, or make it a post.")
        found.append(Problem("error", "reel_one_video", sentence, "assets"))
    return found


def page_data(
    post: Post | None, entry: Entry, places: list[Place], photos: list[dict[str, Any]], *, scheduled: bool
) -> dict[str, Any]:
    """What the page's script knows: limits as data, addresses, the photos and places, and its words."""
    here = {"post_id": post.pk} if post else None
    return {
        "post": str(post.pk) if post else "",
        "version": entry.version,
        "scheduled": scheduled,
        "caption": entry.caption,
        "captions": entry.captions,
        "photos": photos,
        "altTexts": entry.alt_texts,
        "crops": entry.crops,
        "people": entry.people,
        "kind": entry.kind,
        "places": [
            {
                "id": str(place.channel.pk),
                "platform": place.channel.platform,
                "name": place.channel.name,
                "username": place.channel.username or place.channel.name,
                "picture": place.channel.picture_url,
                "chosen": place.chosen,
            }
            for place in places
        ],
        "limits": {
            name: {
                "name": limits.name,
                "max": limits.caption_max,
                "cut": limits.caption_more_cut,
                "lines": limits.caption_more_lines,
                "hashtags": limits.hashtags_max,
                "mentions": limits.mentions_max,
                "photos": limits.photos_max,
                "ratioMin": limits.ratio_min,
                "ratioMax": limits.ratio_max,
            }
            for name, limits in PLATFORMS.items()
        },
        "icons": {name: static(f"{name}.svg") for name in PLATFORMS},
        "urls": {
            "save": reverse("compose_save_post", kwargs=here) if here else reverse("compose_save"),
            "delete": reverse("post_delete", kwargs=here) if here and not scheduled else "",
            "upload": reverse("library_upload"),
            "pieces": reverse("library_transfer_start"),
        },
        "shapes": [{"value": value, "label": str(label)} for value, label in CropShape.choices],
        "words": words(),
    }


def words() -> dict[str, str]:
    return {
        "saving": _("Saving…"),
        "saved": _("Saved"),
        "unsaved": _("Not saved yet"),
        "offline": _("Offline: kept on this device"),
        "failed": _("Upload failed"),
        "tooMany": _("At most 10 photos fit into one post."),
        "chosen": _("{n} chosen"),
        "tooLong": _("Too long for"),
        "removed": _("Photo taken out."),
        "undo": _("Undo"),
        "duplicate": _("This photo was in your library already."),
        "moved": _("Photo %(from)s is now number %(to)s."),
        "inserted": _("The caption is in. Change whatever you like."),
        "restored": _("Restored."),
        "more": _("more"),
        "tagged": _("Tap the photo where this person is, then add the name."),
        "badName": _("Write the Instagram name, such as krusty.pizza."),
        "seeMore": _("See more"),
    }
