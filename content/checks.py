"""Everything worth knowing about a post before it goes out: its words, its pictures, its truth.

Only an "error" stops a post. Problems of one network carry its name in the sentence; `field` says where the
fix is.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assets.models import Asset
from content import menu_truth, queries, repetition
from content.films import check_film
from content.menu_truth import Finding
from content.models import Post, PostAsset
from social.platforms import PLATFORMS, PlatformLimits, Problem, check_caption
from tenants.context import current_tenant

_ORDER = {"error": 0, "warning": 1, "hint": 2}
RATIO_SLACK = 0.01  # a pixel of rounding is no wrong shape


def check_post(post: Post, platforms: Iterable[str], *, moment: datetime | None = None) -> list[Problem]:
    """Problems of `post` on each of `platforms` ("facebook", "instagram"), errors first.

    `moment` is when it goes out (default: when it was last saved): a dish may be in season then or not.
    """
    platforms = list(dict.fromkeys(platforms))
    rows = list(post.post_assets.select_related("asset"))
    found: list[Problem] = []
    for platform in platforms:
        found += check_caption(platform, post.caption_for(platform))
        found += _pictures(PLATFORMS[platform], post, rows)
    found += _library(rows)
    if not rows and not post.link and not any(post.caption_for(p) for p in platforms or [""]):
        found.append(Problem("error", "empty", _("Write a caption or choose a photo first."), "caption"))
    found += _words(post, platforms, moment or post.updated_at)
    return sorted(dict.fromkeys(found), key=lambda problem: _ORDER[problem.level])


def _pictures(limits: PlatformLimits, post: Post, rows: Sequence[PostAsset]) -> list[Problem]:
    found = []
    if len(rows) < limits.photos_min:
        found.append(
            Problem(
                "error",
                "photo_missing",
                _("%(name)s needs a photo or a video.") % {"name": limits.name},
                "assets",
            )
        )
    if len(rows) > limits.photos_max:
        found.append(
            Problem(
                "error",
                "too_many_photos",
                ngettext(
                    "%(name)s takes %(max)d photos: remove %(over)d.",
                    "%(name)s takes %(max)d photos: remove %(over)d.",
                    len(rows) - limits.photos_max,
                )
                % {"name": limits.name, "max": limits.photos_max, "over": len(rows) - limits.photos_max},
                "assets",
            )
        )
    for row in rows:
        found += _shape(limits, row)
        if row.asset.kind == "video":
            found += check_film(limits, post.kind, row.asset, alone=len(rows) == 1)
    return found


def _shape(limits: PlatformLimits, row: PostAsset) -> list[Problem]:
    """A photo outside the network's shapes is cropped for it unless the owner said "as it is"."""
    asset = row.asset
    if asset.kind != "photo" or not asset.width or not asset.height or limits.ratio_min is None:
        return []
    ratio = asset.width / asset.height
    fits = limits.ratio_min - RATIO_SLACK <= ratio <= (limits.ratio_max or ratio) + RATIO_SLACK
    if not fits and row.crop == "ig_original":
        sentence = _("“%(title)s” is too %(way)s for %(name)s. Choose a crop.")
        way = _("tall") if ratio < limits.ratio_min else _("wide")
        return [
            Problem(
                "error", "ratio", sentence % {"title": asset.title, "way": way, "name": limits.name}, "assets"
            )
        ]
    if asset.width < limits.width_min:
        sentence = _("“%(title)s” is only %(width)d pixels wide and will look blurred on %(name)s.")
        values = {"title": asset.title, "width": asset.width, "name": limits.name}
        return [Problem("warning", "small", sentence % values, "assets")]
    return []


def _library(rows: Sequence[PostAsset]) -> list[Problem]:
    found = []
    for row in rows:
        asset: Asset = row.asset
        if asset.deleted_at is not None:
            sentence = _("“%(title)s” was removed from the library. Choose another one.")
            found.append(Problem("error", "asset_deleted", sentence % {"title": asset.title}, "assets"))
        elif asset.state == "refused":
            found.append(
                Problem("error", "asset_refused", asset.reason or _("A photo was not accepted."), "assets")
            )
        elif asset.state == "processing":
            sentence = _("“%(title)s” is still getting ready; it will be in time.")
            found.append(Problem("hint", "asset_processing", sentence % {"title": asset.title}, "assets"))
    if rows and not all(row.alt_text or row.asset.alt_text for row in rows):
        sentence = _("Describe the photos for people who cannot see them.")
        found.append(Problem("hint", "alt_text", sentence, "assets"))
    return found


def _words(post: Post, platforms: Sequence[str], moment: datetime) -> list[Problem]:
    """Menu truth and repetition, of each text once."""
    texts = dict.fromkeys(post.caption_for(platform) for platform in platforms) or {post.caption: None}
    found: list[Problem] = []
    if not any(texts):
        return found
    earlier = queries.earlier_captions(exclude_post=post.pk)
    brief = queries.truth_brief(
        current_tenant(), platform=platforms[0] if platforms else "facebook", moment=moment
    )
    for text in filter(None, texts):
        known = _SENTENCES if brief.menu else {"avoid"}  # nobody wrote a menu down: nothing to compare with
        found += [_finding(f) for f in menu_truth.check(text, brief) if f.code in known]
        names = [brief.brand.name, *(dish.name for dish in brief.menu)]
        likeness = repetition.likeness(
            text, [*earlier, *queries.similar_captions(text, exclude=post.pk)], names=names
        )
        if likeness.too_alike:
            sentence = _("This is much like an earlier caption (%(score)d %%).") % {"score": likeness.total}
            found.append(Problem("hint", "repeats", sentence, "caption"))
    return found


# A person may know better than the menu page: only what cannot be right stops a post.
_SENTENCES = {
    "unavailable": ("error", lambda f: _("“%(found)s” is switched off on your menu.") % {"found": f.found}),
    "price": (
        "error",  # lowered to a warning where no dish is named: the menu here may not be the whole one
        lambda f: (
            _("%(found)s is not the price on your menu (%(should)s).")
            % {"found": f.found, "should": f.should}
            if f.should
            else _("%(found)s is no price on your menu.") % {"found": f.found}
        ),
    ),
    "off_menu": ("warning", lambda f: _("“%(found)s” is not on your menu.") % {"found": f.found}),
    "avoid": ("warning", lambda f: _("“%(found)s” is among your words to avoid.") % {"found": f.found}),
}


def _finding(finding: Finding) -> Problem:
    level, sentence = _SENTENCES[finding.code]
    if finding.code == "price" and not finding.should:
        level = "warning"
    return Problem(level, finding.code, sentence(finding), "caption")  # type: ignore[arg-type]
