"""One engine call: the right verb of the right platform, and what its errors prove."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from posting.dispatch.terms import Answer, Call, Class, Finding, Why
from posting.publisher import comments, facebook, instagram
from posting.publisher.brief import Brief
from posting.reasons import graph_code
from posting.surfaces import SURFACES
from social.graph import (
    GraphClient,
    GraphError,
    GraphRefused,
    GraphThrottled,
    GraphTokenDead,
    GraphUnknown,
    Retry,
)

Verb = Callable[[GraphClient, Brief], Answer]
_VERBS: dict[str, dict[Call, Verb]] = {
    "facebook": {
        Call.PREPARE: facebook.prepare,
        Call.STATUS: facebook.status,
        Call.FLIP: facebook.flip,
        Call.READ: facebook.read,
        Call.DETAILS: facebook.details,
        Call.COMMENT: comments.write,
        Call.COMMENTED: comments.look,
    },
    "instagram": {
        Call.PREPARE: instagram.prepare,
        Call.STATUS: instagram.status,
        Call.FLIP: instagram.flip,
        Call.READ: instagram.read,
        Call.DETAILS: instagram.details,
        Call.COMMENT: comments.write,
        Call.COMMENTED: comments.look,
    },
}
_BLOCKED_FOR = timedelta(
    minutes=30
)  # "posts too fast", "blocked for some hours": asking again makes it longer
_THROTTLED_FOR = timedelta(minutes=5)  # when Meta does not say
_QUOTA_FOR = timedelta(minutes=30)  # Instagram's rolling day frees a place now and then, never in seconds
_QUOTA_FULL = 2207042
_REUSED_PHOTOS, _SAME_WORDS = 1366051, 506


def perform(call: Call, client: GraphClient, brief: Brief) -> tuple[Answer, GraphError | None]:
    """Make the call once. The error is given beside its meaning, for whoever must tell the social room."""
    try:
        return _VERBS[SURFACES[brief.kind].platform][call](client, brief), None
    except GraphError as error:
        return meaning(call, error), error


def meaning(call: Call, error: GraphError) -> Answer:
    """What an error proves for this call. For a FLIP the engine believes nothing but "it never left"."""
    why = Why(graph_code(error.code, error.subcode))
    if isinstance(error, GraphUnknown) and error.never_left:
        return Answer(call, Class.UNSENT)
    if isinstance(error, GraphThrottled):
        minutes = error.regain_minutes
        silent = _QUOTA_FOR if error.subcode == _QUOTA_FULL else _THROTTLED_FOR
        wait = timedelta(minutes=minutes) if minutes else silent
        return Answer(call, Class.THROTTLED, why=why, retry_after=wait)
    if call in (Call.COMMENT, Call.COMMENTED) and not isinstance(error, GraphUnknown):
        # Commenting needs a permission of its own: its lack says nothing about the connection.
        return Answer(call, Class.REFUSED, why=why)
    if isinstance(error, GraphTokenDead) or error.reason == "permission":
        return Answer(call, Class.TOKEN, why=why if error.code is not None else Why("token"))
    if isinstance(error, GraphRefused) and call is Call.STATUS:
        return Answer(call, Class.ACCEPTED, Finding.GONE)  # it was made and is not there (any more, or yet)
    if isinstance(error, GraphRefused):
        again, afresh = error.retry is Retry.SOON, error.retry is Retry.AFRESH
        return Answer(call, Class.REFUSED, why=why, again=again, afresh=afresh)
    return _unclear(call, error, Answer(call, Class.UNKNOWN, why=why))


def _unclear(call: Call, error: GraphError, answer: Answer) -> Answer:
    """Unknown, but what was being made is invisible, so for preparations some unknowns say enough."""
    if call in (Call.STATUS, Call.READ) and (error.code, error.subcode) == (100, 33):
        return Answer(call, Class.ACCEPTED, Finding.GONE)
    if call is not Call.PREPARE:
        return answer
    if error.subcode == _REUSED_PHOTOS:
        return replace(answer, klass=Class.REFUSED, afresh=True)
    if error.code == _SAME_WORDS:
        return replace(answer, klass=Class.REFUSED)
    if error.retry is Retry.LATER:
        return replace(answer, klass=Class.THROTTLED, retry_after=_BLOCKED_FOR)
    return answer
