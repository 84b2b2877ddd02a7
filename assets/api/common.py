"""What the endpoints share."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tenants.access import Can

READ_ONE = {"GET": Can.VIEW, "PATCH": Can.COMPOSE, "DELETE": Can.COMPOSE}


def valid(serializer: serializers.Serializer) -> dict[str, Any]:
    """Its values, or a 400 that names the wrong ones."""
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
