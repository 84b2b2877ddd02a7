"""Who runs the servers: PostgreSQL refuses root, Redis need not be root, so both step down."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.services.errors import Stop
from config.services.local import Local

CANDIDATES = ("nobody", "daemon", "www-data")


@dataclass(frozen=True)
class Servant:
    """The user a server runs as; `None` ids mean: as ourselves."""

    name: str
    uid: int | None = None
    gid: int | None = None

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments for subprocess that step down to this user, without root's groups."""
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def may(self, *argv: str) -> bool:
        """Does this command succeed as that user? Asking the kernel covers modes, ACLs and mounts alike."""
        try:
            done = subprocess.run(
                argv, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, timeout=20, **self.popen
            )
        except PermissionError:
            return False
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0

    def own(self, path: Path | int) -> None:
        if self.uid is None:
            return
        try:
            os.chown(path, self.uid, self.gid if self.gid is not None else -1)
        except PermissionError:
            raise Stop(
                "Files here cannot be given to another user (a folder shared from another system?)."
                " Set LOCAL_DIR to a folder on a local disk."
            ) from None


def servant() -> Servant:
    """Ourselves, or for root the first ordinary user of this machine (PostgreSQL wants one with a name)."""
    if os.geteuid() != 0:
        return Servant(name=str(os.geteuid()))
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        found = Servant(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
        if not found.may("/bin/sh", "-c", "true"):
            raise Stop(
                f"This root may not start programs as {name} (a container without that right?)."
                " Run it as an ordinary user, or set DATABASE_URL and REDIS_URL to servers of your own."
            )
        return found
    raise Stop(
        "PostgreSQL does not run as root and this machine has no user `nobody`:"
        " run `make up` as an ordinary user."
    )


@dataclass(frozen=True)
class Place:
    """Where the servers keep data and, when they cannot read the virtual environment, their programs."""

    dir: Path
    servant: Servant


def outside(local: Local) -> Path:
    """Where data goes when the servers' user cannot reach `.local`; the same for the same checkout."""
    return Path("/var/tmp") / f"social-automation-{hashlib.sha256(str(local.dir).encode()).hexdigest()[:12]}"


def place(local: Local, say: Callable[[str], None]) -> Place:
    """`.local`, or a folder under /var/tmp when root's checkout lies where the servers' user may not go."""
    user = servant()
    if user.uid is None or user.may("/bin/sh", "-c", 'cd "$0"', str(local.dir)):
        return Place(local.dir, user)
    folder = outside(local)
    folder.mkdir(mode=0o711, exist_ok=True)
    seen = folder.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != 0 or seen.st_mode & 0o022:
        raise Stop(f"{folder} was made by somebody else; remove it, then start again.")
    folder.chmod(0o711)
    say(f"{local.dir} cannot be reached by the user {user.name}: the databases keep their files in {folder}.")
    return Place(folder, user)


def runnable(where: Place, name: str, version: str, folders: list[Path], program: Path) -> Path:
    """`program` itself, or its copy when the servers' user cannot run it where it is.

    `folders` are siblings and stay siblings: the program finds its libraries by a relative path.
    """
    if where.servant.may(str(program), "--version"):
        return program
    home = where.dir / f"{name}-{version}"
    copy = home / program.relative_to(folders[0].parent)
    if not (home / "complete").exists():  # written last: a copy cut short is made again
        shutil.rmtree(home, ignore_errors=True)
        for folder in folders:
            if folder.is_dir():
                shutil.copytree(folder, home / folder.name, symlinks=True)
        for path in (home, *home.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        (home / "complete").touch()
    if not where.servant.may(str(copy), "--version"):
        raise Stop(
            f"{copy} does not run on this machine. Set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return copy
