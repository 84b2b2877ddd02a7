"""Words for the timeline: what a change of state, or a call to Meta, means to the owner; the inbox's count."""

from django import template
from django.http import HttpRequest
from django.template.context import RequestContext
from django.utils.translation import gettext_lazy as _

from posting.dispatch.models import AppGate, Attempt
from posting.inbox.queries import waiting
from posting.inbox.words import answered, asked, network
from posting.models import Publication, Transition
from posting.states import State

register = template.Library()

STATE_LABEL = {
    State.SCHEDULED: _("Scheduled"),
    State.PREPARING: _("Being prepared, still invisible"),
    State.PROCESSING: _("%(network)s is processing it, still invisible"),
    State.ARMED: _("Ready, waiting for its minute"),
    State.FLIPPING: _("Sent"),
    State.VERIFYING: _("Looking whether it is out"),
    State.PUBLISHED: _("Published"),
    State.HELD: _("Held back"),
    State.REJECTED: _("Refused"),
    State.CANCELLED: _("Taken back"),
    State.MISSED: _("Missed its time"),
    State.NEEDS_OWNER: _("Needs you"),
    State.QUARANTINED: _("Stopped for our staff"),
}


#: Who did it, where that is one of our programs: what an owner can make of it.
BY_LABEL = {
    "publisher": _("by itself"),
    "reconnect": _("after the reconnect"),
    "menu": _("because of the menu"),
    "restore": _("after a restore"),
    "late answer": _("after a late answer"),
}


@register.simple_tag
def state_words(transition: Transition, publication: Publication) -> str:
    """ "Instagram is processing it, still invisible"."""
    return str(STATE_LABEL[State(transition.new)]) % {"network": network(publication.platform)}


@register.filter
def by_words(label: str) -> str:
    """A person's name as it is; our programs in words."""
    return str(BY_LABEL.get(label, label))


@register.simple_tag
def call_words(attempt: Attempt, publication: Publication) -> str:
    """ "We asked Facebook to show it"."""
    return asked(attempt, publication.platform)


@register.simple_tag
def answer_words(attempt: Attempt, publication: Publication) -> str:
    """ "No clear answer came back."."""
    return answered(attempt, publication.platform)


@register.simple_tag
def platform_stopped() -> bool:
    """Whether an operator has stopped publishing for everybody. One row by its key."""
    return AppGate.objects.filter(pk=1, enabled=False).exists()


@register.simple_tag(takes_context=True)
def asking_count(context: RequestContext) -> int:
    """How many posts of this restaurant need a person; one counted query, once a page."""
    request: HttpRequest | None = context.get("request")
    if request is None or getattr(request, "tenant", None) is None:
        return 0
    known = getattr(request, "_asking_count", None)
    if known is None:
        known = waiting()
        request._asking_count = known  # type: ignore[attr-defined]
    return known
