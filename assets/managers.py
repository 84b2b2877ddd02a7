"""Reads of the library: what is on the shelf, filtered, searched and paged by key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q

if TYPE_CHECKING:
    from assets.models import Asset  # noqa: F401


class AssetQuerySet(models.QuerySet["Asset"]):
    def on_shelf(self) -> Self:
        """Everything not in the trash."""
        return self.filter(deleted_at__isnull=True)

    def kept(self) -> Self:
        """On the shelf or in the trash, not gone for good."""
        return self.filter(purged_at__isnull=True)

    def trashed(self) -> Self:
        return self.kept().filter(deleted_at__isnull=False)

    def usable(self) -> Self:
        """What may go into a post."""
        return self.on_shelf().filter(state="ready")

    def in_folders(self, folder_ids: Iterable[UUID]) -> Self:
        return self.filter(folder_id__in=list(folder_ids))

    def tagged(self, tags: Iterable[str]) -> Self:
        wanted = [tag for tag in tags if tag]
        return self.filter(tags__contains=wanted) if wanted else self

    def matching(self, text: str) -> Self:
        """Every word must occur in title, tags, dish, notes, alt text, credit or file name."""
        found = self
        for word in text.lower().split()[:8]:
            found = found.filter(haystack__contains=word)
        return found

    def turned(self, word: str) -> Self:
        """portrait, square or landscape (5 % around square counts as square)."""
        ratio = {
            "landscape": Q(width__gt=F("height") * 1.05),
            "portrait": Q(width__lt=F("height") * 0.95),
            "square": Q(width__lte=F("height") * 1.05, width__gte=F("height") * 0.95),
        }.get(word)
        return self.filter(ratio) if ratio is not None else self

    def newest_first(self, after: tuple[Any, ...] | None = None) -> Self:
        """Ordered by (-created_at, -id); `after` = (created_at, id) of the last one seen."""
        page = self.order_by("-created_at", "-id")
        if after:
            at, pk = after
            page = page.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=pk))
        return page

    def unused_first(self, after: tuple[Any, ...] | None = None) -> Self:
        """Never used first, then least used, newest within; `after` = (use_count, created_at, id)."""
        page = self.order_by("use_count", "-created_at", "-id")
        if after:
            uses, at, pk = after
            page = page.filter(
                Q(use_count__gt=uses)
                | Q(use_count=uses, created_at__lt=at)
                | Q(use_count=uses, created_at=at, id__lt=pk)
            )
        return page
