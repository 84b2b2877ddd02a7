"""News from this room to those above: they listen, we do not know them. Sent inside the restaurant's
schema.
"""

from django.dispatch import Signal

channel_changed = Signal()
"""channel=, before= (its state until now, "" when new), by=, now=. Sent in the transaction that changes it.
"""

feed_event = Signal()
"""channel=, field= ("feed", "comments", "mentions" ...), value= (Meta's, as it came), at= (aware UTC or
None), now=.

A hint, never an order: events come late, twice, or out of order.
"""

data_deleted = Signal()
"""channels= (list), now=. The person behind them asked Facebook to have their data deleted: forget what
Meta told us.
"""
