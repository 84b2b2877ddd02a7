"""The library asks which dish a photo shows; the menu answers with its names."""

from typing import Any
from uuid import UUID

from django.dispatch import receiver

from assets.signals import name_dishes
from content.models import MenuItem


@receiver(name_dishes)
def dishes(sender: Any, **_: Any) -> list[tuple[UUID, str]]:
    return list(MenuItem.objects.listed().values_list("pk", "name"))
