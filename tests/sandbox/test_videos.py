"""Page videos, reels and stories: the id exists before anything is visible."""

from __future__ import annotations

from typing import Any

from tests.sandbox.conftest import Hits, World, http
from tests.sandbox_films import film
from tests.sandbox_process import KRUSTY

MP4 = film()


def start_reel(world: World, edge: str = "video_reels") -> dict[str, str]:
    made: dict[str, str] = world.page.post(f"{KRUSTY}/{edge}", upload_phase="start")
    return made


def upload(world: World, url: str, body: bytes = MP4, **headers: str) -> Any:
    sent = {
        "Authorization": f"OAuth {world.page.token}",
        "offset": "0",
        "file_size": str(len(body)),
        **headers,
    }
    return http.post(url, headers=sent, content=body)


def status(world: World, video: str) -> Any:
    return world.page.get(video, fields="status")["status"]


def test_a_reel_goes_through_three_phases(world: World) -> None:
    reel = start_reel(world)
    assert reel["upload_url"].startswith(f"{world.box.rupload}/video-upload/v26.0/")
    assert status(world, reel["video_id"])["uploading_phase"]["status"] == "in_progress"
    early = world.page.error(
        "POST", f"{KRUSTY}/video_reels", upload_phase="finish", video_id=reel["video_id"]
    )
    assert early["code"] == 6000
    assert upload(world, reel["upload_url"]).json() == {"success": True, "message": "Upload successful."}
    assert world.box.ledger() == []
    done = world.page.post(f"{KRUSTY}/video_reels", upload_phase="finish", video_id=reel["video_id"],
                           video_state="PUBLISHED", description="Watch")  # fmt: skip
    assert done["success"] is True and done["post_id"]
    (row,) = world.box.ledger()
    assert (row["object_id"], row["kind"], row["message"]) == (reel["video_id"], "reel", "Watch")
    world.box.control("clock", {"advance": 5})
    read = status(world, reel["video_id"])
    assert read["video_status"] == "ready" and read["publishing_phase"]["publish_status"] == "published"
    assert [r["id"] for r in world.page.get(f"{KRUSTY}/video_reels")["data"]] == [reel["video_id"]]
    assert world.page.get(f"{KRUSTY}/feed")["data"] == []  # reels are not in the feed
    link = world.page.get(reel["video_id"], fields="permalink_url")["permalink_url"]
    assert http.get(link).status_code == 200


def test_finishing_a_reel_twice_makes_no_second_reel(world: World) -> None:
    reel = start_reel(world)
    upload(world, reel["upload_url"])
    finish = {"upload_phase": "finish", "video_id": reel["video_id"], "video_state": "PUBLISHED"}
    world.box.fault("http500_after", "page.video_reels.finish")
    assert world.page.send("POST", f"{KRUSTY}/video_reels", **finish).status_code == 500
    assert world.page.post(f"{KRUSTY}/video_reels", **finish)["success"] is True
    assert len(world.box.ledger()) == 1


def test_a_reel_can_be_fetched_by_the_upload_host_or_scheduled(world: World, web: Hits) -> None:
    reel = start_reel(world)
    address = web.put("/v.mp4", MP4, "video/mp4")
    answer = http.post(
        reel["upload_url"], headers={"Authorization": f"OAuth {world.page.token}", "file_url": address}
    )
    assert answer.json()["success"] is True
    at = int(world.box.control("clock", {"advance": 0})["now"]) + 3600
    world.page.post(f"{KRUSTY}/video_reels", upload_phase="finish", video_id=reel["video_id"], video_state="SCHEDULED",
                    scheduled_publish_time=at)  # fmt: skip
    assert world.box.ledger() == []
    world.box.control("clock", {"advance": 3601})
    assert world.box.ledger()[0]["object_id"] == reel["video_id"]


def test_the_upload_host_refuses_in_its_own_words(world: World) -> None:
    url = start_reel(world)["upload_url"]
    assert upload(world, url, offset="5").json()["debug_info"]["type"] == "OffsetInvalidError"
    assert upload(world, url, file_size="9").json()["debug_info"]["type"] == "PartialRequestError"
    bad = upload(world, url, b"not a video").json()["debug_info"]
    assert bad["type"] == "ProcessingFailedError" and bad["retriable"] is False
    assert upload(world, url, Authorization="OAuth nobody").json()["error"]["code"] == 190


def test_an_unpublished_video_is_flipped_on_itself(world: World) -> None:
    video = world.page.post(
        f"{KRUSTY}/videos", files={"source": ("v.mp4", MP4)}, published=False, description="Clip"
    )["id"]
    assert world.page.get(video, fields="published")["published"] is False and world.box.ledger() == []
    for _ in range(2):
        assert world.page.post(video, published=True) == {"success": True}
    assert [row["kind"] for row in world.box.ledger()] == ["video"]
    assert [v["id"] for v in world.page.get(f"{KRUSTY}/videos")["data"]] == [video]


def test_bad_videos_have_their_codes(world: World, web: Hits) -> None:
    path = f"{KRUSTY}/videos"
    assert world.page.error("POST", path, files={"source": ("v.mp4", b"text")})["code"] == 352
    assert world.page.error("POST", path, file_url=f"{web.url}/none")["code"] == 389
    assert world.page.error("POST", path)["code"] == 6000


def test_stories_of_photos_and_videos_are_visible_and_leave_after_a_day(world: World) -> None:
    photo = world.photo()
    assert world.page.post(f"{KRUSTY}/photo_stories", photo_id=photo)["success"] is True
    assert world.page.error("POST", f"{KRUSTY}/photo_stories", photo_id=photo)["error_subcode"] == 1366051
    story = start_reel(world, "video_stories")
    upload(world, story["upload_url"])
    world.page.post(f"{KRUSTY}/video_stories", upload_phase="finish", video_id=story["video_id"])
    assert [row["kind"] for row in world.box.ledger()] == ["story", "story"]
    assert len(world.page.get(f"{KRUSTY}/stories")["data"]) == 1
    world.box.control("clock", {"advance": 86_500})
    assert world.page.get(f"{KRUSTY}/stories")["data"] == []
