"""Telling owners and managers about their AI budget: once when most of it is used, once when templates take over."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from content.models import SpendMonth
from tenants.models import Tenant
from tenants.notices.models import Level
from tenants.notices.services import MANAGERS, notify
from tenants.urls_of import tenant_url

MOST = Decimal("0.8")


def tell_budget(*, tenant: Tenant, month: SpendMonth, budget: Decimal, refused: bool, now: datetime) -> None:
    """After a call was settled, or `refused` for want of money. Said once per month and step."""
    if refused:
        step, sentence = (
            "gone",
            _("This month's AI budget is used up. Captions come from templates until next month."),
        )
    elif budget and month.spent >= budget * MOST:
        step, sentence = (
            "most",
            _("%(percent)d %% of this month's AI budget is used.")
            % {"percent": int(month.spent * 100 / budget)},
        )
    else:
        return
    notify(
        tenant=tenant,
        kind="ai_budget",
        level=Level.WARNING,
        key=f"ai-budget:{month.month:%Y-%m}:{step}",
        sentence=sentence,
        link=tenant_url(tenant, "ai_budget"),
        fix=_("Look at it"),
        roles=MANAGERS,
        now=now,
    )
