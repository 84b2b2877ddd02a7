"""Words for people who cannot see a photo."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from assets import services as library
from assets.models import Asset
from content import queries
from content.brief import Brief
from content.models import Generation, MenuItem
from content.services.writing import ask_for
from content.text import as_uuid
from content.words import Kind, Platform, State
from tenants.access import Actor
from tenants.context import current_tenant
from tenants.errors import Refused


def request_alt_text(
    *, asset: Any, wake: bool = True, generation_id: UUID | None = None, by: Actor, now: datetime
) -> Generation:
    """Ask for the description of a photo (an Asset or its id): by a model that looks at the picture, else from the
    dish it was filed under and its title. The answer is an offer; nothing is stored on the photo.
    """
    found = _photo(asset)
    tenant, profile = current_tenant(), queries.brand_profile()
    item = MenuItem.objects.filter(pk=found.menu_item_id).first() if found.menu_item_id else None
    brief = Brief(
        platform=Platform.INSTAGRAM,  # the table wants one; a description is the same for every network
        tone=profile.tone,
        brand=queries.brand_of(tenant, profile),
        dish=queries.dish_of(item) if item else None,
        photos=(found.title,) if found.title else (),
        language=profile.languages[0] if profile.languages else tenant.language,
        variants=1,
        kind=Kind.ALT_TEXT,
    )
    return ask_for(
        brief,
        profile=profile,
        menu_item=item,
        asset_ids=[found.pk],
        wake=wake,
        watched=False,
        generation_id=generation_id,
        by=by,
        now=now,
    )


def describe_asset(*, generation: Generation, by: Actor, now: datetime) -> Asset:
    """Put a written description on its photo."""
    if generation.kind != Kind.ALT_TEXT or generation.state != State.ANSWERED:
        raise Refused(_("There is no description to use yet."), code="not_written", status=409)
    photo = _photo(generation.asset_ids[0])
    return library.edit_asset(asset=photo, alt_text=generation.variants[0]["text"], by=by, now=now)


def _photo(asset: Any) -> Asset:
    key = asset.pk if isinstance(asset, Asset) else as_uuid(asset)
    found = Asset.objects.filter(pk=key, deleted_at__isnull=True).first() if key else None
    if found is None:
        raise Refused(_("This photo is not in your library any more."), code="asset", field="asset")
    if found.state != "ready":
        raise Refused(
            _("This photo is still getting ready. Try again in a moment."), code="processing", status=409
        )
    return found
