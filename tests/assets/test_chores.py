"""Tidying is driven by public rows: who has something to tidy, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from assets import services, storage, tasks
from assets.chores import due
from assets.chores.models import Chore
from assets.models import LooseFile
from tests.assets import corpus
from tests.assets.conftest import BOB, NOW, ready, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def nothing_due(cast):
    Chore.objects.all().delete()


def at(tenant):
    row = Chore.objects.filter(tenant=tenant).first()
    return row.due_at if row else None


def test_a_library_where_nothing_is_left_has_no_row(cafe, nothing_due):
    ready()
    assert at(cafe) is not None  # should the worker's wake-up be lost
    services.sweep(now=NOW)
    assert at(cafe) is None


def test_each_thing_left_over_is_due_in_its_time(cafe, nothing_due):
    asset = ready()
    services.sweep(now=NOW)
    services.trash_assets(asset_ids=[asset.pk], by=BOB, now=NOW)
    assert at(cafe) == NOW + timedelta(days=30)
    services.start_upload(filename="a.mp4", size=10, by=BOB, now=NOW)
    assert at(cafe) == NOW + timedelta(hours=24)
    services.sweep(now=NOW + timedelta(hours=1))
    assert at(cafe) == NOW + timedelta(hours=24)
    services.sweep(now=NOW + timedelta(hours=25))
    assert at(cafe) == NOW + timedelta(days=30)
    services.sweep(now=NOW + timedelta(days=31))
    assert at(cafe) is None


def test_a_file_about_to_be_written_is_due_before_it_is_written(cafe, nothing_due):
    storage.note("t_cafe/originals/aa/b.jpg")
    soon = timezone.now()
    assert soon + timedelta(hours=5) < at(cafe) < soon + timedelta(hours=7)
    LooseFile.objects.all().delete()


def test_an_upload_that_is_still_waiting_is_looked_at_again_in_minutes(cafe, nothing_due):
    upload(corpus.jpeg())
    services.sweep(now=NOW)
    assert at(cafe) == NOW + timedelta(minutes=5)


def test_an_earlier_time_is_never_moved_back(cafe, nothing_due):
    due.note(NOW)
    due.note(NOW + timedelta(days=1))
    assert at(cafe) == NOW


def test_the_dispatcher_wakes_those_that_are_due_and_no_others(cast, nothing_due, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.sweep_library, "apply_async", lambda **given: sent.append(given["headers"]))
    now = timezone.now()
    for tenant, moment in ((cast.cafe, now - timedelta(minutes=1)), (cast.bakery, now + timedelta(hours=1))):
        with tenant_context(tenant):
            due.note(moment)
    assert tasks.sweep_libraries.run() == 1
    assert sent == [{"tenant": cast.cafe.schema_name}]
    assert tasks.sweep_libraries.run() == 0  # leased: the task is on its way
    assert due.take(now=now + due.LEASE + timedelta(minutes=1), most=10) == [cast.cafe.schema_name]


def test_no_more_than_asked_for_are_taken_at_once(cast, nothing_due):
    for tenant in (cast.cafe, cast.bakery):
        with tenant_context(tenant):
            due.note(NOW)
    assert len(due.take(now=NOW, most=1)) == len(due.take(now=NOW, most=5)) == 1


def test_a_closed_restaurant_is_left_alone(cast, nothing_due):
    with tenant_context(cast.bakery):
        due.note(NOW)
    cast.bakery.closed_at = NOW
    cast.bakery.save(update_fields=["closed_at"])
    assert due.take(now=NOW, most=5) == []
