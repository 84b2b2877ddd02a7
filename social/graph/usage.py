"""Meta's usage headers. Percentages of the limit; throttled at 100; times to regain access are MINUTES.

https://developers.facebook.com/docs/graph-api/overview/rate-limiting
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class BusinessUsage:
    """One line of X-Business-Use-Case-Usage."""

    object_id: str
    type: str
    percent: int
    regain_minutes: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What one answer said about our limits. Absent headers leave zeros."""

    app_percent: int = 0
    page_percent: int = 0
    business: tuple[BusinessUsage, ...] = field(default=())

    @property
    def highest(self) -> int:
        """The fullest of all limits, in percent."""
        return max([self.app_percent, self.page_percent, *(one.percent for one in self.business)])

    @property
    def regain_minutes(self) -> int:
        """How long Meta says to stay away; 0 when it says nothing."""
        return max([0, *(one.regain_minutes for one in self.business)])

    def of(self, object_id: str) -> int:
        """The fullest limit of one Page or Instagram account, in percent."""
        return max([self.page_percent, *(one.percent for one in self.business if one.object_id == object_id)])


NO_USAGE = Usage()


def read_usage(headers: Mapping[str, str]) -> Usage:
    """From an answer's headers (a case-insensitive mapping). Never raises: a broken header counts as
    absent.
    """
    by_object = _json(headers.get("x-business-use-case-usage"))
    business = [
        BusinessUsage(
            object_id=str(object_id),
            type=str(entry.get("type", "")),
            percent=_percent(entry),
            regain_minutes=_number(entry.get("estimated_time_to_regain_access")),
        )
        for object_id, entries in list(by_object.items())[:32]
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]
    return Usage(
        app_percent=_percent(_json(headers.get("x-app-usage"))),
        page_percent=_percent(_json(headers.get("x-page-usage"))),
        business=tuple(business),
    )


def _json(header: str | None) -> dict[str, Any]:
    if not header or len(header) > 20_000:
        return {}
    try:
        value = json.loads(header)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _percent(entry: dict[str, Any]) -> int:
    return max(_number(entry.get(name)) for name in ("call_count", "total_time", "total_cputime"))


def _number(value: Any) -> int:
    try:
        return max(0, min(int(float(value)), 1_000_000))
    except (TypeError, ValueError, OverflowError):
        return 0
