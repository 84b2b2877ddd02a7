import io
import os
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

from config.services import processes, supervisor
from config.services.errors import Stop
from config.services.local import ROOT, default_local, holder_of, only_one
from config.services.supervisor import Child, Interrupted, Supervisor
from config.services.up import end_leftovers, up

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*multi-threaded.*:DeprecationWarning"
)  # we fork; xdist has threads


def python(program: str) -> list[str]:
    return [sys.executable, "-S", "-c", textwrap.dedent(program)]


@pytest.fixture
def runner(local, monkeypatch):
    monkeypatch.setattr(supervisor, "BACKOFF", (0.01,))
    made = Supervisor(local, os.environ, out=io.StringIO())
    yield made
    made.stop()


def shown(runner: Supervisor) -> str:
    return runner._out.getvalue()


SLEEPER = "import time; print('here'); time.sleep(60)"


def test_what_a_child_says_is_shown_with_its_name_and_kept(runner, local):
    runner.start(Child("talker", python("import time; print('one'); print('two'); time.sleep(60)")))
    runner.wait_until_ready(seconds=20)
    runner.wait_for(lambda: runner.children["talker"].lines == 2)
    assert "talker   | one\n" in shown(runner)
    assert (local.log / "talker.log").read_text() == "one\ntwo\n"


def test_a_child_that_dies_is_started_again_and_said(runner):
    child = runner.start(Child("worker", python(SLEEPER)))
    runner.wait_until_ready(seconds=20)
    first = child.process.pid
    processes.tell(first, signal.SIGKILL)
    runner.wait_for(lambda: child.process is not None and child.process.pid != first and child.is_ready)
    assert "worker ended unexpectedly (signal 9); starting it again" in shown(runner)


def test_a_child_that_never_starts_stops_us_with_its_last_words(runner):
    runner.start(Child("web", python("import sys; sys.exit('no such table')"), ready=lambda child: False))
    with pytest.raises(Stop, match=r"web does not start \(exit 1, three times\)[\s\S]*no such table"):
        runner.wait_until_ready(seconds=20)


def test_a_step_that_fails_stops_us_with_its_last_words(runner):
    with pytest.raises(Stop, match=r"migrate failed \(exit 3\)[\s\S]*half-way"):
        runner.run(Child("migrate", python("print('half-way'); raise SystemExit(3)")))


def test_a_step_that_is_not_vital_may_fail(runner):
    runner.run(Child("webhooks", python("raise SystemExit(3)"), vital=False))
    assert runner.children["webhooks"].exit == 3


def test_last_words_without_a_newline_are_kept(runner, local):
    runner.run(Child("seed", python("import sys; sys.stdout.write('almost')")))
    assert (local.log / "seed.log").read_text() == "almost\n"


def test_a_child_deaf_to_sigterm_is_killed(runner):
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here'); time.sleep(60)"
    child = runner.start(Child("deaf", python(deaf), grace=0.05))
    runner.wait_until_ready(seconds=20)
    pid = child.process.pid
    runner.stop()
    assert not psutil.pid_exists(pid)


def test_what_a_dead_child_started_is_ended_too(runner, local):
    program = f"""
        import subprocess, sys
        inner = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
        open({str(local.dir / "inner")!r}, "w").write(str(inner.pid))
    """
    runner.run(Child("frontend", python(program)))
    inner = int((local.dir / "inner").read_text())
    assert processes.until(lambda: processes.gone(inner), 10)


def test_a_request_to_end_interrupts_the_waiting(runner):
    runner.start(Child("web", python(SLEEPER)))
    runner._on_signal(signal.SIGTERM, None)
    with pytest.raises(Interrupted):
        runner.wait_until_ready(seconds=20)


def test_a_closed_terminal_does_not_keep_children_alive(local):
    out = io.StringIO()
    runner = Supervisor(local, os.environ, out=out)
    child = runner.start(Child("web", python(SLEEPER)))
    runner.wait_until_ready(seconds=20)
    out.close()
    pid = child.process.pid
    runner.stop()
    assert not psutil.pid_exists(pid)


@pytest.mark.skipif(
    sys.platform != "linux", reason="the kernel's promise is Linux's; elsewhere the next start cleans up"
)
def test_children_do_not_survive_a_kill_of_the_runner(local):
    program = f"""
        import os, sys; sys.path.insert(0, {str(ROOT)!r})
        from pathlib import Path
        from config.services.local import Local
        from config.services.supervisor import Child, Supervisor
        runner = Supervisor(Local(Path({str(local.dir)!r})), os.environ)
        child = runner.start(Child("web", [sys.executable, "-S", "-c", {SLEEPER!r}]))
        runner.wait_until_ready()
        print("pid", child.process.pid, flush=True)
        runner.wait_for(lambda: False)
    """
    killed = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    )
    line = next(line for line in killed.stdout if line.startswith("pid"))
    child = psutil.Process(int(line.split()[1]))
    killed.kill()
    killed.wait()
    killed.stdout.close()
    assert processes.until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 10)


def test_what_a_killed_runner_left_is_ended_at_the_next_start(local):
    left = subprocess.Popen(python(SLEEPER), stdout=subprocess.DEVNULL, start_new_session=True)
    processes.record(local.run, "publisher", left.pid)
    said: list[str] = []
    end_leftovers(local, said.append)
    assert left.wait(timeout=10) is not None
    assert "publisher" in said[0]
    assert list(local.run.glob("*.json")) == []


def test_a_reused_pid_is_not_mistaken_for_ours(local):
    stranger = subprocess.Popen(python(SLEEPER), stdout=subprocess.DEVNULL)
    try:
        processes.record(local.run, "web", stranger.pid)
        path = local.run / "web.json"
        path.write_text(path.read_text().replace('"started": 1', '"started": 2'))
        end_leftovers(local, pytest.fail)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_second_make_up_gets_a_sentence(monkeypatch, local):
    monkeypatch.delenv("MAKELEVEL", raising=False)
    with only_one(local.dir / "up.lock", "taken"):
        assert holder_of(local.dir / "up.lock") == os.getpid()
        with pytest.raises(Stop, match=rf"already running \(process {os.getpid()}\)"):
            up(local)
    assert holder_of(local.dir / "up.lock") is None


def test_make_up_is_not_for_production(monkeypatch, local):
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(Stop, match="for development"):
        up(local)


def test_LOCAL_DIR_moves_everything(monkeypatch, tmp_path):
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path / "elsewhere"))
    assert default_local().dir == tmp_path / "elsewhere"


def test_backoff_grows_and_a_steady_child_is_forgiven(local, monkeypatch):
    runner = Supervisor(local, os.environ, out=io.StringIO())
    runner._settled = True
    child = runner.start(Child("web", python("pass")))
    pauses = []
    for age in (0, 0, 0, supervisor.STEADY + 1):
        child.process.wait()
        child.started = time.monotonic() - age
        runner._look_at(child, time.monotonic())
        pauses.append(round(child.start_again - time.monotonic()))
        runner._launch(child)
    assert pauses == [1, 2, 5, 1]
    runner.stop()
