"""What partners' programs are told about publications and channels (tenants.hooks)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from posting import reasons
from posting.dispatch.ledger import Change
from posting.states import OWNER_WORD, State, Word
from social.models import Channel
from tenants.hooks import events
from tenants.hooks.services import Emission, emit, emit_many, rfc3339

EVENT_OF = {
    Word.PUBLISHED: events.PUBLISHED,
    Word.NEEDS_YOU: events.NEEDS_OWNER,
    Word.FAILED: events.FAILED,
}


def publications_moved(moved: Iterable[Change], *, now: datetime) -> None:
    """Only what a partner can act on; the steps in between stay ours."""
    emit_many(
        [
            Emission(EVENT_OF[word], UUID(change.record.tenant_id), _publication(change, word))
            for change in moved
            if (word := OWNER_WORD[State(change.move.row.state)]) in EVENT_OF
        ],
        now=now,
    )


def _publication(change: Change, word: Word) -> dict[str, Any]:
    record, row, why = change.record, change.move.row, change.move.why
    return {
        "publication_id": record.publication_id,
        "account_id": record.channel_id,
        "platform": record.platform,
        "publish_at": rfc3339(row.due_at),
        "status": str(word),
        "reason": reasons.sentence(why.code, dict(why.params)) if why and word is not Word.PUBLISHED else "",
        "reason_code": why.code if why and word is not Word.PUBLISHED else "",
        "published_at": rfc3339(row.published_at),
        "permalink": row.permalink if word is Word.PUBLISHED else "",
    }


def channel_needs_reconnect(channel: Channel, *, now: datetime) -> None:
    emit(
        events.NEEDS_RECONNECT,
        data={
            "account_id": str(channel.pk),
            "platform": channel.platform,
            "name": channel.name,
            "reason_code": channel.reason,
        },
        now=now,
    )
