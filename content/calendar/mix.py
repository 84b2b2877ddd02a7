"""How many posts of each kind: whole numbers as near as possible to the owner's mix. Pure."""

from collections.abc import Mapping

from content.calendar.words import SlotKind

Mix = Mapping[str, float]
#: Parts of a month, in percent. The owner may tune them; they need not add up to 100.
DEFAULT_MIX: dict[str, float] = {
    SlotKind.PRODUCT: 30,
    SlotKind.PROMOTION: 10,
    SlotKind.WEEKEND: 15,
    SlotKind.QUESTION: 12,
    SlotKind.THANKS: 8,
    SlotKind.BEHIND: 10,
    SlotKind.SPECIAL: 10,
    SlotKind.SEASONAL: 5,
}


def shares(mix: Mix, count: int) -> dict[str, float]:
    """The exact, fractional number of posts each kind would get. A mix of nothing counts as the default."""
    wanted = {kind: max(0.0, float(mix.get(kind, 0))) for kind in SlotKind.values}
    total = sum(wanted.values())
    if total <= 0:
        return shares(DEFAULT_MIX, count)
    return {kind: weight * count / total for kind, weight in wanted.items()}


def targets(mix: Mix, count: int, most: Mapping[str, int] | None = None) -> dict[str, int]:
    """Whole numbers that add up to `count`, each less than one away from its share (largest remainder).

    `most` caps a kind for which the month has no more days (weekend drivers, special days): what a cap leaves over
    goes to the other kinds in proportion.
    """
    most = most or {}
    fixed: dict[str, int] = {}
    while True:
        open_mix = {kind: float(mix.get(kind, 0)) for kind in SlotKind.values if kind not in fixed}
        left = count - sum(fixed.values())
        if sum(open_mix.values()) <= 0:  # everything the owner wants is capped: dishes always fit
            open_mix = {kind: 1.0 for kind in (SlotKind.PRODUCT, SlotKind.QUESTION) if kind not in fixed}
        found = _whole(shares(open_mix, left), left)
        over = {kind: cap for kind, cap in most.items() if kind not in fixed and found.get(kind, 0) > cap}
        if not over:
            return {kind: fixed.get(kind, found.get(kind, 0)) for kind in SlotKind.values}
        fixed |= over


def _whole(parts: Mapping[str, float], count: int) -> dict[str, int]:
    whole = {kind: int(part) for kind, part in parts.items()}
    by_rest = sorted(parts, key=lambda kind: (-(parts[kind] - whole[kind]), SlotKind.values.index(kind)))
    for kind in by_rest[: count - sum(whole.values())]:
        whole[kind] += 1
    return whole
