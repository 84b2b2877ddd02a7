"""Deleting a post that nobody has seen: a draft, a planned post, or one that was taken back before it was sent."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from content.calendar import services as calendar_services
from content.calendar.models import CalendarSlot
from content.calendar.words import SlotState
from content.models import Post
from content.services import delete_draft
from posting.models import Publication, Transition
from posting.recurring.index.models import RecurringDue
from posting.recurring.models import Recurrence
from posting.states import ASKING, IN_DOUBT, OPEN, SENT, State
from tenants.access import Actor
from tenants.errors import Refused


def discard(*, post: Post, by: Actor, now: datetime) -> None:
    """Delete it for good, with what was planned of it and taken back. Refused (409, and nothing is changed) when
    anything of it is out, on its way, asks a question or repeats; 410 when somebody deleted it before.

    A day of a plan stays in the plan as skipped, so that it can be written anew. Scheduling takes the same lock:
    of a deletion and a scheduling at once exactly one happens.
    """
    with transaction.atomic():
        locked = Post.objects.select_for_update().filter(pk=post.pk).first()
        if locked is None:
            raise Refused(_("This post was deleted in the meantime."), code="gone", status=410)
        may_discard(locked)
        for slot in CalendarSlot.objects.filter(post=locked).exclude(state=SlotState.SKIPPED):
            calendar_services.reopen(slot=slot, by=by, now=now)  # approved once, and taken back since
            calendar_services.skip(slot=slot, by=by, now=now)
        ended = list(locked.recurrences.values_list("pk", flat=True))  # type: ignore[attr-defined]
        RecurringDue.objects.filter(recurrence_id__in=ended).delete()
        Recurrence.objects.filter(pk__in=ended).delete()
        Publication.objects.filter(post=locked).delete()
        delete_draft(post=locked, by=by, now=now)


def may_discard(post: Post) -> None:
    """Raise Refused, with what to do instead, when `post` must not be deleted. At most three queries."""
    states = set(Publication.objects.filter(post=post).values_list("state", flat=True))
    if State.PUBLISHED in states:
        raise _no(
            _("This post is out, so it stays in your history. To remove it, delete it on the page itself.")
        )
    if states & IN_DOUBT:
        raise _no(
            _("It is going out this very moment, so it can no longer be deleted. Look again in a minute.")
        )
    if states & OPEN:
        raise _no(_("This post is scheduled. Take it back first, then delete it."))
    if states & ASKING:
        raise _no(_("This post stopped and waits for you. Settle it under “Needs you”, then delete it."))
    if states and Transition.objects.filter(publication__post=post, new__in=SENT).exists():
        raise _no(_("This post was sent once, so its story stays in your history."))
    if post.recurrences.filter(ended_at=None).exists():  # type: ignore[attr-defined]
        raise _no(_("This post repeats. End that under “Repeating posts”, then delete it."))


def _no(sentence: str) -> Refused:
    return Refused(sentence, code="in_use", status=409)
