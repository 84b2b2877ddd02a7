"""The sandbox's clock and its switches: real time plus an offset that the control API moves.

Container expiry (24 h), scheduled posts, token life and quotas all look at this clock, so a test can pass a
day in one call. Switches are the points where Meta's behaviour is unknown or worth varying; each default is
the documented or likeliest one. Values are kept in SQLite and cached in memory.
"""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from typing import Any

from sandbox.store import the_store

DEFAULTS: dict[str, Any] = {
    "clock_offset": 0.0,  # seconds added to real time
    "latency_ms": 0,  # every Graph call takes at least this long
    "openai_latency_ms": 0,
    "log_calls": True,
    "lively_public": False,  # people who like and comment by themselves (sandbox/lively.py)
    "require_appsecret_proof": False,  # the app setting "Require App Secret": missing proof -> code 100
    "legacy_params": "ignore",  # ?ids=, pretty, debug, date_format after 2026-10-27: ignore | refuse
    "oldest_live_version": 21,
    "newest_version": 26,
    "second_media_publish": "same_id",  # same_id | 2207008 | 9007 | duplicate (adversarial)
    "second_flip": "success",  # success | refuse: reply to is_published=true on a published post
    "flip_created_time": "publication",  # created_time after the flip: publication | creation
    "flip_of_draft": "success",  # success | refuse
    "feed_includes_unpublished": False,  # the /feed documentation contradicts itself
    "schedule_max_days": 75,  # guide says 30, reference says 75
    "photo_max_bytes": 10_000_000,  # the reference says 10 MB, the error text says 4 MB
    "attached_media_max": 10,
    "ig_quota_total": 50,  # reference 50, guide 100, older 25
    "ig_containers_per_day": 400,
    "ig_image_processing_seconds": 0.0,  # containers of photos stay IN_PROGRESS this long
    "video_checks": "strict",  # strict: container, codec, length and size as Meta asks | signature: any MP4
    "ig_video_processing_seconds": 0.3,
    "fb_video_processing_seconds": 0.3,
    "published_container_after_24h": "expired",  # expired | gone (100/33)
    "repeated_photo": "accept",  # accept | 1366051: attaching a photo that is in a post already
    "duplicate_message": "accept",  # accept | 506: the same text twice running
    "fetch_public_only": False,  # refuse media URLs that are not https on a public name
    "fetch_timeout_seconds": 10.0,
    "app_usage_percent": 1,  # X-App-Usage
    "business_usage_percent": 1,  # X-Business-Use-Case-Usage of the Page or account
    "throttle_penalty_minutes": 5,  # what a call while throttled adds to the wait
    "webhook_retry_seconds": [0, 5, 30, 120, 600, 3600],
    "webhook_duplicates": False,
    "webhook_wrong_signature": False,
    "user_token_seconds": 5_000,
    "long_token_seconds": 5_183_944,
    "openai_words_per_chunk": 3,
    "openai_chunk_ms": 0,  # between two pieces of a stream, as a model that thinks while it writes
}

_cache: dict[str, Any] | None = None
_lock = threading.Lock()


def _values() -> dict[str, Any]:
    global _cache
    if _cache is None:
        with _lock:
            if _cache is None:
                stored = {
                    row["name"]: json.loads(row["value"]) for row in the_store().rows("SELECT * FROM config")
                }
                _cache = {**DEFAULTS, **{k: v for k, v in stored.items() if k in DEFAULTS}}
    return _cache


def conf(name: str) -> Any:
    """One switch; KeyError for a name that is not in DEFAULTS."""
    return _values()[name]


def configure(values: dict[str, Any]) -> dict[str, Any]:
    """Set switches (unknown names or wrong types raise ValueError) and return them all."""
    for name, value in values.items():
        if name not in DEFAULTS:
            raise ValueError(f"no switch is called {name!r}; there are: {', '.join(sorted(DEFAULTS))}")
        default = DEFAULTS[name]
        number = isinstance(default, int | float) and not isinstance(default, bool)
        fits = (
            isinstance(value, int | float) and not isinstance(value, bool)
            if number
            else isinstance(value, type(default))
        )
        if not fits:
            raise ValueError(f"{name} wants {type(default).__name__}, got {value!r}")
    with the_store().tx() as db:
        for name, value in values.items():
            db.execute("INSERT OR REPLACE INTO config VALUES (?, ?)", (name, json.dumps(value)))
    forget()
    return dict(_values())


def forget() -> None:
    """Drop the cache (after a change or a reset)."""
    global _cache
    _cache = None


def now() -> float:
    """Virtual unix time."""
    return time.time() + float(conf("clock_offset"))


def graph_time(at: float | None) -> str | None:
    """Graph's timestamp text, e.g. 2026-11-23T10:00:00+0000."""
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
