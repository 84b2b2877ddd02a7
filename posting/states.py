"""The life of one publication, as data.

Everything that moves a publication (the publisher loop, a page, an API call, a webhook) goes through
``check(old, new)``; the database refuses the same edges in a trigger (posting/dispatch/migrations), so a
mistake in one of them is stopped by the other. Nothing here touches the database or the clock.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class State(StrEnum):
    SCHEDULED = "scheduled"  # waiting for its time; nothing of it exists at Meta that we rely on
    PREPARING = "preparing"  # invisible parts are being made (photos, containers)
    PROCESSING = "processing"  # the invisible object exists; Meta is still chewing on it
    ARMED = "armed"  # ready; one call makes it visible
    FLIPPING = "flipping"  # that call is out; the only state in which anything can become visible
    VERIFYING = "verifying"  # the answer was unclear; only reads are allowed
    PUBLISHED = "published"
    HELD = "held"  # the connection is dead; nothing was sent
    REJECTED = "rejected"  # Meta refused it before it could be seen
    CANCELLED = "cancelled"
    MISSED = "missed"  # its deadline passed unseen
    NEEDS_OWNER = "needs_owner"  # we cannot find out whether it is visible; a person must look
    QUARANTINED = "quarantined"  # three crashes at one step; an operator must look


S = State

#: old -> every state it may become. Absent pairs are refused by code and by the database.
EDGES: dict[State, frozenset[State]] = {
    S.SCHEDULED: frozenset({S.PREPARING, S.CANCELLED, S.MISSED, S.HELD}),
    S.PREPARING: frozenset(
        {
            S.PROCESSING,
            S.SCHEDULED,
            S.REJECTED,
            S.HELD,
            S.CANCELLED,
            S.MISSED,
            S.QUARANTINED,
        }
    ),
    S.PROCESSING: frozenset(
        {
            S.ARMED,
            S.SCHEDULED,
            S.REJECTED,
            S.HELD,
            S.CANCELLED,
            S.MISSED,
            S.QUARANTINED,
        }
    ),
    # -> SCHEDULED only while no flip was ever sent (the object grew too old: make a fresh one).
    # -> PUBLISHED only when a proof arrives after an earlier flip was judged "not visible" (a late effect).
    S.ARMED: frozenset({S.FLIPPING, S.SCHEDULED, S.CANCELLED, S.MISSED, S.HELD, S.PUBLISHED}),
    # -> ARMED only when the request certainly never left this machine. There is no "refused" here.
    S.FLIPPING: frozenset({S.PUBLISHED, S.VERIFYING, S.ARMED}),
    S.VERIFYING: frozenset({S.PUBLISHED, S.ARMED, S.NEEDS_OWNER}),
    S.PUBLISHED: frozenset(),
    # -> ARMED keeps the same object when a flip of it was once sent; otherwise everything is made afresh.
    S.HELD: frozenset({S.SCHEDULED, S.ARMED, S.CANCELLED, S.MISSED, S.PUBLISHED}),
    S.REJECTED: frozenset({S.CANCELLED}),
    S.CANCELLED: frozenset(),
    S.MISSED: frozenset({S.ARMED, S.CANCELLED, S.PUBLISHED}),
    S.NEEDS_OWNER: frozenset({S.PUBLISHED, S.VERIFYING, S.CANCELLED}),
    S.QUARANTINED: frozenset({S.CANCELLED}),
}

#: The engine works on these by itself.
WORKING = frozenset({S.SCHEDULED, S.PREPARING, S.PROCESSING, S.ARMED, S.FLIPPING, S.VERIFYING})
#: Nothing of it can be visible, so the owner may still change or take it back.
OPEN = frozenset({S.SCHEDULED, S.PREPARING, S.PROCESSING, S.ARMED})
#: Stopped before anything was visible: put right in the composer, it goes out after all.
MENDABLE = frozenset({S.HELD, S.REJECTED, S.MISSED, S.QUARANTINED})
#: It may be visible this very moment; nobody may cancel it, the engine finds out first.
IN_DOUBT = frozenset({S.FLIPPING, S.VERIFYING})
#: Once it was here it may have been visible, whatever became of it.
SENT = frozenset({S.FLIPPING, S.VERIFYING, S.PUBLISHED, S.NEEDS_OWNER})
#: Stopped until a person chooses.
ASKING = frozenset({S.HELD, S.REJECTED, S.MISSED, S.NEEDS_OWNER, S.QUARANTINED})
#: Over for good.
FINAL = frozenset({S.PUBLISHED, S.CANCELLED})


class IllegalMove(Exception):
    """A move that is not drawn in EDGES: a bug in the caller, never the owner's fault."""


def check(old: State | str, new: State | str) -> None:
    """Raise IllegalMove unless `old` may become `new`. Staying in one state is always legal."""
    before, after = State(old), State(new)
    if before is not after and after not in EDGES[before]:
        raise IllegalMove(f"{before} -> {after}")


def edges() -> list[tuple[str, str]]:
    """Every legal (old, new) pair, sorted: the list the database trigger is built from."""
    return sorted((str(old), str(new)) for old, nexts in EDGES.items() for new in nexts)


class Word(StrEnum):
    """The owner's vocabulary (experience.md 22), one word per thing everywhere."""

    DRAFT = "draft"
    NEEDS_APPROVAL = "needs_approval"
    SCHEDULED = "scheduled"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    NEEDS_YOU = "needs_you"
    FAILED = "failed"


WORD_LABEL: dict[Word, Promise] = {
    Word.DRAFT: _("Draft"),
    Word.NEEDS_APPROVAL: _("Needs approval"),
    Word.SCHEDULED: _("Scheduled"),
    Word.PUBLISHING: _("Publishing"),
    Word.PUBLISHED: _("Published"),
    Word.NEEDS_YOU: _("Needs you"),
    Word.FAILED: _("Failed"),
}

OWNER_WORD: dict[State, Word] = {
    S.SCHEDULED: Word.SCHEDULED,
    S.PREPARING: Word.SCHEDULED,
    S.PROCESSING: Word.SCHEDULED,
    S.ARMED: Word.SCHEDULED,
    S.FLIPPING: Word.PUBLISHING,
    S.VERIFYING: Word.PUBLISHING,
    S.PUBLISHED: Word.PUBLISHED,
    S.HELD: Word.NEEDS_YOU,
    S.REJECTED: Word.FAILED,
    S.CANCELLED: Word.DRAFT,
    S.MISSED: Word.NEEDS_YOU,
    S.NEEDS_OWNER: Word.NEEDS_YOU,
    S.QUARANTINED: Word.FAILED,
}


def owner_word(state: State | str, *, publish_at: datetime, now: datetime) -> Word:
    """The word an owner reads. Preparations of a post that is due already read "Publishing"."""
    word = OWNER_WORD[State(state)]
    if word is Word.SCHEDULED and publish_at <= now:
        return Word.PUBLISHING
    return word
