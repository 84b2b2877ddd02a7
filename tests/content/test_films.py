"""A film that a network would refuse is told before it is scheduled."""

import pytest

from assets.models import Asset
from content.films import check_film, clock
from social.platforms import PLATFORMS


@pytest.mark.parametrize(
    ("platform", "kind", "size", "seconds", "codes"),
    [
        ("facebook", "feed", (1920, 1080), 600, []),
        ("facebook", "reel", (1080, 1920), 90, []),
        ("facebook", "reel", (1080, 1920), 91, ["video_too_long"]),
        ("facebook", "reel", (1920, 1080), 20, ["video_shape"]),
        ("facebook", "reel", (360, 640), 20, ["video_small"]),
        ("facebook", "feed", (360, 640), 20, []),
        ("facebook", "story", (1080, 1080), 100, ["video_too_long", "video_shape"]),
        ("instagram", "feed", (1920, 1080), 899, []),
        ("instagram", "feed", (1920, 1080), 901, ["video_too_long"]),
        ("instagram", "story", (1080, 1920), 60, []),
        ("instagram", "story", (1920, 1080), 61, ["video_too_long"]),
        (
            "instagram",
            "reel",
            (1080, 1920),
            1,
            [],
        ),  # its rendition is held on the last picture for three seconds
        ("facebook", "reel", (None, None), None, []),  # still being looked at
    ],
)
def test_length_and_shape_by_kind_and_network(platform, kind, size, seconds, codes):
    film = Asset(
        title="Oven", kind="video", width=size[0], height=size[1], duration_ms=seconds and seconds * 1000
    )
    found = check_film(PLATFORMS[platform], kind, film, alone=True)
    assert [problem.code for problem in found] == codes
    assert all((p.level == "error") == (p.code == "video_too_long") for p in found)
    assert all("Oven" in problem.sentence for problem in found)


def test_the_sentence_says_both_lengths():
    film = Asset(title="Oven", kind="video", width=1080, height=1920, duration_ms=125_000)
    (problem,) = check_film(PLATFORMS["facebook"], "reel", film, alone=True)
    assert "2:05" in problem.sentence and "1:30" in problem.sentence
    assert clock(3600) == "60:00"
