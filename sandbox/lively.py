"""A public that reacts by itself, so that a demo shows numbers. Off unless the switch `lively_public` is on.

Each visible post is heading for a reach of its own (from its id, so a restart changes nothing) and gets
there within some minutes; some of those people like it, and one or two say something.
"""

from __future__ import annotations

import math
import zlib

from sandbox import clock, engagement
from sandbox.store import Node, the_store

SECONDS = 5.0
TIME = 240.0  # seconds until two thirds of the reach
AGE_MAX = 3600.0
NEIGHBOUR = {"id": "5550000000000001", "name": "Hungry Neighbour"}
WORDS = ("Saving a table in my mind already.", "Is this on tonight too?", "Best in the neighbourhood!")


def act() -> None:
    if not clock.conf("lively_public"):
        return
    store = the_store()
    now = clock.now()
    recent = store.rows(
        "SELECT object_id, first_visible_at FROM ledger WHERE removed_at IS NULL AND first_visible_at > ?",
        now - AGE_MAX,
    )
    for row in recent:
        with store.tx():
            node = store.get(row["object_id"])
            if node is not None and node.kind in ("post", "ig_media"):
                _meet(node, now - row["first_visible_at"])


def _meet(node: Node, age: float) -> None:
    luck = zlib.crc32(node.id.encode())
    reach = int((300 + luck % 900) * (1 - math.exp(-age / TIME)))
    if reach <= int(node["reach"] or 0):
        return
    node["reach"], node["views"] = reach, int(reach * 1.3)
    the_store().save(node)
    more = int(reach * (0.04 + luck % 5 / 100)) - int(node["likes"] or 0)
    if more > 0:
        if node.kind == "ig_media":
            node["likes"] = int(node["likes"] or 0) + more
            the_store().save(node)
        else:
            engagement.react(node, "LIKE", more, NEIGHBOUR)
    if age > 45 and not node["spoken"]:
        node["spoken"] = True
        the_store().save(node)
        text = WORDS[luck % len(WORDS)]
        if node.kind == "ig_media":
            engagement.add_ig_comment(node, text, "hungry_neighbour", NEIGHBOUR["id"])
        else:
            engagement.add_comment(node, text, NEIGHBOUR)
