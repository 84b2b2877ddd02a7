"""One post of every kind that the product can publish, and what the public must see of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from posting.surfaces import SURFACES, Kind


@dataclass(frozen=True)
class Sample:
    kind: Kind
    photos: int = 0
    videos: int = 0
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """The kitchen's channel for it."""
        return "page" if SURFACES[self.kind].platform == "facebook" else "instagram"

    @property
    def media(self) -> int:
        return self.photos + self.videos

    @property
    def comment(self) -> str:
        return self.fields.get("first_comment", "")

    @property
    def worded(self) -> bool:
        """Stories show no words: a second one cannot be told by them."""
        return not SURFACES[self.kind].story

    @property
    def readback(self) -> bool:
        return SURFACES[self.kind].readback


STORY = {"kind": "story"}
KINDS = {
    "fb_text": Sample(Kind.FB_TEXT, fields={"first_comment": "#fb"}),
    "fb_link": Sample(Kind.FB_LINK, fields={"link": "https://example.com/"}),
    "fb_photo": Sample(Kind.FB_PHOTO, photos=1),
    "fb_photos": Sample(Kind.FB_PHOTOS, photos=3),
    "fb_video": Sample(Kind.FB_VIDEO, videos=1),
    "fb_reel": Sample(Kind.FB_REEL, videos=1, fields={"kind": "reel"}),
    "fb_photo_story": Sample(Kind.FB_PHOTO_STORY, photos=1, fields=STORY),
    "fb_video_story": Sample(Kind.FB_VIDEO_STORY, videos=1, fields=STORY),
    "ig_photo": Sample(Kind.IG_PHOTO, photos=1, fields={"first_comment": "#ig"}),
    "ig_carousel": Sample(Kind.IG_CAROUSEL, photos=2),
    "ig_mixed": Sample(Kind.IG_CAROUSEL, photos=1, videos=1),
    "ig_reel": Sample(Kind.IG_REEL, videos=1),
    "ig_photo_story": Sample(Kind.IG_PHOTO_STORY, photos=1, fields=STORY),
    "ig_video_story": Sample(Kind.IG_VIDEO_STORY, videos=1, fields=STORY),
}
assert {sample.kind for sample in KINDS.values()} == set(Kind)
