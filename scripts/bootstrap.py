"""Makes `.venv` and installs the locked packages into it when the lock changed. Standard library only.

Run by the Makefile with the machine's own Python, after it has seen that this one is new enough.
Two pips work side by side: one alone spends most of its time unpacking on a single core (55 s against 33 s
measured). That is safe because the lock is complete (--no-deps) and every file is checked by its hash.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AT_ONCE = 2
NOISE = "WARNING: Location"  # pip's complaint about each folder of a machine's pip.conf that is not there


class Stop(Exception):
    """The sentence to show."""


def say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def requirements(lock: str) -> list[str]:
    """The lock's entries, each with its hashes."""
    entries: list[str] = []
    for line in lock.splitlines(keepends=True):
        if line.startswith("#") or not line.strip():
            continue
        if line[0] not in " \t":
            entries.append("")
        entries[-1] += line
    return entries


class Bootstrap:
    def __init__(self, root: Path = ROOT):
        self.venv = root / ".venv"
        self.lock = root / "requirements-dev.lock"
        self.local = root / ".local"
        self.python = self.venv / "bin" / "python"
        self.stamp = self.venv / ".installed"  # what is installed; written last
        self.unfinished = (
            self.venv / ".installing"
        )  # there while pip works: found at a start, it was cut short

    @property
    def place(self) -> str:
        """Python's version and the folder: scripts in a moved checkout would call the old one."""
        return f"python {sys.version_info[0]}.{sys.version_info[1]} in {self.venv}"

    @property
    def wanted(self) -> str:
        return f"{hashlib.sha256(self.lock.read_bytes()).hexdigest()} {self.place}"

    @property
    def installed(self) -> str:
        return self.stamp.read_text() if self.stamp.exists() and self.python.exists() else ""

    def run(self) -> None:
        if self.installed == self.wanted:
            return
        import fcntl

        try:
            self.local.mkdir(exist_ok=True)
            with (self.local / "install.lock").open("a") as turn:
                fcntl.flock(turn, fcntl.LOCK_EX)  # two commands at once: the second finds it done
                if self.installed != self.wanted:
                    self.make_venv()
                    self.install()
        except PermissionError as error:
            raise Stop(
                f"{error.filename} belongs to another user (was this started with sudo before?):"
                " start it as that user."
            ) from None

    def make_venv(self) -> None:
        if self.unfinished.exists():
            say("An earlier installation was cut short; starting it again.")
            shutil.rmtree(self.venv)
        elif self.stamp.exists() and not self.installed.endswith(self.place):
            say("The checkout was moved or Python was updated; installing anew.")
            shutil.rmtree(self.venv)
        elif self.venv.exists() and not self.works():
            shutil.rmtree(self.venv)
        if not self.python.exists():
            made = subprocess.run([sys.executable, "-m", "venv", self.venv], capture_output=True, text=True)
            if made.returncode:
                shutil.rmtree(self.venv, ignore_errors=True)
                raise Stop(
                    "Python's venv module does not work here (on Debian: apt-get install python3-venv).\n"
                    + (made.stdout + made.stderr)[-800:]
                )

    def works(self) -> bool:
        """Does its Python start, and has it a pip? (Cut short while being made, it has none.)"""
        try:
            return subprocess.run([self.python, "-c", "import pip"], capture_output=True).returncode == 0
        except OSError:
            return False

    def install(self) -> None:
        entries = requirements(self.lock.read_text(encoding="utf-8"))
        say(f"Installing {len(entries)} packages (about a minute the first time) ...")
        self.unfinished.touch()
        began = time.monotonic()
        jobs = [self.start_pip(number, entries[number::AT_ONCE]) for number in range(AT_ONCE)]
        try:
            failed = [log for job, log in jobs if job.wait() != 0]
        except BaseException:
            for job, _ in jobs:
                job.terminate()
                job.wait()
            raise
        if failed:
            told = failed[0].read_text(encoding="utf-8", errors="replace").splitlines()
            last = "\n".join([line for line in told if not line.startswith(NOISE)][-12:])
            raise Stop(f"The installation failed. pip's last words (all of them in {failed[0]}):\n{last}")
        for _, log in jobs:
            log.unlink()
        self.stamp.write_text(self.wanted)
        self.unfinished.unlink()
        say(f"Installed in {time.monotonic() - began:.0f} s.")

    def start_pip(self, number: int, share: list[str]) -> tuple[subprocess.Popen[bytes], Path]:
        part = self.venv / f"install-{number}.txt"
        part.write_text("".join(share), encoding="utf-8")
        log = self.local / f"install-{number}.log"
        command = [str(self.python), "-m", "pip", "install", "-q"]
        command += ["--require-hashes", "--no-deps", "--no-compile"]
        command += ["--disable-pip-version-check", "--no-input", "-r", str(part)]
        with log.open("wb") as out:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out), log


def main() -> int:
    if os.name != "posix":
        sys.stderr.write("This runs on Linux and macOS; on Windows use WSL, or compose.yaml with Docker.\n")
        return 1
    try:
        Bootstrap().run()
    except Stop as stop:
        sys.stderr.write(f"\n{stop}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
