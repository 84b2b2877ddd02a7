"""Changing what is planned, and answering what the engine cannot find out."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from content.models import Post
from posting import alarms
from posting.dispatch import engine, ledger
from posting.dispatch.ledger import Change, Record
from posting.dispatch.terms import Move, Why
from posting.models import Publication
from posting.services.planning import (
    DEADLINE,
    SHORTEST_DEADLINE,
    check_plan,
    check_words,
    deadline,
    line_up,
    log,
    moment,
    usable,
    wake_publishers,
    wall,
)
from posting.snapshot import snapshot_of
from posting.states import ASKING, IN_DOUBT, OPEN, State
from social.models import Channel
from tenants.access import Actor
from tenants.context import current_tenant
from tenants.errors import Refused


def cancel(*, publication: Publication, by: Actor, now: datetime) -> Publication:
    """Take it back. Refused when it is out or going out this very moment; the sentence says which."""
    with transaction.atomic():
        record = _lock(publication)
        if record is None:  # it was taken back before: the same wish twice is granted once
            if _fresh(publication).state != State.CANCELLED:
                raise _already_out()
            return publication
        _still_ours(record)
        _apply(record, engine.cancel(record.row, now, Why("cancelled")), by, now)
    return _fresh(publication)


def reschedule(
    *,
    publication: Publication,
    publish_at: datetime | None,
    not_after: datetime | None = None,
    by: Actor,
    now: datetime,
) -> Publication:
    """Another time (None: now). What goes out is the post as it is now, frozen again."""
    at = moment(publish_at, now)
    limit = deadline(at, not_after)
    with transaction.atomic():
        publication.post = Post.objects.select_for_update().get(pk=publication.post_id)
        record = _lock(publication)
        if record is not None:
            _still_ours(record)
        elif _fresh(publication).state != State.CANCELLED:
            raise _already_out()
        check_plan(publication.post, at)
        _again(publication, record, at, limit, "rescheduled", by, now)
        wake_publishers()
    return _fresh(publication)


def put_back(
    *, publication: Publication, publish_at: datetime, not_after: datetime, by: Actor, now: datetime
) -> Publication:
    """Undo of taking it back or moving it: as it stood before, at that time. A time that has just passed is now."""
    if _fresh(publication).state not in OPEN | {State.CANCELLED}:
        raise _already_out() if publication.state == State.PUBLISHED else _nothing_to_undo()
    return reschedule(
        publication=publication,
        publish_at=publish_at,
        not_after=max(not_after, max(publish_at, now) + SHORTEST_DEADLINE),
        by=by,
        now=now,
    )


def retry(*, publication: Publication, by: Actor, now: datetime) -> Publication:
    """Try again now, after whatever stopped it was put right. The post is frozen again as it is now."""
    with transaction.atomic():
        publication.post = Post.objects.select_for_update().get(pk=publication.post_id)
        record = _lock(publication)
        if record is None or record.row.state not in ASKING or record.row.state is State.NEEDS_OWNER:
            raise Refused(_("There is nothing to try again here."), code="nothing_to_retry", status=409)
        at = max(now, publication.publish_at)
        limit = max(publication.not_after, at + DEADLINE) if at == now else publication.not_after
        _again(publication, record, at, limit, "retried", by, now)
        wake_publishers()
    return _fresh(publication)


def apply_edit(*, post: Post, by: Actor, now: datetime) -> list[Publication]:
    """The post was edited: freeze it again for everything of it that is still to go out.

    What is going out this moment, or is out, keeps the old words; it is not in the answer.
    """
    changed = []
    with transaction.atomic():
        post = Post.objects.select_for_update().get(pk=post.pk)
        for publication in post.publications.filter(state__in=OPEN).select_related("channel"):
            record = _lock(publication)
            if record is None or record.row.state not in OPEN or record.row.flips:
                continue
            publication.post = post
            _again(publication, record, publication.publish_at, publication.not_after, "edited", by, now)
            changed.append(publication)
        wake_publishers()
    return [_fresh(publication) for publication in changed]


def answer_doubt(*, publication: Publication, answer: str, by: Actor, now: datetime) -> Publication:
    """The owner looked at the page. "there": it is out; "again": post it again; "let_go": leave it;
    "look": let us look once more.
    """
    with transaction.atomic():
        publication.post = Post.objects.select_for_update().get(pk=publication.post_id)
        record = _lock(publication)
        if record is None or record.row.state is not State.NEEDS_OWNER:
            raise Refused(_("This question is already answered."), code="answered", status=409)
        match answer:
            case "there":
                move = engine.prove(record.row, now, by="owner", evidence={"said": by.label})
                if move is None:
                    raise Refused(_("This question is already answered."), code="answered", status=409)
                _apply(record, move, by, now)
            case "again":
                _again(publication, record, now, now + DEADLINE, "retried", by, now)
            case "let_go":
                _apply(record, engine.cancel(record.row, now, Why("let_go")), by, now)
            case "look":
                _apply(record, engine.recheck(record.row, now), by, now)
            case _:
                raise Refused(_("Choose one of the answers."), code="answer", field="answer")
        wake_publishers()
    return _fresh(publication)


def _lock(publication: Publication) -> Record | None:
    return ledger.living(publication.pk, lock=True)


def _fresh(publication: Publication) -> Publication:
    publication.refresh_from_db()
    return publication


def _still_ours(record: Record) -> None:
    """Refuse, telling who won: after this no answer of Meta can make the owner's wish untrue."""
    state = record.row.state
    if state is State.PUBLISHED:
        raise _already_out()
    if state in IN_DOUBT:
        raise Refused(
            _("It is going out this very moment, so it can no longer be changed. Look again in a minute."),
            code="going_out",
            status=409,
        )
    if state is State.NEEDS_OWNER:
        raise Refused(
            _("First tell us whether it is on your page."), code="answer_first", fix="answer", status=409
        )


def _nothing_to_undo() -> Refused:
    return Refused(_("It has moved on, so this cannot be undone any more."), code="not_undone", status=409)


def _already_out() -> Refused:
    return Refused(_("It is already out. Delete it on the page itself."), code="already_out", status=409)


def _apply(record: Record, move: Move, by: Actor, now: datetime, *, mirror: bool = True) -> None:
    written = ledger.write([Change(record, move, by=by.label, mirror=mirror)], now=now)
    if not written:
        raise AssertionError("a locked row changed under its lock")


def _again(
    publication: Publication,
    record: Record | None,
    at: datetime,
    limit: datetime,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    """A new version takes the place of the living row, frozen afresh.

    Not when a flip of the living row was sent and judged "not visible": then only that very object may go
    out, so the same row goes on with its old words. (A person who looked may have it made anew.)
    """
    if record is not None and record.row.flips and record.row.state is not State.NEEDS_OWNER:
        move = engine.resume(record.row, now, Why(reason), due_at=at, not_after=limit)
        Publication.objects.filter(pk=publication.pk).update(
            publish_at=at, local_at=wall(at), not_after=limit
        )
        _apply(record, move, by, now)
        return
    if record is not None:
        _apply(record, engine.cancel(record.row, now, Why("superseded")), by, now, mirror=False)
    old = publication.state
    channel = Channel.objects.get(pk=publication.channel_id)
    usable([channel])
    snapshot, surface = snapshot_of(publication.post, channel)
    check_words(publication.post, [channel.platform], at)
    for name, value in {
        "version": publication.version + 1,
        "kind": surface.kind,
        "publish_at": at,
        "local_at": wall(at),
        "zone": current_tenant().timezone,
        "not_after": limit,
        "state": State.SCHEDULED,
        "reason_code": "",
        "reason_params": {},
        "snapshot": snapshot,
        "updated_at": now,
    }.items():
        setattr(publication, name, value)
    publication.save()
    line_up(publication, channel, surface, now)
    log(publication, old, reason, by, now)
    if State(old) in ASKING:
        alarms.settled(publication, now=now)
