"""What is left to do for a post that is out: its link, the count of its photos, its first comment.

Whatever happens here, the post stays published. The comment has the discipline of a flip: an intent before
it is sent, and after an unclear answer nothing but reading until the quarantine is over; "not there" then
allows it once more. A refusal ends it, and the owner is told.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from posting.dispatch.moves import backoff, calling, to
from posting.dispatch.terms import Answer, Call, Class, Comment, Finding, Lane, Move, Policy, Row, Why
from posting.states import State

S = State
_STOPPED = timedelta(minutes=5)  # how soon a channel that may not write is looked at again
_READS = (2, 8, 20)  # seconds after an unclear comment; before the quarantine ends only a yes counts


def take(row: Row, now: datetime, lane: Lane, policy: Policy) -> Move:
    if row.comment is Comment.SENDING:
        return calling(row, S.PUBLISHED, Call.COMMENTED, policy.lease, now)
    if row.comment is not Comment.WANTED or (row.comment_on_media and not row.media_id):
        return calling(row, S.PUBLISHED, Call.DETAILS, policy.lease, now)
    if now - (row.published_at or now) > policy.comment_within:
        return _given_up(row, now, Why("comment_late"))
    blocked = lane.blocked_until if lane.token_ok else now + _STOPPED
    if blocked and blocked > now:
        return to(row, S.PUBLISHED, next_action_at=blocked)
    return calling(
        row,
        S.PUBLISHED,
        Call.COMMENT,
        policy.lease,
        now,
        comment=Comment.SENDING,
        comment_sends=row.comment_sends + 1,
        negative_reads=0,
        first_negative_at=None,
        tries=0,
    )


def crashed(row: Row, now: datetime, crashes: int, policy: Policy) -> Move:
    """The lease ran out. A comment that may have been sent is looked for, never written again blindly."""
    if crashes >= policy.max_crashes:
        if row.comment in (Comment.WANTED, Comment.SENDING):
            move = _given_up(row, now, Why("comment_unclear"))
            return replace(move, row=replace(move.row, next_action_at=None, crash_count=crashes))
        return to(row, S.PUBLISHED, next_action_at=None, crash_count=crashes)
    changes: dict[str, Any] = {"doubt_at": now} if row.comment is Comment.SENDING else {}
    wait = backoff(row, crashes, first=1, most=60)
    return to(row, S.PUBLISHED, crash_count=crashes, next_action_at=now + wait, **changes)


def settle(row: Row, answer: Answer, now: datetime, policy: Policy) -> Move:
    match answer.call:
        case Call.COMMENT:
            return _settle_comment(row, answer, now)
        case Call.COMMENTED:
            return _settle_commented(row, answer, now, policy)
        case _:
            return _settle_details(row, answer, now, policy)


def _settle_comment(row: Row, answer: Answer, now: datetime) -> Move:
    match answer.klass:
        case Class.ACCEPTED:
            return _written(row, now, answer.object_id)
        case Class.UNSENT:
            return to(
                row,
                S.PUBLISHED,
                comment=Comment.WANTED,
                comment_sends=row.comment_sends - 1,
                tries=row.tries + 1,
                next_action_at=now + backoff(row, row.tries, first=0.5, most=60),
            )
        case Class.REFUSED | Class.TOKEN:
            return _given_up(
                row, now, Why("comment_refused", {"error": answer.why.code if answer.why else ""})
            )
        case _:
            wait = max(answer.retry_after or timedelta(0), timedelta(seconds=_READS[0]))
            return to(row, S.PUBLISHED, doubt_at=now, tries=0, next_action_at=now + wait)


def _settle_commented(row: Row, answer: Answer, now: datetime, policy: Policy) -> Move:
    if answer.klass is Class.ACCEPTED and answer.finding is Finding.VISIBLE:
        return _written(row, now, answer.object_id)
    if now - (row.published_at or now) > policy.comment_within:
        return _given_up(row, now, Why("comment_unclear"))
    asked, since = row.intent_at or now, row.doubt_at or now
    if (
        answer.klass is Class.ACCEPTED
        and answer.finding is Finding.HIDDEN
        and asked >= since + policy.quarantine
    ):
        return _absent(row, asked, now, policy)
    end = since + policy.quarantine
    early = (since + timedelta(seconds=seconds) for seconds in _READS)
    later = now + backoff(row, max(row.tries - len(_READS), 0), first=5, most=900)
    at = later if now >= end else next((moment for moment in early if now < moment < end), end)
    if answer.retry_after:
        at = max(at, now + answer.retry_after)
    return to(row, S.PUBLISHED, tries=row.tries + 1, next_action_at=at)


def _absent(row: Row, asked: datetime, now: datetime, policy: Policy) -> Move:
    count, first = row.negative_reads + 1, row.first_negative_at or asked
    if count < row.negatives_needed or (row.negatives_needed > 1 and asked - first < policy.negatives_over):
        wait = policy.negatives_over / max(row.negatives_needed - 1, 1)
        return to(
            row, S.PUBLISHED, negative_reads=count, first_negative_at=first, tries=row.tries + 1,
            next_action_at=now + wait,
        )  # fmt: skip
    if row.comment_sends >= policy.max_comments:
        return _given_up(row, now, Why("comment_unclear"))
    return to(row, S.PUBLISHED, comment=Comment.WANTED, tries=0, next_action_at=now)


def _written(row: Row, now: datetime, comment_id: str) -> Move:
    evidence = {**row.evidence, "comment": comment_id}
    return to(
        row, S.PUBLISHED, why=Why("commented"), comment=Comment.DONE, evidence=evidence, tries=0,
        next_action_at=_details_next(row, now),
    )  # fmt: skip


def _given_up(row: Row, now: datetime, why: Why) -> Move:
    return to(
        row, S.PUBLISHED, why=why, comment=Comment.GIVEN_UP, tries=0, next_action_at=_details_next(row, now)
    )


def _details_next(row: Row, now: datetime) -> datetime | None:
    return None if "short" in row.evidence else now  # "short" is what finished details leave behind


def _settle_details(row: Row, answer: Answer, now: datetime, policy: Policy) -> Move:
    """Its link, its media id, how many photos it shows, whether its video could be processed."""
    media_id, permalink = answer.media_id or row.media_id, answer.permalink or row.permalink
    row = replace(row, media_id=media_id, permalink=permalink)
    if answer.klass is Class.ACCEPTED and answer.finding in _FINAL:
        code = _FINAL[answer.finding]
        evidence = {**row.evidence, **answer.evidence, "short": answer.finding is Finding.SHORT}
        why = Why(code, dict(answer.evidence)) if code else None
        pending = row.comment is Comment.WANTED
        return to(
            row, S.PUBLISHED, why=why, evidence=evidence, tries=0, next_action_at=now if pending else None
        )
    tries = row.tries + 1
    if tries >= policy.details_tries:
        if row.comment is Comment.WANTED:  # without its media id nothing can be written below it
            move = _given_up(row, now, Why("comment_unclear"))
            return replace(move, row=replace(move.row, next_action_at=None))
        return to(row, S.PUBLISHED, tries=tries, next_action_at=None)
    wait = answer.retry_after or backoff(row, tries, first=0.5, most=1800)
    return to(row, S.PUBLISHED, tries=tries, next_action_at=now + wait)


_FINAL: dict[Finding, str] = {
    Finding.VISIBLE: "",
    Finding.SHORT: "short",
    Finding.FAILED: "video_broken",  # it is out, and Meta could not digest its video
}
