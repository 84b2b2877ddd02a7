"""`make bench-large`: files of 290 MB through a running product, in pieces over a line that breaks and in one request.

Held: neither the web server nor the worker grows by more than 48 MB while a file passes, so memory does not follow a
file's weight; the bytes that lie in the storage are the bytes that were sent; what has no room is refused before its
first byte is sent.
"""

from __future__ import annotations

import hashlib
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from tests.assets import corpus
from tests.bench.library import OPEN, own_memory
from tests.stack import Stack

SIZE = 290 * 1024**2
GROWTH = 48 * 1024**2
CHUNK = 1024**2


def make_film(path: Path, seed: int) -> str:
    """A film with a long box of nothing behind it, as an editor's left-over; returns its SHA-256."""
    film = corpus.video(frames=30, rate=10)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for part in (film, struct.pack(">I4s", SIZE - len(film), b"free"), seed.to_bytes(8)):
            file.write(part)
            digest.update(part)
        left = SIZE - file.tell()
        while left:
            part = bytes(min(CHUNK, left))
            file.write(part)
            digest.update(part)
            left -= len(part)
    return digest.hexdigest()


class Watch:
    """The highest resident memory of processes while it is open."""

    def __init__(self, stack: Stack) -> None:
        workers = Path(f"/proc/{stack.processes['web'].pid}/task/{stack.processes['web'].pid}/children")
        self.pids = {"web": int(workers.read_text().split()[0]), "worker": stack.processes["worker"].pid}
        self.before = {name: own_memory(pid) for name, pid in self.pids.items()}
        self.peak = dict(self.before)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def look(self) -> None:
        while not self.over.wait(0.05):
            for name, pid in self.pids.items():
                with suppress(OSError, StopIteration):
                    self.peak[name] = max(self.peak[name], own_memory(pid))

    def __enter__(self) -> Watch:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def grown(self) -> dict[str, int]:
        return {name: self.peak[name] - self.before[name] for name in self.pids}


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    limits = {f"RATE_LIMIT_{plan}": "1000000" for plan in ("BASIC", "PRO", "ENTERPRISE")}
    with Stack(tmp_path / "stack", settings=limits) as running:
        yield running


def in_pieces(client: httpx2.Client, api: str, path: Path) -> str:
    """Piece by piece; every tenth is sent twice, as after a lost answer. Returns the asset's id."""
    begun = client.post(
        f"{api}/assets/uploads", json={"filename": "film.mp4", "size": SIZE}
    ).raise_for_status()
    upload = begun.json()
    address = f"{api}/assets/uploads/{upload['id']}"
    at, number = 0, 0
    with path.open("rb") as file:
        while piece := file.read(upload["piece_bytes"]):
            headers = {"Upload-Offset": str(at), "Content-Type": "application/octet-stream"}
            client.patch(address, content=piece, headers=headers).raise_for_status()
            if number % 10 == 0:
                again = client.patch(address, content=piece, headers=headers)
                assert again.status_code == 409
            at, number = at + len(piece), number + 1
    return str(client.post(f"{address}/finish").raise_for_status().json()["id"])


def in_one(client: httpx2.Client, api: str, path: Path) -> str:
    with path.open("rb") as file:
        sent = client.post(f"{api}/assets", files={"file": ("film.mp4", file, "video/mp4")})
    return str(sent.raise_for_status().json()["id"])


@pytest.mark.timeout(900)
def test_large_files_pass_through_without_being_held(stack: Stack, tmp_path: Path) -> None:
    said = stack.manage("shell", "-v", "0", "-c", OPEN).stdout
    key = next(line.split()[1] for line in said.splitlines() if line.startswith("KEY"))
    client = httpx2.Client(headers={"Authorization": f"Bearer {key}"}, timeout=300, trust_env=False)
    api = f"{stack.url}/api/v1"
    client.post(f"{api}/assets", files={"file": ("warm.jpg", corpus.jpeg())}).raise_for_status()
    time.sleep(3)
    ways = (("in pieces", in_pieces), ("in pieces again", in_pieces), ("in one request", in_one))
    for seed, (name, send) in enumerate(ways):
        path = tmp_path / f"{seed}.mp4"
        digest = make_film(path, seed)
        with Watch(stack) as watch:
            started = time.perf_counter()
            asset = send(client, api, path)
            sent = time.perf_counter() - started
            while (state := client.get(f"{api}/assets/{asset}").json()["state"]) == "processing":
                assert time.perf_counter() - started < 300
                time.sleep(0.2)
            ready = time.perf_counter() - started
        assert state == "ready"
        (stored,) = stack.sql("SELECT name, sha256 FROM t_bench.assets_asset WHERE id = %s", asset)
        assert stored[1] == digest
        with (stack.folder / "media" / stored[0]).open("rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == digest
        grown = {who: f"{size // CHUNK} MB" for who, size in watch.grown().items()}
        print(
            f"\n{SIZE // CHUNK} MB {name}: sent in {sent:.1f} s, ready after {ready:.1f} s, grown by {grown}"
        )
        assert all(size < GROWTH for size in watch.grown().values()), grown
    stack.sql("UPDATE tenants_tenant SET plan = 'basic' WHERE slug = 'bench'")
    for n in range(25):
        answer = client.post(f"{api}/assets/uploads", json={"filename": f"{n}.mp4", "size": SIZE})
        if answer.status_code == 403:
            break
    assert answer.json()["code"] == "library_full", answer.text
    print(
        f"the {n + len(ways) + 1}th file of that size is refused before its first byte: {answer.json()['detail']}"
    )
