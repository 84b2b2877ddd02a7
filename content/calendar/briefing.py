"""What the writer is told about one planned post."""

from typing import Any

from django.utils.translation import gettext as _

from content.calendar.models import CalendarSlot
from content.calendar.words import SlotKind
from content.words import Platform

#: For the model, therefore in English whatever the restaurant's language is.
SORTS: dict[str, str] = {
    SlotKind.PRODUCT: "one dish in the spotlight",
    SlotKind.PROMOTION: "an invitation to come and order",
    SlotKind.WEEKEND: "a reason to visit this weekend",
    SlotKind.QUESTION: "a question to the guests",
    SlotKind.THANKS: "a thank-you to the guests",
    SlotKind.BEHIND: "behind the scenes",
    SlotKind.SPECIAL: "a post for a special day",
    SlotKind.SEASONAL: "a post about the season",
}
NOTES: dict[str, str] = {
    SlotKind.PRODUCT: "What it is, how it tastes, why to order it.",
    SlotKind.PROMOTION: "Invent no discount, offer or deadline.",
    SlotKind.WEEKEND: "Invent no offer and no opening hours.",
    SlotKind.QUESTION: "Ask one easy, concrete question that guests can answer in a comment in a few words.",
    SlotKind.THANKS: "Be warm and sincere. Sell nothing.",
    SlotKind.BEHIND: "People, craft, kitchen; only what the facts say.",
    SlotKind.SPECIAL: "Connect the day with the restaurant in a natural way.",
    SlotKind.SEASONAL: "Connect the dish or the menu with this time of year.",
}


def arguments(slot: CalendarSlot) -> dict[str, Any]:
    """Keyword arguments of content.services.request_caption."""
    calendar = slot.calendar
    note = NOTES[slot.kind]
    if calendar.campaign:
        note += f" The month has a campaign; mention it where it fits: {calendar.campaign}"
    return {
        "platform": calendar.wish.get("platform") or Platform.INSTAGRAM,
        "menu_item": slot.menu_item,
        "asset_ids": [slot.asset_id] if slot.asset_id else [],
        "occasion": slot.occasion,
        "note": note,
        "angle": slot.idea[:200],
        "reason": slot.reason,
        "post_kind": SORTS[slot.kind],
        "for_moment": slot.publish_at,
        "variants": 3,
        "enough": 1,  # the others are spare: "other words" takes them before the model is asked again
    }


def title(slot: CalendarSlot) -> str:
    """A few words by which a slot is known before it has any."""
    if slot.occasion:
        return slot.occasion
    if slot.menu_item:
        return slot.menu_item.name
    return str(slot.get_kind_display()) or _("Post")
