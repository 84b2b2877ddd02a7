"""Folders and ports of their own for the launcher; none of these tests touches the database of the test run."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.services import ports
from config.services.local import Local


@pytest.fixture(scope="session", autouse=True)
def _own_ports() -> Iterator[None]:
    """Several test runs at once, or a `make up` beside them, must not take each other's ports."""
    first = 10_000 + 500 * secrets.randbelow(30)
    with pytest.MonkeyPatch.context() as patch:
        for number, name in enumerate(ports.FIRST):
            patch.setitem(ports.FIRST, name, first + 100 * number)
        patch.setattr(ports, "TRIES", 100)
        yield


@pytest.fixture
def local(tmp_path: Path) -> Local:
    return Local(tmp_path / "local").open()


@pytest.fixture(scope="module")
def reachable() -> Iterator[Path]:
    """A folder that the servers' user may pass through when root runs the tests (pytest's own is private)."""
    folder = Path(tempfile.mkdtemp(prefix="launcher-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
