"""kill -9 of a worker that takes in or converts a film: it is neither lost nor half, and the next run ends it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import pytest
from django_tenants.utils import tenant_context

from assets import services, storage, wakes
from assets.models import Asset, LooseFile, Rendition
from assets.services import intake, renditions, sweeping
from assets.services.sweeping import CONVERTED_AFTER, CONVERTED_UNTIL, sweep
from assets.storage import LOOSE_AFTER
from tests.assets import corpus
from tests.assets.conftest import NOW, ready, upload
from tests.content.test_killed import after, die, killed

CLIP = "clip.mp4"


def film() -> bytes:
    return corpus.video(frames=12, rate=10, sound=False)


def ffmpeg_that_kills(folder: Path) -> tuple[str, Path]:
    """An ffmpeg that writes half a file and kills the worker that waits for it (whose id stands in a file)."""
    binary, worker = folder / "ffmpeg", folder / "worker.pid"
    binary.write_text(
        '#!/bin/sh\nfor last; do :; done\nhead -c 900 /dev/zero > "$last"\n'
        f"kill -9 $(cat {worker})\nexec sleep 1\n"
    )
    binary.chmod(0o755)
    return str(binary), worker


def in_the_conversion(tmp_path: Path) -> None:
    binary, worker = ffmpeg_that_kills(tmp_path)
    worker.write_text(str(os.getpid()))
    renditions.ffmpeg_binary = lambda _configured: binary  # type: ignore[assignment]


# Where it dies -> how; each runs in the child alone.
STEPS: dict[str, Callable[[Path], None]] = {
    "while ffmpeg works": in_the_conversion,
    "converted, not stored": lambda _: setattr(renditions, "keep_all", die),
    "noted, not written": lambda _: after(storage, "note"),
    "written, no row": lambda _: after(storage, "write"),
    "row not committed": lambda _: after(storage, "vouch"),
}


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("step", STEPS)
def test_a_conversion_that_was_killed_is_made_whole_by_the_next_run(
    committed_cast: Any, tmp_path: Path, media_root: Path, step: str
) -> None:
    with tenant_context(committed_cast.cafe):
        asset = ready(film(), CLIP)

    def work() -> None:
        with tenant_context(committed_cast.cafe):
            STEPS[step](tmp_path)
            services.ensure_rendition(asset=asset, kind="reel")

    killed(work)
    with tenant_context(committed_cast.cafe):
        assert Asset.objects.get().state == "ready", "the film is there as it was"
        assert not Rendition.objects.filter(kind="reel").exists(), "nothing half is offered to anybody"
        made = services.ensure_rendition(asset=asset, kind="reel")
        assert services.ensure_rendition(asset=asset, kind="reel").pk == made.pk
        path = Path(storage.storage().path(made.name))
        assert path.stat().st_size == made.bytes
        with av.open(str(path)) as whole:
            assert len(list(whole.decode(video=0))) >= 72, "three seconds, as the networks want it"
        sweep(now=NOW + LOOSE_AFTER + timedelta(days=400))  # rows are dated by the machine's clock
        assert not LooseFile.objects.exists()
        assert files(media_root) == {asset.name, *Rendition.objects.values_list("name", flat=True)}


INTAKE: dict[str, Callable[[], None]] = {
    "claimed": lambda: setattr(intake, "_decode_all", die),
    "pictures made": lambda: setattr(intake, "_ready", die),
    "ready": lambda: after(intake, "_ready"),
}


@pytest.mark.parametrize("step", INTAKE)
def test_a_film_whose_intake_was_killed_is_taken_in_by_the_next_run(
    committed_cast: Any, media_root: Path, step: str
) -> None:
    with tenant_context(committed_cast.cafe):
        asset = upload(film(), CLIP)

    def work() -> None:
        with tenant_context(committed_cast.cafe):
            INTAKE[step]()
            services.ingest(asset_id=asset.pk, now=NOW)

    killed(work)
    with tenant_context(committed_cast.cafe):
        if step != "ready":
            assert services.ingest(asset_id=asset.pk, now=NOW) is None, "the dead worker's lease still holds"
        services.ingest(asset_id=asset.pk, now=NOW + timedelta(hours=1))
        asset.refresh_from_db()
        assert (asset.state, asset.width, asset.height) == ("ready", 320, 240)
        kinds = list(asset.renditions.values_list("kind", flat=True))
        assert {"thumb", "preview"} <= set(kinds) and len(kinds) == len(set(kinds))
        assert all((media_root / row.name).stat().st_size == row.bytes for row in asset.renditions.all())


def test_a_conversion_that_was_lost_with_its_worker_is_asked_for_again(cafe: Any, monkeypatch: Any) -> None:
    woken: list[Any] = []
    monkeypatch.setattr(wakes, "convert", lambda *, asset_id: woken.append(asset_id))
    asset = ready(film(), CLIP)
    ready(corpus.jpeg(), "pizza.jpg")
    moments = (CONVERTED_AFTER / 2, CONVERTED_AFTER, 3 * CONVERTED_AFTER, CONVERTED_UNTIL)
    asked = [sweep(now=NOW + later)["converting"] for later in moments]
    assert asked == [0, 1, 1, 0] and set(woken) == {asset.pk}
    assert sweeping._next(NOW) == NOW + CONVERTED_AFTER
    assert sweeping._next(NOW + CONVERTED_AFTER) == NOW + 2 * CONVERTED_AFTER, "not every minute"


def test_what_is_converted_is_not_asked_for_again(cafe: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(wakes, "convert", lambda *, asset_id: pytest.fail("it is there"))
    services.ensure_rendition(asset=ready(film(), CLIP), kind="reel")
    assert sweep(now=NOW + CONVERTED_AFTER)["converting"] == 0
