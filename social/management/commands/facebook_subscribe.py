"""`manage.py facebook_subscribe`: tell Meta where to send webhooks. Once per app; repeating it does no harm.

Meta calls our address during this call, so the web process must be running and reachable under PUBLIC_URL.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from social.graph import GraphClient, GraphConfig, GraphError
from social.vault import Secret
from tenants.urls_of import absolute, public_url

OBJECTS = {
    "page": ("feed", "mention"),
    "instagram": ("comments", "mentions", "story_insights"),
    "permissions": ("pages_show_list", "pages_manage_posts", "instagram_content_publish", "connected"),
}


class Command(BaseCommand):
    help = "Subscribe the Facebook app's webhooks to this installation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--try", action="store_true", dest="gently", help="Say what failed, but end well (for make up)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not GraphConfig.from_settings().complete:
            raise CommandError("Set FACEBOOK_APP_ID and FACEBOOK_APP_SECRET first.")
        address = absolute(public_url("meta_webhook"))
        client = GraphClient.for_app()
        token = Secret(settings.FACEBOOK_WEBHOOK_VERIFY_TOKEN)
        failed = False
        for name, fields in OBJECTS.items():
            try:
                client.subscribe_app(name, callback_url=address, verify_token=token, fields=fields)
                self.stdout.write(f"{name}: {', '.join(fields)} -> {address}")
            except GraphError as error:
                failed = True
                self.stderr.write(f"{name}: {error}")
        if failed and not options["gently"]:
            raise CommandError(f"Meta could not reach {address} or refused; is PUBLIC_URL right?")
