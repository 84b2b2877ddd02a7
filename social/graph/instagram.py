"""Instagram professional accounts through Facebook Login (graph.facebook.com, the linked Page's token).

A container is invisible and lives 24 h; `publish_container` is the flip. Instagram has no native scheduling.
https://developers.facebook.com/docs/instagram-platform/content-publishing
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from social.graph.base import Answer, Calls

MEDIA_FIELDS = "id,caption,media_type,media_product_type,timestamp,permalink,children{id}"


class InstagramCalls(Calls):
    def create_photo_container(
        self,
        ig_id: str,
        *,
        image_url: str,
        caption: str | None = None,
        alt_text: str | None = None,
        is_carousel_item: bool = False,
        user_tags: Sequence[Mapping[str, Any]] | None = None,
        location_id: str | None = None,
    ) -> Answer:
        """A container for one JPEG that Meta fetches now. A carousel's child has no caption of its own.

        https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
        """
        params = {
            "image_url": image_url,
            "caption": None if is_carousel_item else caption or None,
            "alt_text": alt_text or None,
            "is_carousel_item": is_carousel_item or None,
            "user_tags": [dict(tag) for tag in user_tags] if user_tags else None,
            "location_id": location_id,
        }
        return self.call("create_container", "POST", f"{ig_id}/media", params, needs="id")

    def create_carousel_container(
        self,
        ig_id: str,
        *,
        children: Sequence[str],
        caption: str | None = None,
        location_id: str | None = None,
    ) -> Answer:
        """The parent of 2 to 10 finished child containers."""
        params = {
            "media_type": "CAROUSEL",
            "children": ",".join(children),
            "caption": caption or None,
            "location_id": location_id,
        }
        return self.call("create_carousel", "POST", f"{ig_id}/media", params, needs="id")

    def create_video_container(
        self,
        ig_id: str,
        *,
        media_type: str = "REELS",
        video_url: str | None = None,
        caption: str | None = None,
        is_carousel_item: bool = False,
        cover_url: str | None = None,
        thumb_offset: int | None = None,
        share_to_feed: bool | None = None,
        location_id: str | None = None,
    ) -> Answer:
        """A reel ("REELS"), a story ("STORIES") or a carousel's video ("VIDEO"). Without `video_url` the
        answer has the `uri` to upload the file to (videos.upload_bytes).
        """
        params = {
            "media_type": media_type,
            "video_url": video_url,
            "upload_type": None if video_url else "resumable",
            "caption": None if is_carousel_item or media_type == "STORIES" else caption or None,
            "is_carousel_item": is_carousel_item or None,
            "cover_url": cover_url,
            "thumb_offset": thumb_offset,
            "share_to_feed": share_to_feed,
            "location_id": location_id,
        }
        return self.call("create_container", "POST", f"{ig_id}/media", params, needs="id")

    def create_story_container(self, ig_id: str, *, image_url: str) -> Answer:
        """A photo story (business accounts only); stories have neither caption nor alt text."""
        params = {"media_type": "STORIES", "image_url": image_url}
        return self.call("create_container", "POST", f"{ig_id}/media", params, needs="id")

    def container_status(self, container_id: str) -> Answer:
        """`status_code`: EXPIRED, ERROR, FINISHED, IN_PROGRESS or PUBLISHED; `status` is text with the
        error number.

        The container's id is not the media's id.
        https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-container
        """
        return self.call(
            "container_status", "GET", container_id, {"fields": "status_code,status"}, needs="status_code"
        )

    def publish_container(self, ig_id: str, creation_id: str) -> Answer:
        """The flip. The answer's id is the media's.

        https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media_publish
        """
        params = {"creation_id": creation_id}
        return self.call("publish_container", "POST", f"{ig_id}/media_publish", params, needs="id")

    def publishing_limit(self, ig_id: str) -> Answer:
        """`data[0].quota_usage` and `data[0].config.quota_total` (Meta's pages say 25, 50 and 100: read
        it).
        """
        params = {"fields": "quota_usage,config"}
        return self.call("publishing_limit", "GET", f"{ig_id}/content_publishing_limit", params, needs="data")

    def ig_media(
        self,
        ig_id: str,
        *,
        since: int | None = None,
        until: int | None = None,
        limit: int = 50,
        fields: str = MEDIA_FIELDS,
    ) -> Answer:
        """An account's media, newest first (no stories). Never take the first for the one just published."""
        params = {"fields": fields, "since": since, "until": until, "limit": min(limit, 100)}
        return self.call("ig_media", "GET", f"{ig_id}/media", params, needs="data")

    def ig_stories(self, ig_id: str, *, fields: str = MEDIA_FIELDS) -> Answer:
        return self.call("ig_stories", "GET", f"{ig_id}/stories", {"fields": fields}, needs="data")

    def read_media(self, media_id: str, *, fields: str = MEDIA_FIELDS) -> Answer:
        """https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-media"""
        return self.call("read_media", "GET", media_id, {"fields": fields}, needs="id")

    def ig_user(self, ig_id: str, *, fields: str = "id,username,name,profile_picture_url") -> Answer:
        return self.call("ig_user", "GET", ig_id, {"fields": fields}, needs="id")
