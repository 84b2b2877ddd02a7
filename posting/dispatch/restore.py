"""After a restore from backup or a failover: this is not the database that publishing stopped with.

What it says about the past may be behind the truth: a post that it calls waiting may be out since long. The
gate stays shut (posting/dispatch/gate.py compares the server's identity at every claim) until an operator
adopts the database.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from posting.dispatch import engine, ledger
from posting.dispatch.ledger import Change
from posting.dispatch.terms import Why


def adopt(*, now: datetime, by: str) -> int:
    """Make this database the known one and open the gate. Posts whose moment has passed are not sent by
    themselves: their owners are asked whether they are on the page. Returns how many.

    A post that is due later is untouched: nothing of it can have become visible before its time. Doubts are
    read as always.
    """
    with transaction.atomic():
        rows = ledger.read(
            "d.state IN ('scheduled', 'preparing', 'processing', 'armed') AND d.due_at <= %s",
            [now],
            lock="FOR UPDATE",
        )
        held = [Change(record, engine.hold(record.row, Why("restored")), by=by) for record in rows]
        ledger.write(held, now=now)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE dispatch_appgate SET enabled = true, reason = '',"
                " system_identifier = (SELECT system_identifier::text FROM pg_control_system()),"
                " timeline = (SELECT timeline_id FROM pg_control_checkpoint()) WHERE id = 1"
            )
    return len(held)
