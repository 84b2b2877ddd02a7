from collections.abc import Iterator

import pytest

from social.graph import GraphClient
from tests.social.loopback import Loopback, loopback


@pytest.fixture
def server() -> Iterator[Loopback]:
    """A scripted stand-in for Graph; forgets at the end how it takes its tokens."""
    with loopback() as running:
        yield running
    GraphClient._reads_header.clear()
    GraphClient._reads_query.clear()
