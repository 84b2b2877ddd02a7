"""The same page sent twice (a double tap, a lost answer, a reload) makes one post.

Each empty composer carries a key, and the post made from it has an id that follows from that key: the second
request finds it, and of two at the same time the database lets one make it. That two requests do not both go
on to schedule is told by the cache, a convenience: without Redis the second is refused by
posting.services.schedule itself, which never puts one post twice on one channel.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import structlog
from django.core.cache import cache

from content.models import Post
from tenants.context import current_tenant

BUSY = 20  # seconds; longer than any save takes

logger = structlog.get_logger(__name__)


def post_id_of(key: str) -> UUID | None:
    """The id of the post that the page with this key makes; None without a key. The key is the browser's
    word, so the restaurant is part of the id: nobody can take the id of another restaurant's post.
    """
    return uuid5(NAMESPACE_OID, f"composer:{current_tenant().pk}:{key}") if key else None


def recall(key: str) -> Post | None:
    """The post that this page made before."""
    made = post_id_of(key)
    return Post.objects.filter(pk=made).first() if made else None


@contextmanager
def alone(key: str) -> Iterator[bool]:
    """True for the first of two requests with one key; False for the other, while the first is at work."""
    name = f"composer-busy:{key}"
    first = not key or _ask("add", name, "1", BUSY) is not False
    try:
        yield first
    finally:
        if key and first:
            _ask("delete", name)


def _ask(verb: str, *arguments: Any) -> Any:
    try:
        return getattr(cache, verb)(*arguments)
    except Exception as error:  # whatever its client raises: no page depends on it
        logger.warning("composer_cache_unavailable", error=type(error).__name__)
        return None
