"""The shelf, one photo, and the tiles that other pages choose from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from assets import queries, services
from assets.forms import AssetForm
from assets.models import Asset, Rendition, Season
from assets.queries import NO_FOLDER, Wanted
from assets.services.folders import find_folder
from assets.shapes import SHAPES
from assets.signals import offer_description
from assets.tally import tally
from assets.usage import uses_of
from tenants.access import Can, has, tenant_view

PICKER_PAGE = 36
CROPS = (
    ("ig_4x5", gettext_lazy("4:5 upright")),
    ("ig_1x1", gettext_lazy("Square")),
    ("ig_191x100", gettext_lazy("1.91:1 wide")),
)


@tenant_view(Can.VIEW)
@require_GET
def library(request: HttpRequest) -> HttpResponse:
    """The grid, narrowed by what `Wanted` reads from the query; ?select=1 starts with boxes to tick.

    With htmx and ?after= only the next page of tiles is sent; a search or filter is sent the shelf alone.
    """
    wanted = Wanted.read(request.GET)
    shelf = queries.shelf(wanted)
    context = {
        "wanted": wanted,
        "shelf": shelf,
        "next_url": wanted.query(after=shelf.next) if shelf.next else "",
    }
    htmx = request.htmx  # type: ignore[attr-defined]
    if wanted.after and htmx:
        return _part(request, "assets/_tiles.html", context)
    only_shelf = htmx and htmx.target == "shelf"
    counted = tally(tags=0 if only_shelf else queries.TAGS_SHOWN)
    tree = queries.tree(counted.folders)
    branch = tree.find(wanted.folder)
    context |= {
        "tree": tree,
        "branch": branch,
        "path": tree.path(branch.folder) if branch else [],
        "folder_links": [
            {
                "branch": each,
                "url": wanted.query(folder=each.folder.pk, trash=False),
                "indent": "\u2003" * each.depth,
            }
            for each in tree.branches
        ],
        "all_url": Wanted().query(),
        "unsorted_url": wanted.query(folder=NO_FOLDER, trash=False),
        "trash_url": Wanted(trash=True).query(),
        "select_url": wanted.query() + "&select=1",
        "back": request.path + wanted.query(),
        "no_folder": NO_FOLDER,
        "tags": counted.tags,
        "seasons": [choice for choice in Season.choices if choice[0]],
        "selecting": request.GET.get("select") == "1",
        "undo": None if wanted.trash or only_shelf else request.session.pop("library_undo", None),
    }
    if only_shelf:
        return _part(request, "assets/_shelf.html", context)
    return render(request, "assets/library.html", context)


def _part(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A piece of a page; no browser may keep it and show it for the page of the same address."""
    response = render(request, template, context)
    response["Cache-Control"] = "no-store"
    return response


@tenant_view(Can.COMPOSE)
@require_GET
def picker(request: HttpRequest) -> HttpResponse:
    """Tiles to choose from, unused ones first: ?q= ?folder= ?tag= ?kind= ?after=."""
    wanted = Wanted.read(request.GET, sort="unused", trash=False)
    shelf = queries.shelf(wanted, size=PICKER_PAGE, only_ready=True, kinds=queries.TILE_KINDS)
    context = {
        "wanted": wanted,
        "shelf": shelf,
        "next_url": wanted.query(after=shelf.next) if shelf.next else "",
        "tree": None,
        "tags": None,
    }
    if not wanted.after:
        counted = tally(tags=12)
        context |= {"tree": queries.tree(counted.folders), "tags": counted.tags}
    return render(request, "assets/_picker.html", context)


@tenant_view(Can.VIEW)
@require_http_methods(["GET", "POST"])
def asset(request: HttpRequest, asset_id: UUID) -> HttpResponseBase:
    """One photo with everything about it; POST changes what was changed."""
    found = get_object_or_404(Asset.objects.kept().select_related("folder"), pk=asset_id)
    may = has(request.membership.role, Can.COMPOSE)  # type: ignore[attr-defined]
    form = AssetForm(request.POST if request.method == "POST" and may else None, asset=found)
    if request.method == "POST" and may and form.is_valid():
        changes = form.changes()
        if "folder" in changes:
            changes["folder"] = find_folder(folder_id=changes["folder"])
        by, now = request.actor, timezone.now()  # type: ignore[attr-defined]
        done = (
            not changes or form.run(services.edit_asset, asset=found, by=by, now=now, **changes) is not None
        )
        if done:
            messages.success(request, _("Saved."))
            return redirect("library_asset", asset_id=found.pk)
    services.nudge(asset=found, now=timezone.now())
    services.nudge_version(asset=found, now=timezone.now())
    made = queries.renditions_of(found)
    uses = uses_of([found.pk])
    versions = queries.versions_of(found)
    context = {
        "versions": versions,
        "replacing": next((each for each in versions if each.state == "processing"), None),
        "waiting_posts": sum(use.blocking for use in uses),
        "asset": found,
        "form": form,
        "may": may,
        "made": made,
        "crops": _crops(found, made),
        "uses": uses,
        "near": queries.tiles_of(queries.near_copies(found)),
        "known_tags": queries.tag_counts(60) if may else [],
        "describers": _describers(found) if may else [],
    }
    status = 422 if form.is_bound else 200
    return render(request, "assets/asset.html", context, status=status)


def _describers(found: Asset) -> list[str]:
    """Templates of those above who can describe this photo."""
    if found.kind != "photo" or found.state != "ready" or found.deleted_at:
        return []
    return [name for _receiver, name in offer_description.send(sender=Asset, asset=found) if name]


def _crops(found: Asset, made: dict[str, Rendition]) -> list[dict[str, Any]]:
    """The three cuts, with the file that would be published where it is made already."""
    if found.kind != "photo" or "preview" not in made:
        return []
    ratios = {kind: SHAPES["photo"][kind].ratio or 1 for kind, _words in CROPS}
    return [
        {"kind": kind, "words": words, "ratio": float(ratios[kind]), "made": made.get(kind)}
        for kind, words in CROPS
    ]
