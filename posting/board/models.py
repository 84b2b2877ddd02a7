"""The secret addresses of a restaurant's calendar feed."""

import uuid

from django.db import models
from django.db.models import Q


class FeedLink(models.Model):
    """One address; the newest that is not revoked works. The secret follows from the row's id and our key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=Q(revoked_at=None), name="feedlink_one_works"),
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d}"
