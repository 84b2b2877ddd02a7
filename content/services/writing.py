"""Asking for words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from assets.models import Asset
from content import generating, prompts, queries, tasks
from content.brief import Brand, Brief, Dish
from content.chores import due
from content.currency import currency_of
from content.models import BrandProfile, Generation, MenuItem, Post
from content.text import as_uuid, clean_text
from content.words import Kind, Platform, State, Tone, Why, WritingMode
from tenants.access import Actor
from tenants.context import current_tenant
from tenants.errors import Refused
from tenants.models import Tenant

PATIENCE = timedelta(seconds=60)  # then templates answer, so that nobody waits for a model that is gone
MOST_WAITING = 100  # requests of one restaurant in the queue
MOST_VARIANTS = 5
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")
_NEEDS_TEXT = {Kind.SHORTEN, Kind.LENGTHEN, Kind.TRANSLATE, Kind.RETONE, Kind.HASHTAGS}


def request_caption(
    *,
    platform: str,
    tone: str = "",
    menu_item: Any = None,
    asset: Any = None,
    asset_ids: Iterable[Any] = (),
    post: Post | None = None,
    occasion: str = "",
    note: str = "",
    angle: str = "",
    reason: str = "",
    post_kind: str = "",
    for_moment: datetime | None = None,
    kind: str = Kind.CAPTION,
    text: str = "",
    language: str = "",
    variants: int = 3,
    enough: int = 0,
    facts: Mapping[str, str] | None = None,
    wake: bool = True,
    watched: bool | None = None,
    patience: timedelta = PATIENCE,
    generation_id: UUID | None = None,
    by: Actor,
    now: datetime,
) -> Generation:
    """A Generation: answered at once where templates write, else PENDING with a worker on its way.

    `for_moment` is when the post goes out (weekday and season are taken from it, in the restaurant's zone).
    `angle`, `reason` and `post_kind` come from a plan: the idea to write from, why this post on this day, and what
    sort of post it is. `facts` lets an API caller describe restaurant and item in its own words (restaurant_name,
    restaurant_description, item_name, item_description); an item that is on the menu keeps the menu's price.
    `enough`: so many good variants end the asking (0: all), and one rewrite must do. `generation_id` names the row
    beforehand, for callers that must find it again. `watched`: somebody looks on, so
    the words are shown as they come (default: when a worker is woken). `wake=False` leaves the work to the caller:
    `generating.run_generation` for one, `batching.write_many` for many. After `patience` templates answer.
    """
    tenant = current_tenant()
    profile = queries.brand_profile()
    tone = tone or profile.tone
    _known(platform, Platform.values, "platform", _("Choose facebook or instagram."))
    _known(tone, Tone.values, "tone", _("Choose one of: %(tones)s.") % {"tones": ", ".join(Tone.values)})
    _known(
        kind,
        set(Kind.values) - {Kind.ALT_TEXT, Kind.STRATEGY},
        "kind",
        _("This kind of writing does not exist."),
    )
    text = clean_text(text, limit=5000, field="text")
    if kind in _NEEDS_TEXT and not text:
        raise Refused(_("Write a caption first, then it can be changed."), code="empty", field="text")
    language = _language(language, profile, tenant)
    if not 1 <= variants <= MOST_VARIANTS:
        raise Refused(
            _("Ask for 1 to %(max)d variants.") % {"max": MOST_VARIANTS}, code="variants", field="variants"
        )
    item = _item(menu_item)
    ids = _asset_ids([*([asset] if asset else []), *asset_ids])
    local = (for_moment or now).astimezone(ZoneInfo(tenant.timezone))
    brand = queries.brand_of(tenant, profile)
    menu = queries.menu_dishes(local.month)
    dish = queries.dish_of(item, local.month) if item else None
    if facts:
        brand, dish, menu = _with_facts(brand, dish, menu, facts)
    brief = Brief(
        platform=platform,
        tone=tone,
        brand=brand,
        dish=_served(dish),
        menu=menu,
        occasion=clean_text(occasion, limit=200, field="occasion"),
        note=clean_text(note, limit=1000, field="note"),
        angle=clean_text(angle, limit=200, field="angle"),
        reason=clean_text(reason, limit=500, field="reason"),
        post_kind=clean_text(post_kind, limit=80, field="post_kind"),
        weekday=_WEEKDAYS[local.weekday()] if for_moment else "",
        season=queries.season_of(local, tenant.timezone),
        photos=queries.photo_words(ids),
        language=language,
        variants=variants,
        enough=enough,
        kind=kind,
        text=text,
    )
    return ask_for(
        brief,
        profile=profile,
        menu_item=item,
        asset_ids=ids,
        post=post,
        wake=wake,
        watched=watched,
        patience=patience,
        generation_id=generation_id,
        by=by,
        now=now,
    )


def regenerate(*, generation: Generation, wake: bool = True, by: Actor, now: datetime) -> Generation:
    """One more caption like those of `generation`: the same wishes, today's brand and menu, and other words.

    What it wrote before is part of the history that the new one must not repeat.
    """
    if generation.kind in (Kind.ALT_TEXT, Kind.STRATEGY):
        raise Refused(_("This kind of writing does not exist."), code="unknown_kind", field="kind")
    profile, tenant = queries.brand_profile(), current_tenant()
    old = Brief.from_data(generation.brief)
    month = now.astimezone(ZoneInfo(tenant.timezone)).month
    item = generation.menu_item
    menu = queries.menu_dishes(month)
    dish = queries.dish_of(item, month) if item else old.dish
    # Words that an API caller brought along for this caption only are kept.
    brand = replace(queries.brand_of(tenant, profile), name=old.brand.name, description=old.brand.description)
    if item is None and dish is not None and all(d.name != dish.name for d in menu):
        menu = (dish, *menu)
    brief = replace(old, brand=brand, menu=menu, dish=_served(dish), variants=1)
    return ask_for(
        brief,
        profile=profile,
        menu_item=item,
        asset_ids=generation.asset_ids,
        post=generation.post,
        wake=wake,
        by=by,
        now=now,
    )


def ask_for(
    brief: Brief,
    *,
    profile: BrandProfile,
    menu_item: MenuItem | None = None,
    asset_ids: Sequence[Any] = (),
    post: Post | None = None,
    wake: bool = True,
    watched: bool | None = None,
    patience: timedelta = PATIENCE,
    generation_id: UUID | None = None,
    by: Actor,
    now: datetime,
) -> Generation:
    """Store the request for a checked brief and see to it that somebody answers."""
    if Generation.objects.filter(state__in=[State.PENDING, State.CLAIMED]).count() >= MOST_WAITING:
        raise Refused(
            _("Too many captions are waiting to be written. Try again in a minute."), code="busy", status=429
        )
    key = generation_id or uuid4()
    why = _without_ai(profile.mode, brief.kind)
    with transaction.atomic():
        generation = Generation.objects.create(
            id=key,
            kind=brief.kind,
            platform=brief.platform,
            tone=brief.tone,
            brief=replace(brief, seed=str(key)).as_data(),
            mode=profile.mode,
            menu_item=menu_item,
            asset_ids=list(asset_ids),
            post=post,
            watched=wake if watched is None else watched,
            prompt_version=prompts.version(prompts.named(brief.kind)),
            next_action_at=now,
            patience_until=now + patience,
            created_by=by.label,
            created_by_id=by.id,
            created_at=now,
            updated_at=now,
        )
        if why:
            generating.write_now(generation=generation, why=why, now=now)
        else:
            if wake:
                tasks.write_caption.wake(generation_id=str(generation.pk))
            due.note(now + due.LOOK_AFTER)  # last: the public row stays locked until the commit
    return generation


def _served(dish: Dish | None) -> Dish | None:
    if dish is not None and not dish.available:
        raise Refused(
            _("“%(dish)s” is marked as not available. Switch it on in the menu first.") % {"dish": dish.name},
            code="dish_unavailable",
            field="menu_item",
            status=409,
        )
    return dish


def _language(language: str, profile: BrandProfile, tenant: Tenant) -> str:
    """The language asked for, else the brand's first; one that the brand page does not list is refused."""
    language = (language or (profile.languages[0] if profile.languages else tenant.language)).strip()
    if not _LANGUAGE.match(language):
        raise Refused(
            _("Give the language as a code such as en or pt-BR."), code="language", field="language"
        )
    spoken = [one.split("-")[0].lower() for one in profile.languages]
    if spoken and language.split("-")[0].lower() not in spoken:
        raise Refused(
            _("Your brand page allows captions in: %(languages)s. Add “%(language)s” there first.")
            % {"languages": ", ".join(profile.languages), "language": language},
            code="language_not_allowed",
            field="language",
        )
    return language


def nudge(*, generation: Generation, now: datetime) -> Generation:
    """Called while somebody looks at a waiting generation: wake a worker again, or let templates answer.

    So a broker that lost the message, or workers that are all gone, cost seconds and not the caption.
    """
    if generation.state == State.PENDING and generation.patience_until <= now:
        return generating.answer_overdue(generation_id=generation.pk, clock=lambda: now) or generation
    due = generation.state == State.PENDING and generation.next_action_at + timedelta(seconds=3) <= now
    died = generation.lease_until is not None and generation.lease_until < now
    if due or died:
        tasks.write_caption.wake(generation_id=str(generation.pk))
    return generation


def _without_ai(mode: str, kind: str) -> Why | None:
    """Why templates write this one from the start; None where the model is asked."""
    if not settings.AI_CONFIGURED:
        return Why.NO_AI
    if mode == WritingMode.TEMPLATES:
        return Why.MODE
    if mode == WritingMode.MIXED and kind == Kind.CAPTION:
        written = Generation.objects.filter(kind=Kind.CAPTION).count()
        return Why.TURN if written % 2 else None
    return None


def _known(value: str, choices: Iterable[str], field: str, sentence: str) -> None:
    if value not in choices:
        raise Refused(sentence, code=f"unknown_{field}", field=field)


def _item(value: Any) -> MenuItem | None:
    if not value or isinstance(value, MenuItem):
        return value or None
    key = as_uuid(value)
    item = MenuItem.objects.filter(pk=key).first() if key else None
    if item is None:
        raise Refused(_("This dish is not on your menu any more."), code="menu_item", field="menu_item")
    return item


def _asset_ids(values: Iterable[Any]) -> list[Any]:
    keys = [as_uuid(getattr(value, "pk", value)) for value in values]
    known = set(
        Asset.objects.filter(pk__in=[k for k in keys if k], deleted_at__isnull=True).values_list(
            "pk", flat=True
        )
    )
    if any(key not in known for key in keys):
        raise Refused(
            _("A photo you chose is not in your library any more."), code="asset", field="asset_ids"
        )
    return list(dict.fromkeys(keys))


def _with_facts(
    brand: Brand, dish: Dish | None, menu: tuple[Dish, ...], facts: Mapping[str, str]
) -> tuple[Brand, Dish | None, tuple[Dish, ...]]:
    """The caller's own words over the stored ones, for this caption only."""
    tenant: Tenant = current_tenant()
    name = clean_text(facts.get("restaurant_name", ""), limit=100, field="restaurant_name")
    about = clean_text(facts.get("restaurant_description", ""), limit=2000, field="restaurant_description")
    item_name = clean_text(facts.get("item_name", ""), limit=120, field="item_name")
    item_text = clean_text(facts.get("item_description", ""), limit=1000, field="item_description")
    brand = Brand(**{**brand.__dict__, "name": name or brand.name, "description": about or brand.description})
    if item_name:
        on_menu = next((d for d in menu if d.name.casefold() == item_name.casefold()), None)
        if on_menu:
            dish = Dish(**{**on_menu.__dict__, "description": item_text or on_menu.description})
            menu = tuple(dish if d is on_menu else d for d in menu)
        else:
            dish = Dish(name=item_name, description=item_text, currency=currency_of(tenant=tenant))
            menu = (dish, *menu)
    return brand, dish, menu
