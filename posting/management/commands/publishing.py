"""`manage.py publishing [status|stop|go|adopt]`: the operator's hand on everything that goes out."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from posting.dispatch import gate
from posting.dispatch.health import health
from posting.dispatch.restore import adopt


class Command(BaseCommand):
    help = "Shows whether publishing makes progress; stops it, lets it go on, adopts a restored database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", nargs="?", choices=["status", "stop", "go", "adopt"], default="status")
        parser.add_argument("--reason", default="", help="why it is stopped, shown in the back office")

    def handle(self, *args: Any, act: str, reason: str, **options: Any) -> None:
        now = timezone.now()
        gate.read_gate(now)  # makes it in a fresh database
        if act == "stop":
            gate.switch(enabled=False, reason=reason or "stopped by the operator")
        elif act == "go":
            gate.switch(enabled=True, reason="")
        elif act == "adopt":
            count = adopt(now=now, by="operator")
            self.stdout.write(f"{count} posts whose moment had passed wait for their owners' answer.")
        body = health(now).as_dict() | {"same_database": gate.read_gate(now).same_database}
        self.stdout.write(json.dumps(body, indent=2))
