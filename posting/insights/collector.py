"""Read the numbers that are due: claim channels, ask Meta in threads, keep what it says.

One thread talks to the database, the others only to Meta. Any number of collectors may run at once; each
claim is a lease. A channel that is throttled, refused or dead is put off alone; only a throttle of the whole
app, or usage that publishing needs more than numbers do, ends a run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from posting.dispatch.gate import INSIGHTS_BELOW, note_usage, read_gate
from posting.insights import plan
from posting.insights.asking import Asked, ask
from posting.insights.days import day_of
from posting.insights.keeping import keep_days, keep_posts, thin
from posting.insights.metrics import Of, of_publication
from posting.insights.plan import Turn
from posting.insights.reading import Wanted, wanted_of_channel, wanted_of_post
from posting.insights.rhythm import CHANNEL_PAUSE, next_measure, retry
from posting.models import Publication
from posting.pulse.refresh import refresh
from posting.states import State
from social.graph import GraphError, GraphThrottled, GraphTokenDead, Scope, new_client
from social.models import Channel
from social.services import channel_client, mark_token_dead
from tenants.models import Tenant

logger = logging.getLogger(__name__)
SLOTS = 16
LOOK_AT_GATE = 5.0  # seconds
ASLEEP = timedelta(hours=6)  # a channel without access; a reconnect wakes it
ABORTED = timedelta(minutes=2)

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Work:
    turn: Turn
    tenant: Tenant
    channel: Channel
    wanted: list[Wanted]
    own: bool


@dataclass(slots=True)
class Report:
    """What a run did: for logs, tests and the bench."""

    channels: int = 0
    posts: int = 0
    snapshots: int = 0
    calls: int = 0
    failed: int = 0
    stopped: str = ""


class Collector:
    """`slots`: channels asked at the same time. `clock` is the tests' hand on time."""

    def __init__(self, *, slots: int = SLOTS, clock: Clock = timezone.now) -> None:
        self.slots, self.clock = slots, clock
        self.report = Report()
        self._tenants: dict[UUID, Tenant] = {}

    def run(self, *, seconds: float = 45.0) -> Report:
        """Until nothing is due or the time is over. Call outside of any restaurant's schema."""
        until, gate_at = monotonic() + seconds, 0.0
        plan.take_over(now=self.clock())
        with new_client(connections=self.slots) as http, ThreadPoolExecutor(self.slots) as pool:
            running: dict[Future[Asked], Work] = {}
            try:
                while True:
                    if monotonic() >= gate_at:
                        gate_at = monotonic() + LOOK_AT_GATE
                        if not read_gate(self.clock()).may_measure:
                            self.report.stopped = self.report.stopped or "gate"
                    room = self.slots - len(running)
                    if room and not self.report.stopped and monotonic() < until:
                        self._start(room, pool, http, running)
                    if not running:
                        return self.report
                    done, _ = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)
                    for future in done:
                        self._keep(running.pop(future), future)
            finally:
                for work in running.values():  # only when something above failed: nothing stays claimed
                    self._give_back(work.turn)

    # --- before

    def _start(self, room: int, pool: ThreadPoolExecutor, http: object, running: dict) -> None:
        now = self.clock()
        with transaction.atomic():
            turns = plan.claim(now=now, limit=room)
        missing = {turn.tenant_id for turn in turns} - self._tenants.keys()
        self._tenants |= Tenant.objects.in_bulk(missing) if missing else {}
        for turn in turns:
            tenant = self._tenants.get(turn.tenant_id)
            if tenant is None or tenant.closed_at is not None:
                plan.forget_channels([turn.channel_id])
                continue
            try:
                with tenant_context(tenant):
                    started = self._load(turn, tenant, now)
                    client = channel_client(started.channel, http=http) if started else None
            except GraphError as error:  # no token, or it cannot be opened
                self._put_off(turn, now, str(error))
                continue
            except Exception:  # one restaurant in disorder must not keep the others' numbers back
                logger.exception("numbers of channel %s", turn.channel_id)
                self._put_off(turn, now, "not loaded; see the log")
                continue
            if started and client:
                future = pool.submit(
                    ask, client, started.wanted, remote_id=started.channel.remote_id, now=now
                )
                running[future] = started

    def _put_off(self, turn: Turn, now: datetime, trouble: str) -> None:
        plan.finish(
            turn,
            now=now,
            read=False,
            own_read=False,
            not_before=now + ASLEEP,
            failures=min(turn.failures + 1, 30),
            trouble=trouble,
        )

    def _load(self, turn: Turn, tenant: Tenant, now: datetime) -> Work | None:
        """What to ask about a claimed channel, inside its restaurant; None when there is nothing to ask."""
        channel = Channel.objects.filter(pk=turn.channel_id).first()
        if channel is None or channel.state == "disconnected":
            plan.forget_channels([turn.channel_id])
            return None
        if channel.state not in ("active", "paused"):
            plan.finish(
                turn, now=now, read=False, own_read=False, not_before=now + ASLEEP, trouble="no access"
            )
            return None
        version, today = settings.FACEBOOK_GRAPH_VERSION, day_of(now)
        wanted = []
        if turn.own_due:
            wanted.append(
                wanted_of_channel(
                    str(channel.pk),
                    channel.platform,
                    channel.remote_id,
                    read_at=turn.own_read_at,
                    version=version,
                    now=now,
                )
            )
        gone = set(turn.posts)
        rows = Publication.objects.filter(pk__in=list(turn.posts), state=State.PUBLISHED)
        for pk, kind, remote_id in rows.values_list("pk", "kind", "remote_id"):
            of = of_publication(kind)
            if of is not None and remote_id:
                gone.discard(pk)
                wanted.append(wanted_of_post(str(pk), of, remote_id, version=version, today=today))
            elif of is not None:
                gone.discard(pk)  # its id is still looked for
                plan.put_off_posts({pk: next_measure(turn.posts[pk].published_at, now)})
        plan.put_off_posts(dict.fromkeys(gone))
        if not wanted:
            plan.finish(turn, now=now, read=False, own_read=False)
            return None
        return Work(turn, tenant, channel, wanted, turn.own_due)

    # --- after

    def _keep(self, work: Work, future: Future[Asked]) -> None:
        now = self.clock()
        try:
            asked = future.result()
        except Exception:
            logger.exception("numbers of channel %s", work.turn.channel_id)
            asked = Asked()
        self.report.channels += 1
        self.report.calls += asked.calls
        try:
            with tenant_context(work.tenant), transaction.atomic():
                self._store(work, asked, now)
        except Exception:
            logger.exception("numbers of channel %s", work.turn.channel_id)
            self._put_off(work.turn, now, "not kept; see the log")
        self._heed(asked, now)

    def _store(self, work: Work, asked: Asked, now: datetime) -> None:
        turn, own_read = work.turn, False
        good: list[tuple[UUID, dict[str, int]]] = []
        times: dict[UUID, datetime | None] = {}
        failures: dict[UUID, int] = {}
        trouble = str(asked.stopped_by or "")
        for found in asked.found:
            trouble = trouble or next((str(error) for error in found.errors), "")
            if found.wanted.of in (Of.FB_PAGE, Of.IG_ACCOUNT):
                own_read = not found.failed
                self.report.snapshots += keep_days(channel_id=turn.channel_id, by_day=found.by_day, now=now)
                continue
            if found.failed and asked.stopped_by is not None:
                continue  # it was not its fault; it stays due
            publication = UUID(found.wanted.key)
            due = turn.posts[publication]
            at = next_measure(due.published_at, now, story=found.wanted.of is Of.IG_STORY)
            if found.failed:  # deleted there, or Meta stumbled: soon again, then seldom; others go on
                failures[publication] = due.failures + 1
                times[publication] = min(at, retry(due.failures + 1, now)) if at else None
                self.report.failed += 1
            else:
                good.append((publication, found.figures))
                times[publication] = at
        self.report.posts += len(good)
        self.report.snapshots += keep_posts(good, now=now)
        plan.put_off_posts(times, failures=failures)
        stopped = asked.stopped_by
        if isinstance(stopped, GraphTokenDead):
            mark_token_dead(work.channel, stopped, now=now, needed=False)
        nothing = not good and not own_read
        in_a_row = min(turn.failures + 1, 30) if stopped is not None or nothing else 0
        not_before = None
        if in_a_row:
            not_before = retry(in_a_row, now, regain_minutes=asked.regain_minutes)
        elif asked.channel_percent >= INSIGHTS_BELOW:
            not_before = now + max(timedelta(minutes=15), timedelta(minutes=asked.regain_minutes))
        plan.finish(
            turn,
            now=now,
            read=not nothing,
            own_read=own_read,
            own_next_at=now + CHANNEL_PAUSE if work.own and (own_read or stopped is None) else None,
            not_before=not_before,
            failures=in_a_row,
            trouble=trouble if in_a_row else "",
        )
        if own_read or good:
            refresh(tenant=work.tenant, now=now)
        if own_read and (turn.own_read_at is None or day_of(turn.own_read_at) != day_of(now)):
            thin(channel_id=turn.channel_id, now=now)  # once a day

    def _heed(self, asked: Asked, now: datetime) -> None:
        whole_app = isinstance(asked.stopped_by, GraphThrottled) and asked.stopped_by.scope is Scope.APP
        percent = 100 if whole_app else asked.app_percent
        if percent:
            note_usage(percent, now)
        if whole_app or percent >= INSIGHTS_BELOW:
            self.report.stopped = "throttled" if whole_app else "usage"

    def _give_back(self, turn: Turn) -> None:
        with transaction.atomic():
            now = self.clock()
            plan.finish(turn, now=now, read=False, own_read=False, not_before=now + ABORTED)
