"""The doors of this room: what a view, an API method, a task or a room above calls."""

from content.services.brand import edit_brand
from content.services.menu import (
    delete_menu_item,
    import_menu,
    move_menu_item,
    save_menu_item,
    set_available,
)
from content.services.photos import describe_asset, request_alt_text
from content.services.posts import (
    UNCHANGED,
    Conflict,
    compose_post,
    delete_draft,
    mark_used,
    save_draft,
    set_approval,
)
from content.services.writing import nudge, regenerate, request_caption

__all__ = [
    "UNCHANGED",
    "Conflict",
    "compose_post",
    "delete_draft",
    "delete_menu_item",
    "describe_asset",
    "edit_brand",
    "import_menu",
    "mark_used",
    "move_menu_item",
    "nudge",
    "regenerate",
    "request_alt_text",
    "request_caption",
    "save_draft",
    "save_menu_item",
    "set_approval",
    "set_available",
]
