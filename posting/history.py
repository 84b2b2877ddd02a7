"""The history's filters, and the same rows as a CSV file that is streamed and safe to open."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict, StreamingHttpResponse
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from posting import queries
from posting.queries import METRICS, Line
from posting.states import WORD_LABEL, Word
from tenants.models import Tenant
from tenants.times import from_wall, local_of

CHUNK = 500  # publications read at a time
#: A spreadsheet runs a cell that begins so (OWASP, CSV injection); a quote in front makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Filter:
    """?tab= ?channel= ?q= ?from= ?to= ?sort= ; whatever cannot be read does not filter."""

    tab: str = "all"
    channel: UUID | None = None
    words: str = ""
    first: date | None = None
    last: date | None = None
    sort: str = ""  # one of queries.SORTS; "": by time

    @classmethod
    def read(cls, data: QueryDict) -> Filter:
        return cls(
            tab=data.get("tab", "all"),
            channel=_uuid(data.get("channel", "")),
            words=data.get("q", "").replace("\x00", "").strip(),
            first=_day(data.get("from", "")),
            last=_day(data.get("to", "")),
            sort=sort if (sort := data.get("sort", "")) in queries.SORTS else "",
        )

    @property
    def narrowed(self) -> bool:
        return bool(self.channel or self.words or self.first or self.last or self.sort)

    @property
    def folded(self) -> int:
        """How many of the filters behind the button are set."""
        return sum(1 for one in (self.channel, self.first, self.last, self.sort) if one)

    def query(self, **more: str) -> str:
        """For a link that keeps the filter: "tab=all&q=soup"."""
        fields = {
            "tab": self.tab,
            "q": self.words,
            "channel": str(self.channel or ""),
            "from": str(self.first or ""),
            "to": str(self.last or ""),
            "sort": self.sort,
        }
        return urlencode({name: value for name, value in (fields | more).items() if value})

    def span(self, zone: str) -> tuple[datetime | None, datetime | None]:
        """[from, to) in UTC: whole days of the restaurant."""
        first = from_wall(datetime.combine(self.first, time()), zone) if self.first else None
        last = from_wall(datetime.combine(self.last + timedelta(days=1), time()), zone) if self.last else None
        return first, last


def page(
    given: Filter, *, zone: str, now: datetime, cursor: str = "", size: int = queries.PAGE_SIZE
) -> queries.Page:
    first, last = given.span(zone)
    return queries.history(
        tab=given.tab,
        now=now,
        channel=given.channel,
        words=given.words,
        first=first,
        last=last,
        sort=given.sort,
        cursor=cursor,
        size=size,
    )


def export(tenant: Tenant, given: Filter, *, now: datetime) -> StreamingHttpResponse:
    """A CSV of everything the filter finds, row by row: memory does not grow with the history."""
    response = StreamingHttpResponse(_csv(tenant, given, now), content_type="text/csv; charset=utf-8")
    name = f"posts-{tenant.slug}-{local_of(now, tenant.timezone):%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    # The middleware must not collect it: the generator enters the restaurant by itself, chunk by chunk.
    response.no_database = True  # type: ignore[attr-defined]
    return response


class _Echo:
    """A file that gives back what is written into it."""

    def write(self, text: str) -> str:
        return text


def _csv(tenant: Tenant, given: Filter, now: datetime) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # Excel takes the file for another encoding without it
    yield writer.writerow([safe(name) for name in _heads()])
    cursor = ""
    while True:
        with tenant_context(tenant):  # left before every yield: the consumer's thread is not ours
            found = page(given, zone=tenant.timezone, now=now, cursor=cursor, size=CHUNK)
            rows = [[safe(cell) for cell in _cells(line, tenant)] for line in found.lines]
        yield "".join(writer.writerow(row) for row in rows)  # type: ignore[misc]
        cursor = found.next_cursor
        if not cursor:
            return


def _heads() -> list[str]:
    return [
        _("Planned (restaurant's time)"),
        _("Time zone"),
        _("Published (UTC)"),
        _("Channel"),
        _("Network"),
        _("Kind"),
        _("Status"),
        _("Reason"),
        _("Caption"),
        _("Live post"),
        _("Made by"),
        *(str(name).title() for name in METRICS),
        _("Publication id"),
    ]


def _cells(line: Line, tenant: Tenant) -> list[Any]:
    item = line.publication
    reason = item.reason_text if line.word in (Word.NEEDS_YOU, Word.FAILED) else ""
    return [
        local_of(item.publish_at, tenant.timezone).strftime("%Y-%m-%d %H:%M"),
        tenant.timezone,
        item.published_at.strftime("%Y-%m-%d %H:%M:%S") if item.published_at else "",
        item.channel.name,
        item.platform,
        item.kind,
        WORD_LABEL[line.word],
        reason,
        line.caption,
        item.permalink,
        item.created_by,
        *(line.numbers.get(name, "") for name in METRICS),  # never measured stays empty: it is not zero
        str(item.pk),
    ]


def safe(cell: Any) -> str:
    """The cell's text, so that no spreadsheet takes it for a formula. Numbers stay numbers."""
    if isinstance(cell, int):
        return str(cell)
    text = str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if date(2000, 1, 1) <= found <= date(2200, 1, 1) else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
