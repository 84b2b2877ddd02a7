"""A month from a wish: which days, which kind of post, which dish and photo, and why. Pure and repeatable.

Rules that always hold, with or without a model's proposal: as many posts as asked for, all in the future, never on a
blackout day, evenly spread, kinds as the mix says, weekend drivers on the two days before a weekend, special-day posts
on their day, no dish and no photo again within its distance, one sentence of reason each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from random import Random

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from content.calendar import fitting, reasons, spreading
from content.calendar.facts import FEWEST, MOST, MOST_A_DAY, DishFact, Occasion, Plan, Planned, Proposal, Wish
from content.calendar.mix import DEFAULT_MIX, targets
from content.calendar.spreading import Opening
from content.calendar.words import SlotKind
from tenants.errors import Refused


def check_count(count: int, *, fewest: int = FEWEST) -> int:
    if not fewest <= count <= MOST:
        raise Refused(
            _("A month takes %(few)d to %(many)d posts; 8 to 15 work best.") % {"few": FEWEST, "many": MOST},
            code="count",
            field="count",
        )
    return count


def plan(wish: Wish, *, fewest: int = FEWEST) -> Plan:
    """The month. Refused, with what to change, when it cannot hold that many posts."""
    check_count(wish.count, fewest=fewest)
    random = Random(wish.seed)  # noqa: S311 - variety, no secret
    free = spreading.openings(wish)
    _check_room(wish, free)
    mix = wish.mix or DEFAULT_MIX
    occasions = fitting.by_day(wish.occasions)
    about = spreading.campaign_days(wish, free)
    if len(about) > wish.count:
        raise Refused(
            _("%(days)d days are to be about your campaign: choose at least as many posts, or fewer days.")
            % {"days": len(about)},
            code="campaign_days",
            field="count",
        )
    ideal = _targets(mix, wish.count, len(about))
    chosen = spreading.choose(wish, free, ideal[SlotKind.SPECIAL], ideal[SlotKind.WEEKEND], random)
    eves = spreading.eve_days(wish.weekend)
    days_special = len({opening.day for opening in chosen} & set(occasions))
    caps: dict[str, int] = {
        SlotKind.SPECIAL: days_special,
        SlotKind.WEEKEND: _eves_left(
            chosen, eves, occasions, min(ideal[SlotKind.SPECIAL], days_special), about
        ),
    }
    wanted = _targets(mix, wish.count, len(about), caps)
    kinds = _kinds(chosen, wanted, occasions, eves, wish, random)
    return Plan(
        tuple(_slots(wish, chosen, kinds, occasions, random)), wanted, tuple(_notes(wish, ideal, wanted))
    )


def as_before(wish: Wish, fixed: Mapping[date, tuple[time, str]]) -> Wish:
    """The same days, times and kinds as a month before: the structure stays, dishes and photos are chosen anew."""
    proposals = {day: Proposal(kind=kind) for day, (_time, kind) in fixed.items()}
    mix: dict[str, float] = {}
    for _time, kind in fixed.values():
        mix[kind] = mix.get(kind, 0) + 1
    at = {day: (moment,) for day, (moment, _kind) in fixed.items()}
    return replace(
        wish,
        only=frozenset(fixed),
        at=at,
        count=len(fixed),
        mix=mix,
        proposals=proposals,
        blackout=frozenset(),
    )


def around(wish: Wish, slots: Sequence[tuple[date, time, str]]) -> Wish:
    """The same days, times and numbers of kinds as these slots; which kind stands where, and dishes, are open again."""
    at: dict[date, tuple[time, ...]] = {}
    mix: dict[str, float] = {}
    for day, moment, kind in slots:
        at[day] = (*at.get(day, ()), moment)
        mix[kind] = mix.get(kind, 0) + 1
    return replace(
        wish, only=frozenset(at), at=at, count=len(slots), mix=mix, taken={}, times={}, blackout=frozenset()
    )


def _check_room(wish: Wish, free: dict[date, list[Opening]]) -> None:
    if not free:
        raise Refused(
            _("No day is left in this month for a post. Choose another month or fewer days off."),
            code="no_days",
            field="blackout",
        )
    if spreading.room(free) < wish.count:
        raise Refused(
            ngettext(
                "Only %(days)d day is left: at most %(most)d posts fit, %(each)d a day.",
                "Only %(days)d days are left: at most %(most)d posts fit, %(each)d a day.",
                len(free),
            )
            % {"days": len(free), "most": spreading.room(free), "each": MOST_A_DAY},
            code="too_many",
            field="count",
        )


def _targets(
    mix: Mapping[str, float], count: int, campaign: int, caps: Mapping[str, int] | None = None
) -> dict[str, int]:
    """As `targets`, with at least as many special days as a campaign asks for; the rest shares what is left."""
    found = targets(mix, count, caps)
    if found[SlotKind.SPECIAL] >= campaign:
        return found
    others = {kind: part for kind, part in mix.items() if kind != SlotKind.SPECIAL}
    rest = {kind: cap for kind, cap in (caps or {}).items() if kind != SlotKind.SPECIAL}
    return targets(others, count - campaign, rest) | {str(SlotKind.SPECIAL): campaign}


def _eves_left(
    chosen: Sequence[Opening],
    eves: tuple[int, int],
    occasions: dict[date, Occasion],
    special: int,
    about: Sequence[date],
) -> int:
    """How many posts before a weekend remain when `special` days take theirs, which avoid eves where they can; those
    `about` a campaign cannot.
    """
    able = sum(1 for opening in chosen if opening.day.weekday() in eves)
    free = {o.day for o in chosen if o.day in occasions and o.day not in about}
    elsewhere = sum(1 for day in free if day.weekday() not in eves)
    fixed = sum(1 for day in about if day.weekday() in eves)
    return able - fixed - max(0, special - len(about) - elsewhere)


@dataclass
class _Left:
    """How many of each kind are still to be placed."""

    counts: dict[str, int]

    def take(self, kind: str) -> str:
        self.counts[kind] -= 1
        return kind

    def any(self, kind: str) -> bool:
        return self.counts.get(kind, 0) > 0


def _kinds(
    chosen: Sequence[Opening],
    wanted: dict[str, int],
    occasions: dict[date, Occasion],
    eves: tuple[int, int],
    wish: Wish,
    random: Random,
) -> list[str]:
    """A kind for each opening, exactly as many of each as `wanted`."""
    left = _Left(dict(wanted))
    kinds = [""] * len(chosen)
    for number in _special_order(chosen, occasions, eves, wanted):
        if left.any(SlotKind.SPECIAL):
            kinds[number] = left.take(SlotKind.SPECIAL)
    able = [n for n, opening in enumerate(chosen) if opening.day.weekday() in eves and not kinds[n]]
    need = left.counts[SlotKind.WEEKEND]
    for n in range(need):
        kinds[able[int(n * len(able) / need)]] = left.take(SlotKind.WEEKEND)
    for number, opening in enumerate(chosen):
        proposal = wish.proposals.get(opening.day)
        free = proposal and proposal.kind not in (SlotKind.SPECIAL, SlotKind.WEEKEND)
        if not kinds[number] and proposal and free and left.any(proposal.kind):
            kinds[number] = left.take(proposal.kind)
    for number in range(len(chosen)):
        if not kinds[number]:
            kinds[number] = left.take(_next_kind(kinds, number, left.counts, random))
    return kinds


def _special_order(
    chosen: Sequence[Opening], occasions: dict[date, Occasion], eves: tuple[int, int], wanted: dict[str, int]
) -> list[int]:
    """Openings on special days, one a day: the greatest first; where eves are scarce, days that are none first."""
    first_of_day: dict[date, int] = {}
    for number, opening in enumerate(chosen):
        if opening.day in occasions:
            first_of_day.setdefault(opening.day, number)
    eve_count = sum(1 for opening in chosen if opening.day.weekday() in eves)
    on_eves = sum(1 for day in first_of_day if day.weekday() in eves)
    scarce = eve_count - min(on_eves, wanted[SlotKind.SPECIAL]) < wanted[SlotKind.WEEKEND]

    def rank(day: date) -> tuple[bool, int, date]:
        asked = occasions[day].source == "campaign"
        return (not asked and scarce and day.weekday() in eves, -occasions[day].rank, day)

    return [first_of_day[day] for day in sorted(first_of_day, key=rank)]


def _next_kind(kinds: Sequence[str], number: int, counts: dict[str, int], random: Random) -> str:
    """What is most behind, but not the kind that stands directly before or after."""
    beside = {kinds[n] for n in (number - 1, number + 1) if 0 <= n < len(kinds)}
    able = [kind for kind in sorted(counts) if counts[kind] > 0]
    return max(able, key=lambda kind: (kind not in beside, counts[kind], random.random()))


def _slots(
    wish: Wish,
    chosen: Sequence[Opening],
    kinds: Sequence[str],
    occasions: dict[date, Occasion],
    random: Random,
) -> list[Planned]:
    shelf = fitting.Shelf(wish, random)
    ideas = reasons.Ideas(random)
    found = []
    for opening, kind in zip(chosen, kinds, strict=True):
        occasion = occasions.get(opening.day) if kind == SlotKind.SPECIAL else None
        proposal = wish.proposals.get(opening.day)
        dish: DishFact | None = shelf.dish_for(
            kind, opening.day, occasion, proposal.dish_id if proposal else ""
        )
        photo = shelf.photo_for(kind, opening.day, dish, occasion)
        rest = shelf.rest(dish.id, opening.day) if dish else 0
        shelf.show(opening.day, dish.id if dish else "", photo.id if photo else "")
        fits = proposal is not None and (not proposal.kind or proposal.kind == kind)
        fits = fits and (not proposal.dish_id or (dish is not None and dish.id == proposal.dish_id))  # type: ignore[union-attr]
        found.append(
            Planned(
                at=opening.at,
                local=opening.local,
                kind=kind,
                reason=(proposal.reason if fits and proposal else "")
                or reasons.sentence(kind, opening.day, dish, occasion, rest, wish.weekend),
                dish_id=dish.id if dish else "",
                photo_id=photo.id if photo else "",
                photo_note="" if photo else fitting.missing_photo(kind, dish, occasion, wish.photos),
                occasion=occasion.name if occasion else "",
                idea=(proposal.idea if fits and proposal else "") or ideas.next(kind),
            )
        )
    return found


def _notes(wish: Wish, ideal: dict[str, int], wanted: dict[str, int]) -> list[str]:
    notes = []
    if wanted[SlotKind.SPECIAL] < ideal[SlotKind.SPECIAL]:
        notes.append(_("Fewer special days fell into this month than your mix asks for."))
    if wanted[SlotKind.WEEKEND] < ideal[SlotKind.WEEKEND]:
        notes.append(_("Fewer weekend drivers: your days leave no more places before a weekend."))
    if not wish.dishes:
        notes.append(_("Your menu is empty, so no post is about a dish. Add dishes and plan again."))
    return notes
