"""A reviewed slot becomes scheduled publications in one step; and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from content.calendar import services as calendar_services
from content.calendar.models import CalendarSlot
from content.calendar.words import ApprovalMode, SlotState
from content.checks import check_post
from content.services import set_approval
from content.words import Approval
from posting import services
from posting.models import Publication
from posting.states import OPEN
from social.models import Channel
from social.platforms import Problem
from tenants.access import Actor
from tenants.errors import Refused


@dataclass(frozen=True)
class Verdict:
    """What became of one slot: its publications, or the sentence that stopped it."""

    slot: CalendarSlot
    publications: list[Publication]
    refused: Refused | None = None


def approve(
    *, slots: Iterable[CalendarSlot], by: Actor, manages: bool, now: datetime, platform: str = ""
) -> list[Verdict]:
    """Schedule each slot on its calendar's channels at its time. One that is refused stays for review and says why; the
    others are not held up. `manages`: `by` is an owner or manager, which some calendars demand. `platform`: on the
    channels of this network alone, for a post that the other cannot take.
    """
    channels = {channel.pk: channel for channel in Channel.objects.connected()}
    verdicts = []
    for slot in slots:
        try:
            verdicts.append(Verdict(slot, _approve(slot, channels, by, manages, now, platform)))
        except Refused as refused:
            CalendarSlot.objects.filter(pk=slot.pk, state=SlotState.WRITTEN).update(
                error=str(refused.sentence)[:300], updated_at=now
            )
            verdicts.append(Verdict(slot, [], refused))
    return verdicts


def _approve(
    slot: CalendarSlot, channels: dict, by: Actor, manages: bool, now: datetime, platform: str
) -> list[Publication]:
    if slot.calendar.approval == ApprovalMode.REQUIRED and not manages:
        raise Refused(_("An owner or manager must approve the posts of this plan."), code="role", status=403)
    chosen = [channels[pk] for pk in slot.calendar.channel_ids if pk in channels]
    whole = len(chosen) == len(slot.calendar.channel_ids)
    if platform:
        chosen = [channel for channel in chosen if channel.platform == platform]
    if not whole or not chosen:
        raise Refused(
            _("A channel of this plan is not connected any more. Reconnect it, then approve."),
            code="channel_disconnected",
            fix="reconnect",
            status=409,
        )
    with transaction.atomic():
        locked = calendar_services.lock_written(slot=slot)
        if locked.post is None:
            raise Refused(_("This post is not written yet."), code="not_written", status=409)
        post = set_approval(post=locked.post, approval=Approval.APPROVED, by=by, now=now)
        made = services.schedule(post=post, channels=chosen, publish_at=_ahead(locked, now), by=by, now=now)
        calendar_services.mark_approved(slot=locked, by=by, now=now)
    return made


def _ahead(slot: CalendarSlot, now: datetime) -> datetime:
    if slot.publish_at <= now:
        raise Refused(_("Its time has passed. Move it to another day first."), code="past", status=409)
    return slot.publish_at


def take_back(*, slot: CalendarSlot, by: Actor, now: datetime) -> CalendarSlot:
    """Undo an approval: what is not out is cancelled, and the slot waits for review again. Refused once one is out."""
    with transaction.atomic():
        living = list(slot.post.publications.living()) if slot.post else []
        if any(item.state not in OPEN for item in living):
            raise Refused(_("It is already out."), code="already_out", status=409)
        for item in living:
            services.cancel(publication=item, by=by, now=now)
        if slot.post:
            set_approval(post=slot.post, approval=Approval.NEEDS_APPROVAL, by=by, now=now)
        return calendar_services.reopen(slot=slot, by=by, now=now)


def preflight(slot: CalendarSlot) -> list[Problem]:
    """What approving would find, errors first; hints are left out, a month has enough of them."""
    if slot.post is None:
        return []
    platforms = (
        Channel.objects.connected()
        .filter(pk__in=slot.calendar.channel_ids)
        .values_list("platform", flat=True)
    )
    found = check_post(slot.post, list(platforms), moment=slot.publish_at)
    return [problem for problem in found if problem.level != "hint"]
