"""What each of Meta's error codes means for us, as data.

Sources: graph-api error handling guide, Instagram error code reference, and what public clients report (a
post that went live although the answer was 4/2207051 or HTTP 500). A code stands as REFUSED only where Meta
is known to refuse before doing anything; everything not listed is UNKNOWN, because a wrong "refused" is how
a restaurant posts twice. https://developers.facebook.com/docs/graph-api/guides/error-handling
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    """What one answer proves."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # definite: nothing was done
    UNKNOWN = "unknown"  # it may have been done; only a read may follow
    THROTTLED = "throttled"  # too much for now; nothing proves that it was not done
    TOKEN = "token"  # noqa: S105 - the token is dead; definite


class Fix(StrEnum):
    """The one button beside the sentence."""

    NONE = ""
    RECONNECT = "reconnect"
    PERMISSION = "permission"  # reconnect with auth_type=rerequest
    PHOTO = "photo"
    VIDEO = "video"
    CAPTION = "caption"
    LINK = "link"
    TAGS = "tags"
    WAIT = "wait"
    CHECK = "check"  # look at the page: it may be out already
    ACCOUNT = "account"  # something to do inside Facebook or Instagram
    SUPPORT = "support"  # our configuration


class Retry(StrEnum):
    NEVER = "never"
    SOON = "soon"  # seconds: not ready yet, or not visible yet
    LATER = "later"  # minutes to hours: the limits pass
    AFRESH = "afresh"  # with a new container or upload; the old one is lost and invisible


class Scope(StrEnum):
    """How much of our traffic one throttle stops."""

    NONE = ""
    APP = "app"
    USER = "user"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Rule:
    kind: Kind
    sentence: Any  # for the owner: what happened and what to do
    fix: Fix = Fix.NONE
    retry: Retry = Retry.NEVER
    scope: Scope = Scope.NONE
    reason: str = ""  # of a connection that must be connected anew: a key of social.health.REASONS


_TRY_LATER = _("Facebook had a problem of its own. We check what came of it and go on by ourselves.")
_BUSY = _("Facebook asked us to slow down for a while. We go on by ourselves.")
_PERMISSION = _("Facebook says we may not do this any more. Reconnect and allow everything it asks for.")
_VIDEO = _(
    "Facebook could not use this video: it may be too short, too long or too small for its kind. Choose another"
    " MP4 or MOV file, or post it as a video."
)
_PRODUCT_TAGS = _("The product tags were refused. Remove them and try again.")
_RESTRICTED = _(
    "Facebook has restricted this account. Open Facebook, follow what it asks for, then try again."
)
_DEAD = _("Facebook no longer accepts our access. Reconnect to go on.")
_UNEXPLAINED = _(
    "Facebook gave an answer we could not read. We check what came of it before doing anything else."
)


def _refused(sentence: Any, fix: Fix = Fix.NONE, retry: Retry = Retry.NEVER, reason: str = "") -> Rule:
    return Rule(Kind.REFUSED, sentence, fix, retry, reason=reason)


def _unknown(sentence: Any = _TRY_LATER, fix: Fix = Fix.CHECK, retry: Retry = Retry.SOON) -> Rule:
    return Rule(Kind.UNKNOWN, sentence, fix, retry)


def _busy(scope: Scope, sentence: Any = _BUSY) -> Rule:
    return Rule(Kind.THROTTLED, sentence, Fix.WAIT, Retry.LATER, scope)


def _dead(reason: str, sentence: Any = _DEAD) -> Rule:
    return Rule(Kind.TOKEN, sentence, Fix.RECONNECT, reason=reason)


UNEXPLAINED = _unknown(_UNEXPLAINED)

# Looked up as (code, subcode), then (any code, subcode), then (code, any subcode), then RANGES.
RULES: dict[tuple[int | None, int | None], Rule] = {
    # --- Meta's own trouble: the call may have been carried out
    (-1, None): _unknown(),
    (-1, 2207001): _unknown(),
    (-1, 2207032): _unknown(retry=Retry.AFRESH),
    (-1, 2207053): _unknown(retry=Retry.AFRESH),
    (-2, None): _unknown(),
    (-2, 2207003): _unknown(retry=Retry.AFRESH),
    (-2, 2207020): _unknown(retry=Retry.AFRESH),
    (1, None): _unknown(),
    (2, None): _unknown(),
    (4, 2207051): _unknown(
        _(
            "Instagram called this activity unusual. The post may be out all the same,"
            " so we look before we go on."
        ),
        retry=Retry.LATER,
    ),
    (24, 2207006): _unknown(_("Instagram does not find this post any more. We look whether it is out.")),
    (24, 2207008): _unknown(_("Instagram does not find the prepared post. We look whether it is out.")),
    (368, None): _unknown(
        _("Facebook has blocked posting for this account for some hours. Open Facebook to see why."),
        retry=Retry.LATER,
    ),
    (None, 1390008): _unknown(
        _("Facebook says this account posts too fast. We look whether the post is out and wait."),
        retry=Retry.LATER,
    ),
    (506, None): _unknown(_("Facebook says the same words were posted just before. It may be out already.")),
    (None, 1366051): _unknown(_("Facebook says these photos were posted already. It may be out already.")),
    (None, 1609010): _unknown(),
    (None, 1363047): _unknown(),
    # An object we have just made is often "missing" for some seconds, so this proves nothing.
    (100, 33): _unknown(_("Facebook does not show us this post at the moment.")),
    # --- too many calls: HTTP 400, hardly ever 429
    (4, None): _busy(Scope.APP),
    (17, None): _busy(Scope.USER),
    (32, None): _busy(Scope.CHANNEL),
    (341, None): _busy(Scope.APP),
    (613, None): _busy(Scope.CHANNEL),
    (9, 2207042): _busy(
        Scope.CHANNEL,
        _("Instagram's daily number of posts is reached. The post goes out when Instagram allows it."),
    ),
    # --- the token
    (102, None): _dead("expired"),
    (190, None): _dead("invalid"),
    (190, 456): _dead("invalid"),
    (190, 457): _dead("invalid"),
    (190, 458): _dead("removed"),
    (190, 459): _dead("checkpoint"),
    (190, 460): _dead("password"),
    (190, 461): _dead("removed"),
    (190, 462): _dead("expired"),
    (190, 463): _dead("expired"),
    (190, 464): _dead("unconfirmed"),
    (190, 465): _dead("invalid"),
    (190, 466): _dead("logged_out"),
    (190, 467): _dead("invalid"),
    (190, 468): _dead("expired"),
    (190, 492): _dead("role_lost"),
    # --- permissions
    (3, None): _refused(_PERMISSION, Fix.SUPPORT),
    (10, None): _refused(_PERMISSION, Fix.PERMISSION, reason="permission"),
    # --- our configuration, never the owner's fault and never a dead token
    (104, None): _refused(
        _("Our app is not set up correctly with Facebook. We have been told."), Fix.SUPPORT
    ),
    (2500, None): _refused(_("Facebook did not understand us. We have been told."), Fix.SUPPORT),
    (803, None): _refused(_("Facebook does not know this page or post any more."), Fix.CHECK),
    (3001, None): _refused(_("Facebook has no such figure."), Fix.SUPPORT),
    # --- what was sent
    (100, None): _refused(
        _("Facebook did not accept something in this post. Change it and try again."), Fix.SUPPORT
    ),
    (100, 2207023): _refused(_("Instagram does not know this kind of media."), Fix.SUPPORT),
    (100, 2207028): _refused(_("An Instagram carousel has 2 to 10 photos."), Fix.PHOTO),
    (100, 2207035): _refused(_PRODUCT_TAGS, Fix.TAGS),
    (100, 2207036): _refused(_PRODUCT_TAGS, Fix.TAGS),
    (100, 2207037): _refused(_PRODUCT_TAGS, Fix.TAGS),
    (100, 2207040): _refused(_("Instagram allows 20 mentions. Remove some and try again."), Fix.CAPTION),
    # Said of a bad file and of one that could not be fetched. Ours are legal JPEGs, so it is mostly the
    # second: our web server was away for a moment. A few more tries cost nothing, the photo is invisible.
    (None, 1366046): _refused(
        _("Facebook cannot read this photo. Save it as JPEG, under 4 MB."), Fix.PHOTO, Retry.AFRESH
    ),
    (None, 2069019): _refused(_("Facebook cannot read this file."), Fix.PHOTO),
    (None, 1609008): _refused(
        _("Facebook does not allow links to facebook.com here. Change the link."), Fix.LINK
    ),
    (None, 2061006): _refused(_("Facebook refused the link. Check it and try again."), Fix.LINK),
    (None, 1404006): _refused(_RESTRICTED, Fix.ACCOUNT),
    (None, 1404078): _refused(
        _("Facebook wants you to confirm who manages this Page (Page Publishing Authorization)."), Fix.ACCOUNT
    ),
    (None, 1404102): _refused(_RESTRICTED, Fix.ACCOUNT),
    (None, 1404112): _refused(_RESTRICTED, Fix.ACCOUNT),
    (None, 4854002): _refused(_("Facebook wants you to confirm your identity first."), Fix.ACCOUNT),
    (None, 1346003): _refused(_("Facebook refused this text as abusive. Change the words."), Fix.CAPTION),
    (110, 2207013): _refused(_("This Instagram account is not a professional account."), Fix.ACCOUNT),
    (25, 2207050): _refused(
        _("Instagram has restricted this account. Open Instagram, follow what it asks for, then try again."),
        Fix.ACCOUNT,
    ),
    (197, None): _refused(_("The post is empty. Write something or add a photo."), Fix.CAPTION),
    (324, None): _refused(_("The photo did not arrive at Facebook."), Fix.PHOTO, Retry.AFRESH),
    (352, None): _refused(_VIDEO, Fix.VIDEO),
    (352, 2207026): _refused(_VIDEO, Fix.VIDEO),
    (382, None): _refused(_("This video file is too small."), Fix.VIDEO),
    (389, None): _refused(_("Facebook could not fetch the video from us."), Fix.SUPPORT, Retry.AFRESH),
    (6000, None): _unknown(_VIDEO, Fix.VIDEO, Retry.AFRESH),
    (6001, None): _unknown(_VIDEO, Fix.VIDEO, Retry.AFRESH),
    (None, 2207082): _unknown(retry=Retry.AFRESH),
    (None, 2207077): _unknown(retry=Retry.AFRESH),
    (None, 2207081): _refused(_("This account cannot post trial reels."), Fix.ACCOUNT),
    (1, 2207057): _refused(_("The cover picture's moment is outside of the video."), Fix.VIDEO),
    (1609005, None): _refused(_("Facebook could not open the link. Check it and try again."), Fix.LINK),
    (9004, None): _refused(_("Instagram could not fetch the photo from us."), Fix.PHOTO, Retry.AFRESH),
    (9007, None): _refused(_("Instagram is still working on the photo."), Fix.NONE, Retry.SOON),
    (36000, None): _refused(_("The photo is too large for Instagram (8 MB)."), Fix.PHOTO),
    (36001, None): _refused(_("Instagram takes JPEG photos only."), Fix.PHOTO),
    (36003, None): _refused(
        _("Instagram does not take this shape. Crop the photo and try again."), Fix.PHOTO
    ),
    (36004, None): _refused(_("The caption is too long for Instagram."), Fix.CAPTION),
}

# Inclusive. 200-299 are permissions; 80000-80014 are the Business Use Case limits of Pages, Instagram and
# others.
RANGES: tuple[tuple[int, int, Rule], ...] = (
    (200, 299, _refused(_PERMISSION, Fix.PERMISSION, reason="permission")),
    (36000, 36004, _refused(_("Instagram refused the photo."), Fix.PHOTO)),
    (80000, 80014, _busy(Scope.CHANNEL)),
)

# Where Meta uses one code for unlike things, its (English, stable) message decides. Compared in lower case.
MESSAGES: tuple[tuple[int, str, Rule], ...] = (
    (10, "not enough viewers", _refused(_("Too few people have seen it for figures."), Fix.NONE)),
    (
        100,
        "appsecret_proof",
        _refused(_("Our app is not set up correctly with Facebook. We have been told."), Fix.SUPPORT),
    ),
    (
        100,
        "invalid_location_id",
        _refused(_("This place has no address on Facebook. Choose another one."), Fix.TAGS),
    ),
    (100, "scheduled publish time", _refused(_("Facebook refused the publishing time."), Fix.NONE)),
    (100, "valid insights metric", _refused(_("Facebook has no such figure."), Fix.SUPPORT)),
)


def find(code: int | None, subcode: int | None, message: str = "") -> Rule:
    """The rule for one error; UNEXPLAINED when none is written down."""
    if code is None:
        return RULES.get((None, subcode), UNEXPLAINED) if subcode is not None else UNEXPLAINED
    lowered = message.lower()
    for of_code, words, rule in MESSAGES:
        if code == of_code and words in lowered:
            return rule
    for key in ((code, subcode), (None, subcode), (code, None)):
        rule_found = RULES.get(key) if key != (None, None) else None
        if rule_found is not None:
            return rule_found
    for low, high, rule in RANGES:
        if low <= code <= high:
            return rule
    return UNEXPLAINED


def in_doubt(rule: Rule) -> Rule:
    """The same explanation, but without proof: for a definite-looking code in an answer that contradicts
    itself.
    """
    return replace(rule, kind=Kind.UNKNOWN)
