"""The one way to write the append-only audit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tenants.access import Actor
from tenants.models import Audit


def record(action: str, *, by: Actor, tenant_id: UUID | None = None, **detail: Any) -> Audit:
    """Note that `by` did `action` ("key.revoked"); `detail` is shown to staff and owners, so never put a
    secret in.
    """
    return Audit.objects.create(
        tenant_id=tenant_id,
        actor_kind=by.kind,
        actor_id=by.id[:64],
        actor_label=by.label[:200],
        action=action,
        detail={
            name: value if isinstance(value, (str, int, bool, list, type(None))) else str(value)
            for name, value in detail.items()
        },
    )
