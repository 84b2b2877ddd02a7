"""Whether a network takes a film: its length and its shape (the numbers are social.platforms')."""

from django.utils.translation import gettext as _

from assets.models import Asset
from content.words import PostKind
from social.platforms import PlatformLimits, Problem, VideoLimits


def check_film(limits: PlatformLimits, kind: str, asset: Asset, *, alone: bool) -> list[Problem]:
    """Problems of a video as `kind` ("feed", "reel", "story"); `alone`: it is the post's only medium.

    What the renditions put right by themselves (too short, too slow, too heavy) is no problem.
    """
    wanted = _limits(limits, kind, alone)
    found = []
    if asset.duration_ms and asset.duration_ms > wanted.seconds_max * 1000:
        sentence = _(
            "“%(title)s” runs %(length)s; %(name)s takes %(kind)s of at most %(most)s. Choose a shorter film."
        )
        values = {
            "title": asset.title,
            "length": clock(asset.duration_ms / 1000),
            "most": clock(wanted.seconds_max),
            "name": limits.name,
            "kind": _plural(kind),
        }
        found.append(Problem("error", "video_too_long", sentence % values, "assets"))
    if kind == PostKind.FEED or not asset.width or not asset.height:
        return found
    ratio = asset.width / asset.height  # a warning only: Meta writes 9:16 and is seen to take other shapes
    if not wanted.ratio_min <= ratio <= wanted.ratio_max:
        sentence = _(
            "%(name)s wants upright films (9:16) as %(kind)s and may refuse “%(title)s”. Better post it as a video."
        )
        values = {"title": asset.title, "name": limits.name, "kind": _plural(kind)}
        found.append(Problem("warning", "video_shape", sentence % values, "assets"))
    elif asset.width < wanted.width_min or asset.height < wanted.height_min:
        sentence = _(
            "“%(title)s” has only %(size)s pixels; %(name)s may refuse it as %(kind)s below"
            " %(least)s. Better post it as a video."
        )
        values = {
            "title": asset.title,
            "size": f"{asset.width} × {asset.height}",
            "name": limits.name,
            "kind": _plural(kind),
            "least": f"{wanted.width_min} × {wanted.height_min}",
        }
        found.append(Problem("warning", "video_small", sentence % values, "assets"))
    return found


def clock(seconds: float) -> str:
    """90 as "1:30"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _limits(limits: PlatformLimits, kind: str, alone: bool) -> VideoLimits:
    if kind == PostKind.STORY:
        return limits.story_video
    return limits.reel if kind == PostKind.REEL and alone else limits.video


def _plural(kind: str) -> str:
    return {PostKind.STORY: _("stories"), PostKind.REEL: _("reels")}.get(PostKind(kind), _("videos"))
