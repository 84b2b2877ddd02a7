from collections.abc import Iterable
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assets.links import view_url
from assets.models import Asset, Rendition
from content import menu_csv, services
from content.currency import currency_of
from content.forms import DishForm, MenuFileForm
from content.models import MenuItem
from content.services.menu import Imported
from tenants.access import Can, tenant_view

PHOTOS_OFFERED = 60


@tenant_view(Can.VIEW)
@require_GET
def menu(request: HttpRequest) -> HttpResponse:
    """?q= finds dishes by name or description; ?off=1 shows only what is off."""
    items = MenuItem.objects.listed()
    q, off = request.GET.get("q", "").replace("\x00", "").strip(), bool(request.GET.get("off"))
    if q:
        items = items.filter(name__icontains=q) | items.filter(description__icontains=q)
    if off:
        items = items.filter(available=False)
    shown = list(items)
    thumbs = _thumbs({item.photo_id for item in shown if item.photo_id})
    sections = [
        (name, [(item, thumbs.get(item.photo_id, "")) for item in found])
        for name, found in groupby(shown, key=lambda item: item.section)
    ]
    context = {
        "sections": sections,
        "q": q,
        "off": off,
        "count": MenuItem.objects.count(),
        "off_count": MenuItem.objects.filter(available=False).count(),
    }
    return render(request, "content/menu.html", context)


@tenant_view(Can.COMPOSE)
@require_http_methods(["GET", "POST"])
def menu_item(request: HttpRequest, item_id: UUID | None = None) -> HttpResponseBase:
    """Add a dish, or change one."""
    item = get_object_or_404(MenuItem, pk=item_id) if item_id else None
    currency = currency_of(tenant=request.tenant)  # type: ignore[attr-defined]
    form = DishForm.of(item, currency, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        saved = form.run(
            services.save_menu_item,
            item=item,
            values=form.cleaned_data,
            by=request.actor,  # type: ignore[attr-defined]
            now=timezone.now(),
        )
        if saved:
            messages.success(request, _("“%(name)s” is saved.") % {"name": saved.name})
            return redirect("menu_item_new" if "another" in request.POST else "menu")
        if item:
            item.refresh_from_db()
    sections = MenuItem.objects.exclude(section="").values_list("section", flat=True)
    context = {
        "form": form,
        "item": item,
        "sections": dict.fromkeys(sections.order_by("section_order")),
        "photos": _offered(item),
    }
    return render(request, "content/menu_item.html", context, status=422 if form.is_bound else 200)


@tenant_view(Can.COMPOSE)
@require_POST
def menu_item_available(request: HttpRequest, item_id: UUID) -> HttpResponseBase:
    """The 86 switch: `available=on` or nothing."""
    item = services.set_available(
        item=get_object_or_404(MenuItem, pk=item_id),
        available=bool(request.POST.get("available")),
        by=request.actor,  # type: ignore[attr-defined]
        now=timezone.now(),
    )
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("menu")
    thumb = _thumbs({item.photo_id}).get(item.photo_id, "") if item.photo_id else ""
    return render(request, "content/_dish.html", {"item": item, "thumb": thumb, "switched": True})


@tenant_view(Can.COMPOSE)
@require_POST
def menu_item_delete(request: HttpRequest, item_id: UUID) -> HttpResponseBase:
    item = get_object_or_404(MenuItem, pk=item_id)
    services.delete_menu_item(item=item, by=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("“%(name)s” is off the menu for good.") % {"name": item.name})
    return redirect("menu")


@tenant_view(Can.COMPOSE)
@require_POST
def menu_item_move(request: HttpRequest, item_id: UUID) -> HttpResponseBase:
    """`way=up` or `way=down` within the section."""
    item = get_object_or_404(MenuItem, pk=item_id)
    up = request.POST.get("way") == "up"
    services.move_menu_item(item=item, up=up, by=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    return redirect("menu")


@tenant_view(Can.COMPOSE)
@require_http_methods(["GET", "POST"])
def menu_import(request: HttpRequest) -> HttpResponseBase:
    """File or pasted lines -> preview with an error per line -> `confirm` stores the good lines."""
    posted = request.method == "POST"
    form = MenuFileForm(request.POST, request.FILES) if posted else MenuFileForm()
    context: dict[str, Any] = {"form": form, "columns": list(menu_csv.COLUMNS)}
    if not form.is_bound or not form.is_valid():
        return render(request, "content/menu_import.html", context, status=422 if form.is_bound else 200)
    content = form.content()
    try:
        lines = menu_csv.read(content, currency=currency_of(tenant=request.tenant))  # type: ignore[attr-defined]
    except menu_csv.Unreadable as error:
        form.add_error(None, str(error))
        return render(request, "content/menu_import.html", context, status=422)
    if "confirm" not in request.POST:
        good = sum(not line.errors for line in lines)
        context |= {"lines": lines, "good": good, "bad": len(lines) - good, "text": _as_text(content)}
        return render(request, "content/menu_import.html", context)
    done = services.import_menu(lines=lines, by=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _imported(done))
    return redirect("menu")


def _imported(done: Imported) -> str:
    said = [
        ngettext("%(n)d dish added", "%(n)d dishes added", done.added) % {"n": done.added},
        ngettext("%(n)d changed", "%(n)d changed", done.changed) % {"n": done.changed},
    ]
    if done.skipped:
        said.append(
            ngettext("%(n)d line left out", "%(n)d lines left out", done.skipped) % {"n": done.skipped}
        )
    return ", ".join(said) + "."


def _as_text(content: bytes) -> str:
    """What the confirmation sends back; the reader already accepted it."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _thumbs(asset_ids: Iterable[Any]) -> dict[Any, str]:
    """{asset id: address of its thumbnail} in one query."""
    rows = Rendition.objects.filter(asset_id__in=list(asset_ids), kind="thumb").order_by("created_at")
    return {row.asset_id: view_url(row) for row in rows}


def _offered(item: MenuItem | None) -> list[tuple[Asset, str]]:
    """Photos to choose from: the dish's own first, then the newest."""
    found = list(Asset.objects.usable().filter(kind="photo").newest_first()[:PHOTOS_OFFERED])
    if item and item.photo_id and all(a.pk != item.photo_id for a in found):
        found = [*Asset.objects.filter(pk=item.photo_id), *found]
    thumbs = _thumbs(a.pk for a in found)
    return [(a, thumbs[a.pk]) for a in found if a.pk in thumbs]
