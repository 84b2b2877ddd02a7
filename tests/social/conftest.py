from collections.abc import Iterator
from typing import Any

import pytest

from social.graph import GraphClient
from social.vault.store import open_keys
from tests.sandbox_process import APP_ID, APP_SECRET, Sandbox, sandbox  # noqa: F401 - the fixture
from tests.social.loopback import Loopback, loopback
from tests.social.owner import Meta


@pytest.fixture
def server() -> Iterator[Loopback]:
    """A scripted stand-in for Graph; forgets at the end how it takes its tokens."""
    with loopback() as running:
        yield running
    GraphClient._reads_header.clear()
    GraphClient._reads_query.clear()


@pytest.fixture
def meta(
    sandbox: Sandbox,  # noqa: F811
    settings: Any,
) -> Iterator[Meta]:
    """The real sandbox process with a fresh pretend world, and our settings pointed at it."""
    sandbox.reset()
    settings.FACEBOOK_APP_ID, settings.FACEBOOK_APP_SECRET = APP_ID, APP_SECRET
    settings.FACEBOOK_GRAPH_URL, settings.FACEBOOK_DIALOG_URL = sandbox.graph, sandbox.dialog
    settings.FACEBOOK_VIDEO_URL, settings.FACEBOOK_RUPLOAD_URL = sandbox.video, sandbox.rupload
    yield Meta(sandbox)
    open_keys.clear()
