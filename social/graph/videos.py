"""Videos, reels and video stories of a Page. The id exists from the start, so the last step is the flip."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from social.graph.base import Answer, Calls

VIDEO_FIELDS = "id,status,published,permalink_url,post_id"
UPLOAD_SECONDS = 300.0


class VideoCalls(Calls):
    def create_video(
        self,
        page_id: str,
        *,
        file_url: str | None = None,
        content: bytes | None = None,
        mime: str = "video/mp4",
        description: str | None = None,
        title: str | None = None,
    ) -> Answer:
        """An unpublished video; `publish_video` makes it visible. Either Meta fetches `file_url`, or we
        send bytes.

        https://developers.facebook.com/docs/graph-api/reference/page/videos
        """
        params = {"file_url": file_url, "description": description, "title": title, "published": False}
        files = (
            {"source": (f"video.{mime.rpartition('/')[2]}", content, mime)} if content is not None else None
        )
        return self.call(
            "create_video",
            "POST",
            f"{page_id}/videos",
            params,
            needs="id",
            files=files,
            host=self.config.video_url,
            seconds=UPLOAD_SECONDS,
        )

    def publish_video(self, video_id: str) -> Answer:
        """The flip of a plain video. https://developers.facebook.com/docs/graph-api/reference/video
        (update: published)
        """
        return self.call("publish_video", "POST", video_id, {"published": True}, needs="success")

    def read_video(self, video_id: str, *, fields: str = VIDEO_FIELDS) -> Answer:
        """`status.video_status`, `status.publishing_phase.publish_status` (draft, error, published,
        scheduled).
        """
        return self.call("read_video", "GET", video_id, {"fields": fields})

    def start_reel(self, page_id: str) -> Answer:
        """`video_id` and `upload_url`.
        https://developers.facebook.com/docs/video-api/guides/reels-publishing
        """
        params = {"upload_phase": "start"}
        return self.call("start_reel", "POST", f"{page_id}/video_reels", params, needs="video_id")

    def finish_reel(
        self,
        page_id: str,
        video_id: str,
        *,
        description: str | None = None,
        title: str | None = None,
        place: str | None = None,
        state: str = "PUBLISHED",
    ) -> Answer:
        """The flip of a reel: makes the uploaded `video_id` visible (state PUBLISHED) or a draft (DRAFT).

        `place` is the id of a Page with an address.
        """
        params: dict[str, Any] = {
            "upload_phase": "finish",
            "video_id": video_id,
            "video_state": state,
            "description": description,
            "title": title,
            "place": place,
        }
        return self.call("finish_reel", "POST", f"{page_id}/video_reels", params, needs="success")

    def start_video_story(self, page_id: str) -> Answer:
        params = {"upload_phase": "start"}
        return self.call("start_video_story", "POST", f"{page_id}/video_stories", params, needs="video_id")

    def finish_video_story(self, page_id: str, video_id: str) -> Answer:
        """Publishes the story. No reading back: at most once.
        https://developers.facebook.com/docs/page-stories-api
        """
        params = {"upload_phase": "finish", "video_id": video_id}
        return self.call("finish_video_story", "POST", f"{page_id}/video_stories", params, needs="success")

    def upload_from_url(self, started: Answer | dict, file_url: str) -> Answer:
        """Have Meta's upload host fetch the file of a started reel, story or Instagram container."""
        headers = {"file_url": file_url}
        return self.call_rupload(
            "upload_video", self._upload_url(started), headers=headers, seconds=UPLOAD_SECONDS
        )

    def upload_bytes(self, started: Answer | dict, content: bytes, *, offset: int = 0) -> Answer:
        """Send the file's bytes from `offset` on (the whole file is `content`)."""
        headers = {"offset": str(offset), "file_size": str(len(content))}
        return self.call_rupload(
            "upload_video",
            self._upload_url(started),
            headers=headers,
            content=content[offset:],
            seconds=UPLOAD_SECONDS,
        )

    def _upload_url(self, started: Answer | dict) -> str:
        """Where to upload: the URL Meta gave, if it lies on the configured hosts, else the documented one.

        The upload carries the token, so it goes to no host that an answer merely names.
        """
        given = started.get("upload_url") or started.get("uri")
        trusted = {urlsplit(url)[:2] for url in (self.config.rupload_url, self.config.graph_url)}
        if isinstance(given, str) and urlsplit(given)[:2] in trusted:
            return given
        if started.get("video_id"):
            return f"{self.config.rupload_url}/video-upload/{self.config.version}/{started['video_id']}"
        return f"{self.config.rupload_url}/ig-api-upload/{self.config.version}/{started['id']}"
