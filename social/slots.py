"""Places on the Channels page that the rooms above may fill, without this room knowing them.

They register in their AppConfig.ready. Functions get all channels at once, so a page costs a constant
number of queries however many channels there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from social.models import Channel


@dataclass(frozen=True, slots=True)
class Line:
    """One line below a channel, such as its last or next post."""

    label: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Posts that are to go out: how many, and when the first one is due."""

    number: int
    first_at: datetime


Lines = Callable[[Sequence[Channel], datetime], dict[UUID, list[Line]]]
Consequences = Callable[[Sequence[Channel], datetime], dict[UUID, list[str]]]

WaitingPosts = Callable[[Sequence[Channel], datetime], Waiting | None]

channel_lines: list[Lines] = []
"""What to show below each channel."""

disconnect_consequences: list[Consequences] = []
"""Sentences said before a channel is disconnected, e.g. "3 scheduled posts will be held"."""

waiting_posts: list[WaitingPosts] = []
"""Asked before somebody is told that a channel ends or is gone: the posts due through these channels after a
moment, None when there are none.
"""


def waiting_of(channels: Sequence[Channel], *, after: datetime) -> Waiting | None:
    found = [waiting for ask in waiting_posts if (waiting := ask(channels, after)) is not None]
    if not found:
        return None
    return Waiting(sum(one.number for one in found), min(one.first_at for one in found))


def lines_of(channels: Sequence[Channel], *, now: datetime) -> dict[UUID, list[Line]]:
    found: dict[UUID, list[Line]] = {channel.pk: [] for channel in channels}
    for ask in channel_lines:
        for channel_id, lines in ask(channels, now).items():
            found.setdefault(channel_id, []).extend(lines)
    return found


def consequences_of(channels: Sequence[Channel], *, now: datetime) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {channel.pk: [] for channel in channels}
    for ask in disconnect_consequences:
        for channel_id, sentences in ask(channels, now).items():
            found.setdefault(channel_id, []).extend(sentences)
    return found
