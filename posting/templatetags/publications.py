"""Words for the timeline: what a change of state, or a call to Meta, means to the owner; the inbox's count."""

from django import template
from django.http import HttpRequest
from django.template.context import RequestContext
from django.utils.translation import gettext_lazy as _

from posting.dispatch.models import Attempt
from posting.inbox.queries import waiting
from posting.inbox.words import answered, asked
from posting.models import Publication
from posting.states import State

register = template.Library()

STATE_LABEL = {
    State.SCHEDULED: _("Scheduled"),
    State.PREPARING: _("Being prepared, still invisible"),
    State.PROCESSING: _("Facebook is processing it, still invisible"),
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


@register.filter
def state_label(state: str) -> str:
    return str(STATE_LABEL[State(state)])


@register.simple_tag
def call_words(attempt: Attempt, publication: Publication) -> str:
    """ "We asked Facebook to show it"."""
    return asked(attempt, publication.platform)


@register.simple_tag
def answer_words(attempt: Attempt, publication: Publication) -> str:
    """ "No clear answer came back."."""
    return answered(attempt, publication.platform)


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
