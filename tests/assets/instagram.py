"""The strict pretend Instagram, offered real files over HTTP, and Meta's written rules for reels, checked on a file."""

from __future__ import annotations

import functools
import hashlib
import hmac
import shutil
import struct
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import av
import httpx2
import pytest

from tests.sandbox_process import APP_SECRET, KRUSTY, KRUSTY_IG, sandbox  # noqa: F401 - the fixture

MIB = 1024 * 1024


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_given: object) -> None:
        return


class Instagram:
    """Offers files to the sandbox, which fetches and checks them."""

    def __init__(self, box: Any, shelf: Path) -> None:
        self.shelf = shelf
        self.server = ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(shelf))
        )
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        box.control("config", {"ig_video_processing_seconds": 0})
        login = box.connect()
        token = next(page["access_token"] for page in login["pages"] if page["id"] == KRUSTY)
        proof = hmac.new(APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
        self.login = {"access_token": token, "appsecret_proof": proof}
        self.graph = f"{box.graph}/v26.0"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _offered(self, path: str | Path) -> str:
        name = f"{uuid4().hex}{Path(path).suffix}"
        shutil.copy(path, self.shelf / name)
        return f"http://127.0.0.1:{self.server.server_address[1]}/{name}"

    def _container(self, **fields: str) -> httpx2.Response:
        return httpx2.post(f"{self.graph}/{KRUSTY_IG}/media", data={**fields, **self.login}, trust_env=False)

    def photo(self, path: str | Path) -> tuple[int, str]:
        """What it says to a photo: the HTTP status and the words."""
        said = self._container(image_url=self._offered(path))
        return said.status_code, said.text

    def reel(self, path: str | Path) -> str:
        """FINISHED, or ERROR: a video is fetched after the call and its container tells."""
        made = self._container(media_type="REELS", video_url=self._offered(path)).raise_for_status().json()
        for _look in range(300):
            asked = {"fields": "status_code", **self.login}
            said = httpx2.get(f"{self.graph}/{made['id']}", params=asked, trust_env=False).json()
            if said["status_code"] != "IN_PROGRESS":
                return str(said["status_code"])
            time.sleep(0.1)
        raise AssertionError("the container did not finish")


@pytest.fixture(scope="module")
def instagram(sandbox: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instagram]:  # noqa: F811
    offers = Instagram(sandbox, tmp_path_factory.mktemp("offered"))
    yield offers
    offers.close()


def boxes(data: bytes) -> list[str]:
    """Names of an MP4's outermost boxes, in order."""
    names, at = [], 0
    while at + 8 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        names.append(name.decode("latin-1"))
        if length == 1:
            (length,) = struct.unpack(">Q", data[at + 8 : at + 16])
        at += length or len(data)
    return names


def reel_problems(path: Path) -> list[str]:
    """What Instagram's and Facebook's written rules for reels have against a file; [] for one that both take.

    https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
    """
    data, wrong = path.read_bytes(), []
    order = boxes(data)
    with av.open(str(path)) as film:
        picture = film.streams.video[0]
        context, rate = picture.codec_context, float(picture.average_rate or 0)
        frames = [(frame.width, frame.height, frame.rotation) for frame in film.decode(video=0)]
        seconds = float((film.duration or 0) / av.time_base)
        sound = [track.codec_context for track in film.streams.audio]
        others = [track.type for track in film.streams if track.type not in ("video", "audio")]
    rules = {
        "moov comes first": order.index("moov") < order.index("mdat"),
        "no edit list": b"elst" not in data[: data.index(b"mdat")],
        "H.264 in 4:2:0": (context.name, context.pix_fmt) == ("h264", "yuv420p"),
        "24 to 60 frames a second": 24 <= rate <= 60,
        "at most 1,920 columns": context.width <= 1920,
        "a ratio of 0.01 to 10": 0.01 <= context.width / context.height <= 10,
        "3 seconds to 15 minutes": 3 <= seconds <= 900,
        "at most 300 MB": len(data) <= 300 * MIB,
        "at most 25 Mbit/s": len(data) * 8 / seconds <= 25_000_000,
        "upright without a player's help": not any(turned for *_size, turned in frames),
        "one size": len({size[:2] for size in frames}) == 1,
        "as many frames as its length asks": abs(len(frames) - seconds * rate) <= 3,
        "AAC": all(track.name == "aac" for track in sound) and len(sound) <= 1,
        "at most 48 kHz and two channels": all(t.sample_rate <= 48_000 and t.channels <= 2 for t in sound),
        "nothing but picture and sound": not others,
    }
    wrong += [rule for rule, kept in rules.items() if not kept]
    return wrong
