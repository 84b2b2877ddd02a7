"""The month by e-mail: due rows in public, one mail to each person who manages the restaurant.

A month is noted as sent before its mails leave, in one transaction with them: a mail server that refuses
undoes the note and it is tried again in an hour; a month that was sent is never sent twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from posting.analytics import report
from posting.measured import NumbersChoice
from posting.pulse.models import MonthlyReport
from tenants.access import Role
from tenants.models import Membership, Tenant
from tenants.times import from_wall
from tenants.urls_of import absolute, tenant_url

HOUR, DAY = 9, 3  # on the third, when the last day's numbers are in
LEASE = timedelta(hours=1)
BATCH = 50


def next_due(tenant: Tenant, *, after: datetime) -> datetime:
    """The next third of a month, nine in the morning of the restaurant."""
    local = tenant.local(after).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    at = local.replace(day=DAY, hour=HOUR)
    if from_wall(at, tenant.timezone) <= after:
        first = (local.replace(day=1) + timedelta(days=32)).replace(day=DAY)
        at = first.replace(hour=HOUR)
    return from_wall(at, tenant.timezone)


def choose(*, tenant: Tenant, monthly_report: bool, tag_links: bool, now: datetime) -> None:
    """What the restaurant wants from now on. Inside its schema."""
    with transaction.atomic():
        NumbersChoice.objects.update_or_create(
            only=True, defaults={"monthly_report": monthly_report, "tag_links": tag_links}
        )
        if monthly_report:
            MonthlyReport.objects.get_or_create(
                tenant_id=tenant.pk,
                defaults={"schema_name": tenant.schema_name, "due_at": next_due(tenant, after=now)},
            )
        else:
            MonthlyReport.objects.filter(tenant_id=tenant.pk).delete()


def take_due(*, now: datetime) -> list[str]:
    """Schemas whose report is due; each is put off by an hour, in case whoever sends it dies."""
    with transaction.atomic():
        rows = list(
            MonthlyReport.objects.select_for_update(skip_locked=True)
            .filter(due_at__lte=now)
            .order_by("due_at")[:BATCH]
        )
        MonthlyReport.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=now + LEASE)
    return [row.schema_name for row in rows]


def send(*, tenant: Tenant, now: datetime) -> int:
    """Mail last month to everybody who manages; the number of mails. Inside the restaurant's schema."""
    with transaction.atomic():
        row = MonthlyReport.objects.select_for_update().filter(tenant_id=tenant.pk).first()
        if row is None:
            return 0
        last = tenant.local(now).date().replace(day=1) - timedelta(days=1)
        row.due_at = next_due(tenant, after=now)
        if row.sent == f"{last:%Y-%m}" or tenant.closed_at is not None:  # may be opened again
            row.save(update_fields=["due_at"])
            return 0
        row.sent = f"{last:%Y-%m}"
        row.save(update_fields=["due_at", "sent"])
        return _mail(tenant, last.year, last.month, now)


def _mail(tenant: Tenant, year: int, month: int, now: datetime) -> int:
    with translation.override(tenant.language):
        found = report.month_of(tenant, year, month, now=now)
        subject = _("%(name)s in %(month)s") % {"name": tenant.name, "month": report.name_of(found)}
        body = render_to_string(
            "posting/report.txt",
            {
                "tenant": tenant,
                "numbers": found,
                "sentence": report.sentence(found),
                "month": report.name_of(found),
                "page": absolute(tenant_url(tenant, "analytics")) + f"?{found.span.query}",
            },
        )
        file = report.as_pdf(tenant, found)
    mails = []
    for address in _people(tenant.pk):
        mail = EmailMessage(" ".join(subject.split()), body, to=[address])
        mail.attach(f"{tenant.slug}-{year}-{month:02}.pdf", file, "application/pdf")
        mails.append(mail)
    return get_connection(timeout=getattr(settings, "EMAIL_TIMEOUT", 10)).send_messages(mails) or 0


def _people(tenant_id: UUID) -> list[str]:
    managing = Membership.objects.filter(
        tenant_id=tenant_id, role__in=[Role.OWNER, Role.MANAGER], user__is_active=True
    )
    return list(managing.order_by("user_id").values_list("user__email", flat=True))
