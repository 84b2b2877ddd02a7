"""Health, housekeeping, and coming back from a backup."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from django_tenants.utils import schema_context, tenant_context

from posting import services
from posting.dispatch import gate
from posting.dispatch.health import health
from posting.dispatch.models import AppGate, Attempt, Due
from posting.dispatch.restore import adopt
from posting.dispatch.sweep import forget_tenant, sweep
from posting.states import State
from tenants.errors import Refused
from tests.posting.kitchen import BY


def finished_rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM dispatch_finished")
        return cursor.fetchone()[0]


def test_health_is_progress_and_not_a_pid(kitchen):
    now = timezone.now()
    assert health(now).healthy  # nothing to do, nobody asked
    kitchen.plan(kitchen.page, kitchen.post())
    sick = health(now + timedelta(minutes=5))
    assert not sick.healthy
    assert sick.oldest_ready_seconds > 200
    kitchen.run()
    well = health(timezone.now())
    assert well.healthy
    assert (well.waiting, well.in_doubt, well.asking) == (0, 0, 0)
    assert well.last_claim_seconds < 60


def test_health_says_so_when_publishers_have_fallen_silent(kitchen):
    kitchen.run()
    kitchen.plan(kitchen.page, kitchen.post(), publish_at=timezone.now() + timedelta(hours=5))
    assert health(timezone.now()).healthy
    assert not health(timezone.now() + timedelta(minutes=5)).healthy


def test_finished_rows_move_out_and_published_stays_published(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post())
    kitchen.run()
    assert sweep(now=timezone.now())["finished"] == 0
    assert sweep(now=timezone.now() + timedelta(days=40))["finished"] == 1
    assert (finished_rows(), Due.objects.count()) == (1, 0)
    with tenant_context(kitchen.tenant):
        for verb in (services.cancel, services.retry):
            with pytest.raises(Refused):
                verb(publication=kitchen.fresh(publication), by=BY, now=timezone.now())
        with pytest.raises(Refused, match="already out"):
            services.reschedule(
                publication=kitchen.fresh(publication), publish_at=None, by=BY, now=timezone.now()
            )


def test_attempts_cannot_be_changed_and_go_after_a_year(kitchen):
    kitchen.plan(kitchen.page, kitchen.post())
    kitchen.run()
    assert Attempt.objects.exists()
    for forbidden in (Attempt.objects.all().delete, lambda: Attempt.objects.update(klass="refused")):
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            forbidden()
    assert sweep(now=timezone.now() + timedelta(days=401))["attempts"] > 0
    assert not Attempt.objects.exists()


def test_a_restored_database_asks_about_what_was_due_and_keeps_what_comes_later(kitchen):
    due = kitchen.plan(kitchen.page, kitchen.post("Due"))
    later = kitchen.plan(kitchen.page, kitchen.post("Later"), publish_at=timezone.now() + timedelta(hours=9))
    gate.read_gate(timezone.now())
    AppGate.objects.update(system_identifier="another")
    kitchen.run()
    assert kitchen.visible(kitchen.page) == []
    assert adopt(now=timezone.now(), by="Dana") == 1
    kitchen.run()
    asked = kitchen.fresh(due)
    assert (asked.state, asked.fix) == (State.HELD, "try_again")
    assert "restored from a backup" in asked.reason_text
    assert kitchen.fresh(later).state == State.SCHEDULED
    with tenant_context(kitchen.tenant):
        services.retry(publication=asked, by=BY, now=timezone.now())
    kitchen.run()
    assert kitchen.fresh(due).state == State.PUBLISHED


def test_a_forgotten_restaurant_leaves_nothing_in_the_shared_tables(kitchen):
    kitchen.plan(kitchen.page, kitchen.post())
    kitchen.run()
    forget_tenant(str(kitchen.tenant.pk))
    assert not Due.objects.exists()
    assert not Attempt.objects.exists()


def test_erasing_a_restaurant_forgets_it_in_every_shared_table_of_this_room(kitchen):
    kitchen.plan(kitchen.page, kitchen.post())
    kitchen.run()
    models = [
        model
        for model in apps.get_models()
        if model.__module__.startswith("posting.") and model._meta.app_config.name in settings.SHARED_APPS
    ]
    named = [model for model in models if any(one.name == "tenant_id" for one in model._meta.get_fields())]
    assert len(named) >= 8
    mine = {"tenant_id": kitchen.tenant.pk}
    assert sum(model.objects.filter(**mine).exists() for model in named) >= 3
    with schema_context("public"):
        kitchen.tenant.delete()
    assert [model for model in named if model.objects.filter(**mine).exists()] == []


def test_monitors_may_ask_whether_publishing_makes_progress(kitchen, client):
    kitchen.run()
    well = client.get("/health/publishing")
    assert (well.status_code, well.json()["status"]) == (200, "ok")
    with tenant_context(kitchen.tenant):
        services.schedule(
            post=kitchen.post(), channels=[kitchen.page], by=BY, now=timezone.now() - timedelta(minutes=90)
        )
    connection.set_schema_to_public()
    late = client.get("/health/publishing")
    assert (late.status_code, late.json()["status"]) == (503, "late")


def test_the_operator_stops_everything_and_lets_it_go_on(kitchen, capsys):
    publication = kitchen.plan(kitchen.page, kitchen.post())
    call_command("publishing", "stop", reason="maintenance")
    kitchen.run()
    assert kitchen.fresh(publication).state == State.SCHEDULED
    assert '"gate_reason": "maintenance"' in capsys.readouterr().out
    call_command("publishing", "go")
    kitchen.run()
    assert kitchen.fresh(publication).state == State.PUBLISHED
