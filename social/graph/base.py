"""What every group of Graph calls shares: who we are there, and what an accepted answer looks like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from social.graph.usage import NO_USAGE, Usage
from social.vault.secret import Secret


@dataclass(frozen=True, slots=True)
class GraphConfig:
    """Where Meta is and who we are there."""

    app_id: str
    app_secret: Secret | None
    version: str
    graph_url: str
    dialog_url: str
    video_url: str
    rupload_url: str

    @classmethod
    def from_settings(cls) -> GraphConfig:
        secret = settings.FACEBOOK_APP_SECRET
        return cls(
            app_id=settings.FACEBOOK_APP_ID,
            app_secret=Secret(secret) if secret else None,
            version=settings.FACEBOOK_GRAPH_VERSION,
            graph_url=settings.FACEBOOK_GRAPH_URL,
            dialog_url=settings.FACEBOOK_DIALOG_URL,
            video_url=settings.FACEBOOK_VIDEO_URL,
            rupload_url=settings.FACEBOOK_RUPLOAD_URL,
        )

    @property
    def is_meta(self) -> bool:
        """Whether this is the real Graph and not a stand-in named in the environment."""
        return (urlsplit(self.graph_url).hostname or "").endswith((".facebook.com", ".instagram.com"))

    @property
    def complete(self) -> bool:
        return bool(self.app_id and self.app_secret)

    def app_token(self) -> Secret:
        """`{app id}|{app secret}`:
        https://developers.facebook.com/docs/facebook-login/guides/access-tokens#apptokens
        """
        if self.app_secret is None:
            raise RuntimeError("FACEBOOK_APP_SECRET is not set.")
        return Secret(f"{self.app_id}|{self.app_secret.reveal()}")


@dataclass(frozen=True, slots=True)
class Answer(Mapping[str, Any]):
    """One accepted answer: a mapping of the body, with what the headers said about our limits."""

    data: Mapping[str, Any]
    http_status: int = 200
    usage: Usage = NO_USAGE
    fbtrace_id: str = ""

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:  # some answers hold Page tokens
        return f"<Answer {self.http_status}: {', '.join(self.data)}>"

    @property
    def id(self) -> str:
        return str(self.data["id"])

    @property
    def items(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """The objects of an edge ("data"), whatever else stands there."""
        rows = self.data.get("data")
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


class Calls:
    """What the groups of calls (pages.py, videos.py, instagram.py, login.py) build on; GraphClient carries
    it out.
    """

    config: GraphConfig

    def call(
        self,
        name: str,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        needs: str = "",
        host: str = "",
        files: dict[str, tuple[str, bytes, str]] | None = None,
        seconds: float | None = None,
        secrets: Iterable[Secret] = (),
    ) -> Answer:
        raise NotImplementedError

    def call_rupload(
        self,
        name: str,
        url: str,
        *,
        headers: dict[str, str],
        content: bytes | None = None,
        seconds: float | None = None,
    ) -> Answer:
        raise NotImplementedError

    def pages_of(
        self, name: str, path: str, params: Mapping[str, Any], *, most: int = 50
    ) -> Iterator[Answer]:
        raise NotImplementedError
