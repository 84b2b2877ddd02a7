"""What lost messages, dead workers and time leave behind in one restaurant's writing."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min

from content import exchanging, generating, tasks
from content.calendar import working
from content.calendar.models import Calendar
from content.calendar.tasks import write_month
from content.chores import due
from content.models import Exchange, Generation
from content.words import State


def sweep(*, now: datetime) -> None:
    """Wake what waits, settle calls that never ended, forget what is old; safe at any time, twice at once.

    Ends by writing down when somebody must look again (content/chores).
    """
    for waiting_id in generating.waiting(now=now):
        tasks.write_caption.wake(generation_id=str(waiting_id))
    for calendar_id in working.waiting(now=now):
        write_month.wake(calendar_id=str(calendar_id))
    exchanging.release_calls(now=now)
    exchanging.forget_exchanges(now=now)
    with due.settled() as later:
        month = Calendar.objects.running().exists()
        later(_next(now, month), month=month)


def _next(now: datetime, month: bool) -> datetime | None:
    """When somebody must look again; None while nothing was ever written here."""
    if month or Generation.objects.filter(state__in=[State.PENDING, State.CLAIMED]).exists():
        return now + due.LOOK_AFTER
    if Exchange.objects.filter(settled=False).exists():
        return now + 2 * exchanging.LEASE
    kept = Exchange.objects.filter(forgotten_at__isnull=True).order_by().aggregate(first=Min("sent_at"))
    if kept["first"] is None:
        return None
    return max(kept["first"] + timedelta(days=settings.AI_EXCHANGE_DAYS), now + due.LOOK_AFTER)
