"""What the library asks the room above: which dishes there are, and who could describe a photo."""

from typing import Any
from uuid import UUID

from django.dispatch import receiver

from assets.signals import name_dishes, offer_description
from content.models import MenuItem


@receiver(name_dishes)
def dishes(sender: Any, **_: Any) -> list[tuple[UUID, str]]:
    return list(MenuItem.objects.listed().values_list("pk", "name"))


@receiver(offer_description)
def describing(sender: Any, **_: Any) -> str:
    return "content/_describe_button.html"
