"""`manage.py check_public_url [restaurant]`: hand out one photo's address as to Meta and fetch it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import tenant_context

from assets.links import public_media_url
from assets.models import Asset
from assets.reach import outside_problem, preflight
from assets.services import ensure_rendition
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Checks that a photo's public address works: PUBLIC_URL, tunnel or bucket, type and size."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("restaurant", nargs="?", help="slug; default: the first one with a photo")

    def handle(self, *args: Any, **options: Any) -> None:
        tenants = Tenant.objects.filter(closed_at__isnull=True).order_by("created_at")
        if options["restaurant"]:
            tenants = tenants.filter(slug=options["restaurant"])
        for tenant in tenants[:20]:
            with tenant_context(tenant):
                asset = Asset.objects.usable().filter(kind="photo").order_by("created_at").first()
                if asset is None:
                    continue
                url = public_media_url(ensure_rendition(asset=asset, kind="ig_1x1"))
            problem = preflight(url) or outside_problem()
            if problem:
                raise CommandError(problem)
            self.stdout.write(f"Works: {url.split('?')[0][:60]}… ({asset.title}, {tenant.name})")
            return
        raise CommandError("No restaurant has a photo yet. Upload one, then try again.")
