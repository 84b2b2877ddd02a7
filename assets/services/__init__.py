"""Everything that changes the library. Keyword-only verbs; `by=` an Actor, `now=` an aware UTC datetime."""

from assets.services.fetch import store_from_url
from assets.services.folders import create_folder, delete_folder, init_folders, move_folder, rename_folder
from assets.services.intake import ingest, nudge
from assets.services.renditions import ensure_rendition
from assets.services.shelf import (
    count_uses,
    edit_asset,
    empty_trash,
    mark_used,
    move_assets,
    purge_assets,
    restore_assets,
    tag_assets,
    trash_assets,
)
from assets.services.sweeping import sweep
from assets.services.transfer import finish_upload, receive_piece, start_upload
from assets.services.upload import store_upload
from assets.services.versions import ingest_version, nudge_version, replace_file, restore_version

__all__ = [
    "count_uses",
    "create_folder",
    "delete_folder",
    "edit_asset",
    "empty_trash",
    "ensure_rendition",
    "finish_upload",
    "ingest",
    "ingest_version",
    "init_folders",
    "mark_used",
    "move_assets",
    "move_folder",
    "nudge",
    "nudge_version",
    "purge_assets",
    "receive_piece",
    "rename_folder",
    "replace_file",
    "restore_assets",
    "restore_version",
    "start_upload",
    "store_from_url",
    "store_upload",
    "sweep",
    "tag_assets",
    "trash_assets",
]
