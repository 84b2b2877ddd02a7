"""Reads that join several tables of this room."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDay, TruncMonth

from assets.models import Asset
from content import money
from content.brief import Brand, Brief, Dish, Earlier
from content.models import OPENING_CHARS, BrandProfile, Exchange, Generation, MenuItem, Post, SpendMonth
from content.words import EmojiPolicy, Source, State, Tone, WritingMode
from tenants.models import Tenant

LAST_POSTS = 60
LAST_WRITTEN = 40
FRESH = 5
START_ALIKE = 0.6  # trigram likeness of two beginnings worth a closer look
SEASONS = {1: "winter", 2: "winter", 3: "spring", 4: "spring", 5: "spring", 6: "summer"} | {
    7: "summer", 8: "summer", 9: "autumn", 10: "autumn", 11: "autumn", 12: "winter"
}  # fmt: skip
SOUTHERN = (
    "Australia/",
    "Pacific/Auckland",
    "America/Argentina",
    "America/Santiago",
    "America/Sao_Paulo",
    "Africa/Johannesburg",
)
_OPPOSITE = {"winter": "summer", "summer": "winter", "spring": "autumn", "autumn": "spring"}


def brand_profile() -> BrandProfile:
    """The stored profile, or an unsaved one with the defaults."""
    return BrandProfile.objects.first() or BrandProfile(
        tone=Tone.CASUAL, emoji=EmojiPolicy.SOME, mode=WritingMode.AI, languages=[]
    )


def brand_of(tenant: Tenant, profile: BrandProfile) -> Brand:
    return Brand(
        name=tenant.name,
        description=profile.description,
        cuisine=profile.cuisine,
        city=profile.city,
        audience=profile.audience,
        voice=profile.voice,
        words_to_use=tuple(profile.words_to_use),
        words_to_avoid=tuple(profile.words_to_avoid),
        emoji=profile.emoji,
        hashtags=tuple(profile.hashtags),
        hashtag_limit=profile.hashtag_limit,
        call_to_action=profile.call_to_action,
        links=tuple(profile.links),
    )


def dish_of(item: MenuItem, month: int | None = None) -> Dish:
    """A menu item as words. Out of season counts as not available."""
    return Dish(
        name=item.name,
        description=item.description,
        section=item.section,
        price=item.price,
        currency=item.currency,
        allergens=tuple(item.allergens),
        available=item.available and (month is None or in_season(item, month)),
    )


def in_season(item: MenuItem, month: int) -> bool:
    if item.season_from is None or item.season_to is None:
        return True
    if item.season_from <= item.season_to:
        return item.season_from <= month <= item.season_to
    return month >= item.season_from or month <= item.season_to


def menu_dishes(month: int | None = None) -> tuple[Dish, ...]:
    return tuple(dish_of(item, month) for item in MenuItem.objects.listed())


def season_of(local: datetime, zone: str) -> str:
    season = SEASONS[local.month]
    return _OPPOSITE[season] if zone.startswith(SOUTHERN) else season


def truth_brief(tenant: Tenant, *, platform: str, moment: datetime) -> Brief:
    """A Brief for checking words against the menu as of `moment`."""
    profile = brand_profile()
    month = moment.astimezone(ZoneInfo(tenant.timezone)).month
    language = profile.languages[0] if profile.languages else tenant.language
    brand = brand_of(tenant, profile)
    return Brief(platform, profile.tone, brand, menu=menu_dishes(month), language=language)


def earlier_captions(*, exclude_post: Any = None, exclude_generation: Any = None) -> tuple[Earlier, ...]:
    """What this restaurant said or had written lately, newest first: posts, then captions not (yet) used."""
    posts = Post.objects.exclude(pk=exclude_post) if exclude_post else Post.objects.all()
    found = [
        (created, Earlier(str(pk), text, dish or ""))
        for pk, caption, captions, dish, created in posts.recent().values_list(
            "pk", "caption", "captions", "menu_item__name", "created_at"
        )[:LAST_POSTS]
        for text in dict.fromkeys([caption, *captions.values()])
        if text
    ]
    written = Generation.objects.filter(state=State.ANSWERED).exclude(pk=exclude_generation).recent()
    rows = written.values_list("pk", "variants", "used_by", "created_at")[:LAST_WRITTEN]
    for number, (pk, variants, used_by, created) in enumerate(rows):
        if used_by is not None:
            continue  # its post is above
        # Of what was asked for just now all variants count, of older answers the first: nobody took them.
        for v in variants if number < FRESH else variants[:1]:
            dish = (v.get("dishes") or [""])[0]
            found.append((created, Earlier(str(pk), v.get("text", ""), dish, v.get("angle", ""))))
    return tuple(earlier for _, earlier in sorted(found, key=lambda pair: pair[0], reverse=True))


_START = f"left(caption, {OPENING_CHARS})"  # the expression of the index, to the letter
_SIMILAR = (
    f"SELECT id, caption FROM content_post WHERE {_START} %% %s AND id IS DISTINCT FROM %s"  # noqa: S608
    f" ORDER BY similarity({_START}, %s) DESC LIMIT %s"
)


def similar_captions(text: str, limit: int = 5, *, exclude: Any = None) -> tuple[Earlier, ...]:
    """Posts of any age that begin much like `text`: the trigram index finds them among any number."""
    start = text.strip()[:OPENING_CHARS]
    with transaction.atomic(), connection.cursor() as cursor:
        # The planner takes % for a cheap operator and would read every row: 200 ms instead of 20 with 10,000 posts.
        cursor.execute(
            "SELECT set_config('pg_trgm.similarity_threshold', %s, true), set_config('enable_seqscan', 'off', true)",
            [str(START_ALIKE)],
        )
        cursor.execute(_SIMILAR, [start, exclude, start, limit])
        found = tuple(Earlier(str(pk), caption) for pk, caption in cursor.fetchall())
        cursor.execute("SELECT set_config('enable_seqscan', 'on', true)")  # an outer transaction goes on
        return found


def with_history(brief: Brief, *, exclude_post: Any = None, exclude_generation: Any = None) -> Brief:
    return replace(
        brief, earlier=earlier_captions(exclude_post=exclude_post, exclude_generation=exclude_generation)
    )


def photo_words(asset_ids: Iterable[Any]) -> tuple[str, ...]:
    """What the chosen pictures show, in the owner's own words."""
    rows = {a.pk: a for a in Asset.objects.filter(pk__in=list(asset_ids))}
    return tuple((a.alt_text or a.title) for a in (rows.get(pk) for pk in asset_ids) if a)


def posts_about(item: MenuItem) -> list[Any]:
    """Ids of posts that are linked to a dish or name it: what 86-ing it concerns."""
    named = Post.objects.filter(
        Q(menu_item=item) | Q(caption__icontains=item.name) | Q(captions__icontains=item.name)
    )
    return list(named.values_list("pk", flat=True))


def writing_totals(now: datetime, plan: str) -> dict[str, Any]:
    """This month's AI money against the plan's, for the log's head: dollars, calls, share used in percent."""
    month, allowance = money.this_month(now), money.allowance(plan)
    used = month.spent + month.reserved
    return {
        "spent": month.spent,
        "budget": allowance.budget,
        "calls": month.calls,
        "percent": min(100, int(used * 100 / allowance.budget)) if allowance.budget else 100,
        "exhausted": used >= allowance.budget * Decimal("0.99"),
    }


def cost_by_day(now: datetime, zone: str, days: int = 30) -> list[dict[str, Any]]:
    """[{day, cost, count}] of each of the last `days` days of the restaurant's own calendar, also of empty ones."""
    here = ZoneInfo(zone)
    today = now.astimezone(here).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=days - 1)
    rows = (
        Generation.objects.filter(created_at__gte=first)
        .annotate(day=TruncDay("created_at", tzinfo=here))
        .values("day")
        .annotate(cost=Sum("cost"), count=Count("pk"))
    )
    found: dict[Any, dict[str, Any]] = {row["day"].date(): dict(row) for row in rows}
    spread = [first + timedelta(days=n) for n in range(days)]
    nothing: dict[str, Any] = {"cost": Decimal(0), "count": 0}
    return [{**found.get(day.date(), nothing), "day": day} for day in spread]


def cost_by_month(months: int = 12) -> list[dict[str, Any]]:
    """[{month, spent, calls, captions, by_ai}], newest first. Money is counted in months of UTC, as it is limited."""
    rows = list(SpendMonth.objects.order_by("-month")[:months])
    written = {
        row["start"].date(): row
        for row in Generation.objects.filter(state=State.ANSWERED)
        .annotate(start=TruncMonth("created_at", tzinfo=UTC))
        .values("start")
        .annotate(captions=Count("pk"), by_ai=Count("pk", filter=Q(source=Source.AI)))
    }
    return [
        {"month": row.month, "spent": row.spent, "calls": row.calls, "captions": 0, "by_ai": 0}
        | {k: v for k, v in written.get(row.month, {}).items() if k != "start"}
        for row in rows
    ]


def cost_by_model(now: datetime) -> list[dict[str, Any]]:
    """[{model, calls, tokens_in, tokens_out, cost}] of this month, the dearest first."""
    start = datetime.combine(money.month_of(now), datetime.min.time(), tzinfo=UTC)
    rows = Exchange.objects.filter(sent_at__gte=start).values("model")
    summed = rows.annotate(
        calls=Count("pk"), total_in=Sum("tokens_in"), total_out=Sum("tokens_out"), dollars=Sum("cost")
    )
    return [dict(row) for row in summed.order_by("-dollars", "model")]
