from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from posting.demo.seeding import seed


class Command(BaseCommand):
    help = "Build (or finish building) the demo restaurants. Development only; safe to repeat."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo has public passwords: it is not built in production.")
        seed(say=self.stdout.write, now=timezone.now())
