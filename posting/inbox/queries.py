"""The inbox's cards, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from posting.dispatch.models import Attempt
from posting.dispatch.terms import Call
from posting.inbox import words
from posting.models import Publication
from posting.queries import thumbs
from posting.states import ASKING, State

SIZE = 30
MOST_COUNTED = 100
#: The calls worth showing as evidence, in the order they happen.
TOLD = (Call.PREPARE, Call.STATUS, Call.FLIP, Call.READ)


@dataclass(frozen=True, slots=True)
class Told:
    """One call and its answer in words."""

    at: datetime
    asked: str
    answered: str
    trace: str  # what Meta's support asks for


@dataclass(frozen=True, slots=True)
class Card:
    publication: Publication
    thumb: str
    told: list[Told]

    @property
    def caption(self) -> str:
        return str(self.publication.snapshot.get("caption", ""))

    @property
    def photos(self) -> int:
        return len(self.publication.snapshot.get("media", ()))

    @property
    def may_be_out(self) -> bool:
        """Somebody has to look at the page itself."""
        return self.publication.state == State.NEEDS_OWNER

    @property
    def fix(self) -> str:
        return str(self.publication.fix or "")

    @property
    def retries(self) -> bool:
        return self.publication.state != State.NEEDS_OWNER


def waiting() -> int:
    """How many publications wait for a person, counted up to 100."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [sorted(ASKING), MOST_COUNTED])
        return int(cursor.fetchone()[0])


# Written out: every page asks it, and putting it together took four times as long as asking.
_WAITING = """
SELECT count(*) FROM (SELECT 1 FROM posting_publication WHERE state = ANY(%s) LIMIT %s) AS asking
"""


def cards(*, start: int = 0) -> tuple[list[Card], bool]:
    """(cards, are there more): the newest trouble first."""
    found = list(Publication.objects.asking().select_related("channel", "post")[start : start + SIZE + 1])
    shown = found[:SIZE]
    pictures = thumbs(item.post_id for item in shown)
    told = _told(shown)
    made = [Card(item, pictures.get(item.post_id, ""), told.get(item.pk, [])) for item in shown]
    return made, len(found) > SIZE


def _told(publications: Iterable[Publication]) -> dict[UUID, list[Told]]:
    """{publication: the last call of each kind}. One query, however many calls there were."""
    platforms = {item.pk: item.platform for item in publications}
    last = (
        Attempt.objects.filter(publication_id__in=list(platforms), call__in=TOLD)
        .order_by("publication_id", "call", "-id")
        .distinct("publication_id", "call")
    )
    found: dict[UUID, list[Told]] = {}
    for attempt in sorted(last, key=lambda one: one.pk):
        platform = platforms[attempt.publication_id]
        found.setdefault(attempt.publication_id, []).append(
            Told(
                attempt.outcome_at,
                words.asked(attempt, platform),
                words.answered(attempt, platform),
                attempt.fbtrace_id,
            )
        )
    return found
