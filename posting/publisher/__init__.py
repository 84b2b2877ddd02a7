"""The verbs of each surface: how a post is prepared, shown, asked for and looked up at Meta.

``perform`` makes exactly one engine call. A PREPARE or FLIP is one POST; reads may take several GETs.
Nothing here knows the database, the lease or what comes next: that is the engine's (posting.dispatch).
"""

from posting.publisher.brief import Brief
from posting.publisher.perform import perform

__all__ = ["Brief", "perform"]
