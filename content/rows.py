"""What all rows of this room have in common."""

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Row(models.Model):
    """UUID key, and the times every list is ordered by."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True


def words(**kwargs: Any) -> ArrayField:
    return ArrayField(models.CharField(max_length=300), default=list, blank=True, **kwargs)
