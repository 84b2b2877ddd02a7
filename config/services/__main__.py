"""`python -m config.services ...`: the commands behind the Makefile."""

import argparse
import os
import shutil
import signal
import sys
from collections.abc import Sequence

from config.services import env, processes
from config.services.errors import Stop
from config.services.frontend import Frontend
from config.services.local import Local, default_local, holder_of, wipe
from config.services.servers import Servers
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


def env_command(local: Local) -> int:
    """Exports for manage.py by hand: eval "$(python -m config.services env)"."""
    servers = Servers(local.open(), say)
    running = servers.adopt()
    if running.keys() != servers.urls.keys():
        raise Stop(
            "The embedded servers do not run: `make up`, or `python -m config.services servers start`."
        )
    made = {name: servers.secrets[name] for name in ("SECRET_KEY", "ENCRYPTION_KEY") if not env.given(name)}
    print(
        env.exports({**made, **running, "LOCAL_DIR": str(local.dir), **remembered_addresses(local)}), end=""
    )
    return 0


def remembered_addresses(local: Local) -> dict[str, str]:
    """PORT and SANDBOX_URL of the `make up` that runs or ran last."""
    path = local.run / "addresses.env"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {name: value for name, _, value in (line.partition("=") for line in lines) if not env.given(name)}


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
    commands.add_parser("servers", help="the databases alone").add_argument(
        "action", choices=("start", "stop")
    )
    commands.add_parser("frontend", help="build the front-end if it is out of date").add_argument(
        "--check", action="store_true", help="build anew and run its own checks"
    )
    commands.add_parser("test", help="pytest with servers of its own; all words go to pytest")
    commands.add_parser("prod-check", help="Django's deploy check with production settings")
    words = list(sys.argv[1:] if argv is None else argv)
    split = 1 if words[:1] == ["test"] else len(words)  # pytest's options are not ours to understand
    choice = parser.parse_args(words[:split])
    choice.words = words[split:]
    local = default_local()
    try:
        return run(choice, local)
    except Stop as stop:
        say(f"\n{stop}")
        return 1
    except KeyboardInterrupt:
        return 130


def run(choice: argparse.Namespace, local: Local) -> int:
    # The two that most commands do not need are imported where they are wanted.
    if choice.command == "up":
        from config.services.up import up

        return up(local)
    if choice.command in ("test", "prod-check"):
        from config.services import testing

        return testing.test(local, choice.words) if choice.command == "test" else testing.prod_check()
    if choice.command == "frontend":
        frontend = Frontend(say=lambda sentence: print(sentence, flush=True))
        frontend.build(force=choice.check)
        if choice.check:
            frontend.run("run", "--silent", "check")
        return 0
    env.load()
    if choice.command == "servers":
        return servers_command(local, choice.action)
    if choice.command == "env":
        return env_command(local)
    return down(local) if choice.command == "down" else reset(local)


if __name__ == "__main__":
    sys.exit(main())
