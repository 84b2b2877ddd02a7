"""A planned post in the composer: where and when it was planned for, and approving it there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from content.calendar import services as calendar_services
from content.calendar.models import CalendarSlot
from content.calendar.words import ApprovalMode, SlotState
from content.models import Post
from content.services import set_approval
from content.words import Approval
from posting.composer_forms import Entry
from tenants.access import Actor
from tenants.errors import Refused


def slot_of(post: Post) -> CalendarSlot | None:
    return CalendarSlot.objects.select_related("calendar").filter(post=post).first()


def as_planned(post: Post, entry: Entry) -> None:
    """Until it is scheduled the form shows the day and the channels of the plan."""
    if post.approval != Approval.NEEDS_APPROVAL or entry.publish_at or entry.channel_ids:
        return
    slot = slot_of(post)
    if slot is not None:
        entry.publish_at = slot.local_at
        entry.channel_ids = [str(channel) for channel in slot.calendar.channel_ids]


def may_approve(post: Post, *, publishes: bool, manages: bool) -> bool:
    """Whether this person's verdict counts for a post that waits for one."""
    if not publishes or post.approval != Approval.NEEDS_APPROVAL:
        return False
    slot = slot_of(post)
    return manages or slot is None or slot.calendar.approval != ApprovalMode.REQUIRED


@contextmanager
def given_here(*, post: Post, by: Actor, manages: bool, now: datetime) -> Iterator[None]:
    """`post` is approved while the caller schedules it; a refusal of the scheduling takes the approval back."""
    with transaction.atomic():
        slot = slot_of(post)
        if slot is not None and slot.calendar.approval == ApprovalMode.REQUIRED and not manages:
            raise Refused(
                _("An owner or manager must approve the posts of this plan."), code="role", status=403
            )
        if post.approval == Approval.NEEDS_APPROVAL:
            set_approval(post=post, approval=Approval.APPROVED, by=by, now=now)
        yield
        if slot is not None and slot.state != SlotState.APPROVED:
            calendar_services.mark_approved(slot=slot, by=by, now=now)
