"""Why a file was not taken: a code that travels between processes, and its sentence for the owner.

`Unusable` is raised by the pure modules (inspection, renditions, decoder), which run without Django;
`assets.words.sentence()` turns its code into words in the reader's language.
"""

from __future__ import annotations

from typing import Any


class Unusable(Exception):
    """This file cannot be used. `code` is a key of SENTENCES, `facts` fill its placeholders."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts


def gettext_noop(text: str) -> str:
    """Marks a text for makemessages without importing Django."""
    return text


SENTENCES: dict[str, str] = {
    "empty": gettext_noop("This file is empty. Please choose it again."),
    "too_heavy": gettext_noop(
        "This file is too large (%(mb)s MB). Photos may have %(limit_mb)s MB; please send a smaller copy."
    ),
    "video_too_heavy": gettext_noop(
        "This video is too large (%(mb)s MB). Videos may have %(limit_mb)s MB; please send a shorter one."
    ),
    "unknown_type": gettext_noop(
        "This is not a photo or video we can use. JPEG, PNG, GIF, WebP, HEIC, MP4 and MOV work."
    ),
    "svg": gettext_noop("SVG drawings cannot be posted. Please save it as a PNG or JPEG first."),
    "html": gettext_noop("This is a web page, not a photo. Please choose the picture itself."),
    "pdf": gettext_noop("This is a PDF, not a photo. Please save the page you want as a PNG or JPEG first."),
    "archive": gettext_noop("This is an archive (ZIP). Please unpack it and choose the photos inside."),
    "avif": gettext_noop("AVIF pictures cannot be posted. Please save it as a JPEG first."),
    "raw": gettext_noop("RAW and TIFF pictures cannot be posted. Please export it as a JPEG first."),
    "other_video": gettext_noop("This kind of video is not supported. Please save it as MP4 (H.264) first."),
    "name_disagrees": gettext_noop(
        "The name ends in .%(suffix)s, but the file is a %(found)s. Please save it again as %(found)s."
    ),
    "polyglot": gettext_noop(
        "This picture carries something else inside (a web page, program or archive). "
        "Please open it in a photo app and save a fresh copy."
    ),
    "too_many_pixels": gettext_noop(
        "This picture is too large (%(width)s × %(height)s pixels). Up to %(limit_mp)s megapixels work; "
        "please save a smaller copy."
    ),
    "too_small": gettext_noop(
        "This picture is only %(width)s × %(height)s pixels, too small to post. Please choose a larger one."
    ),
    "damaged": gettext_noop(
        "This file is damaged or incomplete. Please send it again, or choose another copy."
    ),
    "too_complex": gettext_noop("This file takes too long to read. Please save a fresh copy and send that."),
    "no_picture": gettext_noop("This video has no picture in it. Please choose another one."),
    "video_codec": gettext_noop(
        "This video is recorded in a format we cannot use (%(codec)s). Please save it as H.264 or HEVC."
    ),
    "video_too_long": gettext_noop(
        "This video is %(minutes)s minutes long. Up to %(limit_minutes)s minutes work; please trim it."
    ),
    "ratio": gettext_noop(
        "This picture is too %(how)s for Instagram as it is. Choose a crop: 4:5, square or 1.91:1."
    ),
    "already_here": gettext_noop("You have this one already: “%(title)s”."),
    "infected": gettext_noop("The virus check found something in this file (%(found)s). It was not kept."),
    "virus_check": gettext_noop(
        "Waiting for the virus check, which does not answer. It goes on by itself when it does."
    ),
    "replace_ratio": gettext_noop(
        "Posts still to go out show this photo as it is, and the new one is too %(how)s for Instagram. "
        "Choose a crop in those posts first, or send one of a similar shape."
    ),
    "no_ffmpeg": gettext_noop("Videos cannot be converted on this server yet. Please contact support."),
}
