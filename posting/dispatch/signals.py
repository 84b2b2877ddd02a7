"""News of the delivery engine. Sent inside the transaction that moves the rows, in whatever schema it runs.

Receivers only write rows: no network, no queue, and a fault of theirs must stay theirs (savepoint).
"""

from django.dispatch import Signal

publications_moved = Signal()
"""moved= (list of ledger.Change whose state became another), now=."""
