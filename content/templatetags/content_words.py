"""How this room's values are written on pages."""

from decimal import Decimal
from typing import Any

from django import template
from django.urls import reverse
from django.utils.dates import MONTHS_3
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content import queries
from content.models import Generation
from content.money_text import price_text
from content.words import LANGUAGES, Kind, Tone, Why

register = template.Library()

_PURPOSES = {
    "write": gettext_lazy("writing"),
    "repair": gettext_lazy("asked again, the answer had the wrong form"),
    "rewrite": gettext_lazy("asked again, something was untrue or a repeat"),
}
_ROLES = {
    "system": gettext_lazy("Our rules for the AI"),
    "user": gettext_lazy("The task and your facts"),
    "assistant": gettext_lazy("What the AI answered before"),
}
_FAULTS = {"not_sent": gettext_lazy("The AI service could not be reached; nothing was sent.")}


@register.inclusion_tag("content/_rewrite_buttons.html")
def rewrite_buttons(*, target: str, include: str = "closest form", opens: str = "") -> dict[str, Any]:
    """Shorter, longer, hashtags, another tone, another language: buttons for a caption field.

    `target` is where the answers appear (they carry data-use-variant buttons), `include` what sends the words: a form
    with `text`, or `caption`, `caption_<platform>` and `platform`. `opens` names a dialog to open on the way.
    """
    spoken = queries.brand_profile().languages
    return {
        "url": reverse("rewrite"),
        "target": target,
        "include": include,
        "opens": opens,
        "changes": [
            ("shorten", _("Shorter")),
            ("lengthen", _("Longer")),
            ("hashtags", _("Hashtags")),
        ],
        "tones": [(f"retone.{value}", label) for value, label in Tone.choices],
        "languages": [(f"translate.{code}", LANGUAGES.get(code, code)) for code in spoken]
        if len(spoken) > 1
        else [],
    }


@register.filter
def dish_price(item: Any) -> str:
    """“$12.50” of a menu item or an imported line; "" where there is no price."""
    return "" if item.price is None else price_text(item.price, item.currency)


@register.filter
def dish_season(item: Any) -> str:
    """“Nov – Feb”."""
    return f"{str(MONTHS_3[item.season_from]).title()} – {str(MONTHS_3[item.season_to]).title()}"


@register.filter
def dollars(amount: Decimal | None) -> str:
    """US dollars; small amounts keep the digits that say something: $0.0031."""
    amount = amount or Decimal(0)
    if amount == 0 or amount >= Decimal("0.1"):
        return f"${amount:,.2f}"
    return f"${amount:.4f}"


@register.filter
def whole_cents(amount: Decimal) -> str:
    """What is only about right: "$0.04", without digits that promise more."""
    return f"${amount:,.2f}"


@register.filter
def seconds(milliseconds: int) -> str:
    return _("%(n)s s") % {"n": f"{milliseconds / 1000:.1f}"}


@register.filter
def from_top(height: int) -> int:
    """Where a bar of this height begins in a chart 100 high."""
    return 100 - height


@register.filter
def why(code: str) -> str | Promise:
    return Why(code).label if code in Why.values else ""


_NO_SENTENCE = {
    Kind.SHORTEN: gettext_lazy(
        "Without AI words become shorter by leaving sentences out, and here is only one."
    ),
    Kind.LENGTHEN: gettext_lazy(
        "Without AI a text becomes longer by what your menu and brand page say, and they say nothing more about it."
    ),
    Kind.TRANSLATE: gettext_lazy(
        "Templates cannot translate: write the other language yourself, or try again later."
    ),
    Kind.RETONE: gettext_lazy(
        "Templates cannot change a tone, but “Write with AI” makes a fresh caption in any of them."
    ),
    Kind.HASHTAGS: gettext_lazy(
        "Add hashtags, your city or your cuisine to the brand page, then there are some."
    ),
}


@register.filter
def advice(generation: Generation) -> str | Promise:
    """What to do about words that could not be written."""
    return _NO_SENTENCE.get(Kind(generation.kind), "")


@register.filter
def purpose(code: str) -> str | Promise:
    return _PURPOSES.get(code, code)


@register.filter
def role_word(role: str) -> str | Promise:
    return _ROLES.get(role, role)


@register.filter
def fault(code: str) -> str | Promise:
    """An exchange's error as a sentence."""
    return _FAULTS.get(code) or why(code)
