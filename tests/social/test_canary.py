"""Nothing that Facebook gave us in confidence stands in clear anywhere: tables, sessions, logs, pages,
mails.
"""

import logging

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection as database
from django.utils import timezone
from django_tenants.utils import tenant_context

from social import tasks
from social.models import Channel, Connection
from social.tokens import open_token
from tenants.notices import mailing
from tenants.notices.models import Notice
from tests.sandbox_process import ALICE, APP_SECRET, KRUSTY
from tests.social.owner import connect

pytestmark = pytest.mark.django_db


def dump(*schemas):
    """Every row of every table as PostgreSQL writes it, and once more with bytes read as text."""
    text = []
    with database.cursor() as cursor:
        for schema in schemas:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
            for (table,) in cursor.fetchall():
                cursor.execute(f'SELECT t::text FROM "{schema}"."{table}" t')
                text += [row[0] for row in cursor.fetchall()]
    return "\n".join(text)


def test_a_life_with_facebook_leaves_no_token_in_clear(meta, cast, client, caplog, capfd, monkeypatch):
    caplog.set_level(logging.DEBUG)
    sent = []
    monkeypatch.setattr(tasks.check_connection, "wake", lambda **ids: sent.append(ids))
    alice = cast.client(cast.alice)
    pages = []
    connect(meta, alice, cast.cafe)
    with tenant_context(cast.cafe):
        row = Connection.objects.get()
        secrets = {
            open_token(row).reveal(),
            *(open_token(channel).reveal() for channel in Channel.objects.all()),
        }
        tasks.check_connection.run(connection_id=str(row.pk))
        row.expires_at = timezone.now()
        row.save()
        meta.sandbox.fault("lost_after_commit", "oauth.exchange")
        tasks.check_connection.run(connection_id=str(row.pk))
    for path in ("/r/cafe/channels/", f"/r/cafe/channels/choose/{row.pk}/", "/api/v1/accounts"):
        pages.append(alice.get(path).content.decode())
    meta.control("tokens/invalidate", {"page": KRUSTY, "subcode": 460})
    meta.control("tokens/invalidate", {"person": ALICE, "subcode": 460})
    with tenant_context(cast.cafe):
        tasks.check_connection.run(connection_id=str(row.pk))
        pk = Channel.objects.filter(platform="facebook").get().pk
        pages.append(alice.get(f"/api/v1/accounts/{pk}/token-health").content.decode())
    pages.append(alice.get("/r/cafe/channels/").content.decode())
    alice.post(f"/r/cafe/channels/{pk}/disconnect/")
    mailing.send_due(now=timezone.now())
    secrets |= {APP_SECRET, *meta.codes}
    assert len(secrets) >= 4
    places = {
        "tables": dump("public", cast.cafe.schema_name),
        "sessions": "\n".join(str(session.get_decoded()) for session in Session.objects.all()),
        "logs": caplog.text + "".join(capfd.readouterr()),
        "pages": "\n".join(pages),
        "notices": "\n".join(Notice.objects.values_list("sentence", flat=True)),
        "mails": "\n".join(f"{message.subject}\n{message.body}" for message in mail.outbox),
        "wake-ups": str(sent),
    }
    for name, text in places.items():
        for secret in secrets:
            assert secret not in text, name
            assert secret.encode().hex() not in text, name
    assert "password" in places["mails"] and places["logs"]
