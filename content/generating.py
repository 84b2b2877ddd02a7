"""Turn a pending Generation into words: claim, call, store, judge, answer. In a worker, or in a request.

No answer is paid for twice: each exchange is stored before it is used, and a claim that expired is taken up
again from what is stored. No request is lost: whatever stops the model, templates answer, and the row says
why.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from content import drafting, money, pictures, prompts, queries, templates_engine, writer
from content.brief import Brief
from content.exchanging import LEASE, Clock, Lost, OverBudget, answers, exchange, mine
from content.models import Generation, SpendMonth
from content.words import Kind, Source, State, Why
from tenants.context import current_tenant
from tenants.hooks import events
from tenants.hooks.services import emit

logger = structlog.get_logger(__name__)

MAX_ATTEMPTS = 3
UNAVAILABLE_WAIT = 2.0  # seconds before asking again after a fault on their side
BUSY_WAIT = timedelta(seconds=1)
# What a server turned out not to know, so that only the first question to it is refused. {(url, model): names}
_learned: dict[tuple[str, str], frozenset[str]] = {}


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
    except Lost:
        logger.info("generation_taken_over", generation=str(generation_id))
    generation.refresh_from_db()
    return generation


def write_now(*, generation: Generation, why: Why, now: datetime) -> None:
    """Templates for a generation just created, in the caller's transaction: no model is to be asked."""
    _take(generation, now)
    from_templates(generation, why, now)
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
    from_templates(generation, Why.BUSY, now)
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


# --- working -------------------------------------------------------------------------------------


def _work(generation: Generation, clock: Clock, ai: writer.Writer | None) -> None:
    for left_behind in generation.exchanges.filter(settled=False):
        money.settle(left_behind)
    if generation.reason == Why.BUSY:
        from_templates(generation, Why.BUSY, clock())
        return
    if ai is None:
        from_templates(generation, Why.NO_AI, clock())
        return
    if generation.kind == Kind.ALT_TEXT:
        ai = replace(ai, model=settings.GPT_VISION_MODEL)
    ai = replace(ai, dropped=ai.dropped | _learned.get((ai.base_url, ai.model), frozenset()))
    while True:
        # Read anew each time: while the model wrote this one, others of the restaurant may have been written.
        brief = _brief(generation)
        step = drafting.next_step(brief, answers(generation), queries.similar_captions)
        if isinstance(step, drafting.Done):
            if _finish_first(generation, brief, step, clock()):
                return
            continue
        if isinstance(step, drafting.GiveUp):
            from_templates(generation, step.reason, clock())
            return
        if generation.attempts > MAX_ATTEMPTS:
            from_templates(generation, Why.CRASHED, clock())
            return
        wait = money.this_month(clock()).wait_until
        if wait and wait > clock():
            _later(generation, wait - clock(), Why.OVERLOADED, clock())
            return
        try:
            exchange(generation, step, ai, clock, streamed=generation.watched and settings.AI_STREAM)
        except OverBudget:
            from_templates(generation, Why.BUDGET, clock())
            return
        except pictures.NoPicture:
            from_templates(generation, Why.NO_PICTURE, clock())
            return
        except writer.Overloaded as error:
            pause = timedelta(seconds=error.retry_after)
            SpendMonth.objects.filter(month=money.month_of(clock())).update(wait_until=clock() + pause)
            _later(generation, pause, Why.OVERLOADED, clock())
            return
        except writer.Unavailable:
            _later(generation, timedelta(seconds=UNAVAILABLE_WAIT), Why.UNAVAILABLE, clock())
            return
        except writer.Unsupported as error:
            logger.warning("ai_parameter_not_supported", parameter=error.parameter, model=ai.model)
            ai = ai.without(error.parameter)  # each name once: the loop ends
        except writer.NotAccepted as error:
            if not isinstance(error, writer.Declined):
                logger.error("ai_request_not_accepted", error=str(error))
            from_templates(generation, Why(error.code), clock())
            return
        else:
            _learned[ai.base_url, ai.model] = ai.dropped


def _brief(generation: Generation) -> Brief:
    brief = Brief.from_data(generation.brief)
    if generation.kind != Kind.CAPTION:
        return brief
    return queries.with_history(brief, exclude_post=generation.post_id, exclude_generation=generation.pk)


def _one_at_a_time(now: datetime) -> None:
    """Captions of one restaurant end one after the other (the month's row is the lock), so that of two written
    at the same moment the second sees the first.
    """
    SpendMonth.objects.get_or_create(month=money.month_of(now))
    SpendMonth.objects.select_for_update().get(month=money.month_of(now))


def _finish_first(generation: Generation, brief: Brief, done: drafting.Done, now: datetime) -> bool:
    """Store the answer unless something said meanwhile makes it a repeat; False: look at it again."""
    with transaction.atomic():
        _one_at_a_time(now)
        fresh = _brief(generation)
        if fresh.earlier != brief.earlier:
            again = drafting.next_step(fresh, answers(generation), queries.similar_captions)
            if not isinstance(again, drafting.Done):
                return False
            done = again
        _finish(generation, done.variants, Source.AI, "", done.outcome, now)
    return True


# --- ending --------------------------------------------------------------------------------------


def _later(generation: Generation, pause: timedelta, why: Why, now: datetime) -> None:
    """Ask again after `pause` when the person would still be waiting; templates when not."""
    if generation.attempts >= MAX_ATTEMPTS or now + pause >= generation.patience_until:
        from_templates(generation, why, now)
        return
    changed = mine(generation).update(
        state=State.PENDING, lease_until=None, next_action_at=now + pause, reason=why, updated_at=now
    )
    if not changed:
        raise Lost


def from_templates(generation: Generation, why: Why, now: datetime) -> None:
    """Write without AI and say why; kinds that need a model (translating...) fail with that reason."""
    with transaction.atomic():
        _one_at_a_time(now)
        brief = _brief(generation)
        written = templates_engine.write_kind(brief)
        if written:
            variants = [drafting.from_template(one, brief, queries.similar_captions) for one in written]
            _finish(generation, variants, Source.TEMPLATE, why, "template", now)
            return
        _end(generation, now, state=State.FAILED, reason=why, outcome="failed", partial=[])


def _finish(
    generation: Generation,
    variants: Sequence[drafting.Variant],
    source: Source,
    why: str,
    outcome: str,
    now: datetime,
) -> None:
    _end(
        generation,
        now,
        state=State.ANSWERED,
        variants=[variant.as_data() for variant in variants],
        partial=[],
        source=source,
        reason=why,
        outcome=outcome,
        prompt_version=prompts.version(prompts.named(generation.kind))
        if source == Source.AI
        else templates_engine.VERSION,
        answered_at=now,
    )


def _end(generation: Generation, now: datetime, **values: Any) -> None:
    """The last change of a row that is still ours, and the news of it, in one commit."""
    with transaction.atomic():
        changed = mine(generation).update(lease_until=None, updated_at=now, **values, **_sums(generation))
        if not changed:
            raise Lost
        emit(
            events.GENERATION_FINISHED,
            data={
                "generation_id": str(generation.pk),
                "status": str(values["state"]),
                "kind": str(generation.kind),
                "source": str(values["source"]) if "source" in values else None,
                "reason_code": str(values["reason"]),
            },
            now=now,
        )


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
