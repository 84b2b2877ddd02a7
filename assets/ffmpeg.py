"""Which ffmpeg converts videos: the setting, the PATH, then the development fallback."""

from __future__ import annotations

import shutil


def ffmpeg_binary(configured: str) -> str:
    """Absolute path of an ffmpeg, "" when there is none (photos work all the same)."""
    if configured:
        return configured
    if found := shutil.which("ffmpeg"):
        return found
    try:
        import imageio_ffmpeg
    except ImportError:
        return ""
    try:
        return imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError:
        return ""
