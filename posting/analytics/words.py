"""What the numbers are called, where each comes from, and what it means. One place, so no page says it otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from posting.surfaces import Kind

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Meaning:
    name: Text
    definition: Text
    source: Text


_BOTH = _("Facebook and Instagram")

MEANINGS: dict[str, Meaning] = {
    "posts": Meaning(
        _("Posts published"),
        _("Every post on every channel counts once."),
        _("Social Automation"),
    ),
    "reach": Meaning(
        _("People reached"),
        _("How many people saw each post, added up. Somebody who saw two posts counts twice."),
        _BOTH,
    ),
    "engagement": Meaning(
        _("Interactions"), _("Likes and other reactions, comments, shares and saves together."), _BOTH
    ),
    "views": Meaning(_("Views"), _("How often posts were seen, repeats included."), _BOTH),
    "likes": Meaning(_("Likes"), _("Likes and all other reactions."), _BOTH),
    "comments": Meaning(_("Comments"), _("Comments and the answers to them."), _BOTH),
    "shares": Meaning(_("Shares"), _("How often posts were passed on."), _BOTH),
    "saves": Meaning(_("Saves"), _("How often posts were kept for later."), _("Instagram")),
    "followers": Meaning(
        _("Followers"),
        _("Followers of your channels at the end of each day, added up."),
        _BOTH,
    ),
    "channel_reach": Meaning(
        _("Reach of your channels"),
        _(
            "People who saw anything of your channels that day, old posts included. Days end at midnight in"
            " California, where Meta counts, and come up to two days late."
        ),
        _BOTH,
    ),
}

KINDS: dict[str, Text] = {
    Kind.FB_TEXT: _("Words only"),
    Kind.FB_LINK: _("Link"),
    Kind.FB_PHOTO: _("One photo"),
    Kind.FB_PHOTOS: _("Several photos"),
    Kind.FB_VIDEO: _("Video"),
    Kind.FB_REEL: _("Reel"),
    Kind.FB_PHOTO_STORY: _("Story"),
    Kind.FB_VIDEO_STORY: _("Video story"),
    Kind.IG_PHOTO: _("One photo"),
    Kind.IG_CAROUSEL: _("Several photos"),
    Kind.IG_REEL: _("Reel"),
    Kind.IG_PHOTO_STORY: _("Story"),
    Kind.IG_VIDEO_STORY: _("Video story"),
}

WEEKDAYS: tuple[Text, ...] = (
    _("Monday"),
    _("Tuesday"),
    _("Wednesday"),
    _("Thursday"),
    _("Friday"),
    _("Saturday"),
    _("Sunday"),
)
