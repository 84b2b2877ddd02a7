"""What people may do with publications. Keyword-only verbs; `by=` an Actor, `now=` an aware UTC datetime.

Each is one transaction over the restaurant's Publication and its Due row, under the Due row's lock: a race
with the publisher has exactly one winner, and a loser is told which.
"""

from posting.services.changing import answer_doubt, apply_edit, cancel, put_back, reschedule, retry
from posting.services.clashing import Clash, clashes
from posting.services.discarding import discard, may_discard
from posting.services.news import channel_changed, dish_changed, feed_event
from posting.services.planning import schedule

__all__ = [
    "Clash",
    "answer_doubt",
    "apply_edit",
    "cancel",
    "channel_changed",
    "clashes",
    "discard",
    "dish_changed",
    "feed_event",
    "may_discard",
    "put_back",
    "reschedule",
    "retry",
    "schedule",
]
