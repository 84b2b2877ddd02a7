"""`python -m config.services ...`: the commands behind the Makefile."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence

from config.services import env, processes, testing
from config.services.errors import Stop
from config.services.frontend import Frontend, npm
from config.services.local import ROOT, Local, default_local, holder_of, wipe
from config.services.servers import Servers
from config.services.up import up
from config.services.users import outside


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def servers_command(local: Local, action: str) -> int:
    """Only the databases, for working by hand; they live on until `servers stop`."""
    servers = Servers(local.open(), say)
    if action == "stop":
        servers.stop(detached=True)
        say("The embedded servers are stopped.")
        return 0
    urls = servers.start(detached=not servers.adopt())
    say("The embedded servers are running; `python -m config.services servers stop` ends them." if urls else
        "DATABASE_URL and REDIS_URL are given: nothing to start.")  # fmt: skip
    return 0


def by_hand(local: Local) -> dict[str, str]:
    """The environment that the running product has, for commands typed by hand."""
    servers = Servers(local.open(), say)
    running = servers.adopt()
    if running.keys() != servers.urls.keys():
        raise Stop(
            "The embedded servers do not run: `make up`, or `python -m config.services servers start`."
        )
    made = {name: servers.secrets[name] for name in ("SECRET_KEY", "ENCRYPTION_KEY") if not env.given(name)}
    addresses = {
        name: value for name, value in env.remembered_addresses(local).items() if not env.given(name)
    }
    return {**made, **running, "LOCAL_DIR": str(local.dir), **addresses}


def down(local: Local, *, quiet: bool = False) -> int:
    """End the `make up` that runs from this folder, and anything a killed one left behind."""
    pid = holder_of(local.dir / "up.lock")
    if pid:
        processes.tell(pid, signal.SIGTERM)
        if not processes.until(lambda: holder_of(local.dir / "up.lock") is None, 40):
            raise Stop(f"Process {pid} does not end; look at it, then `kill -9 {pid}` and try again.")
    if local.dir.exists():
        left = processes.leftovers(local.open().run)
        processes.end([p.pid for name, p in left.items() if name not in ("postgres", "redis")])
        Servers(local, say, all_of_them=True).stop(detached=True)
    if not quiet:
        say("Stopped." if pid else "It was not running.")
    return 0


def reset(local: Local) -> int:
    """Stop, then remove `.local` (databases, uploads, logs, development secrets) and nothing else."""
    if holder_of(local.dir / "test" / "test.lock"):
        raise Stop("Tests are running from this folder; wait for them or end them first.")
    down(local, quiet=True)
    if os.geteuid() == 0:
        for folder in (outside(local), outside(Local(local.dir / "test"))):
            if folder.is_dir() and folder.lstat().st_uid == 0:
                shutil.rmtree(folder, ignore_errors=True)
    wipe(local.dir)
    say(f"{local.dir} is gone: the next `make up` starts with fresh demo data.")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m config.services", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="everything, until Ctrl-C")
    commands.add_parser("down", help="end the `up` that runs elsewhere")
    commands.add_parser("reset", help="stop and forget all local data")
    commands.add_parser("env", help="exports for working by hand")
    commands.add_parser("manage", help="manage.py with the environment of the running product")
    commands.add_parser("npm", help="npm of the front-end, with the Node that came along")
    commands.add_parser("servers", help="the databases alone").add_argument(
        "action", choices=("start", "stop")
    )
    commands.add_parser("frontend", help="build the front-end if it is out of date").add_argument(
        "--check", action="store_true", help="build anew and run its own checks"
    )
    commands.add_parser("test", help="pytest with servers of its own; all words go to pytest")
    commands.add_parser("prod-check", help="Django's deploy check with production settings")
    words = list(sys.argv[1:] if argv is None else argv)
    passing = words[:1] in (["test"], ["manage"], ["npm"])  # the rest is theirs to understand
    split = 1 if passing else len(words)
    choice = parser.parse_args(words[:split])
    choice.words = words[split:]
    try:
        return run(choice)
    except Stop as stop:
        say(f"\n{stop}")
        return 1
    except KeyboardInterrupt:
        return 130


def run(choice: argparse.Namespace) -> int:
    if choice.command == "test":
        return testing.test(default_local(), choice.words)
    if choice.command == "prod-check":
        return testing.prod_check()
    if choice.command == "npm":
        argv, environment = npm(*choice.words)
        return subprocess.run(argv, cwd=ROOT, env=environment).returncode
    if choice.command == "frontend":
        frontend = Frontend(say=lambda sentence: print(sentence, flush=True))
        frontend.build(force=choice.check)
        if choice.check:
            frontend.run("run", "--silent", "check")
        return 0
    env.load()  # may say where LOCAL_DIR is
    local = default_local()
    if choice.command == "up":
        return up(local)
    if choice.command == "servers":
        return servers_command(local, choice.action)
    if choice.command == "env":
        print(env.exports(by_hand(local)), end="")
        return 0
    if choice.command == "manage":
        argv = [sys.executable, "manage.py", *choice.words]
        return subprocess.run(argv, cwd=ROOT, env=os.environ | by_hand(local)).returncode
    return down(local) if choice.command == "down" else reset(local)


if __name__ == "__main__":
    sys.exit(main())
