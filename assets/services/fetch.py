"""A picture that a partner named by its address joins the library like any upload."""

from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from assets.models import Asset
from assets.services.upload import store_upload
from assets.sniff import Limits
from tenants import outgoing
from tenants.access import Actor


def store_from_url(*, url: str, by: Actor, now: datetime) -> Asset:
    """Fetch safely (tenants/outgoing.py), then as store_upload. Raises Refused (field "image_url")."""
    with outgoing.fetch(url, max_bytes=Limits().photo_bytes, field="image_url") as file:
        name = PurePosixPath(unquote(urlsplit(url).path)).name
        return store_upload(file=file, filename=name, by=by, now=now)
