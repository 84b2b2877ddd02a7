"""`manage.py publisher`: sends what is due. Run two or more; each may be killed at any moment."""

from __future__ import annotations

import signal
import time
from typing import Any

import httpx2
from django.core.management.base import BaseCommand, CommandParser

from posting.dispatch.listen import Listener
from posting.dispatch.loop import Publisher

AFTER_SECONDS = 120


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=3, trust_env=False).status_code == 200
    except httpx2.HTTPError:
        return False


def _wait_for(url: str, publisher: Publisher) -> None:
    """Meta fetches the photos of a due post from the pages: one sent before they answer would be refused."""
    end = time.monotonic() + AFTER_SECONDS
    while time.monotonic() < end and not publisher.stopping.is_set() and not _answers(url):
        publisher.stopping.wait(0.1)


class Command(BaseCommand):
    requires_system_checks = []  # a second of a start that may follow a crash; `make prod-check` does them
    help = "Publishes what is due: claims from PostgreSQL, speaks to Meta concurrently. Needs no Redis."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--slots", type=int, default=64, help="calls in the air at once (default 64)")
        parser.add_argument("--loaders", type=int, default=2, help="threads that read words and tokens")
        parser.add_argument(
            "--after", metavar="URL", help="begin when this address answers 200 (two minutes)"
        )
        parser.add_argument("--once", action="store_true", help="end when nothing is ready any more")

    def handle(
        self, *args: Any, slots: int, loaders: int, after: str | None, once: bool, **options: Any
    ) -> None:
        publisher = Publisher(slots=slots, loaders=loaders)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: publisher.stop())
        if not once:
            Listener(publisher.wake, publisher.stopping).start()
        if after:
            _wait_for(after, publisher)
        self.stdout.write(f"publisher {publisher.owner}: {slots} slots")
        publisher.run(until_idle=once)
