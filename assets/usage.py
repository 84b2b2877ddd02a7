"""Where photos are used: asked of the rooms above by signal, since the shelf does not know posts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from assets import signals


@dataclass(frozen=True, kw_only=True)
class Use:
    """One post that shows an asset. `blocking`: it is still to go out, so the asset must not disappear.

    label: short words for the owner ("Facebook, Tue 24 Nov, 6:00 pm"); url: the post's page; at: when it
    went or goes out.
    """

    asset_id: UUID
    label: str
    url: str
    at: datetime | None = None
    blocking: bool = False


def uses_of(asset_ids: Iterable[UUID]) -> list[Use]:
    """Every known use, soonest first."""
    answers: Any = signals.who_uses.send(sender=Use, asset_ids=list(asset_ids))
    uses: list[Use] = [use for _receiver, answer in answers for use in answer or ()]
    return sorted(uses, key=lambda use: (use.at is None, use.at.timestamp() if use.at else 0.0))
