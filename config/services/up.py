"""`make up`: the whole product on this machine, from nothing to a healthy page."""

import http.client
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from config.services import env, ports, processes
from config.services.errors import Stop
from config.services.frontend import Frontend
from config.services.local import ROOT, Local, only_one
from config.services.servers import Servers
from config.services.supervisor import Child, Interrupted, Supervisor

PYTHON = sys.executable
WEB_THREADS = "8"
MIGRATED = "The database is up to date."
DEMO_PEOPLE = (
    ("alice@krusty.example", "owns Krusty Pizza"),
    ("bob@krusty.example", "edits for Krusty Pizza"),
    ("charlie@bakery.example", "owns Corner Bakery"),
    ("pat@agency.example", "partner of both: /partners/"),
    ("dana@staff.example", "staff: /admin/"),
)
DEMO_PASSWORD = "demo-demo-demo"


def answers(url: str, timeout: float = 3) -> bool:
    """Does a GET say 200? No proxy, no redirect."""
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        line.request("GET", parts.path or "/")
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def http_ready(*urls: str) -> Callable[[Child], bool]:
    return lambda child: all(answers(url) for url in urls)


def manage(*words: str) -> list[str]:
    return [PYTHON, "manage.py", *words]


def reach(host: str, port: int) -> str:
    return f"http://{ports.HOST if host in ('0.0.0.0', '') else host}:{port}"


def web(host: str, port: int, *, reload: bool) -> Child:
    argv = [
        PYTHON, "-m", "gunicorn", "config.wsgi:application", "--bind", f"{host}:{port}",
        "--worker-class", "gthread", "--workers", "1", "--threads", WEB_THREADS, "--keep-alive", "30",
        "--graceful-timeout", "5", "--timeout", "120", "--log-level", "warning", "--no-control-socket",
    ]  # fmt: skip
    if reload:
        argv.append("--reload")
    return Child(
        "web",
        argv,
        ready=http_ready(*(f"{reach(host, port)}/health{part}" for part in ("", "/db", "/redis"))),
    )


def background(pages: str) -> list[Child]:
    """The publisher, the worker and beat; each counts as ready with its first line."""
    # Root is what CI and containers run as; the worker need not complain at every start.
    celery = [
        PYTHON,
        "-W",
        "ignore:You're running the worker",
        "-m",
        "celery",
        "--quiet",
        "--skip-checks",  # two seconds of processor time each; the migrations have just done them
        "-A",
        "config.celery",
    ]
    return [
        # It lets calls in the air come down. `--after`: Meta fetches the photos of a due post from the pages.
        Child("publisher", manage("publisher", "--after", pages), grace=25),
        Child(
            "worker",
            # Threads: the work is waiting for others, and few database sessions serve many tasks.
            [*celery, "worker", "--pool", "threads", "--concurrency", "4", "--loglevel", "info",
             "--without-gossip", "--without-mingle", "--hostname", "worker@%h"],
        ),
        # Asked to end while its database goes away, beat lingers for half a minute; it has nothing to finish.
        Child("beat", [*celery, "beat", "--loglevel", "info", "--pidfile="], orphaned=signal.SIGKILL),
    ]  # fmt: skip


def sandbox(local: Local, port: int) -> Child:
    data = local.dir / "sandbox"
    data.mkdir(exist_ok=True)
    address = f"http://{ports.HOST}:{port}"
    return Child(
        "sandbox",
        [PYTHON, "-m", "sandbox", "--port", str(port), "--data", str(data)],
        ready=http_ready(f"{address}/health"),
    )


def end_leftovers(local: Local, say: Callable[[str], None]) -> None:
    """Processes of a runner that was killed: end them before their successors meet them."""
    left = {n: p for n, p in processes.leftovers(local.run).items() if n not in ("postgres", "redis")}
    if left:
        say(f"An earlier start was not ended properly; ending what it left: {', '.join(left)}.")
        processes.end([process.pid for process in left.values()])
        for name in left:
            processes.forget(local.run, name)


def tie_to_make() -> None:
    """Under `make`, a make that is killed takes us along (and we end the rest); started by hand we stay."""
    if os.environ.get("MAKELEVEL"):
        processes.die_with_parent(signal.SIGTERM, os.getppid())


def up(local: Local) -> int:
    """Start everything and stay until asked to end. 0 when asked, 1 with a sentence when it could not."""
    if env.given("ENVIRONMENT") == "production":
        raise Stop("`make up` is for development; docs/operations.md tells how production starts.")
    tie_to_make()
    local.open()
    where = env.remembered_addresses(local).get("PORT")
    busy = (
        "It is already running ({holder})"
        + (f" at http://{ports.HOST}:{where}" if where else "")
        + ". Use that one, or end it with Ctrl-C there or with `make down`."
    )
    with only_one(local.dir / "up.lock", busy):
        runner = Supervisor(local, os.environ)
        runner.listen()
        end_leftovers(local, runner.say)
        host = env.given("HOST") or ports.HOST
        port = ports.for_web(env.given("PORT"), local, host)
        servers = Servers(local, runner.say)
        frontend = Frontend(say=runner.say)
        try:
            _start(runner, servers, frontend, host, port)
            _banner(runner, port)
            runner.wait_for(lambda: False)
        except Interrupted:
            runner.say("\nStopping ...")
            return 0
        finally:
            runner.stop()
            servers.stop()
            runner.say("Everything is stopped; the data are kept. `make up` goes on where you left off.")
    return 0


def _start(runner: Supervisor, servers: Servers, frontend: Frontend, host: str, port: int) -> None:
    local = runner.local
    build = None
    if not frontend.is_current():  # beside the migrations: it takes as long and needs nothing of them
        build = runner.start(Child("frontend", [PYTHON, "-m", "config.services", "frontend"], once=True))
    secrets = servers.secrets
    for name in ("SECRET_KEY", "ENCRYPTION_KEY"):
        if not env.given(name):
            runner.env[name] = secrets[name]
    runner.env |= servers.start()
    runner.watches.append(lambda: _keep_servers(servers, runner))
    runner.env |= {"PORT": str(port), "LOCAL_DIR": str(local.dir)}
    if env.needs_sandbox():
        place = ports.choose("sandbox", local)
        runner.env["SANDBOX_URL"] = f"http://{ports.HOST}:{place}"
        runner.start(sandbox(local, place))
    env.remember_addresses(local, runner.env)
    argv = [PYTHON, "-m", "config.services.prepare"]
    prepare = runner.start(Child("prepare", argv, once=True, word=MIGRATED.encode()))
    runner.wait_for(lambda: prepare.is_ready or prepare.exit is not None)
    if build:  # the web server looks for static/dist when it starts
        runner.finish(build)
    runner.start(web(host, port, reload=bool(env.given("RELOAD"))))
    for child in background(f"{reach(host, port)}/health"):
        runner.start(child)
    runner.finish(prepare)
    runner.wait_until_ready()
    if "sandbox" in runner.children:  # it calls our webhook address meanwhile, so the web server comes first
        runner.start(Child("webhooks", manage("facebook_subscribe", "--try"), once=True, vital=False))


def _keep_servers(servers: Servers, runner: Supervisor) -> None:
    """A database that died is started again; the product's processes reconnect by themselves."""
    for server in (servers.postgres, servers.redis):
        if server and server.pid and processes.gone(server.pid):
            runner.say(f"{server.name} ended unexpectedly; starting it again.")
            before = server.port
            server.start()
            if server.port != before:
                raise Stop(f"{server.name} could not come back on port {before}. Run `make up` again.")


def _banner(runner: Supervisor, port: int) -> None:
    address = (env.given("PUBLIC_URL") or f"http://127.0.0.1:{port}").rstrip("/")
    here = f"http://127.0.0.1:{port}"
    lines = ["", "  Social Automation is running.", "", f"    {here:<30} the product"]
    if address != here:
        lines.append(f"    {address:<30} its public address")
    lines += [f"    {here + '/docs':<30} the API", f"    {here + '/admin/':<30} for staff"]
    if url := runner.env.get("SANDBOX_URL"):
        others = [name for name in env.SANDBOX_STANDS_FOR if env.given(name)]
        rest = f", but for {', '.join(others)}" if others else "; nothing leaves this machine"
        lines.append(f"    {url:<30} the sandbox: pretend Facebook, Instagram and AI{rest}")
    if env.given("OPENAI_API_KEY") and not env.given("OPENAI_BASE_URL"):
        lines.append(
            "    OPENAI_API_KEY is set, but captions come from the sandbox until OPENAI_BASE_URL is set too."
        )
    if env.wants_demo():
        lines += ["", f"  Sign in with the password {DEMO_PASSWORD}:"]
        lines += [f"    {mail:<26} {what}" for mail, what in DEMO_PEOPLE]
        lines += ["", '  For the README\'s curl lines, in another terminal: eval "$(make -s key)"']
    shown = local_name(runner.local.log)
    lines += ["", f"  Logs are in {shown}. Stop with Ctrl-C. `make reset` starts over.", ""]
    runner.say("\n".join(lines))


def local_name(path: Path) -> str:
    """Short when it lies in the checkout."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
