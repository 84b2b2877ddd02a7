"""One call to Meta and its answer in the owner's words. Pure; the raw names stay in the table for staff."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from posting import reasons
from posting.dispatch.models import Attempt
from posting.dispatch.terms import Call, Class, Finding

ASKED: dict[Call, Promise] = {
    Call.PREPARE: gettext_lazy("We prepared it, invisible to everybody"),
    Call.STATUS: gettext_lazy("We asked whether it is ready"),
    Call.FLIP: gettext_lazy("We asked %(network)s to show it"),
    Call.READ: gettext_lazy("We looked whether it is out"),
    Call.DETAILS: gettext_lazy("We asked for its link"),
}

ANSWERED: dict[Class, Promise] = {
    Class.ACCEPTED: gettext_lazy("%(network)s said yes."),
    Class.REFUSED: gettext_lazy("%(network)s refused."),
    Class.UNKNOWN: gettext_lazy("No clear answer came back."),
    Class.THROTTLED: gettext_lazy("%(network)s asked us to slow down."),
    Class.TOKEN: gettext_lazy("The connection was no longer valid."),
    Class.UNSENT: gettext_lazy("It could not be sent, so nothing happened."),
}

FOUND: dict[Finding, Promise] = {
    Finding.READY: gettext_lazy("It is ready."),
    Finding.WAIT: gettext_lazy("Not yet."),
    Finding.FAILED: gettext_lazy("%(network)s could not use it."),
    Finding.EXPIRED: gettext_lazy("It had grown too old."),
    Finding.INCOMPLETE: gettext_lazy("A photo was missing."),
    Finding.VISIBLE: gettext_lazy("It is visible."),
    Finding.HIDDEN: gettext_lazy("It is not visible."),
    Finding.GONE: gettext_lazy("%(network)s does not know it."),
    Finding.PENDING: gettext_lazy("Not known yet."),
    Finding.SHORT: gettext_lazy("It shows fewer photos than were sent."),
}


def network(platform: str) -> str:
    return "Instagram" if platform == "instagram" else "Facebook"


def asked(attempt: Attempt, platform: str) -> str:
    """ "We asked Facebook to show it"."""
    try:
        return str(ASKED[Call(attempt.call)]) % {"network": network(platform)}
    except ValueError:
        return attempt.call


def answered(attempt: Attempt, platform: str) -> str:
    """ "Facebook refused. The photo is too large." - the explained error where there is one."""
    names = {"network": network(platform)}
    if attempt.klass == Class.ACCEPTED and attempt.finding in [*Finding]:
        return str(FOUND[Finding(attempt.finding)]) % names
    try:
        said = str(ANSWERED[Class(attempt.klass)]) % names
    except ValueError:
        return attempt.klass
    if attempt.klass == Class.REFUSED and attempt.code is not None:
        said = f"{said} {reasons.sentence(reasons.graph_code(attempt.code, attempt.subcode))}"
    elif attempt.klass == Class.UNKNOWN and attempt.http:
        said = f"{said} ({_('error')} {attempt.http})"
    return said
