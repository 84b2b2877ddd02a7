"""Containers that really fetch their media, media_publish, and reading Instagram back."""

from __future__ import annotations

import hashlib
import json
import threading

import pytest

from tests.sandbox.conftest import Graph, Hits, World, http, jpeg
from tests.sandbox_films import film
from tests.sandbox_process import BAKERY_IG, CHARLIE, KRUSTY_IG

DAY = 86_400
MP4 = film()


def publish(world: World, container: str) -> str:
    return str(world.page.post(f"{world.ig}/media_publish", creation_id=container)["id"])


def test_a_container_is_invisible_until_media_publish(world: World, picture: str) -> None:
    box = world.container(picture, caption="Pizza #krusty", alt_text="A pizza")
    assert world.state(box) == "FINISHED" and world.box.ledger() == []
    media = publish(world, box)
    assert media != box and world.state(box) == "PUBLISHED"
    (row,) = world.box.ledger(KRUSTY_IG)
    assert (row["object_id"], row["message"], row["kind"], row["origin"]) == (
        media, "Pizza #krusty", "feed", f"container:{box}")  # fmt: skip
    assert row["media"] == [hashlib.sha256(jpeg()).hexdigest()]
    asked = "id,caption,media_type,media_product_type,permalink,timestamp,username,owner,alt_text,like_count,media_url"
    read = world.page.get(media, fields=asked)
    assert (read["media_type"], read["media_product_type"], read["username"]) == (
        "IMAGE",
        "FEED",
        "krustypizza",
    )
    assert (
        read["timestamp"].endswith("+0000")
        and read["owner"] == {"id": KRUSTY_IG}
        and read["alt_text"] == "A pizza"
    )
    assert http.get(read["permalink"]).status_code == 200
    assert http.get(read["media_url"]).content == jpeg()


def bad_pictures() -> list[tuple[str, bytes, str, int, int, int]]:
    return [
        ("png", jpeg(form="PNG"), "image/png", 200, 36001, 2207005),
        ("tall", jpeg(400, 600), "image/jpeg", 200, 36003, 2207009),
        ("wide", jpeg(800, 400), "image/jpeg", 200, 36003, 2207009),
        ("big", jpeg() + b"\0" * 8_500_000, "image/jpeg", 200, 36000, 2207004),
        ("html", b"<html>log in</html>", "text/html", 200, 9004, 2207052),
        ("jpeg that is called html", jpeg(), "text/html", 200, 9004, 2207052),
        ("broken", jpeg()[:200], "image/jpeg", 200, 9004, 2207052),
        ("missing", jpeg(), "image/jpeg", 404, 9004, 2207052),
        ("private", jpeg(), "image/jpeg", 403, 9004, 2207052),
    ]


@pytest.mark.parametrize(
    ("body", "kind", "status", "code", "subcode"),
    [row[1:] for row in bad_pictures()],
    ids=[row[0] for row in bad_pictures()],
)
def test_a_picture_instagram_would_not_take_is_refused(
    world: World, web: Hits, body: bytes, kind: str, status: int, code: int, subcode: int
) -> None:
    address = web.put("/bad.jpg", body, kind, status)
    error = world.page.error("POST", f"{world.ig}/media", image_url=address)
    assert (error["code"], error["error_subcode"], error["is_transient"]) == (code, subcode, False)
    assert error["error_user_title"] and error["error_user_msg"]
    assert web.seen, "the address must have been asked"


def test_a_redirect_to_a_picture_is_followed_and_one_to_a_login_is_not_media(
    world: World, web: Hits, picture: str
) -> None:
    web.put("/hop", b"/good.jpg", "text/plain", 302)
    web.put("/login", b"<html>", "text/html")
    web.put("/away", b"/login", "text/plain", 302)
    web.put("/loop", b"/loop", "text/plain", 302)
    assert world.container(f"{web.url}/hop")
    for path in ("/away", "/loop"):
        assert world.page.error("POST", f"{world.ig}/media", image_url=web.url + path)["code"] == 9004


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/a.jpg", "ftp://x/a.jpg", "http://x.invalid/ä.jpg", "no", "http://u:p@h/a.jpg"]
)
def test_an_address_that_cannot_be_fetched_is_9004(world: World, url: str) -> None:
    assert world.page.error("POST", f"{world.ig}/media", image_url=url)["error_subcode"] == 2207052


def test_public_addresses_only_is_a_switch(world: World, picture: str) -> None:
    world.box.control("config", {"fetch_public_only": True})
    assert world.page.error("POST", f"{world.ig}/media", image_url=picture)["code"] == 9004


@pytest.mark.parametrize(
    ("params", "code", "subcode"),
    [
        ({"caption": "x" * 2201}, 36004, 2207010),
        ({"caption": " ".join(f"#t{i}" for i in range(31))}, 36004, 2207010),
        ({"caption": " ".join(f"@t{i}" for i in range(21))}, 100, 2207040),
        ({"caption": "no", "is_carousel_item": True}, 100, 2207010),
        ({"media_type": "VIDEO"}, 100, 2207023),
        ({"media_type": "POSTER"}, 100, 2207023),
        ({"alt_text": "x" * 1001}, 100, None),
        ({"user_tags": [{"username": "bob", "x": 1.5, "y": 0}]}, 100, None),
        ({"collaborators": ["a", "b", "c", "d"]}, 100, None),
        ({"location_id": "123"}, 100, None),
        ({"scheduled_publish_time": "1900000000"}, 100, None),
        ({"published": False}, 100, None),
    ],
)  # fmt: skip
def test_container_rules(
    world: World, picture: str, params: dict[str, object], code: int, subcode: int | None
) -> None:
    error = world.page.error("POST", f"{world.ig}/media", image_url=picture, **params)
    assert (error["code"], error.get("error_subcode")) == (code, subcode)


def test_exactly_the_limits_pass(world: World, picture: str) -> None:
    caption = " ".join(f"#t{i}" for i in range(30))
    assert world.container(picture, caption=caption + "x" * (2200 - len(caption)))


def test_a_carousel_keeps_the_order_of_its_children(world: World, web: Hits) -> None:
    colours = ["red", "green", "blue"]
    children = [world.container(web.put(f"/{c}.jpg", jpeg(colour=c)), is_carousel_item=True) for c in colours]
    parent = world.page.post(
        f"{world.ig}/media", media_type="CAROUSEL", children=",".join(children), caption="Three"
    )["id"]
    media = publish(world, parent)
    read = world.page.get(media, fields="media_type,children{media_url,media_type}")
    assert read["media_type"] == "CAROUSEL_ALBUM"
    shown = [http.get(c["media_url"]).content for c in read["children"]["data"]]
    assert shown == [jpeg(colour=c) for c in colours]
    assert len(world.box.ledger()[0]["media"]) == 3
    assert len(world.page.get(f"{media}/children")["data"]) == 3
    assert world.page.get(f"{world.ig}/media")["data"] == [{"id": media}]


def test_a_carousel_wants_two_to_ten_finished_children_of_its_own(world: World, picture: str) -> None:
    child, plain = world.container(picture, is_carousel_item=True), world.container(picture)
    path, kind = f"{world.ig}/media", {"media_type": "CAROUSEL"}
    assert world.page.error("POST", path, **kind, children=[child])["error_subcode"] == 2207028
    assert world.page.error("POST", path, **kind, children=[child] * 11)["error_subcode"] == 2207028
    assert world.page.error("POST", path, **kind, children=[child, plain])["error_subcode"] == 2207028
    world.box.control("config", {"ig_image_processing_seconds": 60})
    slow = world.container(picture, is_carousel_item=True)
    assert world.page.error("POST", path, **kind, children=[child, slow])["error_subcode"] == 2207027
    assert (
        world.page.error("POST", f"{world.ig}/media_publish", creation_id=child)["error_subcode"] == 2207008
    )


def test_what_is_not_finished_cannot_be_published(world: World, picture: str) -> None:
    world.box.control("config", {"ig_image_processing_seconds": 60})
    box = world.container(picture)
    assert world.state(box) == "IN_PROGRESS"
    error = world.page.error("POST", f"{world.ig}/media_publish", creation_id=box)
    assert (error["code"], error["error_subcode"]) == (9007, 2207027)
    world.box.control("clock", {"advance": 61})
    assert publish(world, box) and len(world.box.ledger()) == 1


@pytest.mark.parametrize(("mode", "code"), [("2207008", 24), ("9007", 9007)])
def test_a_second_publish_answers_by_the_switch_and_never_doubles(
    world: World, picture: str, mode: str, code: int
) -> None:
    box = world.container(picture)
    first = publish(world, box)
    assert publish(world, box) == first  # the default: the same media id
    world.box.control("config", {"second_media_publish": mode})
    assert world.page.error("POST", f"{world.ig}/media_publish", creation_id=box)["code"] == code
    assert [row["object_id"] for row in world.box.ledger()] == [first]


def test_the_adversarial_switch_makes_two_media_of_one_container(world: World, picture: str) -> None:
    world.box.control("config", {"second_media_publish": "duplicate"})
    box = world.container(picture)
    assert publish(world, box) != publish(world, box) and len(world.box.ledger()) == 2


def test_publishing_one_container_from_many_threads_makes_one_media(world: World, picture: str) -> None:
    box = world.container(picture)
    ids: list[str] = []

    def work() -> None:
        ids.append(
            Graph(world.box, world.page.token).post(f"{world.ig}/media_publish", creation_id=box)["id"]
        )

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 12 and len(set(ids)) == 1 and len(world.box.ledger()) == 1


def test_a_container_expires_after_a_day(world: World, picture: str) -> None:
    late, done = world.container(picture), world.container(picture)
    publish(world, done)
    world.box.control("clock", {"advance": DAY + 1})
    assert world.state(late) == "EXPIRED" and world.state(done) == "EXPIRED"
    error = world.page.error("POST", f"{world.ig}/media_publish", creation_id=late)
    assert (error["code"], error["error_subcode"]) == (24, 2207008) and late in error["message"]
    world.box.control("config", {"published_container_after_24h": "gone"})
    assert world.page.error("GET", done)["error_subcode"] == 33


def test_the_publishing_quota_is_told_and_kept(world: World, picture: str) -> None:
    world.box.control("config", {"ig_quota_total": 2})
    for _ in range(2):
        publish(world, world.container(picture))
    limit = world.page.get(f"{world.ig}/content_publishing_limit", fields="quota_usage,config")["data"][0]
    assert limit == {"quota_usage": 2, "config": {"quota_total": 2, "quota_duration": DAY}}
    assert world.page.get(f"{world.ig}/content_publishing_limit")["data"] == [{"quota_usage": 2}]
    error = world.page.error("POST", f"{world.ig}/media_publish", creation_id=world.container(picture))
    assert (error["code"], error["error_subcode"]) == (9, 2207042)
    world.box.control("clock", {"advance": DAY + 1})
    assert publish(world, world.container(picture))


def test_the_number_of_containers_a_day_is_limited(world: World, picture: str) -> None:
    world.box.control("config", {"ig_containers_per_day": 2})
    assert world.container(picture) and world.container(picture)
    assert world.page.error("POST", f"{world.ig}/media", image_url=picture)["error_subcode"] == 2207042


def test_a_reel_is_fetched_in_the_background_and_its_failure_shows_in_the_status(
    world: World, web: Hits
) -> None:
    world.box.control("config", {"ig_video_processing_seconds": 0})
    good = world.page.post(
        f"{world.ig}/media", media_type="REELS", video_url=web.put("/v.mp4", MP4, "video/mp4")
    )["id"]
    bad = world.page.post(
        f"{world.ig}/media", media_type="REELS", video_url=web.put("/w.mp4", b"no", "video/mp4")
    )["id"]
    world.box.control("tick", {})
    assert world.state(good) == "FINISHED"
    read = world.page.get(bad, fields="status_code,status")
    assert read["status_code"] == "ERROR" and "2207052" in read["status"]
    assert world.page.error("POST", f"{world.ig}/media_publish", creation_id=bad)["error_subcode"] == 2207027
    media = publish(world, good)
    read = world.page.get(media, fields="media_type,media_product_type,permalink")
    assert (read["media_type"], read["media_product_type"]) == ("VIDEO", "REELS") and "/reel/" in read[
        "permalink"
    ]


def test_a_resumable_upload_goes_through_rupload(world: World) -> None:
    world.box.control("config", {"ig_video_processing_seconds": 0})
    made = world.page.post(f"{world.ig}/media", media_type="REELS", upload_type="resumable")
    assert made["uri"].startswith(f"{world.box.rupload}/ig-api-upload/v26.0/")
    headers = {"Authorization": f"OAuth {world.page.token}", "offset": "0", "file_size": str(len(MP4))}
    wrong = http.post(made["uri"], headers=headers | {"file_size": "9"}, content=MP4)
    assert wrong.status_code == 400 and wrong.json()["debug_info"]["type"] == "PartialRequestError"
    assert http.post(made["uri"], headers=headers, content=MP4).json()["success"] is True
    assert world.state(made["id"]) == "FINISHED"


def test_stories_are_listed_apart_and_leave_after_a_day(world: World, web: Hits) -> None:
    tall = web.put("/tall.jpg", jpeg(360, 640))
    story = publish(world, world.container(tall, media_type="STORIES"))
    assert world.page.get(f"{world.ig}/media")["data"] == []
    assert world.page.get(f"{world.ig}/stories", fields="id,permalink")["data"][0]["id"] == story
    world.box.control("clock", {"advance": DAY + 1})
    assert world.page.get(f"{world.ig}/stories")["data"] == []


def test_media_are_listed_newest_first_with_since_and_until(world: World, picture: str) -> None:
    made = [publish(world, world.container(picture, caption=str(i))) for i in range(3)]
    assert [m["id"] for m in world.page.get(f"{world.ig}/media", fields="id,caption")["data"]] == made[::-1]
    later = int(world.box.control("clock", {"advance": 100})["now"])
    assert world.page.get(f"{world.ig}/media", since=later - 10)["data"] == []
    assert len(world.page.get(f"{world.ig}/media", until=later, limit=2)["data"]) == 2


def test_captions_cannot_be_edited_but_media_deleted_with_the_right_permission(
    world: World, picture: str
) -> None:
    media = publish(world, world.container(picture))
    assert world.page.error("POST", media, caption="New")["code"] == 100
    assert world.page.error("DELETE", media)["code"] == 10
    world.box.control(
        "grants",
        {"person": world.box.connect()["person"], "scopes": {"instagram_manage_contents": "granted"}},
    )
    assert world.page.delete(media) == {"success": True}
    assert world.box.ledger()[0]["removed_at"] is not None


def test_comments_can_be_read_answered_and_hidden(world: World, picture: str) -> None:
    media = publish(world, world.container(picture))
    comment = world.box.control("engage", {"id": media, "comments": ["Looks good"], "likes": 2})[
        "comment_ids"
    ][0]
    assert world.page.get(media, fields="like_count,comments_count") == {
        "like_count": 2,
        "comments_count": 1,
        "id": media,
    }
    reply = world.page.post(f"{comment}/replies", message="Thanks!")["id"]
    world.page.post(comment, hide=True)
    texts = {
        c["id"]: c
        for c in world.page.get(f"{media}/comments", fields="text,username,hidden,parent_id")["data"]
    }
    assert texts[comment]["hidden"] is True and texts[reply]["parent_id"] == comment


def test_an_account_that_is_not_shared_does_not_exist(world: World, picture: str) -> None:
    assert world.page.error("GET", BAKERY_IG)["error_subcode"] == 33
    charlie = world.box.connect(CHARLIE)["long_lived_token"]
    assert (
        Graph(world.box, charlie).error("POST", f"{KRUSTY_IG}/media", image_url=picture)["error_subcode"]
        == 33
    )
    box = world.container(picture)
    assert Graph(world.box, charlie).error("GET", box)["error_subcode"] == 33


def test_data_access_that_lapsed_closes_instagram_but_not_the_page(world: World) -> None:
    world.box.control("clock", {"advance": 91 * DAY})
    assert world.page.get(world.page_id)["id"] == world.page_id
    assert world.page.error("GET", world.ig)["code"] == 10


def test_user_tokens_work_for_instagram_too(world: World, picture: str) -> None:
    box = world.user.post(f"{world.ig}/media", image_url=picture)["id"]
    assert json.dumps(world.user.get(box, fields="status_code")).count("FINISHED") == 1
