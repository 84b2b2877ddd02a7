"""`manage.py publisher`: sends what is due. Run two or more; each may be killed at any moment."""

from __future__ import annotations

import os
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from posting.dispatch.listen import Listener
from posting.dispatch.loop import Publisher
from posting.dispatch.terms import POLICY, Policy, hurried


def _policy() -> Policy:
    """POSTING_HURRY=20 makes leases and quarantines twenty times shorter: for soaks, refused in production."""
    factor = float(os.environ.get("POSTING_HURRY", "1"))
    return hurried(factor) if factor > 1 and not settings.PRODUCTION else POLICY


class Command(BaseCommand):
    help = "Publishes what is due: claims from PostgreSQL, speaks to Meta concurrently. Needs no Redis."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--slots", type=int, default=64, help="calls in the air at once (default 64)")
        parser.add_argument("--loaders", type=int, default=2, help="threads that read words and tokens")
        parser.add_argument("--once", action="store_true", help="end when nothing is ready any more")

    def handle(self, *args: Any, slots: int, loaders: int, once: bool, **options: Any) -> None:
        publisher = Publisher(slots=slots, loaders=loaders, policy=_policy())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: publisher.stop())
        if not once:
            Listener(publisher.wake, publisher.stopping).start()
        self.stdout.write(f"publisher {publisher.owner}: {slots} slots")
        publisher.run(until_idle=once)
