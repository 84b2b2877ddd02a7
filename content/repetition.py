"""How much a caption repeats what this restaurant said before. Pure; the shortlist comes from queries.py.

Numbers are 0 (nothing in common) to 100 (the same). Measured on captions of this product: rewordings of one
caption score 75 and more, captions about different things under 45; the limits below sit between.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from content.brief import Earlier

BODY_LIMIT = 72
OPENING_LIMIT = 80
FIRST_WORDS = 3  # two openings that begin with the same three words read alike even when the rest differs
HISTORY = 300  # texts looked back on: the last 60 posts, and what was written since but not used
DISH_RECENT = 3  # a dish named in the last three posts comes up too often
_WEIGHTS = {"body": 0.6, "opening": 0.25, "hashtags": 0.1, "emoji": 0.05}

_EMOJI = re.compile(
    "(?:[\U0001f1e6-\U0001f1ff]{2}"  # flags are two letters
    "|[0-9#*]\ufe0f?\u20e3"  # keycaps
    "|[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2190-\u21ff\u2300-\u23ff]"
    "[\ufe0f\U0001f3fb-\U0001f3ff]*"
    "(?:\u200d[\U0001f000-\U0001faff\u2600-\u27bf][\ufe0f\U0001f3fb-\U0001f3ff]*)*)"
)
_HASHTAG = re.compile(r"(?<![\w&])[#\uff03](\w*[^\W\d_]\w*)")
_URL = re.compile(r"https?://\S+")
_SENTENCE_END = re.compile(r"(?<=[.!?\u2026:])\s|\n|(?<=[\u3002\uff01\uff1f])")


@dataclass(frozen=True)
class Likeness:
    """How near a caption comes to the nearest earlier one, and why that is too near (`reasons`, codes)."""

    total: int = 0
    body: int = 0
    opening: int = 0
    hashtags: int = 0
    emoji: int = 0
    nearest: Earlier | None = None
    reasons: tuple[str, ...] = ()

    @property
    def too_alike(self) -> bool:
        return bool(self.reasons)


def emoji_of(text: str) -> list[str]:
    return [m.group() for m in _EMOJI.finditer(text)]


def without_emoji(text: str) -> str:
    return re.sub(r"[ \t]{2,}", " ", _EMOJI.sub("", text)).strip()


def hashtags_of(text: str) -> list[str]:
    return [m.group(1).casefold() for m in _HASHTAG.finditer(_URL.sub(" ", text))]


# A caption is compared with hundreds of earlier ones: each text is taken apart once, not once per pair.
@lru_cache(maxsize=8192)
def plain(text: str, names: tuple[str, ...] = ()) -> str:
    """Words only: no emoji, hashtags, links, punctuation or case; `names` (dish, restaurant) taken out."""
    text = _EMOJI.sub(" ", _HASHTAG.sub(" ", _URL.sub(" ", text)))
    text = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    if names:
        text = _any_of(names).sub(" ", text)
    return " ".join(re.sub(r"[^\w' ]+", " ", text).split())


@lru_cache(maxsize=64)
def _any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    folded = sorted({n.casefold().replace("\u2019", "'") for n in names if n}, key=len, reverse=True)
    return re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in folded) or "(?!)")


@lru_cache(maxsize=8192)
def opening(text: str) -> str:
    """The first sentence, or what stands before the first emoji or line end.

    A very short one takes the next along.
    """
    parts = [p for p in (part.strip() for part in _SENTENCE_END.split(_EMOJI.sub("\n", text))) if plain(p)]
    if not parts:
        return ""
    if len(plain(parts[0]).split()) < FIRST_WORDS and len(parts) > 1:
        return f"{parts[0]} {parts[1]}"
    return parts[0]


@lru_cache(maxsize=8192)
def _marks(text: str) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(hashtags_of(text)), frozenset(emoji_of(text))


def openings_alike(one: str, two: str, names: Iterable[str] = ()) -> int:
    """0-100 for two openings, with and without the names in them (“X, anyone?”, “Y, anyone?” are alike)."""
    names = tuple(names)
    a, b = plain(opening(one)), plain(opening(two))
    if not a or not b:
        return 0
    if a.split()[:FIRST_WORDS] == b.split()[:FIRST_WORDS]:
        return 100
    likeness = fuzz.token_sort_ratio(a, b)
    bare_a, bare_b = plain(opening(one), names), plain(opening(two), names)
    if min(len(bare_a.split()), len(bare_b.split())) >= FIRST_WORDS:
        if bare_a == bare_b:
            return 100
        likeness = max(likeness, fuzz.ratio(bare_a, bare_b))
    return round(likeness)


def overlap(one: Iterable[str], two: Iterable[str]) -> int:
    """Jaccard, 0-100."""
    a, b = set(one), set(two)
    return round(100 * len(a & b) / len(a | b)) if a and b else 0


def compare(text: str, earlier: Earlier, names: Iterable[str] = ()) -> Likeness:
    body = round(fuzz.token_sort_ratio(plain(text), plain(earlier.text)))
    first = openings_alike(text, earlier.text, names)
    (tags_a, emoji_a), (tags_b, emoji_b) = _marks(text), _marks(earlier.text)
    tags, pictures = overlap(tags_a, tags_b), overlap(emoji_a, emoji_b)
    total = (
        _WEIGHTS["body"] * body
        + _WEIGHTS["opening"] * first
        + _WEIGHTS["hashtags"] * tags
        + _WEIGHTS["emoji"] * pictures
    )
    reasons = []
    if body >= BODY_LIMIT:
        reasons.append("body")
    if first >= OPENING_LIMIT:
        reasons.append("opening")
    return Likeness(round(total), body, first, tags, pictures, earlier, tuple(reasons))


def likeness(
    text: str, history: Sequence[Earlier], *, names: Iterable[str] = (), dish: str = "", angle: str = ""
) -> Likeness:
    """Against everything said before, newest first; the worst decides.

    `names` are the names of dishes and of the restaurant. `dish` and `angle` add how lately they were the
    subject: only together are they a reason to rewrite, for a dish may well come back from another side.
    """
    if not plain(text):
        return Likeness()
    names = tuple(names)
    found = [compare(text, one, names) for one in history[:HISTORY]]
    if not found:
        return Likeness()
    worst = max(found, key=lambda one: (one.too_alike, one.total))
    reasons = dict.fromkeys(r for one in found for r in one.reasons)
    if dish and angle and any(e.dish == dish and e.angle == angle for e in history[:DISH_RECENT]):
        reasons["dish_and_angle"] = None
    return Likeness(
        worst.total, worst.body, worst.opening, worst.hashtags, worst.emoji, worst.nearest, tuple(reasons)
    )


def spread(captions: Sequence[str], names: Iterable[str] = ()) -> dict[str, float]:
    """How repetitive a set of captions is: the benchmark's and the tests' measure (pairs, 0-100)."""
    names = tuple(names)
    pairs = [
        compare(captions[i], Earlier("", captions[j]), names) for i in range(len(captions)) for j in range(i)
    ]
    if not pairs:
        return {"pairs": 0, "worst_opening": 0, "worst_body": 0, "mean_body": 0.0, "alike": 0}
    return {
        "pairs": len(pairs),
        "worst_opening": max(p.opening for p in pairs),
        "worst_body": max(p.body for p in pairs),
        "mean_body": round(sum(p.body for p in pairs) / len(pairs), 1),
        "alike": sum(p.too_alike for p in pairs),
    }
