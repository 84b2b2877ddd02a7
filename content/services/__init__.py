"""The doors of this room: what a view, an API method, a task or a room above calls."""

from content.services.posts import (
    UNCHANGED,
    Conflict,
    compose_post,
    delete_draft,
    mark_used,
    save_draft,
    set_approval,
)

__all__ = [
    "UNCHANGED",
    "Conflict",
    "compose_post",
    "delete_draft",
    "mark_used",
    "save_draft",
    "set_approval",
]
