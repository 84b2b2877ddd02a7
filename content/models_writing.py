"""What was asked of the model and what it cost. Part of content.models, from where it is imported."""

import uuid
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from content.rows import Row
from content.words import (
    Kind,
    Platform,
    Source,
    State,
    Tone,
    WritingMode,
)


class GenerationQuerySet(models.QuerySet["Generation"]):
    def recent(self) -> "GenerationQuerySet":
        return self.order_by("-created_at", "-id")

    def takeable(self, now: Any) -> "GenerationQuerySet":
        """Waiting for a worker: never begun, put off until now, or left by a worker that died."""
        return self.filter(
            Q(state=State.PENDING, next_action_at__lte=now) | Q(state=State.CLAIMED, lease_until__lt=now)
        )


class Generation(Row):
    """One piece of writing asked for: the brief, how it was answered, what it cost and who used it.

    The exchanges with the model (usually one, more after a repair) hang below as `Exchange` rows.
    """

    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.CAPTION)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    platform = models.CharField(max_length=16, choices=Platform.choices)
    tone = models.CharField(max_length=16, choices=Tone.choices)
    brief = models.JSONField()  # content.brief.Brief as data: frozen when asked, so a re-run asks the same
    mode = models.CharField(max_length=12, choices=WritingMode.choices, default=WritingMode.AI)
    menu_item = models.ForeignKey(
        "content.MenuItem", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    asset_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    post = models.ForeignKey(
        "content.Post", null=True, blank=True, on_delete=models.SET_NULL, related_name="generations"
    )
    used_by = models.ForeignKey(
        "content.Post", null=True, blank=True, on_delete=models.SET_NULL, related_name="written_by"
    )

    # Somebody looks on: the answer is asked for as a stream, and what has come so far is kept in `partial`.
    watched = models.BooleanField(default=False, db_default=False)
    # Captions so far, not yet checked; empty once answered.
    partial = models.JSONField(default=list, blank=True, db_default=models.Value([], models.JSONField()))
    variants = models.JSONField(default=list, blank=True)  # content.drafting.Variant as data
    source = models.CharField(max_length=8, choices=Source.choices, blank=True)
    reason = models.CharField(
        max_length=24, blank=True
    )  # content.words.Why: why templates wrote, or why it failed
    outcome = models.CharField(max_length=24, blank=True)
    model = models.CharField(max_length=120, blank=True)
    prompt_version = models.CharField(max_length=120, blank=True)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))  # US dollars
    latency_ms = models.PositiveIntegerField(default=0)

    attempts = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_action_at = models.DateTimeField()
    patience_until = models.DateTimeField()  # after this templates answer instead of another try
    answered_at = models.DateTimeField(null=True, blank=True)
    created_by = models.CharField(max_length=200)
    created_by_id = models.CharField(max_length=64, blank=True)

    objects = GenerationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=State.values), name="content_generation_state_known"
            ),
            models.CheckConstraint(
                condition=Q(platform__in=Platform.values), name="content_generation_platform_known"
            ),
            models.CheckConstraint(condition=Q(tone__in=Tone.values), name="content_generation_tone_known"),
            models.CheckConstraint(
                condition=Q(state=State.CLAIMED, lease_until__isnull=False)
                | (~Q(state=State.CLAIMED) & Q(lease_until__isnull=True)),
                name="content_generation_claim_has_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.ANSWERED)
                | (Q(source__in=Source.values, answered_at__isnull=False) & ~Q(variants=[])),
                name="content_generation_answer_is_there",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.FAILED) | ~Q(reason=""), name="content_generation_failure_has_reason"
            ),
            models.CheckConstraint(condition=Q(cost__gte=0), name="content_generation_cost_not_negative"),
        ]
        indexes = [
            models.Index("created_at", "id", name="content_generation_order"),
            models.Index(
                "next_action_at",
                condition=Q(state__in=[State.PENDING, State.CLAIMED]),
                name="content_generation_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Exchange(models.Model):
    """One call to the model, exactly as sent and received (the key masked). Append-only but for its answer.

    The row is committed before the bytes leave; so an exchange without an answer means "may have been
    charged", and its reservation counts as spent.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="exchanges")
    number = models.PositiveSmallIntegerField()
    purpose = models.CharField(max_length=12)  # write | repair | rewrite
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)
    request = models.JSONField()  # {"method", "url", "headers": [[k, v]], "body": text}
    response = models.JSONField(
        null=True, blank=True
    )  # {"status", "headers", "body": text} as far as it came
    error = models.CharField(
        max_length=24, blank=True
    )  # content.writer error code; empty after a good answer
    error_text = models.TextField(blank=True)
    model = models.CharField(max_length=120)
    reserved = models.DecimalField(max_digits=12, decimal_places=6)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))
    settled = models.BooleanField(default=False)
    forgotten_at = models.DateTimeField(null=True, blank=True)  # request and response were dropped by age
    latency_ms = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["generation", "number"], name="content_exchange_number_once"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, cost__gte=0), name="content_exchange_money_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.number}"


class SpendMonth(models.Model):
    """What the AI cost this restaurant in one calendar month (UTC), and what running calls may still cost.

    The row is also the lock under which concurrent requests are counted: `money.reserve` updates it with
    the limit in the WHERE clause, so any number of parallel requests cannot pass the budget together.
    """

    month = models.DateField(primary_key=True)  # first day
    spent = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))
    reserved = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))
    calls = models.PositiveIntegerField(default=0)
    wait_until = models.DateTimeField(null=True, blank=True)  # the vendor's Retry-After

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(spent__gte=0, reserved__gte=0), name="content_spendmonth_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.spent}"
