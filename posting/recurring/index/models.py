"""One row a repeating post. Its content stays in the restaurant's schema; here is only when to look at it."""

from django.db import models


class RecurringDue(models.Model):
    recurrence_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField()
    next_run_at = models.DateTimeField(null=True)  # empty: paused or over
    tries = models.PositiveSmallIntegerField(default=0)  # failed runs in a row

    class Meta:
        indexes = [
            models.Index(
                fields=["next_run_at"], condition=models.Q(next_run_at__isnull=False), name="recurring_due"
            ),
            models.Index(fields=["tenant_id"], name="recurring_tenant"),
        ]

    def __str__(self) -> str:
        return str(self.recurrence_id)
