"""Why a connection or channel is not well, in plain words, and how the whole follows from its parts. Pure.

Reasons are stored by their key; the sentences may change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from social.registry.models import Platform


@dataclass(frozen=True, slots=True)
class Reason:
    """`short` stands beside a state, `sentence` explains it; `ask` is Facebook's auth_type for the way
    back.
    """

    short: Any
    sentence: Any
    ask: str = ""
    revoked: bool = False  # taken away on purpose, in contrast to lapsed


REASONS: dict[str, Reason] = {
    "expired": Reason(
        _("Access has ended"),
        _("Facebook's access for us has ended, as it does after about 60 days without a visit."),
    ),
    "expiring": Reason(_("Access ends soon"), _("Facebook's access for us ends soon. Reconnect to go on.")),
    "password": Reason(
        _("Password changed"),
        _("The Facebook password was changed, which ends all access. Reconnect with the new one."),
    ),
    "logged_out": Reason(_("Logged out"), _("Facebook ended the session of the person who connected.")),
    "checkpoint": Reason(
        _("Facebook wants a check"),
        _(
            "Facebook has locked the login until the person confirms who they are. Open Facebook "
            "first, then reconnect."
        ),
    ),
    "unconfirmed": Reason(
        _("Account not confirmed"),
        _("The Facebook account is not confirmed yet. Open Facebook, confirm it, then reconnect."),
    ),
    "removed": Reason(
        _("Access was removed"),
        _("Our access was removed in Facebook's settings. Reconnect if that was not meant."),
        revoked=True,
    ),
    "role_lost": Reason(
        _("No longer an admin"),
        _("The person who connected no longer has a role on this Page. Somebody who has must reconnect it."),
    ),
    "page_missing": Reason(
        _("Page not shared"),
        _(
            "This Page was not ticked, or is no longer available to the person who connected. "
            "Reconnect and tick it."
        ),
        "rerequest",
    ),
    "unlinked": Reason(
        _("No longer linked"),
        _(
            "This Instagram account is no longer linked to its Facebook Page. Link it in Facebook, "
            "then reconnect."
        ),
    ),
    "task_missing": Reason(
        _("May not post"),
        _(
            "The person who connected may not create posts on this Page. Ask a Page admin for full "
            "access, then reconnect."
        ),
    ),
    "permission": Reason(
        _("Permission missing"),
        _("Facebook says we may not do this. Reconnect and allow everything it asks for."),
        "rerequest",
    ),
    "data_access": Reason(
        _("Facebook wants you back"),
        _("After 90 days without a visit, Facebook stops showing us Instagram data. Reconnect to renew it."),
        "reauthorize",
    ),
    "data_access_soon": Reason(
        _("Facebook wants you back soon"),
        _("Facebook wants to hear from you every 90 days, and that day is near. Reconnect to renew."),
        "reauthorize",
    ),
    "other_app": Reason(
        _("Not our access"), _("This access belongs to another app. Reconnect to replace it."), revoked=True
    ),
    "unreadable": Reason(
        _("Access cannot be opened"),
        _("The stored access cannot be opened any more. Reconnect to replace it."),
    ),
    "deleted": Reason(
        _("Deleted on request"),
        _("The person who connected asked Facebook to have their data deleted here."),
        revoked=True,
    ),
    "disconnected": Reason(_("Disconnected"), _("Disconnected here."), revoked=True),
    "invalid": Reason(
        _("Access not accepted"), _("Facebook no longer accepts our access. Reconnect to go on.")
    ),
}
UNKNOWN = Reason(_("Reconnect needed"), _("Facebook no longer accepts our access. Reconnect to go on."))


def explain(reason: str) -> Reason:
    return REASONS.get(reason, UNKNOWN)


def ends_at(
    expires_at: datetime | None, data_access_expires_at: datetime | None, platforms: Iterable[str]
) -> tuple[datetime | None, str]:
    """When this connection stops being of use, and by which clock ("expired" or "data_access").

    The 90-day data access concerns Instagram's permissions only; those of Pages do not lapse by it.
    https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived (data access)
    """
    ends = [(expires_at, "expired")] if expires_at else []
    if data_access_expires_at and Platform.INSTAGRAM in set(platforms):
        ends.append((data_access_expires_at, "data_access"))
    return min(ends, default=(None, ""))


def judge_time(
    *,
    expires_at: datetime | None,
    data_access_expires_at: datetime | None,
    platforms: Iterable[str],
    warn_days: int,
    now: datetime,
) -> tuple[str, str]:
    """(state, reason) as far as the clocks decide: healthy, expiring, or needs_reconnect."""
    end, clock = ends_at(expires_at, data_access_expires_at, platforms)
    if end is None:
        return "healthy", ""
    if end <= now:
        return "needs_reconnect", clock
    if end <= now + timedelta(days=warn_days):
        return "expiring", "data_access_soon" if clock == "data_access" else "expiring"
    return "healthy", ""
