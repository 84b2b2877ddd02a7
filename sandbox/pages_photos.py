"""Photos of a Page: uploaded by address or file, decoded for real, unpublished unless one insists."""

from __future__ import annotations

from sandbox import clock, media
from sandbox.call import Answer, Call, endpoint
from sandbox.errors import GraphError, invalid
from sandbox.pages_publish import POSTING, attach, new_post, publish, schedule_time
from sandbox.store import Node, the_store

PHOTO_FORMATS = {"JPEG", "MPO", "BMP", "PNG", "GIF", "TIFF"}
PHOTO_LIFE = 86_400


def bad_photo() -> GraphError:
    return invalid(
        "Invalid parameter",
        1366046,
        title="Can't Read Files",
        transient=False,
        user_msg="Your photos couldn't be uploaded. Photos should be less than 4 MB and saved as JPG, PNG, "
        "GIF or TIFF files.",
    )


@endpoint("page", "POST", "photos", label="page.photos.create", scopes=POSTING, task="CREATE_CONTENT")
def create_photo(call: Call) -> Answer:
    """``url`` or multipart ``source``. Unpublished photos are kept 24 h for use in a post, then dropped."""
    published, temporary = call.flag("published", True), call.flag("temporary", False)
    when = schedule_time(call) if call.has("scheduled_publish_time") else None
    if when is not None and published:
        raise invalid("You cannot specify a scheduled publish time on a published post")
    photo = _photo_bytes(call)
    page, store = call.target, the_store()
    with store.tx():
        node = store.add(
            Node(
                id=store.new_id("122"),
                kind="photo",
                owner=page.id,
                state="unpublished",
                created=call.now,
                due=None if published else call.now + PHOTO_LIFE,
                data={
                    "media": photo.name,
                    "sha": photo.sha,
                    "width": photo.width,
                    "height": photo.height,
                    "alt": call.text("alt_text_custom"),
                    "name": call.text("caption") or call.text("message") or call.text("name"),
                    "temporary": temporary,
                    "app_id": call.bearer.app_id,
                    "hidden_until": call.now + call.lag("read_lag"),
                },
            )
        )
        call.object_id = node.id
        if not published and when is None:
            return {"id": node.id}
        post = new_post(call, message=node["name"], photos=[node.id], state="unpublished")
        attach(post, [node])
        if when is not None:
            post.state, post.due, post["scheduled"] = "scheduled", when, when
            store.save(post)
            return {"id": node.id, "post_id": post.id}
        if call.flag("no_story", False):
            post["no_story"] = True
        publish(post, "photos_one_shot", call.lag("listing_lag"))
    answer = {"id": node.id, "post_id": post.id}
    if call.flag("no_story", False):
        del answer["post_id"]
    return answer


def _photo_bytes(call: Call) -> media.Photo:
    limit = int(clock.conf("photo_max_bytes"))
    if "source" in call.files:
        body = call.files["source"].read(limit + 1)
    elif call.has("url"):
        try:
            body, _ = media.fetch(call.required("url"), limit)
        except media.TooLarge:
            raise bad_photo() from None
        except media.NotMedia:
            raise invalid(
                "Missing or invalid image file",
                1366046 if call.required("url").isascii() else None,
                type="OAuthException",
                title="Can't Read Files",
                user_msg="The image could not be fetched from the address given.",
            ) from None
    else:
        raise GraphError(324, "(#324) Requires upload file", subcode=2069019)
    if len(body) > limit:
        raise bad_photo()
    try:
        photo = media.keep_photo(body)
    except media.NotMedia:
        raise bad_photo() from None
    if photo.format not in PHOTO_FORMATS:
        raise bad_photo()
    return photo


@endpoint("photo", "DELETE", label="photo.delete", scopes=POSTING, task="CREATE_CONTENT")
def delete_photo(call: Call) -> Answer:
    with the_store().tx():
        photo = call.target
        photo.state, photo.due = "deleted", None
        the_store().save(photo)
    return {"success": True}
