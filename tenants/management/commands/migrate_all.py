from typing import Any

from django.core.management.base import BaseCommand

from tenants.migrator import migrate_all


class Command(BaseCommand):
    help = "Migrate the public schema and every restaurant that is behind."

    def handle(self, *_args: Any, **_options: Any) -> None:
        changed = migrate_all(say=self.stdout.write)
        self.stdout.write(f"Migrated: public and {changed} restaurant(s).")
