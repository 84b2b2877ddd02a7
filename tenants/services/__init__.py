"""What can be done about restaurants, people and keys. HTML, JSON, staff and commands all call these."""

from tenants.services.closing import close_restaurant, open_again, what_closing_does
from tenants.services.keys import create_key, revoke_key, rotate_key
from tenants.services.people import (
    accept_invitation,
    add_member,
    change_role,
    invite,
    remove_member,
    withdraw_invitation,
)
from tenants.services.restaurants import (
    change_plan,
    open_restaurant,
    pause_restaurant,
    resume_restaurant,
    update_restaurant,
)

__all__ = [
    "accept_invitation",
    "add_member",
    "change_plan",
    "change_role",
    "close_restaurant",
    "create_key",
    "invite",
    "open_again",
    "open_restaurant",
    "pause_restaurant",
    "remove_member",
    "resume_restaurant",
    "revoke_key",
    "rotate_key",
    "update_restaurant",
    "what_closing_does",
    "withdraw_invitation",
]
