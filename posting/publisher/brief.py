"""Everything a call needs to know, gathered beforehand: the threads that speak HTTP touch no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from posting.surfaces import Kind


@dataclass(frozen=True, slots=True)
class Medium:
    kind: str  # "photo" or "video"
    url: str = ""  # absolute, signed, fetchable by Meta; only made for the step that sends it
    alt_text: str = ""
    people: tuple[Mapping[str, Any], ...] = ()  # {"username", "x", "y"}


@dataclass(frozen=True, slots=True)
class Twins:
    """Other posts of this account with the same words whose media are not known yet.

    A medium with these words may be theirs, so it proves something only beyond their number.
    """

    out: int = 0  # surely published
    doubtful: int = 0  # sent, and nobody knows
    since: datetime | None = None  # the earliest of their flips


@dataclass(frozen=True, slots=True)
class Brief:
    kind: Kind
    account: str  # the Page's or Instagram account's id
    caption: str
    link: str
    media: tuple[Medium, ...]
    step: int
    objects: tuple[str, ...]  # ids of the parts made so far
    object_id: str
    media_id: str
    object_at: datetime | None
    flip_at: datetime | None
    twins: Twins = Twins()
    comment: str = ""  # the first comment's words
    place: str = ""  # a Page id
    known_media: frozenset[str] = frozenset()  # published media of this account that belong to other posts
