"""Why a publication is where it is, in the owner's words, and the one button that solves it.

A reason is stored as a code with parameters and put into words when it is read, so it follows the reader's
language. "graph:36003:2207009" is Meta's own (code, subcode): its sentence comes from social.graph.rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from social.graph import Fix as GraphFix
from social.graph.rules import find


class Fix(StrEnum):
    """The one button beside a reason. Pages decide where it leads."""

    RECONNECT = "reconnect"  # to the channels page, then the post goes on by itself
    TRY_AGAIN = "try_again"  # services.retry
    RESCHEDULE = "reschedule"  # choose a new time, or now
    EDIT = "edit"  # to the composer: photo, words or link must change
    ANSWER = "answer"  # services.answer_doubt: it is there / post it again / let it go
    DISH = "dish"  # the dish is back on the menu, then the post goes on by itself
    ACCOUNT = "account"  # something to do inside Facebook or Instagram, then try again


@dataclass(frozen=True, slots=True)
class Reason:
    sentence: Promise
    fix: Fix | None = None


FIX_LABEL: dict[Fix, Promise] = {
    Fix.RECONNECT: _("Reconnect"),
    Fix.TRY_AGAIN: _("Try again"),
    Fix.RESCHEDULE: _("Choose a new time"),
    Fix.EDIT: _("Edit post"),
    Fix.ANSWER: _("Have a look"),
    Fix.DISH: _("The dish is back"),
    Fix.ACCOUNT: _("Try again"),
}

REASONS: dict[str, Reason] = {
    # stopped until a person chooses
    "token": Reason(
        _("The connection to this account has ended. Reconnect it and the post goes out."), Fix.RECONNECT
    ),
    "deadline": Reason(
        _("It could not go out before its deadline, so it was not sent late."), Fix.RESCHEDULE
    ),
    "refused": Reason(_("Facebook refused this post."), Fix.EDIT),
    "media": Reason(_("Facebook could not use the photo or video."), Fix.EDIT),
    "media_missing": Reason(_("A photo of this post is no longer in the library."), Fix.EDIT),
    "crashes": Reason(
        _("Sending was interrupted several times. Nothing was posted as far as we can see."), Fix.TRY_AGAIN
    ),
    "rebuilds": Reason(
        _("The post was prepared several times and Facebook lost a part of it each time."), Fix.TRY_AGAIN
    ),
    "no_readback": Reason(
        _("Facebook gave no clear answer, and stories cannot be looked up. Please look whether it is there."),
        Fix.ANSWER,
    ),
    "unclear_for_long": Reason(
        _("For a day Facebook gave no clear answer whether this post is out. Please look at your page."),
        Fix.ANSWER,
    ),
    "gone": Reason(_("Facebook no longer shows us this post. Please look at your page."), Fix.ANSWER),
    "never_shows": Reason(
        _("We sent this post several times and it does not appear. Please look at your page."),
        Fix.ANSWER,
    ),
    "token_in_doubt": Reason(
        _("The connection ended just while this post went out. Reconnect and we look whether it is there."),
        Fix.RECONNECT,
    ),
    "channel_gone": Reason(_("This account is no longer connected here."), Fix.RECONNECT),
    "posted_before": Reason(
        _("Facebook says this was posted just before. Please look at your page."), Fix.ANSWER
    ),
    "restored": Reason(
        _(
            "Our system was restored from a backup. If this post is not on your page yet, send it again;"
            " if it is, take it back here."
        ),
        Fix.TRY_AGAIN,
    ),
    "dish_gone": Reason(
        _("A dish of this post is sold out. The post waits until the dish is back, or you change the words."),
        Fix.DISH,
    ),
    # on the way
    "made": Reason(_("Scheduled.")),
    "rescheduled": Reason(_("A new time was chosen.")),
    "edited": Reason(_("The post was changed.")),
    "retried": Reason(_("Somebody chose to try again.")),
    "dish_back": Reason(_("The dish is back.")),
    "resumed": Reason(_("The account is connected again.")),
    "cancelled": Reason(_("Taken back.")),
    "superseded": Reason(_("Replaced by a newer version.")),
    "closed": Reason(_("The restaurant was closed.")),
    "let_go": Reason(_("The owner let it go.")),
    "throttled": Reason(_("Facebook asked us to slow down. We go on by ourselves.")),
    "expired": Reason(_("The prepared post grew too old. It was prepared again.")),
    "grew_old": Reason(_("The prepared post grew too old. It was prepared again.")),
    "incomplete": Reason(_("A photo was missing from the prepared post. It was prepared again.")),
    "no_answer": Reason(_("No answer came back. We look whether it is out before anything else.")),
    "unclear": Reason(_("Facebook's answer was unclear. We look whether it is out before anything else.")),
    "not_visible": Reason(_("It is not visible yet. The same prepared post is sent again.")),
    "recheck": Reason(_("Looking again.")),
    # done
    "late": Reason(_("It went out late.")),
    "short": Reason(_("It is out, but Facebook shows fewer photos than were sent.")),
    "video_broken": Reason(
        _("It is out, but Facebook could not process its video. Please look at your page.")
    ),
    "commented": Reason(_("The first comment was written.")),
    "comment_refused": Reason(
        _("It is out, but its first comment was refused. You can write it on the page yourself.")
    ),
    "comment_unclear": Reason(
        _("It is out, but we could not make sure of its first comment. Please look at your page.")
    ),
    "comment_late": Reason(_("It is out; its first comment would have come hours later and was left out.")),
}

_GRAPH_FIX: dict[GraphFix, Fix] = {
    GraphFix.RECONNECT: Fix.RECONNECT,
    GraphFix.PERMISSION: Fix.RECONNECT,
    GraphFix.PHOTO: Fix.EDIT,
    GraphFix.VIDEO: Fix.EDIT,
    GraphFix.CAPTION: Fix.EDIT,
    GraphFix.LINK: Fix.EDIT,
    GraphFix.TAGS: Fix.EDIT,
    GraphFix.WAIT: Fix.RESCHEDULE,
    GraphFix.CHECK: Fix.ANSWER,
    GraphFix.ACCOUNT: Fix.ACCOUNT,
    GraphFix.SUPPORT: Fix.TRY_AGAIN,
    GraphFix.NONE: Fix.TRY_AGAIN,
}


def graph_code(code: int | None, subcode: int | None) -> str:
    """The reason code of one of Meta's errors (fits the 40 characters of the column)."""
    return f"graph:{'' if code is None else code}:{'' if subcode is None else subcode}"


def _graph(code: str) -> tuple[int | None, int | None]:
    _, number, sub = code.split(":")
    return (int(number) if number else None, int(sub) if sub else None)


def sentence(code: str, params: Mapping[str, Any] | None = None) -> str:
    """The owner's sentence of a reason code; "" for none."""
    if code.startswith("graph:"):
        return str(find(*_graph(code)).sentence)
    reason = REASONS.get(code)
    return str(reason.sentence) % dict(params or {}) if reason else ""


def fix(code: str) -> Fix | None:
    """The one button of a reason code, if a person can do something about it."""
    if code.startswith("graph:"):
        return _GRAPH_FIX[find(*_graph(code)).fix]
    reason = REASONS.get(code)
    return reason.fix if reason else None
