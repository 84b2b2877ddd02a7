"""What a reviewer does with one planned post: other words, another photo, skip, move, comment, approve."""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from assets.models import Asset
from content.calendar import fitting, gathering, tasks
from content.calendar.models import Calendar, CalendarSlot, SlotComment
from content.calendar.words import CalendarState, SlotState
from content.chores import due
from content.models import Post
from content.services import save_draft, set_approval
from content.text import clean_text
from content.words import Approval
from tenants.access import Actor
from tenants.context import current_tenant
from tenants.errors import Refused

FARTHEST = timedelta(days=366)


def write_again(
    *, slot: CalendarSlot, words: bool = True, photo: bool = False, by: Actor, now: datetime
) -> CalendarSlot:
    """Other words, another photo, or both. Also the answer to "Try again" of a slot that failed or was skipped."""
    with transaction.atomic():
        slot = _lock(slot)
        if slot.state in (SlotState.WAITING, SlotState.WRITING):
            raise Refused(_("This one is being written right now."), code="writing", status=409)
        if slot.state == SlotState.APPROVED:
            raise Refused(
                _("This post is scheduled. Change it in the composer."), code="approved", status=409
            )
        if photo:
            _another_photo(slot, by, now)
        if words and slot.post_id and (spare := _spare_words(slot)):
            _take_words(slot, spare, by, now)
        elif words or slot.post_id is None:
            slot.round += 1 if slot.generation_id or slot.state == SlotState.FAILED else 0
            slot.state, slot.error, slot.next_action_at = SlotState.WAITING, "", now
            Calendar.objects.filter(pk=slot.calendar_id).update(
                state=CalendarState.WRITING, finished_at=None, updated_at=now
            )
            tasks.write_month.wake(calendar_id=str(slot.calendar_id))
            due.note(now + due.LOOK_AFTER, month=True)
        slot.updated_at = now
        slot.save()
    return slot


def _spare_words(slot: CalendarSlot) -> str:
    """What the writer offered besides and nobody used: the next one costs nothing and is there at once."""
    if slot.generation is None or slot.post is None:
        return ""
    offered = [str(variant.get("text", "")) for variant in slot.generation.variants]
    if slot.post.caption not in offered:
        return ""  # edited by hand, or the last one was taken: write anew
    return next(iter(offered[offered.index(slot.post.caption) + 1 :]), "")


def _take_words(slot: CalendarSlot, caption: str, by: Actor, now: datetime) -> None:
    post = Post.objects.get(calendar_slots=slot)
    post = save_draft(post=post, version=post.version, caption=caption, captions={}, by=by, now=now)
    set_approval(post=post, approval=Approval.NEEDS_APPROVAL, by=by, now=now)


def _another_photo(slot: CalendarSlot, by: Actor, now: datetime) -> None:
    from_zone = current_tenant().zone
    photos = [p for p in gathering.photo_facts(from_zone) if p.id != str(slot.asset_id)]
    wish = gathering.wish_of(
        tenant=current_tenant(),
        first=slot.calendar.first_day,
        last=slot.calendar.last_day,
        count=1,
        now=now,
        times={},
    )
    found = fitting.another_photo(
        slot.kind,
        slot.publish_at.astimezone(from_zone).date(),
        str(slot.menu_item_id or ""),
        slot.occasion,
        wish,
        photos,
    )
    if found is None:
        raise Refused(
            _("No other photo fits this post. Add one to your library, or choose one in the composer."),
            code="no_photo",
            field="photo",
            status=409,
        )
    slot.asset = Asset.objects.get(pk=found.id)
    slot.photo_note = ""
    if slot.post_id:
        post = Post.objects.get(pk=slot.post_id)
        post = save_draft(post=post, version=post.version, asset_ids=[slot.asset_id], by=by, now=now)
        set_approval(post=post, approval=Approval.NEEDS_APPROVAL, by=by, now=now)


def skip(*, slot: CalendarSlot, by: Actor, now: datetime) -> CalendarSlot:
    with transaction.atomic():
        slot = _lock(slot)
        if slot.state == SlotState.APPROVED:
            raise Refused(_("This post is scheduled. Take it back there first."), code="approved", status=409)
        if slot.state == SlotState.WRITING:
            raise Refused(_("This one is being written right now."), code="writing", status=409)
        _decide(slot, SlotState.SKIPPED, by, now)
    return slot


def unskip(*, slot: CalendarSlot, by: Actor, now: datetime) -> CalendarSlot:
    """Undo a skip: as it was, or written now when it never was."""
    with transaction.atomic():
        slot = _lock(slot)
        if slot.state != SlotState.SKIPPED:
            return slot
        if slot.post_id is None:
            return write_again(slot=slot, by=by, now=now)
        _decide(slot, SlotState.WRITTEN, by, now)
    return slot


def lock_written(*, slot: CalendarSlot) -> CalendarSlot:
    """The slot, locked for the caller's transaction. Refused unless it waits for a verdict."""
    slot = _lock(slot)
    if slot.state == SlotState.APPROVED:
        raise Refused(_("This post is approved already."), code="approved", status=409)
    if slot.state != SlotState.WRITTEN:
        raise Refused(_("This post is not written yet."), code="not_written", status=409)
    return slot


def mark_approved(*, slot: CalendarSlot, by: Actor, now: datetime) -> CalendarSlot:
    """The room above scheduled it."""
    with transaction.atomic():
        slot = _lock(slot)
        if slot.post_id is None or slot.state in (SlotState.WAITING, SlotState.WRITING, SlotState.FAILED):
            raise Refused(_("This post is not written yet."), code="not_written", status=409)
        slot.error = ""
        _decide(slot, SlotState.APPROVED, by, now)
    return slot


def reopen(*, slot: CalendarSlot, by: Actor, now: datetime) -> CalendarSlot:
    """What was scheduled was taken back: it waits for review again."""
    with transaction.atomic():
        slot = _lock(slot)
        if slot.state == SlotState.APPROVED:
            _decide(slot, SlotState.WRITTEN, by, now)
    return slot


def move_slot(*, slot: CalendarSlot, publish_at: datetime, by: Actor, now: datetime) -> CalendarSlot:
    """Another day or time for a post that is not scheduled yet."""
    if publish_at < now:
        raise Refused(_("This time has passed. Choose a later one."), code="past", field="publish_at")
    if publish_at > now + FARTHEST:
        raise Refused(_("Choose a time within a year from now."), code="too_far", field="publish_at")
    with transaction.atomic():
        slot = _lock(slot)
        if slot.state == SlotState.APPROVED:
            raise Refused(_("This post is scheduled: move it there."), code="approved", status=409)
        slot.publish_at = publish_at.astimezone(UTC)
        slot.local_at = publish_at.astimezone(current_tenant().zone).strftime("%Y-%m-%dT%H:%M")
        slot.updated_at = now
        slot.save(update_fields=["publish_at", "local_at", "updated_at"])
    return slot


def comment(*, slot: CalendarSlot, text: str, by: Actor, now: datetime) -> SlotComment:
    text = clean_text(text, limit=1000, field="text")
    if not text:
        raise Refused(_("Write your comment first."), code="empty", field="text")
    return SlotComment.objects.create(slot=slot, text=text, by=by.label, by_id=by.id, at=now)


def _lock(slot: CalendarSlot) -> CalendarSlot:
    found = (
        CalendarSlot.objects.select_for_update(of=("self",))
        .select_related("calendar", "post", "generation")
        .filter(pk=slot.pk)
        .first()
    )
    if found is None:
        raise Refused(_("This post is not in the plan any more."), code="gone", status=410)
    return found


def _decide(slot: CalendarSlot, state: str, by: Actor, now: datetime) -> None:
    slot.state, slot.decided_by, slot.decided_at, slot.updated_at = state, by.label, now, now
    slot.save(update_fields=["state", "error", "decided_by", "decided_at", "updated_at"])
