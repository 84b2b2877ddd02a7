"""Changes of many at once, and of folders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from assets import services
from assets.models import Asset, Folder
from assets.services.folders import find_folder
from tenants.access import Can, tenant_view
from tenants.errors import Refused

BULK_MAX = 500


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.actor, "now": timezone.now()}  # type: ignore[attr-defined]


def _back(request: HttpRequest) -> HttpResponse:
    """To the page of the library the person came from."""
    url = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(url, allowed_hosts=None) or not url.startswith(reverse("library")):
        url = reverse("library")
    return redirect(url)


@tenant_view(Can.COMPOSE)
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """`asset` ids, `action`, and its input: tags, folder."""
    ids = _ids(request)
    act = _ACTS.get(request.POST.get("action", ""))
    if not ids:
        raise Refused(_("Choose some photos first."), code="nothing_chosen", field="asset")
    if act is None:
        raise Refused(_("Choose what to do with them."), code="no_action", field="action")
    messages.success(request, act(request, ids))
    return _back(request)


def _ids(request: HttpRequest) -> list[UUID]:
    found = []
    for text in request.POST.getlist("asset"):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    if len(found) > BULK_MAX:
        raise Refused(_("Up to %(max)s at once, please.") % {"max": BULK_MAX}, code="too_many", field="asset")
    return found


def _tag(request: HttpRequest, ids: list[UUID]) -> str:
    tags = request.POST.get("tags", "").split(",")
    if not any(tag.strip() for tag in tags):
        raise Refused(_("Write a tag first."), code="no_tags", field="tags")
    n = services.tag_assets(asset_ids=ids, add=tags, **_who(request))
    return ngettext("%(n)s photo tagged.", "%(n)s photos tagged.", n) % {"n": n}


def _move(request: HttpRequest, ids: list[UUID]) -> str:
    folder = find_folder(folder_id=request.POST.get("folder"))
    n = services.move_assets(asset_ids=ids, folder=folder, **_who(request))
    place = folder.name if folder else _("No folder")
    return ngettext("%(n)s moved to %(place)s.", "%(n)s moved to %(place)s.", n) % {"n": n, "place": place}


def _trash(request: HttpRequest, ids: list[UUID]) -> str:
    n = services.trash_assets(asset_ids=ids, **_who(request))
    request.session["library_undo"] = [str(pk) for pk in ids]
    return ngettext("%(n)s moved to the trash.", "%(n)s moved to the trash.", n) % {"n": n}


def _restore(request: HttpRequest, ids: list[UUID]) -> str:
    n = services.restore_assets(asset_ids=ids, **_who(request))
    return ngettext("%(n)s is back.", "%(n)s are back.", n) % {"n": n}


def _purge(request: HttpRequest, ids: list[UUID]) -> str:
    n = services.purge_assets(asset_ids=ids, **_who(request))
    return ngettext("%(n)s deleted for good.", "%(n)s deleted for good.", n) % {"n": n}


_ACTS: dict[str, Callable[[HttpRequest, list[UUID]], str]] = {
    "tag": _tag,
    "move": _move,
    "trash": _trash,
    "restore": _restore,
    "purge": _purge,
}


@tenant_view(Can.COMPOSE)
@require_POST
def favourite(request: HttpRequest, asset_id: UUID) -> HttpResponse:
    asset = get_object_or_404(Asset.objects.on_shelf(), pk=asset_id)
    services.edit_asset(asset=asset, favourite=request.POST.get("on") == "1", **_who(request))
    return redirect("library_asset", asset_id=asset.pk)


@tenant_view(Can.COMPOSE)
@require_POST
def trash_empty(request: HttpRequest) -> HttpResponse:
    n = services.empty_trash(**_who(request))
    messages.success(request, ngettext("%(n)s deleted for good.", "%(n)s deleted for good.", n) % {"n": n})
    return redirect(f"{reverse('library')}?trash=1")


@tenant_view(Can.COMPOSE)
@require_POST
def replace(request: HttpRequest, asset_id: UUID) -> HttpResponse:
    """`file`: another file for the same photo. Scripts send large ones in pieces (views/transfers.py)."""
    asset = get_object_or_404(Asset.objects.on_shelf(), pk=asset_id)
    file = request.FILES.get("file")
    if file is None:
        raise Refused(_("No file arrived. Please choose it once more."), code="no_file", field="file")
    services.replace_file(asset=asset, file=file, filename=file.name or "", **_who(request))
    messages.success(request, _("The new file is being prepared. It takes over in a moment."))
    return redirect("library_asset", asset_id=asset.pk)


@tenant_view(Can.COMPOSE)
@require_POST
def version_back(request: HttpRequest, asset_id: UUID, number: int) -> HttpResponse:
    asset = get_object_or_404(Asset.objects.on_shelf(), pk=asset_id)
    services.restore_version(asset=asset, number=number, **_who(request))
    messages.success(request, _("The earlier file is back. The other one is kept as well."))
    return redirect("library_asset", asset_id=asset.pk)


@tenant_view(Can.COMPOSE)
@require_POST
def folder_new(request: HttpRequest) -> HttpResponse:
    parent = find_folder(folder_id=request.POST.get("parent"))
    folder = services.create_folder(name=request.POST.get("name", ""), parent=parent, **_who(request))
    messages.success(request, _("Folder “%(name)s” is there.") % {"name": folder.name})
    return redirect(f"{reverse('library')}?folder={folder.pk}")


@tenant_view(Can.COMPOSE)
@require_POST
def folders_init(request: HttpRequest) -> HttpResponse:
    services.init_folders(**_who(request))
    messages.success(request, _("Your folders are there. Rename or delete them as you like."))
    return redirect("library")


@tenant_view(Can.COMPOSE)
@require_POST
def folder_change(request: HttpRequest, folder_id: UUID) -> HttpResponse:
    """`action`: rename (name), move (parent), delete (what is inside goes one level up)."""
    folder = get_object_or_404(Folder, pk=folder_id)
    action = request.POST.get("action", "")
    if action == "rename":
        services.rename_folder(folder=folder, name=request.POST.get("name", ""), **_who(request))
        messages.success(request, _("Renamed."))
    elif action == "move":
        parent = find_folder(folder_id=request.POST.get("parent"))
        services.move_folder(folder=folder, parent=parent, **_who(request))
        messages.success(request, _("Moved."))
    elif action == "delete":
        above = folder.parent_id
        services.delete_folder(folder=folder, move_up=True, **_who(request))
        messages.success(request, _("Folder deleted. What was in it is one level up."))
        return redirect(reverse("library") + (f"?folder={above}" if above else ""))
    else:
        raise Refused(_("Choose what to do with the folder."), code="no_action", field="action")
    return redirect(f"{reverse('library')}?folder={folder.pk}")
