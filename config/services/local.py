"""The folder that keeps everything a checkout makes at run time: `.local/`, or LOCAL_DIR."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.services.errors import Stop

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Local:
    """Paths below one `.local` folder; `open()` makes them."""

    dir: Path

    @property
    def run(self) -> Path:
        """Records of the processes we started."""
        return self.dir / "run"

    @property
    def log(self) -> Path:
        return self.dir / "log"

    @property
    def secrets(self) -> Path:
        return self.dir / "dev.env"

    @property
    def ports(self) -> Path:
        return self.dir / "ports.json"

    def open(self) -> "Local":
        try:
            for folder in (self.dir, self.run, self.log):
                folder.mkdir(parents=True, exist_ok=True)
                folder.chmod(0o755)  # the database's own user must be able to pass through
        except PermissionError:
            raise Stop(
                f"{self.dir} belongs to another user (was it started with sudo before?)."
                " Start it as that user again, or remove the folder as that user to begin anew."
            ) from None
        return self


def default_local() -> Local:
    return Local(Path(os.environ.get("LOCAL_DIR") or ROOT / ".local").resolve())


@contextmanager
def only_one(path: Path, sentence: str, *, wait: bool = False) -> Iterator[None]:
    """Hold a lock on `path` while the block runs; the kernel lets go of it even after a kill -9.

    Somebody else holds it: raise Stop(sentence), in which {holder} is what they wrote there, or wait.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = path.open("a+", encoding="utf-8")
    except PermissionError:
        raise Stop(f"{path} belongs to another user; start it as that user again.") from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "another terminal"
            raise Stop(sentence.format(holder=holder)) from None
        handle.seek(0)
        handle.truncate()
        handle.write(f"process {os.getpid()}")
        handle.flush()
        yield


def holder_of(path: Path) -> int | None:
    """The process that holds the lock on `path`, or None when nobody does."""
    if not path.exists():
        return None
    with path.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            word = handle.read().strip().rpartition(" ")[2]
            return int(word) if word.isdigit() else None
    return None


def wipe(folder: Path) -> None:
    """Remove a folder that may hold files of the database's user; missing is fine."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        raise Stop(f"{folder} could not be removed: it holds files of another user. Remove it as that user.")
