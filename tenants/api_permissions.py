"""Kept apart from api_base: DRF imports its default permissions while it imports its views."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class Declared(BasePermission):
    """A view that declares neither `can` nor `open_because` is closed (and fails tests/test_access.py)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(getattr(view, "can", None) or getattr(view, "open_because", ""))
