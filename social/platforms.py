"""What each network allows, as data: the composer, the checks before scheduling and the AI writer all read
it here.

Sizes are bytes, widths pixels, durations seconds, ratios width / height. Counting of text is done so that
we are never below what the network counts.
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
https://developers.facebook.com/docs/graph-api/reference/page/photos
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from social.registry.models import Platform

KIB, MIB = 1024, 1024 * 1024


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """One kind of video on one network."""

    seconds_min: float
    seconds_max: float
    bytes_max: int
    ratio_min: float
    ratio_max: float
    width_min: int = 0
    height_min: int = 0
    width_max: int = 0  # 0: no limit written down
    fps_min: int = 0
    fps_max: int = 0
    containers: tuple[str, ...] = ("MP4", "MOV")
    codecs: tuple[str, ...] = ("h264", "hevc")


@dataclass(frozen=True, slots=True)
class PlatformLimits:
    """One network. `None` stands for "no limit that we know of"."""

    platform: str
    name: str
    caption_max: int
    caption_more_cut: int  # characters shown before "... more"
    caption_more_lines: int  # or so many lines, whichever comes first
    hashtags_max: int | None
    hashtags_advised: int
    mentions_max: int | None
    alt_text_max: int
    photos_min: int  # of a post; 0: text alone is a post
    photos_max: int
    photo_bytes_max: int
    photo_formats: tuple[str, ...]  # what we send; renditions are made to fit
    ratio_min: float | None
    ratio_max: float | None
    width_min: int
    width_max: int
    links_clickable: bool
    native_schedule: bool
    posts_a_day: int  # only a guide: the live quota is read where the network tells it
    video: VideoLimits
    reel: VideoLimits
    story_video: VideoLimits
    profile_url: str = field(default="")  # {username} or {id}


PLATFORMS: dict[str, PlatformLimits] = {
    Platform.FACEBOOK: PlatformLimits(
        platform=Platform.FACEBOOK,
        name="Facebook",
        caption_max=63_206,
        caption_more_cut=477,
        caption_more_lines=5,
        hashtags_max=None,
        hashtags_advised=5,
        mentions_max=None,
        alt_text_max=1_000,
        photos_min=0,
        photos_max=10,  # not documented; public clients stop at 10
        photo_bytes_max=4 * MIB,  # Meta's pages say 10 MB, its error says 4 MB: the smaller one always passes
        photo_formats=("JPEG",),
        ratio_min=None,
        ratio_max=None,
        width_min=1,
        width_max=2_048,
        links_clickable=True,
        native_schedule=True,
        posts_a_day=250,
        video=VideoLimits(1, 14_400, 10 * 1024 * MIB, 9 / 16, 16 / 9),
        reel=VideoLimits(3, 90, 1024 * MIB, 9 / 16 - 0.01, 9 / 16 + 0.01, 540, 960, fps_min=24, fps_max=60),
        story_video=VideoLimits(
            3, 90, 1024 * MIB, 9 / 16 - 0.01, 9 / 16 + 0.01, 540, 960, fps_min=24, fps_max=60
        ),
        profile_url="https://www.facebook.com/{id}",
    ),
    Platform.INSTAGRAM: PlatformLimits(
        platform=Platform.INSTAGRAM,
        name="Instagram",
        caption_max=2_200,
        caption_more_cut=125,
        caption_more_lines=3,
        hashtags_max=30,
        hashtags_advised=8,
        mentions_max=20,
        alt_text_max=1_000,
        photos_min=1,
        photos_max=10,
        photo_bytes_max=8 * MIB,
        photo_formats=("JPEG",),
        ratio_min=4 / 5,
        ratio_max=1.91,
        width_min=320,
        width_max=1_440,
        links_clickable=False,
        native_schedule=False,
        posts_a_day=50,  # Meta's pages say 25, 50 and 100; content_publishing_limit tells the account's own
        video=VideoLimits(3, 900, 300 * MIB, 0.01, 10, width_max=1_920, fps_min=23, fps_max=60),
        reel=VideoLimits(3, 900, 300 * MIB, 0.01, 10, width_max=1_920, fps_min=23, fps_max=60),
        story_video=VideoLimits(3, 60, 100 * MIB, 0.01, 10, width_max=1_920, fps_min=23, fps_max=60),
        profile_url="https://www.instagram.com/{username}/",
    ),
}

Level = Literal["error", "warning", "hint"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to know before a post goes out. Only an "error" stops it. `field` says where the fix is
    made.
    """

    level: Level
    code: str
    sentence: str
    field: str = "caption"

    def as_dict(self) -> dict[str, Any]:
        return {"level": self.level, "code": self.code, "sentence": self.sentence, "field": self.field}


# A "#" or "@" inside a word or an address (e-mail, URL path) starts neither a hashtag nor a mention. A
# hashtag of digits alone is no hashtag on either network.
_HASHTAG = re.compile(r"(?<![\w&/#])[#＃](?!\d+(?!\w))\w+")
_MENTION = re.compile(r"(?<![\w.@/])@\w(?:[\w.]{0,28}\w)?")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CaptionCount:
    """What a counter beside the text shows."""

    length: int
    hashtags: int
    mentions: int
    links: int


def caption_length(text: str) -> int:
    """Length in UTF-16 units, as a browser's counter has it. An emoji counts 2, never less than the
    networks count.
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def hashtags(text: str) -> list[str]:
    return [tag[1:] for tag in _HASHTAG.findall(text)]


def mentions(text: str) -> list[str]:
    return [name[1:] for name in _MENTION.findall(text)]


def count(text: str) -> CaptionCount:
    return CaptionCount(
        caption_length(text), len(hashtags(text)), len(mentions(text)), len(_LINK.findall(text))
    )


def more_cut(platform: str, text: str) -> tuple[str, str]:
    """The text as (shown at once, behind "... more"). The cut falls on a word's end where one is near.

    Where exactly the networks cut depends on the device; these are their usual values.
    """
    limits = PLATFORMS[platform]
    end = len(text)
    lines = [match.start() for match in re.finditer("\n", text)]
    if len(lines) >= limits.caption_more_lines:
        end = lines[limits.caption_more_lines - 1]
    if end > limits.caption_more_cut:
        end = limits.caption_more_cut
        space = text.rfind(" ", end - 20, end)
        end = space if space > 0 else end
    return text[:end].rstrip(), text[end:].lstrip()


def check_caption(platform: str, text: str) -> list[Problem]:
    """Everything to say about one network's text, errors first. Empty when there is nothing.

    An empty text is fine here: whether a post may do without words depends on its photos (content.checks).
    """
    limits = PLATFORMS[platform]
    counted = count(text)
    found: list[Problem] = []
    if counted.length > limits.caption_max:
        over = counted.length - limits.caption_max
        found.append(
            Problem(
                "error",
                "caption_too_long",
                ngettext(
                    "%(name)s takes %(max)s characters: shorten the text by %(over)s character.",
                    "%(name)s takes %(max)s characters: shorten the text by %(over)s characters.",
                    over,
                )
                % {"name": limits.name, "max": f"{limits.caption_max:,}", "over": f"{over:,}"},
            )
        )
    if limits.hashtags_max is not None and counted.hashtags > limits.hashtags_max:
        found.append(
            Problem(
                "error",
                "too_many_hashtags",
                _("%(name)s takes %(max)s hashtags: remove %(over)s.")
                % {
                    "name": limits.name,
                    "max": limits.hashtags_max,
                    "over": counted.hashtags - limits.hashtags_max,
                },
            )
        )
    elif counted.hashtags > limits.hashtags_advised:
        found.append(
            Problem(
                "hint",
                "many_hashtags",
                _("%(count)s hashtags look crowded on %(name)s; %(max)s or fewer read better.")
                % {"count": counted.hashtags, "name": limits.name, "max": limits.hashtags_advised},
            )
        )
    if limits.mentions_max is not None and counted.mentions > limits.mentions_max:
        found.append(
            Problem(
                "error",
                "too_many_mentions",
                _("%(name)s takes %(max)s @mentions: remove %(over)s.")
                % {
                    "name": limits.name,
                    "max": limits.mentions_max,
                    "over": counted.mentions - limits.mentions_max,
                },
            )
        )
    if counted.links and not limits.links_clickable:
        found.append(
            Problem(
                "warning",
                "link_not_clickable",
                _("Links cannot be tapped on %(name)s. Say “link in our profile” instead.")
                % {"name": limits.name},
            )
        )
    if "\x00" in text:
        found.append(Problem("error", "unprintable", _("The text contains a character that cannot be sent.")))
    return found
