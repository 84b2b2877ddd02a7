"""Staff look at one restaurant's writing: raw, filtered, audited, and never at all of them at once."""

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from content import generating, services
from content.writer import Writer
from tenants.models import Audit
from tests.content.model_server import fails, writes
from tests.tenants.test_office import _forget_attempts, office, secret  # noqa: F401


@pytest.fixture
def written(cast, ai, menu, by, now):
    def make(answer):
        ai.script = [answer]
        with tenant_context(cast.cafe):
            asked = services.request_caption(platform="facebook", variants=1, by=by, now=now)
            return generating.run_generation(
                generation_id=asked.pk,
                clock=lambda: now,
                writer_of=lambda: Writer(ai.url, "sk-secret-0123", "gpt-4o-mini", 3),
            )

    rows = make(writes("Friday tastes like Margherita pizza.")), make(fails(401, "bad key sk-secret-0123"))
    connection.set_schema_to_public()
    return rows


def test_staff_read_one_restaurants_log_and_raw_exchanges_and_every_look_is_noted(office, cast, written):  # noqa: F811
    base = f"/admin/tenants/tenant/{cast.cafe.pk}/"
    assert f"{base}writing/" in office.get(f"{base}change/").content.decode()
    log = office.get(f"{base}writing/").content.decode()
    assert "$0.0002" in log and str(written[0].pk) in log and str(written[1].pk) in log
    only = office.get(f"{base}writing/?source=template&reason=not_accepted").content.decode()
    assert str(written[1].pk) in only and str(written[0].pk) not in only
    one = office.get(f"{base}writing/{written[0].pk}/").content.decode()
    assert "Friday tastes like Margherita pizza." in one and "Our rules for the AI" in one
    assert "sk-secret-0123" not in one + office.get(f"{base}writing/{written[1].pk}/").content.decode()
    noted = list(
        Audit.objects.filter(action="office.viewed").order_by("id").values_list("detail", "tenant_id")
    )
    assert ({"what": "content.generation", "row": str(written[0].pk)}, cast.cafe.pk) in noted
    assert ({"what": "content.generations"}, cast.cafe.pk) in noted


def test_a_generation_of_one_restaurant_is_not_found_in_another(office, cast, written):  # noqa: F811
    assert office.get(f"/admin/tenants/tenant/{cast.bakery.pk}/writing/{written[0].pk}/").status_code == 404
    assert office.get(f"/admin/tenants/tenant/{written[0].pk}/writing/").status_code == 404
    assert office.get(f"/admin/tenants/tenant/{cast.bakery.pk}/writing/").status_code == 200


def test_nobody_else_gets_in(cast, written):
    base = f"/admin/tenants/tenant/{cast.cafe.pk}/writing/"
    assert cast.client(cast.alice).get(base).status_code == 404
    assert (
        cast.client(cast.dana).get(base).status_code == 302
    )  # staff without the second factor: set it up first
    assert cast.client().get(base).status_code == 302
