"""The same page sent twice (a double tap, a lost answer, a reload) makes one post.

Each empty composer carries a key; the post made from it is remembered under that key for some hours. It is a
convenience kept in the cache: without Redis a double tap may leave a second draft, and nothing else changes
(that one post is scheduled twice on one channel is refused by posting.services.schedule itself).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from django.core.cache import cache

from content.models import Post

LIFE = 6 * 3600  # seconds
BUSY = 20  # seconds; longer than any save takes

logger = structlog.get_logger(__name__)


def remember(key: str, post: Post) -> None:
    if key:
        _ask("set", f"composer-key:{key}", str(post.pk), LIFE)


def recall(key: str) -> Post | None:
    """The post that this page made before."""
    made = _ask("get", f"composer-key:{key}") if key else None
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
