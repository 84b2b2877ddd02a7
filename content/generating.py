"""Turn a pending Generation into words: claim, call, store, judge, answer. In a worker, or in a request.

No answer is paid for twice: each exchange is stored before it is used, and a claim that expired is taken up
again from what is stored. No request is lost: whatever stops the model, templates answer, and the row says
why.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from content import drafting, money, prompts, queries, templates_engine, writer
from content.brief import Brief
from content.models import Exchange, Generation, SpendMonth
from content.words import Kind, Source, State, Why
from tenants.context import current_tenant

logger = structlog.get_logger(__name__)

LEASE = timedelta(seconds=writer.ANSWER_SECONDS + 30)
MAX_ATTEMPTS = 3
UNAVAILABLE_WAIT = 2.0  # seconds before asking again after a fault on their side
BUSY_WAIT = timedelta(seconds=1)
Clock = Callable[[], datetime]


class _Lost(Exception):
    """Another worker took this generation over; what we know is worth nothing any more."""


class _OverBudget(Exception):
    pass


def configured_writer() -> writer.Writer | None:
    """The writer of the settings; None when no AI is set up."""
    if not settings.AI_CONFIGURED:
        return None
    return writer.Writer(settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.GPT_TEXT_MODEL)


def run_generation(
    *,
    generation_id: UUID,
    clock: Clock = timezone.now,
    writer_of: Callable[[], writer.Writer | None] = configured_writer,
) -> Generation | None:
    """Take one waiting generation and move it as far as it goes now.

    None: it is not ours (done, running elsewhere, put off). Returned PENDING: the vendor asked us to wait.
    """
    generation = _claim(generation_id, clock())
    if generation is None:
        return None
    try:
        _work(generation, clock, writer_of())
    except _Lost:
        logger.info("generation_taken_over", generation=str(generation_id))
    generation.refresh_from_db()
    return generation


def write_now(*, generation: Generation, why: Why, now: datetime) -> None:
    """Templates for a generation just created, in the caller's transaction: no model is to be asked."""
    _take(generation, now)
    from_templates(generation, _brief(generation), why, now)
    generation.refresh_from_db()


def waiting(*, now: datetime, limit: int = 50) -> list[UUID]:
    """Ids a worker may take now: what a sweep or a freed place wakes."""
    return list(
        Generation.objects.takeable(now).order_by("next_action_at").values_list("pk", flat=True)[:limit]
    )


def answer_overdue(*, generation_id: UUID, clock: Clock = timezone.now) -> Generation | None:
    """Templates for a request nobody came for in time (no worker, a full queue); None when somebody did."""
    now = clock()
    with transaction.atomic():
        row = Generation.objects.select_for_update(skip_locked=True).filter(
            pk=generation_id, state=State.PENDING, patience_until__lte=now
        )
        generation = row.first()
        if generation is None:
            return None
        _take(generation, now)
    from_templates(generation, _brief(generation), Why.BUSY, now)
    generation.refresh_from_db()
    return generation


# --- claiming ------------------------------------------------------------------------------------


def _claim(generation_id: UUID, now: datetime) -> Generation | None:
    """One worker per generation, and per restaurant as many at once as the plan says."""
    at_once = money.allowance(current_tenant().plan).at_once
    with transaction.atomic():
        # The month's row is the lock under which running claims are counted.
        SpendMonth.objects.get_or_create(month=money.month_of(now))
        SpendMonth.objects.select_for_update().get(month=money.month_of(now))
        generation = (
            Generation.objects.takeable(now)
            .select_for_update(skip_locked=True)
            .filter(pk=generation_id)
            .first()
        )
        if generation is None:
            return None
        running = Generation.objects.filter(state=State.CLAIMED, lease_until__gte=now).count()
        if running >= at_once and now < generation.patience_until:
            Generation.objects.filter(pk=generation.pk).update(
                state=State.PENDING, lease_until=None, next_action_at=now + BUSY_WAIT, updated_at=now
            )
            return None
        _take(generation, now)
        if running >= at_once:
            generation.reason = Why.BUSY
    return generation


def _take(generation: Generation, now: datetime) -> None:
    generation.state = State.CLAIMED
    generation.fence += 1
    generation.attempts += 1
    generation.lease_until = now + LEASE
    generation.updated_at = now
    generation.save(update_fields=["state", "fence", "attempts", "lease_until", "updated_at"])


def _mine(generation: Generation) -> Any:
    return Generation.objects.filter(pk=generation.pk, state=State.CLAIMED, fence=generation.fence)


# --- working -------------------------------------------------------------------------------------


def _work(generation: Generation, clock: Clock, ai: writer.Writer | None) -> None:
    for left_behind in generation.exchanges.filter(settled=False):
        money.settle(left_behind)
    brief = _brief(generation)
    if generation.reason == Why.BUSY:
        from_templates(generation, brief, Why.BUSY, clock())
        return
    if ai is None:
        from_templates(generation, brief, Why.NO_AI, clock())
        return
    while True:
        step = drafting.next_step(brief, _answers(generation), queries.similar_captions)
        if isinstance(step, drafting.Done):
            _finish(generation, step.variants, Source.AI, "", step.outcome, clock())
            return
        if isinstance(step, drafting.GiveUp):
            from_templates(generation, brief, step.reason, clock())
            return
        if generation.attempts > MAX_ATTEMPTS:
            from_templates(generation, brief, Why.CRASHED, clock())
            return
        wait = money.this_month(clock()).wait_until
        if wait and wait > clock():
            _later(generation, brief, wait - clock(), Why.OVERLOADED, clock())
            return
        try:
            _exchange(generation, step, ai, clock)
        except _OverBudget:
            from_templates(generation, brief, Why.BUDGET, clock())
            return
        except writer.Overloaded as error:
            pause = timedelta(seconds=error.retry_after)
            SpendMonth.objects.filter(month=money.month_of(clock())).update(wait_until=clock() + pause)
            _later(generation, brief, pause, Why.OVERLOADED, clock())
            return
        except writer.Unavailable:
            _later(generation, brief, timedelta(seconds=UNAVAILABLE_WAIT), Why.UNAVAILABLE, clock())
            return
        except writer.NotAccepted as error:
            logger.error("ai_request_not_accepted", error=str(error))
            from_templates(generation, brief, Why.NOT_ACCEPTED, clock())
            return


def _brief(generation: Generation) -> Brief:
    brief = Brief.from_data(generation.brief)
    return queries.with_history(brief, exclude_post=generation.post_id, exclude_generation=generation.pk)


def _answers(generation: Generation) -> list[str]:
    return [
        e.response["body"]
        for e in generation.exchanges.order_by("number")
        if e.response and e.response.get("status") == 200 and not e.error
    ]


@dataclass
class _Keep:
    """Writes down the exchange as it happens: the request before it leaves, the answer before its use."""

    exchange: Exchange
    clock: Clock

    def sending(self, request: dict[str, Any]) -> None:
        self.exchange.request = request
        self.exchange.save(update_fields=["request"])

    def received(self, response: dict[str, Any]) -> None:
        self.exchange.response = response
        self.exchange.received_at = self.clock()
        self.exchange.save(update_fields=["response", "received_at"])


def _exchange(generation: Generation, call: drafting.Call, ai: writer.Writer, clock: Clock) -> None:
    """One call, its money set aside before and settled after. Raises the writer's errors, not its answers."""
    max_tokens = int(prompts.prompt()["max_completion_tokens"])
    body = ai.body(call.messages, prompts.response_format(), max_tokens)
    exchange = _open(
        generation,
        call,
        ai.model,
        money.worst_case(ai.model, len(json.dumps(body, ensure_ascii=False).encode()), max_tokens),
        clock(),
    )
    began = time.monotonic()
    failure: writer.WriterError | None = None
    try:
        ai.ask(body, _Keep(exchange, clock))
    except (writer.BadAnswer, writer.Refusal):
        pass  # an answer all the same: stored, and judged by drafting.next_step
    except writer.WriterError as error:
        failure = error
        exchange.error = error.code if error.sent or error.code != "unavailable" else "not_sent"
        exchange.error_text = str(error)[:2000]
    exchange.latency_ms = int((time.monotonic() - began) * 1000)
    exchange.save(update_fields=["error", "error_text", "latency_ms"])
    money.settle(exchange)
    if failure:
        raise failure


def _open(
    generation: Generation, call: drafting.Call, model: str, amount: Decimal, now: datetime
) -> Exchange:
    """Reservation, lease and the exchange's row in one commit: money is never set aside for nobody."""
    budget = money.allowance(current_tenant().plan).budget
    with transaction.atomic():
        if not _mine(generation).update(lease_until=now + LEASE, updated_at=now):
            raise _Lost
        if not money.reserve(amount=amount, budget=budget, now=now):
            raise _OverBudget
        return Exchange.objects.create(
            generation=generation,
            number=generation.exchanges.count() + 1,
            purpose=call.purpose,
            sent_at=now,
            request={},
            model=model,
            reserved=amount,
        )


# --- ending --------------------------------------------------------------------------------------


def _later(generation: Generation, brief: Brief, pause: timedelta, why: Why, now: datetime) -> None:
    """Ask again after `pause` when the person would still be waiting; templates when not."""
    if generation.attempts >= MAX_ATTEMPTS or now + pause >= generation.patience_until:
        from_templates(generation, brief, why, now)
        return
    changed = _mine(generation).update(
        state=State.PENDING, lease_until=None, next_action_at=now + pause, reason=why, updated_at=now
    )
    if not changed:
        raise _Lost


def from_templates(generation: Generation, brief: Brief, why: Why, now: datetime) -> None:
    """Write without AI and say why; kinds that need a model (translating...) fail with that reason."""
    if generation.kind == Kind.CAPTION:
        variants = [
            drafting.from_template(written, brief, queries.similar_captions)
            for written in templates_engine.write(brief)
        ]
        _finish(generation, variants, Source.TEMPLATE, why, "template", now)
        return
    changed = _mine(generation).update(
        state=State.FAILED,
        lease_until=None,
        reason=why,
        outcome="failed",
        updated_at=now,
        **_sums(generation),
    )
    if not changed:
        raise _Lost


def _finish(
    generation: Generation,
    variants: Sequence[drafting.Variant],
    source: Source,
    why: str,
    outcome: str,
    now: datetime,
) -> None:
    changed = _mine(generation).update(
        state=State.ANSWERED,
        lease_until=None,
        variants=[variant.as_data() for variant in variants],
        source=source,
        reason=why,
        outcome=outcome,
        prompt_version=prompts.version() if source == Source.AI else templates_engine.VERSION,
        answered_at=now,
        updated_at=now,
        **_sums(generation),
    )
    if not changed:
        raise _Lost


def _sums(generation: Generation) -> dict[str, Any]:
    """What all exchanges of a generation came to; also of those that led nowhere."""
    exchanges = list(generation.exchanges.all())
    return {
        "tokens_in": sum(e.tokens_in for e in exchanges),
        "tokens_out": sum(e.tokens_out for e in exchanges),
        "cost": sum((e.cost for e in exchanges), Decimal(0)),
        "latency_ms": sum(e.latency_ms for e in exchanges),
        "model": exchanges[-1].model if exchanges else "",
    }


def forget_exchanges(*, now: datetime) -> int:
    """Drop what was sent and received once it is older than AI_EXCHANGE_DAYS; money and captions stay."""
    old = Exchange.objects.filter(
        sent_at__lt=now - timedelta(days=settings.AI_EXCHANGE_DAYS), settled=True, forgotten_at__isnull=True
    )
    return old.update(request={}, response=None, error_text="", forgotten_at=now)


def release_calls(*, now: datetime) -> int:
    """Settle exchanges whose worker died and whose generation is done without them. Returns how many."""
    ended = Exchange.objects.filter(settled=False, sent_at__lt=now - 2 * LEASE).exclude(
        generation__state=State.CLAIMED  # its next worker settles
    )
    found = list(ended[:100])
    for exchange in found:
        money.settle(exchange)
    return len(found)
