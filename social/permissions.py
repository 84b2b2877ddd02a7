"""What we ask Facebook for, and why, in the owner's words. Facebook Login names, never the
instagram_business_* ones (those belong to another product and another host).

https://developers.facebook.com/docs/permissions
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Permission:
    """`need` says for what it is indispensable: "" (good to have), "facebook", "instagram" or "both"."""

    scope: str
    why: Any
    without: Any
    need: str = ""


PERMISSIONS: tuple[Permission, ...] = (
    Permission(
        "pages_show_list",
        _("See the list of your Pages"),
        _("We cannot see your Pages, so there is nothing to choose from."),
        "both",
    ),
    Permission(
        "pages_read_engagement",
        _("Read your Page's posts and their likes"),
        _("We cannot check whether a post is out, so we must not post."),
        "both",
    ),
    Permission(
        "pages_manage_posts",
        _("Create posts on your Page"),
        _("We cannot post on Facebook."),
        "facebook",
    ),
    Permission(
        "pages_manage_metadata",
        _("Be told when something happens on your Page"),
        _("Likes and comments show up later than they could."),
    ),
    Permission(
        "pages_read_user_content",
        _("Read comments of your guests"),
        _("Comments are counted but not shown."),
    ),
    Permission(
        "pages_manage_engagement",
        _("Write the first comment below your posts"),
        _("First comments are not written on Facebook."),
    ),
    Permission("read_insights", _("Read your Page's figures"), _("Facebook figures stay empty.")),
    Permission(
        "business_management",
        _("See Pages that belong to a business portfolio"),
        _("Pages of a business portfolio are missing from the list."),
    ),
    Permission(
        "instagram_basic",
        _("See the Instagram account linked to your Page"),
        _("We cannot see your Instagram account."),
        "instagram",
    ),
    Permission(
        "instagram_content_publish",
        _("Create posts on Instagram"),
        _("We cannot post on Instagram."),
        "instagram",
    ),
    Permission(
        "instagram_manage_insights",
        _("Read your Instagram figures"),
        _("Instagram figures stay empty."),
    ),
    Permission(
        "instagram_manage_comments",
        _("Read comments on Instagram"),
        _("Instagram comments are counted but not shown."),
    ),
)
SCOPES: tuple[str, ...] = tuple(permission.scope for permission in PERMISSIONS)
BY_SCOPE = {permission.scope: permission for permission in PERMISSIONS}


def missing(granted: Iterable[str]) -> list[Permission]:
    """What we asked for and did not get, in the order we explain it."""
    had = set(granted)
    return [permission for permission in PERMISSIONS if permission.scope not in had]


def blocking(
    granted: Iterable[str], platform: str, granular: Mapping[str, Sequence[str]], ids: Collection[str]
) -> list[Permission]:
    """What is missing without which nothing can be posted to this place.

    `granular` names, per permission, the Pages and accounts it was restricted to (debug_token's
    granular_scopes; a permission that is not in it covers all). `ids` are the place's own: its Page's, and
    its Instagram account's.
    """
    lacking = {permission.scope for permission in missing(granted)}
    return [
        permission
        for permission in PERMISSIONS
        if permission.need in ("both", platform)
        and (
            permission.scope in lacking
            or (permission.scope in granular and not set(ids) & set(granular[permission.scope]))
        )
    ]


def granular_of(rows: Any) -> dict[str, list[str]]:
    """debug_token's granular_scopes as a mapping. A scope without target_ids covers everything and is left
    out.

    https://developers.facebook.com/docs/graph-api/reference/debug_token
    """
    found: dict[str, list[str]] = {}
    for row in rows if isinstance(rows, list) else []:
        targets = row.get("target_ids") if isinstance(row, dict) else None
        if isinstance(targets, list) and targets:
            found[str(row.get("scope", ""))[:100]] = [str(target)[:64] for target in targets]
    return found
