from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django_tenants.utils import tenant_context

from assets.models import Folder
from posting.demo.world import KRUSTY
from social.models import Channel
from tenants.access import Actor
from tenants.models import ApiKey, Tenant
from tenants.services import create_key, revoke_key
from tenants.services.keys import SCOPES

NAME = "Demo key"


class Command(BaseCommand):
    help = "A fresh API key for the demo restaurant, with the ids that the README's curl lines use."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Make keys for production on the restaurant's settings page.")
        tenant = Tenant.objects.filter(slug=KRUSTY.slug).first()
        if tenant is None:
            raise CommandError("The demo restaurant is not there yet: run `make up` first.")
        now, by = timezone.now(), Actor.system("demo")
        for old in ApiKey.objects.filter(tenant=tenant, name=NAME, revoked_at__isnull=True):
            revoke_key(key=old, by=by, now=now)
        _key, secret = create_key(tenant=tenant, name=NAME, scopes=SCOPES, by=by, now=now)
        with tenant_context(tenant):
            channel = Channel.objects.connected().order_by("platform").first()
            folder = Folder.objects.filter(parent__isnull=True).order_by("position").first()
        lines = [
            f"export API={settings.API_URL}/api/v1",
            f"export KEY={secret}",
            f"export TENANT={tenant.pk}",
            f"export ACCOUNT={channel.pk if channel else ''}",
            f"export FOLDER={folder.pk if folder else ''}",
            'export AUTH="Authorization: Bearer $KEY"',
        ]
        self.stdout.write("\n".join(lines))
