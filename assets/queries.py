"""Reads that join several things for a page: the shelf with filters, folders with counts, one asset."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.db import connection
from django.http import QueryDict

from assets.links import file_url, library_path, page_url, view_url
from assets.models import Asset, Folder, Kind, Rendition, Season, Version
from assets.services.renditions import current_renditions, recipe
from assets.shapes import KINDS
from assets.shapes import SHAPES as FORMATS
from assets.tally import TAGS_SHOWN, tally
from assets.words import sentence

PAGE = 48
NO_FOLDER = "none"
SHAPES = ("portrait", "square", "landscape")
GRID_KINDS = ("thumb",)
TILE_KINDS = ("thumb", "preview", "ig_4x5")


@dataclass(frozen=True)
class Wanted:
    """What a page of the library was asked to show; unknown values are dropped, never an error."""

    q: str = ""
    folder: UUID | str | None = None  # NO_FOLDER: those in none
    tags: tuple[str, ...] = ()
    kind: str = ""
    shape: str = ""
    season: str = ""
    used: str = ""  # "no": never posted
    favourite: bool = False
    trash: bool = False
    sort: str = "newest"  # or "unused": what was posted least comes first
    after: str = ""

    @classmethod
    def read(cls, asked: QueryDict | Mapping[str, str], **fixed: Any) -> Wanted:
        tags = asked.getlist("tag") if isinstance(asked, QueryDict) else [asked.get("tag", "")]
        wanted = cls(
            q=asked.get("q", "")[:100].replace("\x00", ""),
            folder=_folder(asked.get("folder", "")),
            tags=tuple(tag[:40].replace("\x00", "") for tag in tags if tag)[:5],
            kind=_one_of(asked.get("kind", ""), Kind.values),
            shape=_one_of(asked.get("shape", ""), SHAPES),
            season=_one_of(asked.get("season", ""), [value for value in Season.values if value]),
            used=_one_of(asked.get("used", ""), ("no",)),
            favourite=asked.get("favourite") == "1",
            trash=asked.get("trash") == "1",
            sort=_one_of(asked.get("sort", ""), ("unused",)) or "newest",
            after=asked.get("after", ""),
        )
        return replace(wanted, **fixed)

    def query(self, **changes: Any) -> str:
        """As a query string for links, with some of it changed; empty values are left out."""
        new = replace(self, **{"after": "", **changes})
        pairs: list[tuple[str, str]] = [("tag", tag) for tag in new.tags]
        words = ("q", "folder", "kind", "shape", "season", "used", "after")
        pairs += [(name, str(value)) for name in words if (value := getattr(new, name))]
        pairs += [(name, "1") for name in ("favourite", "trash") if getattr(new, name)]
        if new.sort != "newest":
            pairs.append(("sort", new.sort))
        return "?" + urlencode(pairs)

    @property
    def filters(self) -> int:
        """How many filters beside search, folder and tags are on."""
        return sum(bool(each) for each in (self.kind, self.shape, self.season, self.used, self.favourite))

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.tags or self.filters)


def _one_of(value: str, allowed: Any) -> str:
    return value if value in allowed else ""


def _folder(value: str) -> UUID | str | None:
    if value == NO_FOLDER:
        return NO_FOLDER
    try:
        return UUID(value)
    except ValueError:
        return None


class Shown(NamedTuple):
    """Of an asset what a tile, its cursor and its recipes need, by the names of Asset; a bare row for grids of many."""

    id: UUID
    kind: str
    state: str
    reason_code: str
    reason_facts: dict[str, Any]
    title: str
    alt_text: str
    favourite: bool
    focal_x: float
    focal_y: float
    version: int
    width: int | None
    height: int | None
    duration_ms: int | None
    use_count: int
    created_at: datetime

    @property
    def pk(self) -> UUID:
        return self.id

    @property
    def focal(self) -> tuple[float, float]:
        return (self.focal_x, self.focal_y)

    @property
    def waits_for(self) -> str:
        code = self.reason_facts.get("waits", "") if self.state == "processing" else ""
        return sentence(code) if code else ""


Of = TypeVar("Of", Asset, Shown)


@dataclass(frozen=True)
class Tile(Generic[Of]):
    """One asset as the grids show it; addresses are empty while the worker has not made the file."""

    asset: Of
    url: str
    thumb: str = ""
    preview: str = ""
    ig: str = ""

    @property
    def length(self) -> str:
        """A video's length as "1:05"; "" for photos."""
        if not self.asset.duration_ms:
            return ""
        minutes, seconds = divmod(round(self.asset.duration_ms / 1000), 60)
        return f"{minutes}:{seconds:02}"


@dataclass(frozen=True)
class Shelf:
    tiles: list[Tile[Shown]]
    next: str  # cursor of the next page, "" at the end


def shelf(
    wanted: Wanted, *, size: int = PAGE, only_ready: bool = False, kinds: tuple[str, ...] = GRID_KINDS
) -> Shelf:
    """One page of tiles in two queries, whatever the size of the library (three with a folder)."""
    found = Asset.objects.trashed() if wanted.trash else Asset.objects.on_shelf()
    if only_ready:
        found = found.filter(state="ready")
    found = narrowed(found, wanted)
    after = read_cursor(wanted.after, wanted.sort)
    ordered = found.unused_first(after) if wanted.sort == "unused" else found.newest_first(after)
    rows = list(ordered.values_list(*Shown._fields)[: size + 1])
    more = len(rows) > size
    assets = [Shown._make(row) for row in rows[:size]]
    return Shelf(tiles=tiles_of(assets, kinds), next=cursor(assets[-1], wanted.sort) if more else "")


def narrowed(found: Any, wanted: Wanted) -> Any:
    """A queryset of assets with the filters of `wanted` (not its trash, order or cursor)."""
    if wanted.folder == NO_FOLDER:
        found = found.filter(folder__isnull=True)
    elif wanted.folder:
        found = found.in_folders(below(wanted.folder))
    if wanted.q:
        found = found.matching(wanted.q)
    found = found.tagged(wanted.tags)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.shape:
        found = found.turned(wanted.shape)
    if wanted.season:
        found = found.filter(season=wanted.season)
    if wanted.used == "no":
        found = found.filter(use_count=0)
    return found.filter(favourite=True) if wanted.favourite else found


def tiles_of(assets: list[Of], kinds: tuple[str, ...] = TILE_KINDS) -> list[Tile[Of]]:
    """Tiles with the addresses of the named kinds; one query."""
    root = library_path()
    made = _addresses(assets, kinds, root)
    return [
        Tile(
            asset=asset,
            url=page_url(asset.pk, root),
            thumb=made.get((asset.pk, "thumb"), ""),
            preview=made.get((asset.pk, "preview"), ""),
            ig=made.get((asset.pk, "ig_4x5"), ""),
        )
        for asset in assets
    ]


# Written out: half a hundred ids one by one, each through Django's fields, took 1 ms to say and this takes 0.3.
_RENDITIONS = """
SELECT asset_id, kind, recipe, id, mime FROM assets_rendition WHERE asset_id = ANY(%s::uuid[]) AND kind = ANY(%s)
"""


def _addresses(assets: list[Of], kinds: tuple[str, ...], root: str) -> dict[tuple[UUID, str], str]:
    """{(asset id, kind): address} of the current files, as far as they are made."""
    if not assets:
        return {}
    wanted = {
        (asset.pk, kind, recipe(asset=asset, kind=kind))
        for asset in assets
        for kind in kinds
        if kind in FORMATS[asset.kind]
    }
    with connection.cursor() as rows:
        rows.execute(_RENDITIONS, [f"{{{','.join(str(asset.pk) for asset in assets)}}}", list(kinds)])
        return {
            (asset_id, kind): file_url(pk, mime, root)
            for asset_id, kind, made_by, pk, mime in rows
            if (asset_id, kind, made_by) in wanted
        }


def cursor(asset: Asset | Shown, sort: str) -> str:
    key = [asset.use_count] if sort == "unused" else []
    text = json.dumps([*key, asset.created_at.isoformat(), str(asset.pk)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str, sort: str) -> tuple[Any, ...] | None:
    """The key to go on after; a garbled one starts from the beginning."""
    try:
        *uses, at, pk = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        moment = datetime.fromisoformat(at)
        ours = len(uses) == (sort == "unused") and all(isinstance(n, int) for n in uses)
        if moment.tzinfo is None or not ours:
            return None
        return (*uses, moment, UUID(pk))
    except (ValueError, TypeError, AttributeError, binascii.Error):
        return None


@dataclass
class Branch:
    """A folder with its children and how many assets lie in it and below."""

    folder: Folder
    depth: int
    own: int = 0
    total: int = 0
    children: list[Branch] = field(default_factory=list)


@dataclass(frozen=True)
class Tree:
    branches: list[Branch]  # in order, parents before children
    total: int
    unsorted: int

    @property
    def roots(self) -> list[Branch]:
        return [branch for branch in self.branches if branch.depth == 0]

    def find(self, folder_id: Any) -> Branch | None:
        return next((branch for branch in self.branches if branch.folder.pk == folder_id), None)

    def path(self, folder: Folder | None) -> list[Folder]:
        """From the top down to this folder."""
        by_id = {branch.folder.pk: branch.folder for branch in self.branches}
        path: list[Folder] = []
        while folder is not None:
            path.insert(0, folder)
            folder = by_id.get(folder.parent_id) if folder.parent_id else None
        return path


def tree(counts: Mapping[UUID | None, int] | None = None) -> Tree:
    """All folders with counts (`tally().folders`, asked here when not given): one query, or two."""
    counts = tally(tags=0).folders if counts is None else counts
    below_of: dict[UUID | None, list[Folder]] = {}
    for folder in Folder.objects.all():
        below_of.setdefault(folder.parent_id, []).append(folder)
    branches: list[Branch] = []

    def grow(folder: Folder, depth: int) -> Branch:
        branch = Branch(folder=folder, depth=depth, own=counts.get(folder.pk, 0))
        branches.append(branch)
        branch.children = [grow(child, depth + 1) for child in below_of.get(folder.pk, [])]
        branch.total = branch.own + sum(child.total for child in branch.children)
        return branch

    for folder in below_of.get(None, []):
        grow(folder, 0)
    return Tree(branches=branches, total=sum(counts.values()), unsorted=counts.get(None, 0))


def below(folder_id: Any) -> list[UUID]:
    """A folder and all below it."""
    parents = dict(Folder.objects.values_list("pk", "parent_id"))
    found = {folder_id}
    while True:
        more = {pk for pk, parent in parents.items() if parent in found} - found
        if not more:
            return list(found)
        found |= more


def tag_counts(limit: int = TAGS_SHOWN) -> list[tuple[str, int]]:
    """The tags in use, most used first."""
    return tally(tags=limit).tags


def near_copies(asset: Asset, most: int = 6) -> list[Asset]:
    """Photos that look the same by their difference hash (up to 6 of 64 bits apart): a hint, never a rule."""
    if not asset.dhash:
        return []
    distance = "bit_count((('x' || dhash)::bit(64)) # ('x' || %s)::bit(64))"
    same = Asset.objects.usable().filter(kind=asset.kind).exclude(pk=asset.pk).exclude(dhash="")
    return list(same.extra(where=[f"{distance} <= 6"], params=[asset.dhash])[:most])  # noqa: S610 - bound


@dataclass(frozen=True)
class FileVersion:
    """One file of an asset as its page lists it; `thumb` "" where there is none (refused, or under way)."""

    number: int
    state: str  # current, or a state of Version
    reason: str
    waits_for: str
    filename: str
    mime: str
    bytes: int
    width: int | None
    height: int | None
    sent_by: str
    file_at: datetime
    thumb: str


def versions_of(asset: Asset) -> list[FileVersion]:
    """The current file first, then the others, newest first. Two queries."""
    others = list(Version.objects.filter(asset=asset))
    recipes = {
        number: recipe(asset=asset, kind="thumb", version=number)
        for number in (asset.version, *(v.number for v in others))
    }
    thumbs = {row.recipe: view_url(row) for row in Rendition.objects.filter(asset=asset, kind="thumb")}

    def shown(of: Asset | Version, number: int, state: str, sent_by: str, at: datetime) -> FileVersion:
        waits = of.reason_facts.get("waits", "") if of.state == "processing" else ""
        return FileVersion(
            number=number,
            state=state,
            reason=of.reason,
            waits_for=sentence(waits) if waits else "",
            filename=of.filename,
            mime=of.mime,
            bytes=of.bytes,
            width=of.width,
            height=of.height,
            sent_by=sent_by,
            file_at=at,
            thumb=thumbs.get(recipes[number], ""),
        )

    now_shown = shown(
        asset, asset.version, "current", asset.file_by or asset.uploaded_by, asset.file_at or asset.created_at
    )
    return [now_shown, *(shown(each, each.number, each.state, each.sent_by, each.file_at) for each in others)]


def renditions_of(asset: Asset) -> dict[str, Rendition]:
    """The asset's current files by kind, as far as they are made."""
    return current_renditions(assets=[asset], kinds=KINDS)[asset.pk]
