"""What the composer sends, read into one value: the page, the autosave and a browser without scripts send the
same fields, so there is one reader and one place where a wrong field gets its sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from content.words import CropShape, PostKind
from social.models import Channel
from social.platforms import PLATFORMS
from tenants.errors import Refused
from tenants.times import from_wall

NOW, LATER, NEXT = "now", "later", "next"  # NEXT: each channel's next free weekly time
MOST_PHOTOS = 60  # far above any network's limit; what is sent beyond is not read


@dataclass
class Entry:
    """The form as typed. Ids are strings until somebody needs the row; a garbled one is simply not found."""

    caption: str = ""
    captions: dict[str, str] = field(default_factory=dict)  # only networks with words of their own
    asset_ids: list[str] = field(default_factory=list)
    alt_texts: dict[str, str] = field(default_factory=dict)
    crops: dict[str, str] = field(default_factory=dict)
    link: str = ""
    kind: str = PostKind.FEED
    first_comment: str = ""
    place_id: str = ""  # a Facebook Page with an address
    place_name: str = ""
    people: dict[str, list[Any]] = field(default_factory=dict)  # asset id: [{"username", "x", "y"}]
    channel_ids: list[str] = field(default_factory=list)
    when: str = LATER
    publish_at: str = ""  # "2026-11-24T18:00", a wall time of the restaurant
    menu_item_id: str = ""
    generation_id: str = ""
    version: int = 0
    key: str = ""  # made with the empty page: the same page sent twice makes one post

    @classmethod
    def read(cls, data: QueryDict) -> Entry:
        data = _printable(data)
        assets = list(dict.fromkeys(value for value in data.getlist("asset") if is_uuid(value)))[:MOST_PHOTOS]
        captions = {name: data.get(f"caption_{name}", "") for name in PLATFORMS}
        return cls(
            caption=data.get("caption", ""),
            captions={name: text for name, text in captions.items() if text.strip()},
            asset_ids=assets,
            alt_texts={pk: data.get(f"alt_{pk}", "") for pk in assets if f"alt_{pk}" in data},
            crops={pk: crop for pk in assets if (crop := data.get(f"crop_{pk}", "")) in CropShape.values},
            link=data.get("link", "").strip(),
            kind=data.get("kind", "") if data.get("kind") in PostKind.values else PostKind.FEED,
            first_comment=data.get("first_comment", ""),
            place_id=data.get("place", "").strip()[:40],
            people={pk: _people(data.get(f"people_{pk}", "")) for pk in assets if f"people_{pk}" in data},
            channel_ids=[value for value in data.getlist("channel") if is_uuid(value)],
            when=data.get("when", "") if data.get("when") in (NOW, LATER, NEXT) else LATER,
            publish_at=data.get("publish_at", "").strip(),
            menu_item_id=_uuid_text(data.get("menu_item", "")),
            generation_id=_uuid_text(data.get("generation", "")),
            version=_number(data.get("version", "")),
            key=_uuid_text(data.get("key", "")),
        )

    @property
    def empty(self) -> bool:
        """Nothing worth keeping yet."""
        return not (self.caption.strip() or self.captions or self.asset_ids)

    def content(self) -> dict[str, Any]:
        """Arguments of content.services.compose_post and save_draft."""
        return {
            "caption": self.caption,
            "captions": self.captions,
            "asset_ids": self.asset_ids,
            "link": self.link,
            "kind": self.kind,
            "first_comment": self.first_comment,
            "place": self.place(),
            "people": self.people,
            "menu_item_id": self.menu_item_id,
            "generation_id": self.generation_id or None,
            "alt_texts": self.alt_texts,
            "crops": self.crops,
        }

    def place(self) -> dict[str, str]:
        """{"id", "name"} of the chosen Page, or {}."""
        if not self.place_id:
            return {}
        page = Channel.objects.filter(platform="facebook", remote_id=self.place_id).first()
        return {"id": self.place_id, "name": page.name if page else self.place_name}

    def channels(self) -> list[Channel]:
        """The chosen channels of this restaurant, in the order of the page."""
        return list(Channel.objects.connected().filter(pk__in=self.channel_ids).in_order())

    def moment(self, zone: str) -> datetime | None:
        """The instant meant, None for "now" and for the weekly times, which are known only when scheduled.

        Refused when no time, or no readable one, was given.
        """
        if self.when != LATER:
            return None
        return wall_moment(self.publish_at, zone)


def wall_moment(text: str, zone: str) -> datetime:
    """A date-and-time field as typed in the restaurant's zone; seconds and offsets are not read."""
    if not text:
        raise Refused(
            _("Choose a day and a time, or “Now”."), code="time_missing", field="publish_at", status=422
        )
    try:
        local = datetime.fromisoformat(text).replace(tzinfo=None, second=0, microsecond=0)
        return from_wall(local, zone)
    except (ValueError, OverflowError) as error:
        raise Refused(
            _("We could not read this time. Choose a day and a time."),
            code="time_unreadable",
            field="publish_at",
            status=422,
        ) from error


def _people(text: str) -> list[Any]:
    """The photo dialog's tags as it stored them; what is no list was made by hand and means none."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def _number(text: str) -> int:
    """A version; 0 (take the stored one) for anything that is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _printable(data: QueryDict) -> QueryDict:
    """Without the one character that PostgreSQL cannot store."""
    clean = QueryDict(mutable=True)
    for name, values in data.lists():
        clean.setlist(name, [str(value).replace("\x00", "") for value in values])
    return clean


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _uuid_text(text: str) -> str:
    return text if is_uuid(text) else ""


#: A refusal's field -> the part of the page where its sentence is shown.
PARTS = {
    "caption": "caption",
    "captions": "caption",
    "menu_item": "caption",
    "assets": "photos",
    "asset_ids": "photos",
    "crops": "photos",
    "photos": "photos",
    "file": "photos",
    "link": "link",
    "kind": "kind",
    "first_comment": "first_comment",
    "place": "place",
    "people": "photos",
    "channels": "channels",
    "publish_at": "publish_at",
    "not_after": "publish_at",
}


def errors_of(refusals: Iterable[Refused]) -> dict[str, list[Refused]]:
    """Refusals by part of the page; what belongs nowhere goes on top ("page")."""
    parts: dict[str, list[Refused]] = {}
    for refusal in refusals:
        parts.setdefault(PARTS.get(refusal.field or "", "page"), []).append(refusal)
    return parts
