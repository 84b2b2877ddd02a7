"""`manage.py openapi`: write the API's document and what is made from it (docs/openapi.json, clients)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from tenants import api_clients, api_compat, api_docs

SNAPSHOT = "docs/openapi.json"
CLIENT = "clients/python/social_automation.py"
COLLECTION = "clients/postman.json"


def published() -> dict[str, Any]:
    """The document without this machine's address: what is committed."""
    found = api_docs.document()
    found["servers"] = [{"url": "https://social.example"}]
    text = json.dumps(found).replace(settings.PUBLIC_URL, "https://social.example")
    return dict(json.loads(text))


class Command(BaseCommand):
    help = "Write docs/openapi.json, the Python client and the Postman collection."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Only say what would break somebody's program."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        new = published()
        before = root / SNAPSHOT
        if before.exists():
            for sentence in api_compat.breaking(json.loads(before.read_text(encoding="utf-8")), new):
                self.stdout.write(self.style.WARNING(f"breaks programs: {sentence}"))
        if options["check"]:
            return
        self._write(root / SNAPSHOT, json.dumps(new, indent=1, ensure_ascii=False) + "\n")
        self._write(root / CLIENT, api_clients.python_client(new))
        self._write(
            root / COLLECTION, json.dumps(api_clients.postman(new), indent=1, ensure_ascii=False) + "\n"
        )
        subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(root / CLIENT)], check=False)

    def _write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.stdout.write(f"{path.relative_to(settings.BASE_DIR)}: {len(text)} characters")
