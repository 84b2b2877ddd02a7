"""What the API's create and schedule mean: words and pictures become a post, the post becomes publications."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assets.services import store_from_url
from content.checks import check_post
from content.models import Post
from content.services import compose_post
from posting import services
from posting.models import Publication
from posting.slots.services import schedule_next
from social.models import Channel
from tenants import idempotency
from tenants.access import Actor
from tenants.errors import Refused


def find_channels(*, account_ids: Sequence[UUID], platform: str = "") -> list[Channel]:
    """The named channels in the order named; refused when one is not this restaurant's or off its platform."""
    if not account_ids:
        raise Refused(_("Say where: account_id or account_ids."), code="account_missing", field="account_id")
    found = {
        channel.pk: channel
        for channel in Channel.objects.filter(pk__in=account_ids).exclude(state="disconnected")
    }
    missing = [str(wanted) for wanted in account_ids if wanted not in found]
    if missing:
        raise Refused(
            _(
                "There is no connected account %(ids)s in this restaurant. GET /tenants/{id}/accounts lists them."
            )
            % {"ids": ", ".join(missing)},
            code="account_unknown",
            field="account_id",
        )
    channels = [found[wanted] for wanted in dict.fromkeys(account_ids)]
    if platform and any(channel.platform != platform for channel in channels):
        raise Refused(
            _(
                "platform is %(platform)s, but one of the accounts is not. Leave platform out or name other accounts."
            )
            % {"platform": platform},
            code="platform_mismatch",
            field="platform",
        )
    return channels


def create_post(
    *,
    account_ids: Sequence[UUID],
    platform: str = "",
    caption: str = "",
    captions: Mapping[str, str] | None = None,
    asset_ids: Sequence[UUID] = (),
    image_url: str = "",
    link: str = "",
    publish_at: datetime | None = None,
    next_slot: bool = False,
    draft: bool = False,
    extras: Mapping[str, Any] | None = None,
    by: Actor,
    now: datetime,
) -> tuple[Post, list[Publication]]:
    """Compose and (unless `draft`) schedule in one transaction: a refusal leaves nothing behind.

    `extras`: first_comment, place, alt_texts and people, as compose_post takes them.
    """
    channels = [] if draft and not account_ids else find_channels(account_ids=account_ids, platform=platform)
    if image_url:
        fetched = idempotency.outside("image", lambda: store_from_url(url=image_url, by=by, now=now).pk)
        asset_ids = [*asset_ids, fetched]
    with transaction.atomic():
        post = compose_post(
            caption=caption,
            captions=captions,
            asset_ids=asset_ids,
            link=link,
            **(extras or {}),
            by=by,
            now=now,
        )
        if draft:
            return post, []
        if next_slot:
            return post, schedule_next(post=post, channels=channels, by=by, now=now)
        return post, services.schedule(post=post, channels=channels, publish_at=publish_at, by=by, now=now)


def schedule_post(
    *,
    post_id: UUID,
    account_ids: Sequence[UUID],
    publish_at: datetime | None,
    next_slot: bool = False,
    by: Actor,
    now: datetime,
) -> tuple[Post, list[Publication]]:
    """Schedule a draft made earlier, at a moment or (`next_slot`) at each account's next free weekly time."""
    post = Post.objects.filter(pk=post_id).first()
    if post is None:
        raise Refused(
            _("There is no such post in this restaurant."), code="post_unknown", field="post_id", status=404
        )
    channels = find_channels(account_ids=account_ids)
    if next_slot:
        return post, schedule_next(post=post, channels=channels, by=by, now=now)
    return post, services.schedule(post=post, channels=channels, publish_at=publish_at, by=by, now=now)


@dataclass(frozen=True, slots=True)
class Warned:
    """What the composer would have shown and did not stop. `other`: what the new post meets, if it meets one."""

    code: str
    sentence: str
    field: str
    account_id: UUID | None = None
    other: Publication | None = None


def warnings(post: Post, publications: Sequence[Publication], *, now: datetime) -> list[Warned]:
    """Of a post that was just scheduled: the same thing or another one planned there (services.clashes, at each
    publication's own time), then what is doubtful about its words and pictures, and whether they repeat.
    """
    times: dict[datetime, list[Channel]] = {}
    for made in publications:
        times.setdefault(made.publish_at, []).append(made.channel)
    found = [
        Warned(f"clash_{one.code}", one.sentence, "publish_at", one.publication.channel_id, one.publication)
        for at, channels in times.items()
        for one in services.clashes(post=post, channels=channels, publish_at=at, now=now)
    ]
    found.sort(key=lambda one: one.code != "clash_same")
    if publications:
        platforms = list(dict.fromkeys(made.platform for made in publications))
        found += [
            Warned(problem.code, str(problem.sentence), problem.field)
            for problem in check_post(post, platforms, moment=min(made.publish_at for made in publications))
            if problem.level == "warning" or problem.code == "repeats"
        ]
    return found
