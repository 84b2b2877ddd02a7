"""The shelf does not know the networks, so its shapes repeat their numbers; here both are held together."""

from __future__ import annotations

from fractions import Fraction

import pytest

from assets.shapes import JPEG, PHOTO_SHAPES, SHAPES
from assets.sniff import Limits
from social.platforms import PLATFORMS

INSTAGRAM, FACEBOOK = PLATFORMS["instagram"], PLATFORMS["facebook"]


@pytest.mark.parametrize("shape", [s for s in PHOTO_SHAPES if s.kind.startswith("ig_")], ids=lambda s: s.kind)
def test_what_we_make_for_instagram_is_what_instagram_takes(shape):
    assert shape.mime == JPEG and INSTAGRAM.photo_formats == ("JPEG",)
    assert shape.width_min >= INSTAGRAM.width_min and shape.width_max <= INSTAGRAM.width_max
    assert shape.bytes_max <= INSTAGRAM.photo_bytes_max
    assert shape.ratio_min >= Fraction(INSTAGRAM.ratio_min).limit_denominator(1000)
    assert shape.ratio_max <= Fraction(INSTAGRAM.ratio_max).limit_denominator(1000)
    assert shape.ratio is None or shape.ratio_min <= shape.ratio <= shape.ratio_max


def test_what_we_make_for_facebook_is_what_facebook_takes():
    shape = SHAPES["photo"]["fb"]
    assert shape.mime == JPEG and FACEBOOK.photo_formats == ("JPEG",)
    assert shape.width_max <= FACEBOOK.width_max and shape.bytes_max <= FACEBOOK.photo_bytes_max


def test_a_reel_we_make_is_one_both_networks_take():
    shape = SHAPES["video"]["reel"]
    for limits in (INSTAGRAM.reel, FACEBOOK.reel):
        assert shape.bytes_max <= limits.bytes_max
        assert not limits.width_max or shape.width_max <= limits.width_max


def test_we_take_no_video_that_no_network_would():
    longest = max(INSTAGRAM.reel.seconds_max, FACEBOOK.reel.seconds_max)
    assert Limits().video_seconds <= longest and Limits().video_bytes <= INSTAGRAM.reel.bytes_max
