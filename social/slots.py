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


Lines = Callable[[Sequence[Channel], datetime], dict[UUID, list[Line]]]
Consequences = Callable[[Sequence[Channel], datetime], dict[UUID, list[str]]]

channel_lines: list[Lines] = []
"""What to show below each channel."""

disconnect_consequences: list[Consequences] = []
"""Sentences said before a channel is disconnected, e.g. "3 scheduled posts will be held"."""


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
