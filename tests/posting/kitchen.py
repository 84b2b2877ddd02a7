"""The cafe with real channels at the real sandbox, photos on a loopback server, and a publisher to run.

Everything is committed, for the publisher works in threads with connections of their own.
"""

from __future__ import annotations

import io
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context
from PIL import Image

from assets.models import Asset, Rendition
from assets.services.renditions import recipe
from content.models import Post
from content.services import compose_post
from posting import services
from posting.dispatch.claim import Job, claim
from posting.dispatch.loop import Publisher
from posting.dispatch.models import Attempt, Due
from posting.dispatch.terms import Call
from posting.models import Publication, Transition
from social.models import Channel, Connection
from social.tokens import put_token
from social.vault import Secret
from tenants.access import Actor
from tenants.models import Tenant
from tests.sandbox_films import film
from tests.sandbox_process import KRUSTY, KRUSTY_IG, Sandbox

FILM: dict[str, Any] = {}  # what a test wants otherwise of the films (tests.sandbox_films.film)
BY = Actor("user", "1", "Alice")


def jpeg(width: int = 640, height: int = 640, colour: str = "tomato") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "JPEG")
    return file.getvalue()


@contextmanager
def photo_server() -> Iterator[str]:
    """http://127.0.0.1:port/<anything>.jpg is a photo; each address has its own colour, or its own bytes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            video = self.path.endswith(".mp4")
            body = (
                film(mark=self.path.encode(), **FILM)
                if video
                else jpeg(colour=f"#{hash(self.path) & 0xFFFFFF:06x}")
            )
            self.send_response(200)
            self.send_header("content-type", "video/mp4" if video else "image/jpeg")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


class Kitchen:
    def __init__(self, tenant: Tenant, meta: Sandbox, photos: str) -> None:
        self.tenant, self.meta, self.photos = tenant, meta, photos
        login = meta.connect()
        with tenant_context(tenant):
            person = Connection(
                facebook_user_id=login["person"],
                name="Alice",
                connected_by="Alice",
                connected_at=timezone.now(),
            )
            put_token(person, Secret(login["long_lived_token"]))
            person.save()
            token = {page["id"]: page["access_token"] for page in login["pages"]}[KRUSTY]
            self.page = self.channel(person, "facebook", KRUSTY, token)
            self.instagram = self.channel(person, "instagram", KRUSTY_IG, token)

    def channel(self, person: Connection, platform: str, remote_id: str, token: str) -> Channel:
        channel = Channel(
            connection=person,
            platform=platform,
            remote_id=remote_id,
            name="Krusty Pizza",
            page_remote_id=KRUSTY,
            connected_at=timezone.now(),
        )
        put_token(channel, Secret(token))
        channel.save()
        return channel

    def medium(self, kind: str = "photo") -> Asset:
        now = timezone.now()
        name = uuid.uuid4().hex
        photo = kind == "photo"
        asset = Asset.objects.create(
            kind=kind,
            state="ready",
            title="Pizza",
            filename="pizza.jpg" if photo else "pizza.mp4",
            name=name,
            mime="image/jpeg" if photo else "video/mp4",
            bytes=1000,
            sha256=name * 2,
            width=640,
            height=640,
            uploaded_by="Alice",
            created_at=now,
            updated_at=now,
        )
        for shape in ("fb", "ig_original") if photo else ("reel",):  # already made: nothing is decoded here
            Rendition.objects.create(
                asset=asset,
                kind=shape,
                recipe=recipe(asset=asset, kind=shape),
                mime=asset.mime,
                width=640,
                height=640,
                bytes=1000,
                name=f"{name}-{shape}",
            )
        return asset

    def post(
        self,
        caption: str = "Pizza day",
        photos: int = 0,
        videos: int = 0,
        alt: str = "",
        people: tuple[str, ...] = (),
        **fields: Any,
    ) -> Post:
        """`alt` and `people` (names) are every photo's."""
        with tenant_context(self.tenant):
            assets = [self.medium().pk for _ in range(photos)]
            assets += [self.medium("video").pk for _ in range(videos)]
            tags = [{"username": name, "x": 0.5, "y": 0.5} for name in people]
            fields |= {
                "alt_texts": {str(pk): alt for pk in assets},
                "people": {str(pk): tags for pk in assets},
            }
            return compose_post(caption=caption, asset_ids=assets, by=BY, now=timezone.now(), **fields)

    def plan(self, channel: Channel, post: Post, **fields: Any) -> Publication:
        with tenant_context(self.tenant):
            (made,) = services.schedule(post=post, channels=[channel], by=BY, now=timezone.now(), **fields)
            return made

    def run(self, *, seconds: float = 10, **fields: Any) -> Publisher:
        """A publisher until nothing is ready or in the air."""
        connection.set_schema_to_public()
        publisher = Publisher(**({"slots": 8} | fields))
        publisher.run(seconds=seconds, until_idle=True)
        return publisher

    def flip_job(self, publication: Publication) -> Job:
        """Prepared by a publisher, then claimed for its flip by nobody who will ever send it."""
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE dispatch_due SET due_at = due_at + interval '1 hour' WHERE publication_id = %s",
                [publication.pk],
            )
            cursor.execute("UPDATE dispatch_due SET not_after = not_after + interval '1 hour'")
        self.run()
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE dispatch_due SET due_at = due_at - interval '1 hour',"
                " next_action_at = next_action_at - interval '1 hour' WHERE publication_id = %s",
                [publication.pk],
            )
        (job,) = claim(owner="dead", limit=5).jobs
        assert job.call is Call.FLIP
        return job

    def fresh(self, publication: Publication) -> Publication:
        with tenant_context(self.tenant):
            return Publication.objects.get(pk=publication.pk)

    def due(self, publication: Publication) -> Due:
        return Due.objects.exclude(state="cancelled").get(publication_id=publication.pk)

    def attempts(self, publication: Publication) -> list[Attempt]:
        return list(Attempt.objects.filter(publication_id=publication.pk))

    def fresh_transitions(self, publication: Publication) -> list[Transition]:
        with tenant_context(self.tenant):
            return list(Transition.objects.filter(publication=publication))

    def visible(self, channel: Channel) -> list[dict[str, Any]]:
        return self.meta.ledger(channel.remote_id)

    def later(self, publication: Publication, **move: float) -> None:
        """Time passes for one row: everything it waits for comes that much nearer (the guards allow it)."""
        by = timedelta(**move)
        columns = (
            "next_action_at",
            "lease_until",
            "doubt_at",
            "flip_intent_at",
            "first_negative_at",
            "intent_at",
        )
        changes = ", ".join(f"{name} = {name} - %s" for name in columns)
        with connection.cursor() as cursor:
            cursor.execute("SET posting.erase = 'on'")  # a test may bend time; nothing else may
            cursor.execute(
                f"UPDATE dispatch_due SET {changes} WHERE publication_id = %s AND state <> 'cancelled'",
                [*[by] * len(columns), publication.pk],
            )
            cursor.execute("SET posting.erase = 'off'")
