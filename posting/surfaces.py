"""What can be published where, as data: its invisible steps, and how its visibility can be asked.

A surface is one way a post appears: a photo in a Page's feed, a carousel on Instagram, a reel. The verbs
behind each (prepare, status, flip, read, details) are in posting/publisher. Facts: reference section 3, 4, 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

PHOTO_LEAD = timedelta(minutes=10)  # prepared this long before its time
VIDEO_LEAD = timedelta(minutes=60)  # Meta transcodes videos


class Kind(StrEnum):
    FB_TEXT = "fb_text"
    FB_LINK = "fb_link"
    FB_PHOTO = "fb_photo"
    FB_PHOTOS = "fb_photos"
    FB_VIDEO = "fb_video"
    FB_REEL = "fb_reel"
    FB_PHOTO_STORY = "fb_photo_story"
    FB_VIDEO_STORY = "fb_video_story"
    IG_PHOTO = "ig_photo"
    IG_CAROUSEL = "ig_carousel"
    IG_REEL = "ig_reel"
    IG_PHOTO_STORY = "ig_photo_story"
    IG_VIDEO_STORY = "ig_video_story"


@dataclass(frozen=True, slots=True)
class Surface:
    kind: Kind
    platform: str
    media_min: int
    media_max: int
    own_steps: int  # PREPARE calls besides one per medium
    per_medium: int = 0  # PREPARE calls per medium
    readback: bool = True  # may be asked whether it is visible
    negatives: int = 1  # negative reads that prove "not visible": Instagram's status lags
    lead: timedelta = PHOTO_LEAD
    story: bool = False

    def steps(self, media: int) -> int:
        return self.own_steps + self.per_medium * media


_ALL = (
    Surface(Kind.FB_TEXT, "facebook", 0, 0, 1),
    Surface(Kind.FB_LINK, "facebook", 0, 0, 1),
    Surface(Kind.FB_PHOTO, "facebook", 1, 1, 1, 1),
    Surface(Kind.FB_PHOTOS, "facebook", 2, 10, 1, 1),
    Surface(Kind.FB_VIDEO, "facebook", 1, 1, 1, lead=VIDEO_LEAD),
    Surface(Kind.FB_REEL, "facebook", 1, 1, 2, lead=VIDEO_LEAD),
    # Stories of a Page cannot be asked for: at most once, an unclear answer goes to the owner.
    Surface(Kind.FB_PHOTO_STORY, "facebook", 1, 1, 1, readback=False, story=True),
    Surface(Kind.FB_VIDEO_STORY, "facebook", 1, 1, 2, readback=False, story=True, lead=VIDEO_LEAD),
    Surface(Kind.IG_PHOTO, "instagram", 1, 1, 1, negatives=3),
    # each child, one look that all children are ready, the parent
    Surface(Kind.IG_CAROUSEL, "instagram", 2, 10, 2, 1, negatives=3),
    Surface(Kind.IG_REEL, "instagram", 1, 1, 1, negatives=3, lead=VIDEO_LEAD),
    Surface(Kind.IG_PHOTO_STORY, "instagram", 1, 1, 1, negatives=3, story=True),
    Surface(Kind.IG_VIDEO_STORY, "instagram", 1, 1, 1, negatives=3, story=True, lead=VIDEO_LEAD),
)
SURFACES: dict[Kind, Surface] = {surface.kind: surface for surface in _ALL}


class NoSurface(ValueError):
    """This content cannot appear on that platform. `code` is one of the keys of posting/reasons.py."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def surface_for(platform: str, media: Sequence[str], *, link: str = "", wish: str = "") -> Surface:
    """The surface for `media` (a list of "photo" / "video") on a platform; raises NoSurface.

    `wish` is the post's own choice: "", "story" or "reel". Media beat a link: Facebook shows a link as a
    preview card only when there is nothing else to show.
    """
    count, videos = len(media), sum(kind == "video" for kind in media)
    facebook = platform == "facebook"
    if wish == "story":
        if count != 1:
            raise NoSurface("story_one_medium")
        if facebook:
            return SURFACES[Kind.FB_VIDEO_STORY if videos else Kind.FB_PHOTO_STORY]
        return SURFACES[Kind.IG_VIDEO_STORY if videos else Kind.IG_PHOTO_STORY]
    if count == 0:
        if not facebook:
            raise NoSurface("instagram_needs_media")
        return SURFACES[Kind.FB_LINK if link else Kind.FB_TEXT]
    if count > 10:
        raise NoSurface("too_many_media")
    if facebook:
        if videos and count > 1:
            raise NoSurface("facebook_mixed")
        if videos:
            return SURFACES[Kind.FB_REEL if wish == "reel" else Kind.FB_VIDEO]
        return SURFACES[Kind.FB_PHOTO if count == 1 else Kind.FB_PHOTOS]
    if count > 1:
        return SURFACES[Kind.IG_CAROUSEL]
    return SURFACES[Kind.IG_REEL if videos else Kind.IG_PHOTO]
