"""What this room does when the sign-in library tells it something."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.signals import authenticator_added
from django.dispatch import receiver
from django.http import HttpRequest

from tenants import audit
from tenants.access import Actor
from tenants.models import User


@receiver(authenticator_added)
def second_factor_set_up(request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    """Whoever sets up the app has just typed a code from it: this session counts as signed in with it."""
    if authenticator.type == "totp":
        record_authentication(request, user, method="mfa", type="totp")
        audit.record("user.two_step", by=Actor.of(user), email=user.email)
