"""Every post of a range as CSV, row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from uuid import UUID

from django.utils.translation import gettext as _

from posting.analytics.ranges import Range
from posting.analytics.totals import published
from posting.analytics.words import KINDS, MEANINGS
from posting.surfaces import SURFACES, Kind
from tenants.times import local_of

COLUMNS = ("reach", "views", "likes", "comments", "shares", "saves", "engagement")
MOST = 20_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    def write(self, value: str) -> str:
        return value


def rows(span: Range, *, channel_id: UUID | None = None) -> Iterator[list[str]]:
    """A heading, then one row a post, oldest first. An unknown number is an empty cell, never 0."""
    yield [
        str(word)
        for word in (
            _("Published"),
            _("Time zone"),
            _("Network"),
            _("Channel"),
            _("Kind"),
            _("Dish"),
            _("Caption"),
            *(MEANINGS[word].name for word in COLUMNS),
            _("Updated (UTC)"),
            _("Link"),
        )
    ]
    found = (
        published(channel_id)
        .filter(published_at__gte=span.start, published_at__lt=span.end)
        .select_related("channel", "figures", "post__menu_item")
        .order_by("published_at", "pk")[:MOST]
    )
    for item in found:
        figures = getattr(item, "figures", None)
        values = [getattr(figures, word) if figures else None for word in COLUMNS]
        assert item.published_at is not None
        yield [
            local_of(item.published_at, span.zone).strftime("%Y-%m-%d %H:%M"),
            span.zone,
            SURFACES[Kind(item.kind)].platform,
            plain(item.channel.name),
            str(KINDS[item.kind]),
            plain(item.post.menu_item.name if item.post.menu_item else ""),
            plain(item.snapshot.get("caption", "")),
            *("" if value is None else str(value) for value in values),
            figures.measured_at.strftime("%Y-%m-%d %H:%M") if figures else "",
            item.permalink,
        ]


def plain(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def text(span: Range, *, channel_id: UUID | None = None) -> str:
    writer = csv.writer(_Line())  # type: ignore[arg-type]
    # The mark at the beginning tells Excel that this is UTF-8.
    return "\ufeff" + "".join(writer.writerow(row) for row in rows(span, channel_id=channel_id))
