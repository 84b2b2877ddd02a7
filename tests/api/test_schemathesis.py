"""Schemathesis: every operation of the document, with data that fits it and data that does not, every check.

A few examples an operation here; `make api-fuzz` (SCHEMATHESIS_EXAMPLES) for the long run.
"""

import json
import os
import socket
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import schemathesis
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from django_tenants.utils import tenant_context
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CHECKS
from schemathesis.config import (
    ChecksConfig,
    GenerationConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.config._checks import NegativeDataRejectionConfig
from schemathesis.generation import GenerationMode

from assets.models import Asset, Folder
from assets.services import init_folders
from config.wsgi import application
from content.models import MenuItem
from content.services import compose_post, save_menu_item
from posting import services as posting
from tenants.access import Actor
from tenants.hooks import services as hooks
from tenants.management.commands.openapi import published
from tenants.openapi_more import operations
from tests.posting.conftest import make_channel

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "3"))
SNAPSHOT = json.loads((Path(settings.BASE_DIR) / "docs/openapi.json").read_text(encoding="utf-8"))
OPERATIONS = sorted(
    f"{method.upper()} {path}" for path, method, _ in operations(SNAPSHOT) if "/oauth/" not in path
)
BY = Actor.system("test")
# Shapes alone do not make sense: an unknown account, a time in the past. Their refusals are as good.
REFUSALS = ["2xx", "400", "401", "403", "404", "409", "410", "412", "413", "415", "422", "428", "429", "503"]


@pytest.fixture(scope="module")
def schema():
    checks = ChecksConfig(
        positive_data_acceptance=PositiveDataAcceptanceConfig(expected_statuses=REFUSALS),
        # A condition is judged before the body is looked at (RFC 9110, 13.2.1).
        negative_data_rejection=NegativeDataRejectionConfig(expected_statuses=[*REFUSALS[1:], "405", "406"]),
    )
    # The key is sent by the test; what a wrong one gets is checked by "ignored_auth" and tests/test_access.py.
    generation = GenerationConfig(with_security_parameters=False)
    project = ProjectConfig(checks=checks, generation=generation)
    config = SchemathesisConfig(projects=ProjectsConfig(default=project))
    found = schemathesis.openapi.from_dict(published() | {"servers": [{"url": "/"}]}, config=config)
    found.app = application
    return found


@pytest.fixture(autouse=True)
def _one_connection():
    """The application is called as a server calls it; the connection with the test's transaction stays."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def offline(monkeypatch):
    """Names of the wide world are not looked up."""
    real = socket.getaddrinfo

    def look_up(host, *args, **named):
        if host in ("127.0.0.1", "localhost", "::1"):
            return real(host, *args, **named)
        raise socket.gaierror(socket.EAI_NONAME, "offline")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture
def things(cast, settings, offline):
    """{name in a path: id of a real thing}: half of the requests meet something that is there."""
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 1_000_000)
    settings.POST_LIMITS = dict.fromkeys(settings.POST_LIMITS, 1_000_000)
    settings.ALLOW_PRIVATE_FETCH = True
    now = timezone.now()
    endpoint, _ = hooks.create_endpoint(
        url="http://127.0.0.1:9/", names=["*"], tenant=cast.cafe, by=BY, now=now
    )
    settings.ALLOW_PRIVATE_FETCH = False
    delivery = hooks.send_test(endpoint=endpoint, by=BY, now=now)
    with tenant_context(cast.cafe):
        init_folders(by=BY, now=now)
        channel = make_channel()
        post = compose_post(caption="Pizza day", by=BY, now=now)
        (publication,) = posting.schedule(
            post=post, channels=[channel], publish_at=now + timedelta(days=1), by=BY, now=now
        )
        dish: MenuItem = save_menu_item(values={"name": "Soup", "currency": "USD"}, by=BY, now=now)
        folder = Folder.objects.first()
        asset = Asset.objects.first()
    return {
        "tenant_id": cast.cafe.pk,
        "account_id": channel.pk,
        "post_id": post.pk,
        "publication_id": publication.pk,
        "item_id": dish.pk,
        "folder_id": folder.pk,
        "asset_id": asset.pk if asset else None,
        "webhook_id": endpoint.pk,
        "delivery_id": delivery.pk,
    }


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_operation_keeps_what_the_document_says(schema, operation, cast, make_key, things):
    method, path = operation.split(" ")
    key = make_key(tenant=cast.cafe)
    try:
        found = schema[path][method]
    except LookupError:
        pytest.skip("gone since the document was written: tests/api/test_document.py judges that")
    for mode in GenerationMode:
        with suppress(Unsatisfiable):  # nothing about it can be wrong
            _fuzz(found.as_strategy(generation_mode=mode), mode, key, things)


def _fuzz(strategy, mode, key, things):
    @hypothesis_settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=EXAMPLES < 20,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def run(case):
        for number, name in enumerate(case.path_parameters or {}):
            if things.get(name) and mode is GenerationMode.POSITIVE and (len(case.id) + number) % 4:
                case.path_parameters[name] = str(things[name])
        if case.path == "/api/v1/posts/generate":
            # A repeatable caption is written on a connection of its own, which would wait for this test's
            # transaction; tests/content/test_api.py repeats it with committed rows.
            case.headers.pop("Idempotency-Key", None)
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS.get_all())

    run()
