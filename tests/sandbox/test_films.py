"""Videos are taken as Meta takes them: by container, codec, length, frames and size, each kind by its own rule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assets import video
from assets.ffmpeg import ffmpeg_binary
from assets.shapes import VIDEO_SHAPES
from sandbox import films
from sandbox.media import NotMedia
from tests.assets import corpus
from tests.sandbox.conftest import Hits, World
from tests.sandbox.test_videos import start_reel, status, upload
from tests.sandbox_films import film
from tests.sandbox_process import KRUSTY

MIB = 1024 * 1024
BAD: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    # what is wrong: (the film, the kinds that refuse it and a word of why)
    "vp9": ({"picture": "vp09"}, dict.fromkeys(("REELS", "STORIES", "VIDEO", "reel", "story"), "not H.264")),
    "opus": ({"sound": "Opus"}, {"REELS": "not AAC", "reel": "not AAC"}),
    "96 kHz": ({"hertz": 60_000}, {"REELS": "Hz"}),
    "surround": ({"channels": 6}, {"REELS": "6 channels"}),
    "index last": ({"index_first": False}, {"REELS": "front", "STORIES": "front"}),
    "an edit list": ({"edited": True}, {"REELS": "edit list"}),
    "two seconds": ({"seconds": 2}, dict.fromkeys(("REELS", "STORIES", "reel", "story"), "2.0 seconds")),
    "half a second": ({"seconds": 0.5}, {"video": "0.5 seconds"}),
    "61 seconds": ({"seconds": 61}, {"STORIES": "61.0 seconds"}),
    "91 seconds": ({"seconds": 91}, {"reel": "91.0 seconds", "story": "91.0 seconds", "STORIES": "91.0"}),
    "16 minutes": ({"seconds": 960}, {"REELS": "960.0 seconds", "reel": "960.0"}),
    "five hours": ({"seconds": 18_000}, {"video": "18000.0 seconds"}),
    "15 frames a second": ({"fps": 15}, {"REELS": "15.00 frames", "reel": "15.00 frames"}),
    "120 frames a second": ({"fps": 120}, {"REELS": "120.00 frames"}),
    "4K": ({"width": 3840, "height": 2160}, {"REELS": "3840 columns"}),
    "small": ({"width": 360, "height": 640}, {"reel": "360 x 640", "story": "360 x 640"}),
}


@pytest.fixture(autouse=True)
def strict(monkeypatch: Any) -> Iterator[list[str]]:
    noted: list[str] = []
    monkeypatch.setattr(films.clock, "conf", lambda name: "strict")
    monkeypatch.setattr(films.findings, "note", lambda rule, label, detail: noted.append(rule))
    yield noted


@pytest.mark.parametrize("what", BAD)
def test_each_kind_refuses_what_meta_refuses_and_takes_the_rest(what: str) -> None:
    fields, refused = BAD[what]
    body = film(**fields)
    for kind in films.RULES:
        if kind in refused:
            with pytest.raises(NotMedia, match=refused[kind]):
                films.check(body, kind, "test")
    assert any(films.problem(films.look(body), rule) is None for rule in films.RULES.values()) or (
        set(refused) >= {"video"}
    )


@pytest.mark.parametrize(
    "fields",
    [{}, {"sound": ""}, {"picture": "hvc1"}, {"seconds": 3}, {"fps": 24}, {"fps": 60},
     {"width": 960, "height": 540, "turned": True}],
)  # fmt: skip
def test_a_good_film_is_good_for_everything(fields: dict[str, Any], strict: list[str]) -> None:
    for kind in films.RULES:
        films.check(film(**fields), kind, "test")
    assert strict == []


def test_weight_counts_by_kind_and_by_second() -> None:
    heavy = films.look(film(seconds=50))
    for size, kind, there in [
        (101 * MIB, "STORIES", True), (101 * MIB, "REELS", False), (101 * MIB, "reel", False),
        (301 * MIB, "REELS", True), (1025 * MIB, "reel", True), (1025 * MIB, "video", False),
    ]:  # fmt: skip
        found = films.problem(films.Film(**{**vars(heavy), "bytes": size}), films.RULES[kind])
        assert bool(found) is there, (size, kind, found)
    fast = films.Film(**{**vars(heavy), "bytes": 90 * MIB, "seconds": 10})
    assert "bits a second" in str(films.problem(fast, films.RULES["STORIES"]))


def test_what_lies_across_is_only_found_advisable_to_change(strict: list[str]) -> None:
    films.check(film(width=1920, height=1080), "reel", "test")
    assert strict == ["video_shape"]


@pytest.mark.parametrize(
    "body",
    [b"\0\0\0\x18ftypmp42" + b"\0" * 400, film()[:-10], film()[:200], film(picture="")[:-1], b"",
     film().replace(b"vide", b"text")],
)  # fmt: skip
def test_half_a_film_and_what_only_looks_like_one_is_none(body: bytes) -> None:
    with pytest.raises(NotMedia):
        films.check(body, "video", "test")


@pytest.mark.parametrize("source", ["mp4", "upright phone"])
def test_the_films_that_the_library_makes_are_taken(source: str, tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    path.write_bytes(corpus.video() if source == "mp4" else corpus.phone_film())
    for shape in VIDEO_SHAPES:
        if shape.mime != "video/mp4":
            continue
        made = video.transcode(
            path, shape, ffmpeg=ffmpeg_binary(""), out=tmp_path, seconds_max=60, timeout=60
        )
        body = Path(made.path).read_bytes()
        for kind in ("REELS", "STORIES", "VIDEO", "video"):
            films.check(body, kind, "test")


def test_a_bad_reel_is_refused_by_the_upload_host_of_both_networks(world: World) -> None:
    reel = start_reel(world)
    refused = upload(world, reel["upload_url"], film(seconds=2)).json()["debug_info"]
    assert refused["type"] == "ProcessingFailedError" and "2.0 seconds" in refused["message"]
    assert status(world, reel["video_id"])["video_status"] == "uploading"
    made = world.page.post(f"{world.ig}/media", media_type="STORIES", upload_type="resumable")
    assert "61.0 seconds" in upload(world, made["uri"], film(seconds=61)).json()["debug_info"]["message"]
    assert upload(world, made["uri"], film(seconds=60)).json()["success"] is True


def test_a_bad_video_has_its_code_and_can_be_let_through(world: World, web: Hits) -> None:
    world.box.control("config", {"ig_video_processing_seconds": 0})
    short = {"source": ("v.mp4", film(seconds=0.5))}
    assert world.page.error("POST", f"{KRUSTY}/videos", files=short)["code"] == 352
    made = world.page.post(
        f"{world.ig}/media",
        media_type="REELS",
        video_url=web.put("/v.mp4", film(picture="vp09"), "video/mp4"),
    )["id"]
    world.box.control("tick", {})
    read = world.page.get(made, fields="status_code,status,video_status")
    assert read["status_code"] == "ERROR" and "2207026" in read["status"]
    (error,) = read["video_status"]["processing_phase"]["errors"]
    assert "not H.264" in error["message"]
    world.box.control("config", {"video_checks": "signature"})
    assert world.page.post(f"{KRUSTY}/videos", files=short)["id"]
