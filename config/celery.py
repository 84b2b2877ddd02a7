"""The Celery application and its task class: every task says which restaurant it works for."""

import os
from typing import Any

import structlog
from celery import Celery
from celery.contrib.django.task import DjangoTask
from django.db import connection, transaction
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

logger = structlog.get_logger(__name__)


class MissingTenant(RuntimeError):
    """A tenant's task arrived without a tenant, or for one that is gone: it must not run in public."""


class TenantTask(DjangoTask):
    """Runs in the schema named by its `tenant` header; fails without one.

    `@shared_task(public=True)` marks the few tasks of the platform itself.
    """

    public = False

    def _headers(self, headers: dict | None) -> dict:
        headers = dict(headers or {})
        if not self.public and not headers.get("tenant"):
            schema = connection.schema_name  # type: ignore[attr-defined]
            if schema == "public":
                raise MissingTenant(f"{self.name} was sent without a restaurant; enter its context first.")
            headers["tenant"] = schema
        return headers

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        options["headers"] = self._headers(options.get("headers"))
        return super().apply_async(args, kwargs, **options)

    def wake(self, **kwargs: Any) -> None:
        """Send after commit. The row is the truth: a broker that is down is logged, a sweep finds the row."""
        headers = self._headers(None)  # now: at commit time the context may have been left

        def send() -> None:
            try:
                self.apply_async(kwargs=kwargs, headers=headers)
            except (OperationalError, OSError) as error:
                logger.warning("wake_up_not_sent", task=self.name, error=str(error))

        transaction.on_commit(send)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from django_tenants.utils import schema_context

        if self.public:
            with schema_context("public"):
                return super().__call__(*args, **kwargs)
        request = self.request
        schema = (getattr(request, "headers", None) or {}).get("tenant") or getattr(request, "tenant", None)
        if not schema:
            raise MissingTenant(f"{self.name} arrived without a restaurant.")
        from django.apps import apps

        with schema_context("public"):
            tenant = apps.get_model("tenants", "Tenant").objects.filter(schema_name=schema).first()
        if tenant is None:
            raise MissingTenant(f"{self.name}: the restaurant {schema} is gone.")
        from django_tenants.utils import tenant_context

        with tenant_context(tenant):
            return super().__call__(*args, **kwargs)


app = Celery("social_automation", task_cls=TenantTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@app.on_after_finalize.connect
def _timetable(sender: Celery, **_: Any) -> None:
    from config.schedule import SCHEDULE

    sender.conf.beat_schedule = SCHEDULE
