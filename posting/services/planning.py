"""A post becomes publications: checked, frozen, and put in line in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from content.checks import check_post
from content.models import Post
from content.words import Approval
from posting.dispatch.models import ChannelSlot, Due
from posting.dispatch.terms import Comment
from posting.models import Publication, Transition
from posting.snapshot import snapshot_of
from posting.surfaces import Surface
from social.models import Channel
from tenants.access import Actor
from tenants.context import current_tenant
from tenants.errors import Refused

DEADLINE = timedelta(hours=2)  # unless the owner says otherwise
SHORTEST_DEADLINE = timedelta(minutes=2)
FARTHEST = timedelta(days=366)
LOOK_AHEAD = timedelta(minutes=2)  # what goes out sooner is tried at once, and says so itself
_PAST_SLACK = timedelta(minutes=5)  # a form filled in slowly still means "now"


def schedule(
    *,
    post: Post,
    channels: Iterable[Channel],
    publish_at: datetime | None = None,
    not_after: datetime | None = None,
    again: bool = False,
    by: Actor,
    now: datetime,
) -> list[Publication]:
    """One Publication and one Due row a channel, in one transaction; the content is frozen.

    `publish_at` None means now. `not_after` is when it is better not sent at all (default two hours late).
    A post that already stands or is planned on a channel is refused unless `again`: a form sent twice must
    not publish twice. Refused (nothing is written) with the reason and what to do.
    """
    channels = list(channels)
    if not channels:
        raise Refused(_("Choose where it should appear."), code="channel_missing", field="channels")
    at = moment(publish_at, now)
    limit = deadline(at, not_after)
    with transaction.atomic():
        locked = Post.objects.select_for_update().filter(pk=post.pk).first()
        if locked is None:
            raise Refused(_("This post was deleted in the meantime."), code="gone", status=410)
        post = locked
        _may_go_out(post)
        check_plan(post, at)
        made = [_make(post, channel, at, limit, again=again, by=by, now=now) for channel in usable(channels)]
        check_words(post, [channel.platform for channel in channels], at)
        wake_publishers()
    return made


def moment(publish_at: datetime | None, now: datetime) -> datetime:
    if publish_at is None:
        return now
    if publish_at.tzinfo is None:
        raise Refused(_("The time needs a time zone."), code="time_zone", field="publish_at")
    if publish_at < now - _PAST_SLACK:
        raise Refused(_("This time has passed. Choose a later one, or now."), code="past", field="publish_at")
    if publish_at > now + FARTHEST:
        raise Refused(_("Choose a time within a year from now."), code="too_far", field="publish_at")
    return max(publish_at.astimezone(UTC), now)


def deadline(at: datetime, not_after: datetime | None) -> datetime:
    if not_after is None:
        return at + DEADLINE
    if not_after < at + SHORTEST_DEADLINE:
        raise Refused(
            _("The latest time must be at least two minutes after the planned one."),
            code="deadline",
            field="not_after",
        )
    return not_after


def _may_go_out(post: Post) -> None:
    if post.approval == Approval.NEEDS_APPROVAL:
        raise Refused(
            _("This post waits for approval: approve it in the calendar."),
            code="needs_approval",
            fix="approve",
            status=409,
        )


def check_words(post: Post, platforms: Sequence[str], at: datetime) -> None:
    """The same judgement as the composer's: its errors stop a post from wherever it comes."""
    for problem in check_post(post, platforms, moment=at):
        if problem.level == "error":
            raise Refused(str(problem.sentence), code=problem.code, field=problem.field)


def usable(channels: Sequence[Channel]) -> list[Channel]:
    for channel in channels:
        if channel.state in ("needs_reconnect", "disconnected"):
            raise Refused(
                _("%(name)s is not connected any more. Reconnect it, then schedule.")
                % {"name": channel.name},
                code="channel_disconnected",
                field="channels",
                fix="reconnect",
                status=409,
            )
    return list({channel.pk: channel for channel in channels}.values())


def check_plan(post: Post, at: datetime) -> None:
    """Posts, not publications, count; the day is the restaurant's own."""
    tenant = current_tenant()
    most = settings.POST_LIMITS[tenant.plan]
    start = tenant.local(at).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    end = (start + timedelta(days=1)).astimezone(UTC)
    with connection.cursor() as cursor:  # two forms sent at once must not both find the last free place
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"posts a day {tenant.pk}"])
    used = (
        Publication.objects.living()
        .filter(publish_at__gte=start.astimezone(UTC), publish_at__lt=end)
        .exclude(post=post)
        .values("post")
        .distinct()
        .count()
    )
    if used >= most:
        raise Refused(
            _("Your plan allows %(most)d posts a day and that day is full. Choose another day.")
            % {"most": most},
            code="post_limit",
            field="publish_at",
            status=409,
        )


def _make(
    post: Post,
    channel: Channel,
    at: datetime,
    limit: datetime,
    *,
    again: bool,
    by: Actor,
    now: datetime,
) -> Publication:
    if not again and post.publications.living().filter(channel=channel).exists():
        raise Refused(
            _("This post is already planned or published on %(name)s.") % {"name": channel.name},
            code="already_there",
            field="channels",
            status=409,
        )
    snapshot, surface = snapshot_of(post, channel)
    tenant = current_tenant()
    publication = Publication.objects.create(
        post=post,
        channel=channel,
        kind=surface.kind,
        publish_at=at,
        local_at=wall(at),
        zone=tenant.timezone,
        not_after=limit,
        snapshot=snapshot,
        created_by=by.label,
        created_by_id=by.id,
        created_at=now,
        updated_at=now,
    )
    line_up(publication, channel, surface, now)
    log(publication, "", "made", by, now)
    return publication


def wall(at: datetime) -> str:
    return current_tenant().local(at).strftime("%Y-%m-%dT%H:%M")


def line_up(publication: Publication, channel: Channel, surface: Surface, now: datetime) -> None:
    """The Due row of this version, and the channel's slot if it has none yet."""
    tenant = current_tenant()
    ChannelSlot.objects.bulk_create(
        [
            ChannelSlot(
                channel_id=channel.pk,
                tenant_id=tenant.pk,
                schema_name=tenant.schema_name,
                platform=channel.platform,
                remote_id=channel.remote_id,
                paused=channel.state == "paused",
            )
        ],
        ignore_conflicts=True,
    )
    media = len(publication.snapshot["media"])
    # now, not arm_at: a row that is late to arm must be found at once, one that is early waits for arm_at.
    arm_at = min(max(publication.publish_at - surface.lead, now), publication.publish_at)
    Due.objects.create(
        tenant_id=tenant.pk,
        schema_name=tenant.schema_name,
        publication_id=publication.pk,
        version=publication.version,
        channel_id=channel.pk,
        platform=channel.platform,
        channel_remote_id=channel.remote_id,
        kind=surface.kind,
        media_count=media,
        steps=surface.steps(media),
        due_at=publication.publish_at,
        arm_at=arm_at,
        next_action_at=arm_at,
        not_after=publication.not_after,
        check_at=now if publication.publish_at > now + LOOK_AHEAD else None,
        comment=Comment.WANTED if publication.snapshot.get("comment") else Comment.NONE,
    )


def log(publication: Publication, old: str, reason: str, by: Actor, now: datetime) -> None:
    Transition.objects.create(
        publication=publication,
        version=publication.version,
        old=old,
        new=publication.state,
        reason_code=reason,
        by=by.label,
        at=now,
    )


def wake_publishers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('posting_due', '')")  # delivered when this transaction commits
