"""Publishing to a Page and reading it back: photos, posts, the flip, schedules, edits, lists."""

from __future__ import annotations

import hashlib
import json
import threading

import pytest

from tests.sandbox.conftest import Graph, Hits, World, http, jpeg
from tests.sandbox_process import BAKERY, CHARLIE, KRUSTY

DAY = 86_400


def test_an_unpublished_post_is_invisible_until_the_flip(world: World) -> None:
    post = world.hidden_post(photos=2)
    assert world.box.ledger() == []
    read = world.page.get(
        post, fields="is_published,permalink_url,attachments{media_type,subattachments{target{id}}}"
    )
    assert read["is_published"] is False
    assert http.get(read["permalink_url"]).status_code == 404
    assert world.page.get(f"{KRUSTY}/published_posts")["data"] == []
    assert [p["id"] for p in world.page.get(f"{KRUSTY}/ads_posts")["data"]] == [post]

    assert world.page.post(post, is_published=True) == {"success": True}
    assert world.page.get(post, fields="is_published")["is_published"] is True
    assert [p["id"] for p in world.page.get(f"{KRUSTY}/published_posts")["data"]] == [post]
    assert http.get(read["permalink_url"]).status_code == 200
    (row,) = world.box.ledger(KRUSTY)
    assert (row["object_id"], row["message"], row["origin"], row["kind"]) == (
        post,
        "Pizza day",
        "flip",
        "post",
    )
    assert row["media"] == [hashlib.sha256(jpeg()).hexdigest()] * 2


def test_a_second_flip_changes_nothing_visible(world: World) -> None:
    post = world.hidden_post()
    for _ in range(3):
        assert world.page.post(post, is_published=True) == {"success": True}
    assert len(world.box.ledger()) == 1
    world.box.control("config", {"second_flip": "refuse"})
    assert world.page.error("POST", post, is_published=True)["code"] == 100
    assert world.page.error("POST", post, is_published=False)["code"] == 100  # unpublishing is not supported


def test_flips_at_the_same_moment_make_one_visible_post(world: World) -> None:
    post = world.hidden_post()
    threads = [
        threading.Thread(
            target=Graph(world.box, world.page.token).post, args=(post,), kwargs={"is_published": True}
        )
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row["object_id"] for row in world.box.ledger()] == [post]


def test_photo_ids_stand_in_the_attachments_and_lead_back_to_the_post(world: World) -> None:
    photos = [world.photo(), world.photo()]
    post = world.page.post(f"{KRUSTY}/feed", attached_media=[{"media_fbid": p} for p in photos])["id"]
    read = world.page.get(post, fields="attachments{media_type,target{id},subattachments{target{id},media}}")
    (album,) = read["attachments"]["data"]
    assert album["media_type"] == "album"
    assert [s["target"]["id"] for s in album["subattachments"]["data"]] == photos
    assert album["subattachments"]["data"][0]["media"]["image"]["width"] == 400
    assert world.page.get(photos[0], fields="page_story_id")["page_story_id"] == post


def test_attached_media_may_be_indexed_form_keys(world: World) -> None:
    photos = [world.photo(), world.photo()]
    keys = {f"attached_media[{i}]": json.dumps({"media_fbid": p}) for i, p in enumerate(photos)}
    post = world.page.post(f"{KRUSTY}/feed", published=False, **keys)["id"]
    found = world.page.get(post, fields="attachments{subattachments{target{id}}}")["attachments"]["data"][0]
    assert [s["target"]["id"] for s in found["subattachments"]["data"]] == photos


def test_read_after_write_fields_come_with_the_new_id(world: World) -> None:
    made = world.page.post(f"{KRUSTY}/feed", message="x", published=False, fields="id,permalink_url")
    assert made["permalink_url"].startswith(world.box.url + "/p/")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, 197),
        ({"message": ""}, 197),
        ({"message": "x" * 63_207}, 100),
        ({"message": "x", "mesage": "typo"}, 100),
        ({"message": "x", "published": "maybe"}, 100),
        ({"message": "x", "unpublished_content_type": "HIDDEN"}, 100),
        ({"link": "not a link"}, 100),
        ({"message": "x", "attached_media": "[{"}, 100),
        ({"message": "x", "attached_media": [{"media_fbid": "122999999999999"}]}, 100),
        ({"message": "x", "published": "false", "scheduled_publish_time": "soon"}, 100),
    ],
)
def test_a_bad_post_is_refused(world: World, params: dict[str, object], code: int) -> None:
    assert world.page.error("POST", f"{KRUSTY}/feed", **params)["code"] == code
    assert world.box.ledger() == []


def test_a_null_message_is_an_empty_post(world: World) -> None:
    url = f"{world.box.graph}/v26.0/{KRUSTY}/feed"
    answer = http.post(url, json={"message": None, "access_token": world.page.token})
    assert answer.json()["error"]["code"] == 197


def test_a_posted_photo_cannot_be_attached_again(world: World) -> None:
    photo = world.photo()
    world.page.post(f"{KRUSTY}/feed", attached_media=[{"media_fbid": photo}])
    error = world.page.error("POST", f"{KRUSTY}/feed", attached_media=[{"media_fbid": photo}])
    assert error["error_subcode"] == 1366051


def test_someone_elses_photo_cannot_be_attached(world: World) -> None:
    other = world.box.connect(CHARLIE)["pages"][0]["access_token"]
    foreign = Graph(world.box, other).post(
        f"{BAKERY}/photos", files={"source": ("a.jpg", jpeg())}, published=False
    )
    error = world.page.error("POST", f"{KRUSTY}/feed", attached_media=[{"media_fbid": foreign["id"]}])
    assert error["error_subcode"] == 33


# -- photos ----------------------------------------------------------------------------------------
def test_photos_by_address_are_really_fetched_and_decoded(world: World, picture: str, web: Hits) -> None:
    photo = world.page.post(f"{KRUSTY}/photos", url=picture, published=False, alt_text_custom="A pizza")["id"]
    assert web.seen[0][1] == "/good.jpg"
    read = world.page.get(photo, fields="width,height,alt_text,images,page_story_id")
    assert (read["width"], read["height"], read["alt_text"]) == (400, 500, "A pizza")
    assert "page_story_id" not in read
    assert http.get(read["images"][0]["source"]).content == jpeg()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP", "TIFF"])
def test_metas_photo_formats_are_taken(world: World, form: str) -> None:
    assert world.page.post(f"{KRUSTY}/photos", files={"source": ("a", jpeg(form=form))}, published=False)[
        "id"
    ]


@pytest.mark.parametrize("body", [jpeg(form="WEBP"), b"GIF89a not really", jpeg()[:300], b"<html>"])
def test_what_is_no_photo_is_refused_with_1366046(world: World, body: bytes) -> None:
    error = world.page.error("POST", f"{KRUSTY}/photos", files={"source": ("a.jpg", body)}, published=False)
    assert (error["code"], error["error_subcode"], error["error_user_title"]) == (
        100,
        1366046,
        "Can't Read Files",
    )


def test_a_photo_beyond_the_limit_or_missing_is_refused(world: World, web: Hits) -> None:
    big = web.put("/big.jpg", jpeg() + b"\0" * 10_000_001)
    assert world.page.error("POST", f"{KRUSTY}/photos", url=big, published=False)["error_subcode"] == 1366046
    assert world.page.error("POST", f"{KRUSTY}/photos", published=False)["code"] == 324
    assert world.page.error("POST", f"{KRUSTY}/photos", url=f"{web.url}/none", published=False)["code"] == 100


def test_unpublished_photos_decay_after_a_day_unless_attached(world: World) -> None:
    lost, kept = world.photo(), world.photo()
    world.page.post(f"{KRUSTY}/feed", published=False, attached_media=[{"media_fbid": kept}])
    world.box.control("clock", {"advance": DAY + 1})
    assert world.page.error("GET", lost)["error_subcode"] == 33
    assert world.page.get(kept)["id"] == kept


def test_a_published_photo_makes_a_post_and_a_finding(world: World) -> None:
    made = world.page.post(f"{KRUSTY}/photos", files={"source": ("a.jpg", jpeg())}, caption="One shot")
    assert world.page.get(made["post_id"], fields="message")["message"] == "One shot"
    assert [f["rule"] for f in world.box.control("findings")["findings"]] == ["photos_published_true"]
    listed = world.page.get(f"{KRUSTY}/photos", type="uploaded")["data"]
    assert [p["id"] for p in listed] == [made["id"]]
    assert world.page.get(f"{KRUSTY}/photos")["data"] == []  # the default type is profile


# -- schedules -------------------------------------------------------------------------------------
def now(world: World) -> int:
    return int(world.box.control("clock", {"advance": 0})["now"])


def scheduled(world: World, seconds: int, **more: object) -> dict[str, str]:
    answer: dict[str, str] = world.page.post(
        f"{KRUSTY}/feed",
        message="Later",
        published=False,
        scheduled_publish_time=now(world) + seconds,
        **more,
    )
    return answer


def test_a_scheduled_post_comes_out_by_itself_at_its_time(world: World) -> None:
    post = scheduled(world, 3600)["id"]
    listed = world.page.get(f"{KRUSTY}/scheduled_posts", fields="id,scheduled_publish_time,is_published")[
        "data"
    ]
    assert listed[0]["id"] == post and listed[0]["is_published"] is False
    world.box.control("clock", {"advance": 3500})
    assert world.box.ledger() == []
    world.box.control("clock", {"advance": 101})
    (row,) = world.box.ledger()
    assert row["object_id"] == post and row["origin"] == "schedule"
    assert world.page.get(f"{KRUSTY}/scheduled_posts")["data"] == []


@pytest.mark.parametrize("seconds", [60, 590, 76 * DAY])
def test_a_time_outside_the_window_is_refused(world: World, seconds: int) -> None:
    error = world.page.error(
        "POST", f"{KRUSTY}/feed", message="x", published=False, scheduled_publish_time=now(world) + seconds
    )
    assert error["code"] == 100 and "scheduled publish time is invalid" in error["message"]


def test_beyond_thirty_days_is_a_finding_and_iso_time_is_understood(world: World) -> None:
    scheduled(world, 40 * DAY)
    assert world.box.control("findings")["findings"][0]["rule"] == "schedule_beyond_30_days"
    at = "2099-01-01T00:00:00+0000"
    error = world.page.error(
        "POST", f"{KRUSTY}/feed", message="x", published=False, scheduled_publish_time=at
    )
    assert "scheduled publish time" in error["message"]


def test_photos_of_a_scheduled_post_must_be_temporary(world: World) -> None:
    plain, temporary = world.photo(), world.photo(temporary=True)
    error = world.page.error(
        "POST",
        f"{KRUSTY}/feed",
        published=False,
        scheduled_publish_time=now(world) + 3600,
        attached_media=[{"media_fbid": plain}],
    )
    assert error["code"] == 100
    post = scheduled(
        world, 3600, attached_media=[{"media_fbid": temporary}], unpublished_content_type="SCHEDULED"
    )["id"]
    world.box.control("clock", {"advance": 3601})
    assert world.box.ledger()[0]["object_id"] == post and len(world.box.ledger()[0]["media"]) == 1


def test_a_schedule_can_be_moved_taken_back_flipped_and_deleted(world: World) -> None:
    moved, back, flipped, gone = (scheduled(world, 3600)["id"] for _ in range(4))
    world.page.post(moved, scheduled_publish_time=now(world) + 7200)
    world.page.post(back, scheduled_publish_time=0)
    world.page.post(flipped, is_published=True)
    world.page.delete(gone)
    world.box.control("clock", {"advance": 3700})
    assert [row["object_id"] for row in world.box.ledger()] == [flipped]
    world.box.control("clock", {"advance": 3700})
    assert [row["object_id"] for row in world.box.ledger()] == [flipped, moved]


# -- reading and changing --------------------------------------------------------------------------
def test_a_deleted_post_is_gone_and_the_ledger_remembers_it(world: World) -> None:
    post = world.page.post(f"{KRUSTY}/feed", message="Oops")["id"]
    assert world.page.delete(post) == {"success": True}
    assert world.page.error("DELETE", post)["error_subcode"] == 33
    assert world.page.error("GET", post)["error_subcode"] == 33
    assert world.box.ledger()[0]["removed_at"] is not None


def test_an_edit_changes_the_text_but_not_what_was_first_seen(world: World) -> None:
    post = world.page.post(f"{KRUSTY}/feed", message="Befor")["id"]
    world.page.post(post, message="Before")
    assert world.page.get(post)["message"] == "Before"
    assert world.box.ledger()[0]["message"] == "Befor"


def test_only_posts_of_the_same_app_can_be_edited(world: World) -> None:
    native = world.box.control("native-post", {"page": KRUSTY, "message": "By hand"})["id"]
    assert world.page.error("POST", native, message="Ours now")["code"] == 200
    assert "application" not in world.page.get(native, fields="message,application")


def test_lists_are_newest_first_and_paged_by_cursor_and_since(world: World) -> None:
    made = [world.page.post(f"{KRUSTY}/feed", message=f"Post {i}")["id"] for i in range(7)]
    first = world.page.get(f"{KRUSTY}/published_posts", fields="id", limit=3)
    second = http.get(first["paging"]["next"]).json()
    back = http.get(second["paging"]["previous"]).json()
    assert [row["id"] for row in first["data"] + second["data"]] == made[:0:-1]
    assert [row["id"] for row in back["data"]] == made[:3:-1]
    assert world.page.get(f"{KRUSTY}/feed", since=now(world) + 10)["data"] == []
    over = world.page.error("GET", f"{KRUSTY}/feed", limit=101)
    assert (over["code"], over["error_subcode"]) == (100, 1)


def test_whether_feed_shows_unpublished_posts_is_a_switch(world: World) -> None:
    world.hidden_post()
    assert world.page.get(f"{KRUSTY}/feed")["data"] == []
    world.box.control("config", {"feed_includes_unpublished": True})
    assert world.page.get(f"{KRUSTY}/feed", fields="is_published")["data"][0]["is_published"] is False


def test_counts_come_with_summaries_and_shares_only_when_there_are_some(world: World) -> None:
    post = world.page.post(f"{KRUSTY}/feed", message="Count me")["id"]
    asked = (
        "reactions.summary(total_count).limit(0),comments.summary(true).limit(0),shares,likes.summary(true)"
    )
    empty = world.page.get(post, fields=asked)
    assert empty["reactions"] == {"data": [], "summary": {"total_count": 0, "viewer_reaction": "NONE"}}
    assert empty["comments"]["summary"]["total_count"] == 0 and "shares" not in empty
    world.box.control(
        "engage", {"id": post, "likes": 3, "reactions": {"LOVE": 2}, "comments": ["Yum", "More"], "shares": 4}
    )
    full = world.page.get(post, fields=asked)
    assert full["reactions"]["summary"]["total_count"] == 5 and full["likes"]["summary"]["total_count"] == 3
    assert full["comments"]["data"] == [] and full["comments"]["summary"]["total_count"] == 2
    assert full["shares"] == {"count": 4}
    assert [c["message"] for c in world.page.get(f"{post}/comments")["data"]] == ["Yum", "More"]


def test_the_page_can_answer_hide_and_delete_comments(world: World) -> None:
    post = world.page.post(f"{KRUSTY}/feed", message="Talk")["id"]
    comment = world.box.control("engage", {"id": post, "comments": ["Rude"]})["comment_ids"][0]
    reply = world.page.post(f"{post}/comments", message="Thank you")["id"]
    assert world.page.get(reply, fields="message,from")["from"]["id"] == KRUSTY
    world.page.post(comment, is_hidden=True)
    assert world.page.get(comment, fields="is_hidden")["is_hidden"] is True
    world.page.delete(comment)
    assert [c["id"] for c in world.page.get(f"{post}/comments")["data"]] == [reply]


@pytest.mark.parametrize(
    ("fields", "code"),
    [("id,nonsense", 100), ("id,", 2500), ("id{", 2500), ("comments.limit(", 2500), ("message id", 2500)],
)
def test_bad_fields_are_refused_in_graphs_words(world: World, fields: str, code: int) -> None:
    post = world.hidden_post()
    error = world.page.error("GET", post, fields=fields)
    assert error["code"] == code
    if code == 100:
        assert (
            error["message"] == "(#100) Tried accessing nonexisting field (nonsense) on node type (PagePost)"
        )


def test_publishing_needs_the_page_token_the_scope_and_the_task(world: World) -> None:
    assert world.user.error("POST", f"{KRUSTY}/feed", message="x")["code"] == 210
    made = world.box.control("pages", {"name": "Reader", "person": CHARLIE, "tasks": ["ANALYZE"]})["id"]
    login = world.box.connect(CHARLIE)
    token = next(p["access_token"] for p in login["pages"] if p["id"] == made)
    assert Graph(world.box, token).error("POST", f"{made}/feed", message="x")["code"] == 200
    assert world.page.error("GET", BAKERY)["error_subcode"] == 33


def test_versions_old_new_and_missing(world: World) -> None:
    old = Graph(world.box, world.page.token, version="v18.0")
    answer = old.send("GET", KRUSTY)
    assert answer.status_code == 200 and answer.headers["facebook-api-version"] == "v21.0"
    assert world.box.control("findings")["findings"][0]["rule"] == "dead_version"
    assert Graph(world.box, world.page.token, version="v27.0").error("GET", KRUSTY)["code"] == 2500
    bare = http.get(f"{world.box.graph}/{KRUSTY}", params={"access_token": world.page.token})
    assert bare.headers["facebook-api-version"] == "v26.0"


def test_ended_protocol_features_are_findings_and_can_be_refused(world: World) -> None:
    world.page.get(KRUSTY, pretty=0, debug="all", date_format="U")
    both = world.page.get("", ids=f"{KRUSTY},{world.ig}")
    assert set(both) == {KRUSTY, world.ig}
    rules = {f["rule"] for f in world.box.control("findings")["findings"]}
    assert {"pretty", "debug", "date_format", "ids"} <= rules
    world.box.control("config", {"legacy_params": "refuse"})
    assert world.page.error("GET", KRUSTY, date_format="U")["code"] == 100


def test_a_batch_answers_each_part_by_itself(world: World) -> None:
    post = world.hidden_post()
    parts = [
        {"method": "GET", "relative_url": f"{KRUSTY}?fields=name"},
        {"method": "GET", "relative_url": "1"},
        {"method": "POST", "relative_url": post, "body": "message=Edited"},
    ]
    answer = world.page.post("", batch=json.dumps(parts))
    assert [part["code"] for part in answer] == [200, 400, 200]
    assert json.loads(answer[0]["body"])["name"] == "Krusty Pizza"
    assert world.page.get(post)["message"] == "Edited"


def test_every_answer_carries_graphs_headers(world: World) -> None:
    answer = world.page.send("GET", KRUSTY)
    for name in ("x-fb-request-id", "x-app-usage", "facebook-api-version", "x-business-use-case-usage"):
        assert answer.headers[name]
    assert KRUSTY in json.loads(answer.headers["x-business-use-case-usage"])


def test_tokens_are_taken_from_the_header_too(world: World) -> None:
    for scheme in ("Bearer", "OAuth"):
        answer = http.get(
            f"{world.box.graph}/v26.0/{KRUSTY}", headers={"Authorization": f"{scheme} {world.page.token}"}
        )
        assert answer.status_code == 200
