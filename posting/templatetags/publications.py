"""Words for the timeline: what a change of state means to the owner."""

from django import template
from django.utils.translation import gettext_lazy as _

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
