"""Facebook Pages: photos, posts, the flip, and reading back. All with the Page's token.

Nothing here can make a post visible except `flip_post` (and videos.publish_video): photos and posts are
always created unpublished, because only an object whose id we hold before it is visible can be published
exactly once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from social.graph.base import Answer, Calls

POST_FIELDS = "id,message,created_time,is_published,permalink_url,scheduled_publish_time"
RECONCILE_FIELDS = (
    "id,message,created_time,is_published,permalink_url,application{id},"
    "attachments{media_type,target{id},subattachments.limit(20){target{id}}}"
)
ENGAGEMENT_FIELDS = "reactions.summary(total_count).limit(0),comments.summary(true).limit(0),shares"


class PageCalls(Calls):
    def upload_photo(
        self, page_id: str, *, url: str, alt_text: str | None = None, temporary: bool = False
    ) -> Answer:
        """Have Meta fetch a photo and hold it, invisible, for about 24 h. The answer's id is the photo's
        fbid.

        `temporary` must be true for a photo of a post scheduled natively.
        https://developers.facebook.com/docs/graph-api/reference/page/photos
        """
        params = {"url": url, "published": False, "alt_text_custom": alt_text, "temporary": temporary or None}
        return self.call("upload_photo", "POST", f"{page_id}/photos", params, needs="id")

    def upload_photo_bytes(
        self,
        page_id: str,
        *,
        content: bytes,
        mime: str = "image/jpeg",
        alt_text: str | None = None,
        temporary: bool = False,
    ) -> Answer:
        """The same with the file in the request, for when Meta cannot reach us (no public URL)."""
        params = {"published": False, "alt_text_custom": alt_text, "temporary": temporary or None}
        files = {"source": (f"photo.{mime.rpartition('/')[2]}", content, mime)}
        return self.call("upload_photo", "POST", f"{page_id}/photos", params, needs="id", files=files)

    def create_unpublished_post(
        self,
        page_id: str,
        *,
        message: str | None = None,
        link: str | None = None,
        media_fbids: Sequence[str] = (),
        place: str | None = None,
        scheduled_publish_time: int | None = None,
    ) -> Answer:
        """An invisible post; its id ("{page}_{post}") is what flip_post makes visible.

        `scheduled_publish_time` (unix seconds, 10 min to 29 days ahead) hands the timing to Facebook instead.
        https://developers.facebook.com/docs/graph-api/reference/page/feed
        """
        params: dict[str, Any] = {
            "message": message or None,  # a null message is "the post is empty" (197)
            "link": link or None,
            "published": False,
            "attached_media": [{"media_fbid": fbid} for fbid in media_fbids] or None,
            "place": place or None,
        }
        if scheduled_publish_time is not None:
            params |= {
                "scheduled_publish_time": scheduled_publish_time,
                "unpublished_content_type": "SCHEDULED",
            }
        return self.call("create_post", "POST", f"{page_id}/feed", params, needs="id")

    def flip_post(self, post_id: str) -> Answer:
        """Make an unpublished post visible. Sets the state of one object, so it cannot make a second one.

        https://developers.facebook.com/docs/graph-api/reference/page-post (update: is_published)
        """
        return self.call("flip_post", "POST", post_id, {"is_published": True}, needs="success")

    def read_post(self, post_id: str, *, fields: str = POST_FIELDS) -> Answer:
        """https://developers.facebook.com/docs/graph-api/reference/page-post"""
        return self.call("read_post", "GET", post_id, {"fields": fields}, needs="id")

    def read_photo(self, photo_id: str, *, fields: str = "id,page_story_id,link") -> Answer:
        """`page_story_id` is the post of a published photo.
        https://developers.facebook.com/docs/graph-api/reference/photo
        """
        return self.call("read_photo", "GET", photo_id, {"fields": fields}, needs="id")

    def published_posts(
        self,
        page_id: str,
        *,
        since: int | None = None,
        until: int | None = None,
        limit: int = 100,
        fields: str = RECONCILE_FIELDS,
    ) -> Answer:
        """A Page's own published posts, newest first (limit <= 100; more is refused).

        https://developers.facebook.com/docs/graph-api/reference/page/published_posts
        """
        params = {"fields": fields, "since": since, "until": until, "limit": min(limit, 100)}
        return self.call("published_posts", "GET", f"{page_id}/published_posts", params, needs="data")

    def scheduled_posts(self, page_id: str, *, fields: str = POST_FIELDS) -> Iterator[Answer]:
        """Posts that Facebook itself will publish.
        https://developers.facebook.com/docs/graph-api/reference/page/scheduled_posts
        """
        return self.pages_of("scheduled_posts", f"{page_id}/scheduled_posts", {"fields": fields})

    def unpublished_posts(
        self, page_id: str, *, since: int | None = None, fields: str = POST_FIELDS
    ) -> Iterator[Answer]:
        """Invisible posts, for sweeping what a crash left.
        https://developers.facebook.com/docs/graph-api/reference/page/ads_posts
        """
        params = {"fields": fields, "since": since, "limit": 100}
        return self.pages_of("unpublished_posts", f"{page_id}/ads_posts", params)

    def delete_object(self, object_id: str) -> Answer:
        """Delete a post, photo or video of ours. A second time it is 100/33.

        https://developers.facebook.com/docs/graph-api/reference/page-post (deleting)
        """
        return self.call("delete", "DELETE", object_id, needs="success")

    def create_comment(self, object_id: str, *, message: str) -> Answer:
        """A comment by the account itself, below a post, video or Instagram medium.

        https://developers.facebook.com/docs/graph-api/reference/object/comments
        """
        return self.call("create_comment", "POST", f"{object_id}/comments", {"message": message}, needs="id")

    def comments(self, object_id: str, *, fields: str, limit: int = 100) -> Answer:
        """The first page of comments below a post, video or Instagram medium."""
        return self.call(
            "comments", "GET", f"{object_id}/comments", {"fields": fields, "limit": limit}, needs="data"
        )

    def engagement(self, post_id: str) -> Answer:
        """Reactions, comments and shares without insights; `shares` is absent at zero."""
        return self.call("engagement", "GET", post_id, {"fields": ENGAGEMENT_FIELDS})

    def insights(self, object_id: str, metrics: Sequence[str], **params: Any) -> Answer:
        """Figures of a Page, post, Instagram account or media. One metric that Meta has retired fails the
        whole call.

        https://developers.facebook.com/docs/graph-api/reference/insights
        """
        given = {"metric": ",".join(metrics), **params}
        return self.call("insights", "GET", f"{object_id}/insights", given, needs="data")

    def page(self, page_id: str, *, fields: str) -> Answer:
        """https://developers.facebook.com/docs/graph-api/reference/page"""
        return self.call("page", "GET", page_id, {"fields": fields}, needs="id")

    def subscribe_page(self, page_id: str, fields: Sequence[str]) -> Answer:
        """Have this Page's events sent to our webhook (needs pages_manage_metadata).

        https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps
        """
        params = {"subscribed_fields": ",".join(fields)}
        return self.call("subscribe_page", "POST", f"{page_id}/subscribed_apps", params, needs="success")

    def unsubscribe_page(self, page_id: str) -> Answer:
        return self.call("unsubscribe_page", "DELETE", f"{page_id}/subscribed_apps", needs="success")

    def photo_story(self, page_id: str, photo_id: str) -> Answer:
        """Publish an unpublished photo as a story AT ONCE. There is no reading back: at most once, never
        again.

        https://developers.facebook.com/docs/page-stories-api
        """
        return self.call(
            "photo_story", "POST", f"{page_id}/photo_stories", {"photo_id": photo_id}, needs="success"
        )
