"""Many captions at once, for one restaurant: what a month's plan asks for. Called in a worker, not in a request."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from content import generating, money, writer
from content.exchanging import Clock
from content.models import Generation
from content.words import State
from tenants.context import current_tenant
from tenants.models import Tenant

LEFT_FREE = 2  # places kept for people who ask for a caption meanwhile
LOOK_AGAIN = 0.2  # seconds


def places(plan: str) -> int:
    """How many captions of one batch are written at the same time."""
    return max(1, money.allowance(plan).at_once - LEFT_FREE)


def write_many(
    *,
    generation_ids: Sequence[UUID],
    stop: Callable[[], bool] = lambda: False,
    on_written: Callable[[Generation], None] = lambda generation: None,
    clock: Clock = timezone.now,
    writer_of: Callable[[], writer.Writer | None] = generating.configured_writer,
) -> None:
    """Write these waiting generations (`request_caption(..., wake=False, watched=False)`) in parallel.

    Returns when each is answered or failed. `on_written` is called in this thread as each one is done (in the order
    they finish; it may write to the database). `stop` is asked before each new one: True leaves the rest PENDING
    (a sweep or another call takes them). A worker that dies leaves rows that the same call takes up again: answers
    already stored are not paid twice. Needs committed rows: call it outside a transaction.
    """
    tenant = current_tenant()
    with ThreadPoolExecutor(min(places(tenant.plan), max(1, len(generation_ids)))) as pool:
        asked = [pool.submit(_write, tenant, pk, stop, clock, writer_of) for pk in generation_ids]
        for done in as_completed(asked):
            written = done.result()
            if written is not None:
                on_written(written)


def _write(
    tenant: Tenant,
    generation_id: UUID,
    stop: Callable[[], bool],
    clock: Clock,
    writer_of: Callable[[], writer.Writer | None],
) -> Generation | None:
    """One of them to its end, on a connection of this thread; None when told to stop or when the row is gone."""
    try:
        with tenant_context(tenant):
            while not stop():
                row = (
                    generating.run_generation(generation_id=generation_id, clock=clock, writer_of=writer_of)
                    or Generation.objects.filter(pk=generation_id).first()
                )
                if row is None or row.state in (State.ANSWERED, State.FAILED):
                    return row
                # Its turn is not yet (a busy vendor, no free place, or another worker has it): look again.
                soon = (row.next_action_at - clock()).total_seconds() if row.state == State.PENDING else 1.0
                time.sleep(min(max(soon, LOOK_AGAIN), 5.0))
            return None
    finally:
        connection.close()
