"""`manage.py rotate_keys`: move every restaurant's data key (and on request every token) to the newest key.

The order of a rotation, without a pause: put the new key behind the old one in ENCRYPTION_KEY and restart (so
that no process meets a key it does not know); put it first and restart; run this; when it says that nothing
uses the old key any more, take the old key out and restart. It can be stopped and started again at any moment:
what is done is seen in the rows.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count
from django.utils import timezone
from django_tenants.utils import tenant_context

from social.models import Channel, Connection
from social.registry.models import TenantDataKey
from social.tokens import FIELD
from social.vault import VaultError, new_data_key, rewrap, seal, unseal, wrapper
from social.vault.envelope import key_id_of
from tenants.models import Tenant

STEP = 100
GRACE = timedelta(hours=1)


class Command(BaseCommand):
    help = "Wrap all data keys by the first key of ENCRYPTION_KEY; with --tokens also seal every token anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--tokens",
            action="store_true",
            help="also seal every token anew under a new data key (after a backup has leaked)",
        )
        parser.add_argument("--dry-run", action="store_true", help="only count what is left to do")

    def handle(self, *args: Any, **options: Any) -> None:
        guard = wrapper()
        waiting = TenantDataKey.objects.exclude(wrapped_by=guard.current_id)
        self.stdout.write(f"Newest key: {guard.current_id}. Data keys under older ones: {waiting.count()}.")
        if options["dry_run"]:
            return self._still_used()
        failed = self._rewrap()
        if options["tokens"]:
            failed += self._reseal_all()
        self._still_used()
        if failed:
            self.stderr.write(f"{failed} could not be opened and were left as they are (see the log).")
            raise SystemExit(1)
        return None

    def _rewrap(self) -> int:
        done = failed = 0
        for data_key in _old_keys():
            try:
                done += rewrap(data_key)
            except VaultError as error:
                self.stderr.write(f"{data_key}: {error}")
                failed += 1
            if done and done % STEP == 0:
                self.stdout.write(f"  {done} data keys moved")
        self.stdout.write(f"Data keys moved: {done}.")
        return failed

    def _reseal_all(self) -> int:
        done = failed = 0
        tenants = Tenant.objects.filter(pk__in=TenantDataKey.objects.values("tenant")).order_by(
            "created_at", "pk"
        )
        for tenant in tenants.iterator(chunk_size=STEP):
            with tenant_context(tenant):
                moved, lost = reseal(tenant, now=timezone.now())
            done, failed = done + moved, failed + lost
            self.stdout.write(f"  {tenant.slug}: {moved} tokens sealed anew")
        self.stdout.write(f"Tokens sealed anew: {done}.")
        if TenantDataKey.objects.exclude(retired_at=None).exists():
            self.stdout.write("Older data keys are kept for an hour; run this again later to drop them.")
        return failed

    def _still_used(self) -> None:
        rows = TenantDataKey.objects.order_by("wrapped_by").values("wrapped_by").annotate(number=Count("pk"))
        for row in rows:
            self.stdout.write(f"  {row['wrapped_by']}: wraps {row['number']} data keys")
        used = {row["wrapped_by"] for row in rows}
        idle = [key_id for key_id in getattr(wrapper(), "ids", ()) if key_id not in used]
        if idle[1:] or (idle and idle[0] != wrapper().current_id):
            names = ", ".join(key_id for key_id in idle if key_id != wrapper().current_id)
            self.stdout.write(f"No longer used, may be taken out of ENCRYPTION_KEY: {names}.")


def reseal(tenant: Tenant, *, now: datetime) -> tuple[int, int]:
    """Seal every token of the current restaurant under a new data key, one row at a time, while posts go out.

    Each row is replaced only if it still holds what was read: a token renewed in between is newer than
    ours. A run that was stopped is continued with its own new key. Returns (sealed anew, could not be
    opened).
    """
    drop_unused(tenant, now=now)
    current = TenantDataKey.objects.filter(tenant=tenant, retired_at=None).first()
    stopped = TenantDataKey.objects.filter(tenant=tenant).exclude(retired_at=None).exists()
    if current is None or not stopped:
        current = new_data_key(tenant, now=now)
    done = failed = 0
    for row in _sealed_rows():
        before = bytes(row.token_sealed or b"")
        place: dict[str, Any] = {"tenant": tenant, "table": row._meta.db_table, "row": row.pk, "field": FIELD}
        try:
            if key_id_of(before) == current.pk:
                continue
            after = seal(unseal(before, **place), **place, under=current)
        except VaultError:
            failed += 1
            continue
        done += type(row).objects.filter(pk=row.pk, token_sealed=before).update(token_sealed=after)
    return done, failed


def drop_unused(tenant: Tenant, *, now: datetime) -> int:
    """Delete retired data keys that seal nothing. Not at once: somebody may just be storing a token under
    one.
    """
    used = {key_id_of(bytes(row.token_sealed or b"")) for row in _sealed_rows()}
    retired = TenantDataKey.objects.filter(tenant=tenant, retired_at__lt=now - GRACE)
    deleted, _ = retired.exclude(pk__in=used).delete()
    return deleted


def _sealed_rows() -> Iterator[Connection | Channel]:
    for model in (Connection, Channel):
        yield from (
            model.objects.exclude(token_sealed=None).only("pk", "token_sealed").iterator(chunk_size=STEP)
        )


def _old_keys() -> Iterator[TenantDataKey]:
    old = TenantDataKey.objects.exclude(wrapped_by=wrapper().current_id)
    yield from old.order_by("created_at", "pk").iterator(chunk_size=STEP)
