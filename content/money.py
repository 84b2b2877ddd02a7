"""What writing costs and what a restaurant may spend on it: estimates, reservations, settlement. US dollars.

Money is set aside before a call and settled after it. The limit stands in the WHERE clause of the reserving
UPDATE, so fifty requests at once cannot pass it together; a call whose end nobody saw counts as spent in
full.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_UP, Decimal
from typing import Any

from django.db import transaction
from django.db.models import F

from content import writer
from content.data import load
from content.models import Exchange, SpendMonth

MICRO = Decimal("0.000001")
OVERHEAD_TOKENS = 200  # what a chat format adds around the messages
PICTURE_TOKENS = 6_000  # the most a vision model we know counts for one small picture


@dataclass(frozen=True)
class Allowance:
    """What a plan includes: `budget` a month, `at_once` captions in parallel."""

    budget: Decimal
    at_once: int


def allowance(plan: str) -> Allowance:
    data = load("plans.yaml")[plan]
    return Allowance(Decimal(str(data["budget"])), int(data["at_once"]))


def cost(model: str, tokens_in: int, tokens_out: int) -> Decimal:
    facts = writer.model_facts(model)
    dollars = Decimal(str(facts["input"])) * tokens_in + Decimal(str(facts["output"])) * tokens_out
    return (dollars / 1_000_000).quantize(MICRO, rounding=ROUND_UP)


def worst_case(model: str, body_bytes: int, max_tokens: int, *, pictures: int = 0) -> Decimal:
    """No token is shorter than a byte, so this bounds what a request of this size can cost."""
    return cost(model, body_bytes + OVERHEAD_TOKENS + pictures * PICTURE_TOKENS, max_tokens)


def month_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date().replace(day=1)


def reserve(*, amount: Decimal, budget: Decimal, now: datetime) -> bool:
    """Set `amount` aside in this month; False when it would pass the budget."""
    month = month_of(now)
    SpendMonth.objects.get_or_create(month=month)
    fits = SpendMonth.objects.filter(month=month, reserved__lte=budget - amount - F("spent"))
    return bool(fits.update(reserved=F("reserved") + amount, calls=F("calls") + 1))


def settle(exchange: Exchange) -> Decimal:
    """Turn the reservation of one exchange into what it cost; safe to call again. Returns the cost.

    An answer is charged by its token counts (estimated from its length where the server names none), an error
    that proves nothing was worked on costs nothing, and an exchange whose end is unknown costs its whole
    reservation.
    """
    tokens_in, tokens_out, dollars = _charge(exchange)
    with transaction.atomic():
        first = Exchange.objects.filter(pk=exchange.pk, settled=False).update(
            settled=True, cost=dollars, tokens_in=tokens_in, tokens_out=tokens_out
        )
        if first:
            SpendMonth.objects.filter(month=month_of(exchange.sent_at)).update(
                reserved=F("reserved") - exchange.reserved, spent=F("spent") + dollars
            )
    exchange.refresh_from_db()
    return exchange.cost


def _charge(exchange: Exchange) -> tuple[int, int, Decimal]:
    response: dict[str, Any] = exchange.response or {}
    if not exchange.request:
        return 0, 0, Decimal(0)  # set aside, but the worker died before the bytes left
    if response.get("status") == 200:
        body = str(response.get("body", ""))
        tokens_in, tokens_out = writer.usage_of(body)
        if tokens_in is None or tokens_out is None:
            if exchange.error == "unavailable":
                return 0, 0, exchange.reserved  # cut off in the middle: worked on, length unknown
            tokens_in = len(str(exchange.request.get("body", ""))) // 4
            tokens_out = len(body) // 4
        return tokens_in, tokens_out, cost(exchange.model, tokens_in, tokens_out)
    if response.get("status"):
        return 0, 0, Decimal(0)  # a status other than 200 is a refusal before any work
    if exchange.error == "not_sent":
        return 0, 0, Decimal(0)
    return 0, 0, exchange.reserved


def this_month(now: datetime) -> SpendMonth:
    """The current month's row, unsaved zeros where nothing was spent."""
    month = month_of(now)
    return SpendMonth.objects.filter(month=month).first() or SpendMonth(month=month)
