"""Folders of their own for the launcher; none of these tests touches the database of the test run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.services.local import Local


@pytest.fixture
def local(tmp_path: Path) -> Local:
    return Local(tmp_path / "local").open()


@pytest.fixture(scope="module")
def reachable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that the servers' user may pass through when root runs the tests (pytest's own is private)."""
    folder = tmp_path_factory.mktemp("servers")
    parents = [
        path for path in (folder, *folder.parents) if path.name.startswith(("pytest-", "servers", "popen-"))
    ]
    modes = {path: path.stat().st_mode & 0o777 for path in parents}
    for path in parents:
        path.chmod(0o711)
    yield folder
    for path, mode in modes.items():
        path.chmod(mode)
