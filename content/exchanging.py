"""One call to the model: money set aside, request and answer stored before they are used, what it cost settled."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.conf import settings
from django.db import Error, transaction

from content import drafting, money, notices, pictures, prompts, stream, writer
from content.models import Exchange, Generation
from content.words import Kind, State
from tenants.context import current_tenant

logger = structlog.get_logger(__name__)

LEASE = timedelta(seconds=writer.ANSWER_SECONDS + 30)
SHOW_EVERY = 0.4  # seconds between two looks at what has come so far
Clock = Callable[[], datetime]


class Lost(Exception):
    """Another worker took this generation over; what we know is worth nothing any more."""


class OverBudget(Exception):
    pass


@dataclass
class _Keep:
    """Writes down the exchange as it happens: the request before it leaves, the answer before its use."""

    exchange: Exchange
    clock: Clock
    reader: stream.Reader = field(default_factory=stream.Reader)
    shown: float = 0.0

    def sending(self, request: dict[str, Any]) -> None:
        self.exchange.request = request
        self.exchange.save(update_fields=["request"])

    def progress(self, piece: bytes) -> None:
        """For those who look on. Losing this is losing nothing: the whole answer is stored when it is there."""
        self.reader.feed_bytes(piece)
        if time.monotonic() - self.shown < SHOW_EVERY:
            return
        self.shown = time.monotonic()
        generation = self.exchange.generation
        try:
            Generation.objects.filter(pk=generation.pk, state=State.CLAIMED, fence=generation.fence).update(
                partial=stream.drafts(self.reader.text)
            )
        except Error:
            logger.warning("writing_progress_not_stored", generation=str(generation.pk))

    def received(self, response: dict[str, Any]) -> None:
        self.exchange.response = response
        self.exchange.received_at = self.clock()
        self.exchange.save(update_fields=["response", "received_at"])


def mine(generation: Generation) -> Any:
    """The row as long as nobody else took it over."""
    return Generation.objects.filter(pk=generation.pk, state=State.CLAIMED, fence=generation.fence)


def exchange(
    generation: Generation, call: drafting.Call, ai: writer.Writer, clock: Clock, *, streamed: bool = False
) -> None:
    """One call, its money set aside before and settled after. Raises the writer's errors, not its answers."""
    name = prompts.named(generation.kind)
    max_tokens = int(prompts.prompt(name)["max_completion_tokens"])
    messages, pictures_sent = call.messages, 0
    if generation.kind == Kind.ALT_TEXT:
        messages = prompts.with_picture(messages, pictures.data_url(generation.asset_ids[0]))
        pictures_sent = 1
    body = ai.body(messages, prompts.response_format(name), max_tokens, streamed=streamed)
    size = len(json.dumps(body, ensure_ascii=False).encode())
    amount = money.worst_case(ai.model, size, max_tokens, pictures=pictures_sent)
    try:
        row = open_exchange(generation, call, ai.model, amount, clock())
    except OverBudget:
        _tell_budget(clock(), refused=True)
        raise
    began = time.monotonic()
    failure: writer.WriterError | None = None
    try:
        ai.ask(body, _Keep(row, clock))
    except (writer.BadAnswer, writer.Refusal):
        pass  # an answer all the same: stored, and judged by drafting.next_step
    except writer.WriterError as error:
        failure = error
        row.error = error.code if error.sent or error.code != "unavailable" else "not_sent"
        row.error_text = str(error)[:2000]
    row.latency_ms = int((time.monotonic() - began) * 1000)
    row.save(update_fields=["error", "error_text", "latency_ms"])
    money.settle(row)
    _tell_budget(clock(), refused=False)
    if failure:
        raise failure


def _tell_budget(now: datetime, *, refused: bool) -> None:
    tenant = current_tenant()
    budget = money.allowance(tenant.plan).budget
    notices.tell_budget(tenant=tenant, month=money.this_month(now), budget=budget, refused=refused, now=now)


def open_exchange(
    generation: Generation, call: drafting.Call, model: str, amount: Decimal, now: datetime
) -> Exchange:
    """Reservation, lease and the exchange's row in one commit: money is never set aside for nobody."""
    budget = money.allowance(current_tenant().plan).budget
    with transaction.atomic():
        if not mine(generation).update(lease_until=now + LEASE, partial=[], updated_at=now):
            raise Lost
        if not money.reserve(amount=amount, budget=budget, now=now):
            raise OverBudget
        return Exchange.objects.create(
            generation=generation,
            number=generation.exchanges.count() + 1,
            purpose=call.purpose,
            sent_at=now,
            request={},
            model=model,
            reserved=amount,
        )


def answers(generation: Generation) -> list[str]:
    """The bodies of the whole answers so far, oldest first: what drafting.next_step replays."""
    return [
        e.response["body"]
        for e in generation.exchanges.order_by("number")
        if e.response and e.response.get("status") == 200 and not e.error
    ]


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
    for row in found:
        money.settle(row)
    return len(found)
