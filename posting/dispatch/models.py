"""The delivery engine's memory, in the public schema: one query finds what is due in any restaurant.

Content and tokens stay in the restaurant's schema. Rows are changed only through posting/dispatch/outcomes
(which asks the engine); a trigger lets nothing but legal moves and fence + 1 through.
"""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from posting.dispatch.terms import Class, Comment
from posting.states import ASKING, State
from posting.surfaces import SURFACES, Kind


class Due(models.Model):
    """ "This restaurant's publication must move at this time." One row for each version of a publication."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant_id = models.UUIDField()
    schema_name = models.CharField(max_length=63)
    publication_id = models.UUIDField()
    version = models.PositiveIntegerField()
    channel_id = models.UUIDField()
    platform = models.CharField(max_length=10)
    channel_remote_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=20)
    media_count = models.PositiveSmallIntegerField(default=0)
    steps = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    arm_at = models.DateTimeField()
    not_after = models.DateTimeField()

    state = models.CharField(max_length=12, default=State.SCHEDULED)
    step = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    intent_at = models.DateTimeField(null=True)  # when the call under this fence was decided
    lease_owner = models.CharField(max_length=64, default="")
    next_action_at = models.DateTimeField(null=True)
    objects_made = models.JSONField(default=list)
    remote_object_id = models.CharField(max_length=128, default="")
    object_at = models.DateTimeField(null=True)
    remote_media_id = models.CharField(max_length=128, default="")
    permalink = models.TextField(default="")
    tries = models.PositiveIntegerField(default=0)
    crash_count = models.PositiveSmallIntegerField(default=0)
    rebuilds = models.PositiveSmallIntegerField(default=0)
    negative_reads = models.PositiveSmallIntegerField(default=0)
    first_negative_at = models.DateTimeField(null=True)
    flips = models.PositiveSmallIntegerField(default=0)
    flip_intent_at = models.DateTimeField(null=True)
    doubt_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    evidence = models.JSONField(default=dict)
    reason_code = models.CharField(max_length=40, default="")
    measure_at = models.DateTimeField(null=True)  # when its numbers are read next (posting.insights)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    comment = models.CharField(max_length=10, default="", db_default="", blank=True)  # terms.Comment
    comment_sends = models.PositiveSmallIntegerField(default=0, db_default=0)
    check_at = models.DateTimeField(null=True)  # when it is looked at ahead of its moment (posting.preflight)

    class Meta:
        verbose_name = "due post"
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "publication_id", "version"], name="due_version_once"
            ),
            # At most one living row of a publication, and none beside a published one.
            models.UniqueConstraint(
                fields=["publication_id"], condition=~Q(state=State.CANCELLED), name="due_one_living"
            ),
            models.UniqueConstraint(
                fields=["platform", "remote_object_id"],
                condition=~Q(remote_object_id=""),
                name="due_object_once",
            ),
            models.UniqueConstraint(
                fields=["platform", "remote_media_id"],
                condition=~Q(remote_media_id=""),
                name="due_media_once",
            ),
            models.UniqueConstraint(
                fields=["channel_id"], condition=Q(state=State.FLIPPING), name="due_one_flip_a_channel"
            ),
            models.CheckConstraint(condition=Q(state__in=[*State]), name="due_state_known"),
            models.CheckConstraint(condition=Q(kind__in=[*Kind]), name="due_kind_known"),
            models.CheckConstraint(
                condition=Q(arm_at__lte=F("due_at")) & Q(due_at__lt=F("not_after")), name="due_times_in_order"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.PROCESSING, State.ARMED, State.FLIPPING, State.VERIFYING])
                | ~Q(remote_object_id=""),
                name="due_armed_needs_object",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.PUBLISHED) | (Q(published_at__isnull=False) & ~Q(evidence={})),
                name="due_published_needs_evidence",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.FLIPPING)
                | (Q(lease_until__isnull=False) & Q(flip_intent_at__isnull=False) & Q(flips__gt=0)),
                name="due_flip_needs_intent",
            ),
            # After a flip was sent only that object may ever become visible: nothing is made anew.
            models.CheckConstraint(
                condition=~Q(state__in=[State.SCHEDULED, State.PREPARING, State.PROCESSING]) | Q(flips=0),
                name="due_flipped_object_is_for_life",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.VERIFYING) | Q(doubt_at__isnull=False), name="due_doubt_has_time"
            ),
            models.CheckConstraint(condition=Q(flips__lte=5), name="due_few_flips"),
            models.CheckConstraint(
                condition=Q(comment__in=["", Comment.WANTED])
                | Q(comment__in=[Comment.SENDING, Comment.DONE, Comment.GIVEN_UP], state=State.PUBLISHED),
                name="due_comment_after_publishing",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(ASKING)) | ~Q(reason_code=""), name="due_asking_needs_reason"
            ),
        ]
        indexes = [
            *(
                models.Index(
                    fields=["next_action_at"],
                    condition=Q(state=state, lease_until__isnull=True, next_action_at__isnull=False),
                    name=f"due_ready_{state}"[:30],
                )
                for state in (
                    State.SCHEDULED,
                    State.PREPARING,
                    State.PROCESSING,
                    State.ARMED,
                    State.VERIFYING,
                    State.PUBLISHED,
                )
            ),
            models.Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="due_leases"),
            models.Index(fields=["measure_at"], condition=Q(measure_at__isnull=False), name="due_measure"),
            models.Index(fields=["check_at"], condition=Q(check_at__isnull=False), name="due_check"),
            models.Index(fields=["channel_id", "due_at"], name="due_channel"),
            # Housekeeping takes the oldest, the library asks who posted in the last minutes.
            models.Index(
                fields=["updated_at"],
                condition=Q(state__in=[State.PUBLISHED, State.CANCELLED]),
                name="due_finished",
            ),
            models.Index(fields=["tenant_id", "state"], name="due_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.publication_id} v{self.version}"


class Attempt(models.Model):
    """One call outward and what came back. Append-only: a trigger refuses UPDATE and DELETE."""

    id = models.BigAutoField(primary_key=True)
    due_id = models.UUIDField()
    tenant_id = models.UUIDField()
    publication_id = models.UUIDField()
    channel_id = models.UUIDField()
    fence = models.PositiveBigIntegerField()
    call = models.CharField(max_length=10)
    step = models.PositiveSmallIntegerField(default=0)
    request = models.CharField(max_length=200, default="")  # "POST /{page}/feed", never a token
    request_digest = models.CharField(max_length=64, default="")
    intent_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)  # null: the request certainly never left
    outcome_at = models.DateTimeField()
    klass = models.CharField(max_length=10, choices=[(str(c), str(c)) for c in Class])
    finding = models.CharField(max_length=12, default="")
    http = models.PositiveSmallIntegerField(null=True)
    code = models.IntegerField(null=True)
    subcode = models.IntegerField(null=True)
    message = models.TextField(default="")
    fbtrace_id = models.CharField(max_length=64, default="")
    object_id = models.CharField(max_length=128, default="")
    stale = models.BooleanField(default=False)  # it came back after its lease was taken over

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["publication_id", "id"], name="attempt_publication"),
            models.Index(fields=["due_id", "fence"], name="attempt_due"),
        ]

    def __str__(self) -> str:
        return f"{self.call} {self.klass} #{self.fence}"


class ChannelSlot(models.Model):
    """One row a channel. Locked (SKIP LOCKED) by whoever flips, so a channel has one flip in flight."""

    channel_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField()
    schema_name = models.CharField(max_length=63)
    platform = models.CharField(max_length=10)
    remote_id = models.CharField(max_length=64)
    token_ok = models.BooleanField(default=True)
    paused = models.BooleanField(default=False)
    cooldown_until = models.DateTimeField(null=True)
    last_flip_at = models.DateTimeField(null=True)
    quota_used = models.PositiveIntegerField(null=True)
    quota_total = models.PositiveIntegerField(null=True)
    quota_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant_id"], name="slot_tenant")]

    def __str__(self) -> str:
        return f"{self.platform} {self.remote_id}"


class AppGate(models.Model):
    """One row for the platform: may anything go out, how tired is Meta of us, which database is this."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    enabled = models.BooleanField(default=True)
    reason = models.TextField(default="")
    closed_until = models.DateTimeField(null=True)
    usage = models.PositiveSmallIntegerField(default=0)  # percent, the highest Meta reported lately
    usage_at = models.DateTimeField(null=True)
    # After a restore or failover these differ from the server's own: everything is reconciled first.
    system_identifier = models.CharField(max_length=24, default="")
    timeline = models.PositiveIntegerField(default=0)
    last_claim_at = models.DateTimeField(null=True)
    last_claim_by = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="gate_is_one")]

    def __str__(self) -> str:
        return "open" if self.enabled else "closed"


assert set(SURFACES) == set(Kind)  # a kind without a surface could never be delivered
