"""From the restaurant's rows to the planner's facts."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Avg, Count, Max

from assets.models import Asset
from content import money, queries
from content.calendar import asking
from content.calendar.days import special_days, weekend_of
from content.calendar.facts import DishFact, Occasion, PhotoFact, Proposal, Wish, words_of
from content.calendar.models import CalendarSlot
from content.calendar.words import PlanMode, SlotState
from content.models import Generation, MenuItem, Post
from content.words import Kind, Source
from tenants.models import Tenant

MOST_PHOTOS, MOST_DISHES = 600, 300
TYPICAL_TOKENS = (1500, 260)  # read and written for one caption with a menu of a dozen dishes
STRATEGY_TOKENS = (1800, 1200)
ENOUGH = 5  # captions of the past before their average is worth more than the typical size


def wish_of(
    *,
    tenant: Tenant,
    first: date,
    last: date,
    count: int,
    now: datetime,
    channel_ids: Iterable[UUID] = (),
    times: Mapping[int, tuple[time, ...]] | None = None,
    blackout: Iterable[date] = (),
    only: Iterable[date] = (),
    campaign: str = "",
    campaign_days: Iterable[date] = (),
    special: Iterable[str] | None = None,
    mix: Mapping[str, float] | None = None,
    proposals: Mapping[date, Proposal] | None = None,
    seed: str = "",
    besides: UUID | None = None,
) -> Wish:
    """Everything the planner wants to know about this restaurant and month. A handful of queries.

    `besides`: a calendar whose own slots do not count as shown. `special`: names of the special days wanted, as
    offered or in English; None means all that are offered.
    """
    zone = ZoneInfo(tenant.timezone)
    dishes, photos = dish_facts(zone, besides), photo_facts(zone, besides)
    offered = occasions_of(tenant, first, last, dishes, photos)
    wanted = None if special is None else set(special)
    chosen = [o for o in offered if wanted is None or o.name in wanted or o.english in wanted]
    chosen += [
        Occasion(day, campaign[:200], 3, words_of(campaign), "campaign") for day in campaign_days if campaign
    ]
    found = asking.times(list(channel_ids), tenant.timezone, now).by_weekday if times is None else times
    return Wish(
        first=first,
        last=last,
        now=now,
        zone=tenant.timezone,
        count=count,
        times=found,
        blackout=frozenset(blackout),
        only=frozenset(only),
        taken=asking.taken(first, last, tenant.timezone),
        mix=dict(mix or {}),
        occasions=tuple(chosen),
        dishes=dishes,
        photos=photos,
        proposals=dict(proposals or {}),
        weekend=weekend_of(tenant.country),
        southern=tenant.timezone.startswith(queries.SOUTHERN),
        seed=seed,
    )


def occasions_of(
    tenant: Tenant, first: date, last: date, dishes: Iterable[DishFact], photos: Iterable[PhotoFact]
) -> list[Occasion]:
    known = [word for dish in dishes for word in dish.words]
    known += [word for photo in photos for word in photo.words]
    profile = queries.brand_profile()
    known.append(profile.cuisine)
    language = (profile.languages[0] if profile.languages else tenant.language) or "en"
    return special_days(tenant.country, first, last, known=known, language=language)


def offered_days(tenant: Tenant, first: date, last: date) -> list[Occasion]:
    """Special days as the form offers them."""
    zone = ZoneInfo(tenant.timezone)
    return occasions_of(tenant, first, last, dish_facts(zone), photo_facts(zone))


def dish_facts(zone: ZoneInfo, besides: UUID | None = None) -> tuple[DishFact, ...]:
    items = list(MenuItem.objects.served().listed()[:MOST_DISHES])
    posts = dict(
        Post.objects.filter(menu_item__in=items)
        .order_by()
        .values_list("menu_item")
        .annotate(Max("created_at"))
    )
    shown = _planned("menu_item", besides)
    return tuple(
        DishFact(
            id=str(item.pk),
            name=item.name,
            words=words_of(item.name, item.section, item.description),
            months=frozenset(month for month in range(1, 13) if queries.in_season(item, month)),
            seasonal=item.season_from is not None,
            last_shown=_day(shown.get(item.pk) or posts.get(item.pk), zone),
        )
        for item in items
    )


def photo_facts(zone: ZoneInfo, besides: UUID | None = None) -> tuple[PhotoFact, ...]:
    rows = Asset.objects.usable().filter(kind="photo").unused_first()[:MOST_PHOTOS]
    shown = _planned("asset", besides)
    return tuple(
        PhotoFact(
            id=str(row.pk),
            words=words_of(row.title, *row.tags, row.menu_item_name),
            dish_id=str(row.menu_item_id or ""),
            season=row.season,
            last_shown=_day(shown.get(row.pk) or row.last_used_at, zone),
            uses=row.use_count,
        )
        for row in rows
    )


def _planned(name: str, besides: UUID | None) -> dict[Any, datetime]:
    """{dish or photo: the latest moment a planned post shows it}; skipped ones do not count."""
    rows = (
        CalendarSlot.objects.exclude(state=SlotState.SKIPPED)
        .exclude(**{name: None})
        .exclude(calendar=besides)
    )
    return dict(rows.order_by().values_list(name).annotate(Max("publish_at")))


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return moment.astimezone(zone).date() if moment else None


# --- money ---------------------------------------------------------------------------------------


def ai_posts(mode: str, count: int) -> int:
    """How many of `count` posts ask the model."""
    if not settings.AI_CONFIGURED or mode == PlanMode.TEMPLATES:
        return 0
    return (count + 1) // 2 if mode == PlanMode.MIXED else count


def estimate(mode: str, count: int) -> Decimal:
    """US dollars a month of `count` posts will cost, from this restaurant's own past captions when there are enough."""
    asked = ai_posts(mode, count)
    if not asked:
        return Decimal(0)
    past = Generation.objects.filter(kind=Kind.CAPTION, source=Source.AI).aggregate(
        number=Count("pk"), each=Avg("cost")
    )
    model = settings.GPT_TEXT_MODEL
    each = past["each"] if past["number"] >= ENOUGH else money.cost(model, *TYPICAL_TOKENS)
    return (each * asked + money.cost(model, *STRATEGY_TOKENS)).quantize(money.MICRO)


def month_days(day: date) -> tuple[date, date]:
    """First and last day of the month of `day`."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
