"""`{% load library %}{{ rendition|view_url }}`, and the tiles of the grids.

The tiles are written here and not in templates, which need ten times as long: a page has forty-eight.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape  # of plain strings, hundreds a page: Django's asks each whether it is lazy

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from assets import links
from assets.models import Rendition
from assets.queries import Tile
from tenants.templatetags.icons import icon

register = template.Library()


@register.filter
def view_url(rendition: object) -> str:
    """Path of a rendition for the restaurant's own pages; "" for one that is not there."""
    return links.view_url(rendition) if isinstance(rendition, Rendition) else ""


_SHELF_TILE = """
<li class="shelf-item" id="asset-{pk}" data-asset="{pk}" data-state="{state}" data-status="{url}status/">
  <a class="tile" href="{url}">
    {face}{badge}
    <span class="tile-caption">{title}</span>
  </a>
  <label class="shelf-pick"><input type="checkbox" name="asset" value="{pk}" form="bulk"><span class="tile-mark" aria-hidden="true"></span><span class="sr-only">{choose} {title}</span></label>
</li>"""  # noqa: E501 - one line of the page
_PICTURE = '<img src="{}" alt="{}" width="320" height="320" loading="lazy" decoding="async">'
_WORD = '<span class="tile-word">{}{}</span>'
_BADGE = '<span class="tile-badge">{}{}</span>'


@register.simple_tag
def shelf_tiles(tiles: Iterable[Tile]) -> SafeString:
    """The library's tiles as `<li>`: a link to each photo's page, and a box to choose it with."""
    choose = escape(_("Choose"))
    return mark_safe(  # noqa: S308 - escaped below
        "".join(
            _SHELF_TILE.format(
                pk=tile.asset.pk,
                state=escape(tile.asset.state),
                url=escape(tile.url),
                face=_face(tile),
                badge=_badge(tile),
                title=escape(tile.asset.title),
                choose=choose,
            )
            for tile in tiles
        )
    )


def _face(tile: Tile) -> str:
    asset = tile.asset
    if tile.thumb:
        return _PICTURE.format(escape(tile.thumb), escape(asset.alt_text or asset.title))
    if asset.state == "refused":
        return _WORD.format(icon("circle-alert"), escape(_("Not accepted")))
    waits = _("Waiting for the virus check") if asset.waits_for else _("Getting ready")
    return _WORD.format(icon("loader-circle", "spin"), escape(waits))


def _badge(tile: Tile) -> str:
    if tile.asset.kind == "video":
        return _BADGE.format(icon("play", "", _("Video")), tile.length)
    return _BADGE.format(icon("star", "", _("Favourite")), "") if tile.asset.favourite else ""


_PICKER_TILE = """
  <li><button type="button" class="tile" aria-pressed="false" data-asset="{pk}" data-kind="{kind}" data-title="{title}" data-alt="{alt}" data-thumb="{thumb}" data-preview="{preview}" data-ig="{ig}" data-width="{asset.width}" data-height="{asset.height}" data-focal-x="{asset.focal_x}" data-focal-y="{asset.focal_y}" data-uses="{asset.use_count}">
    {picture}{badge}
    <span class="tile-mark" aria-hidden="true"></span>
  </button></li>"""  # noqa: E501 - one line of the page


@register.simple_tag
def picker_tiles(tiles: Iterable[Tile]) -> SafeString:
    """The tiles that the composer chooses from, as `<li>`; data-* is what its preview needs to know."""
    new = _BADGE.format("", escape(_("New")))
    return mark_safe(  # noqa: S308 - escaped here
        "".join(
            _PICKER_TILE.format(
                asset=tile.asset,
                pk=tile.asset.pk,
                kind=escape(tile.asset.kind),
                title=escape(tile.asset.title),
                alt=escape(tile.asset.alt_text),
                thumb=escape(tile.thumb),
                preview=escape(tile.preview),
                ig=escape(tile.ig),
                picture=_PICTURE.format(escape(tile.thumb), escape(tile.asset.alt_text or tile.asset.title)),
                badge="" if tile.asset.use_count else new,
            )
            for tile in tiles
        )
    )
