import subprocess
import sys

import pytest

from config.services.local import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import bootstrap
import secret_scan


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "requirements-dev.lock").write_text(
        "a==1 \\\n    --hash=sha256:0\n    # via b\nb==2 \\\n    --hash=sha256:1\n"
    )
    made = bootstrap.Bootstrap(tmp_path)
    made.calls = []

    def pretend_pip(number, share):
        made.calls.append(share)
        log = made.local / f"install-{number}.log"
        log.write_text(f"{bootstrap.NOISE} is ignored\nERROR: no such hash\n")
        return subprocess.Popen(["sh", "-c", f"exit {made.exit}"]), log

    def pretend_venv():
        made.python.parent.mkdir(parents=True, exist_ok=True)
        made.python.touch()

    made.exit, made.start_pip = 0, pretend_pip
    made.real_make_venv, made.make_venv = made.make_venv, pretend_venv
    return made


def test_the_lock_is_split_without_losing_an_entry():
    entries = bootstrap.requirements((ROOT / "requirements-dev.lock").read_text())
    assert len(entries) > 100
    assert all("==" in entry.splitlines()[0] and "--hash=sha256:" in entry for entry in entries)
    lines = [line for line in (ROOT / "requirements-dev.lock").read_text().splitlines(True) if line[0] != "#"]
    assert "".join(entries) == "".join(lines)


def test_a_second_start_installs_nothing(checkout):
    checkout.run()
    checkout.run()
    assert len(checkout.calls) == bootstrap.AT_ONCE
    assert sorted(entry for share in checkout.calls for entry in share)[0].startswith("a==1")


def test_a_changed_lock_installs_again(checkout):
    checkout.run()
    checkout.lock.write_text("a==2 \\\n    --hash=sha256:0\n")
    checkout.run()
    assert len(checkout.calls) == 2 * bootstrap.AT_ONCE


def test_a_failed_installation_shows_pips_last_words_and_is_not_taken_for_done(checkout):
    checkout.exit = 1
    with pytest.raises(bootstrap.Stop, match="no such hash") as stop:
        checkout.run()
    assert bootstrap.NOISE not in str(stop.value)
    assert checkout.unfinished.exists() and checkout.installed == ""


def test_an_installation_cut_short_starts_from_nothing(checkout, monkeypatch):
    checkout.python.parent.mkdir(parents=True)
    checkout.unfinished.touch()
    (checkout.venv / "half").touch()
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0))
    checkout.real_make_venv()
    assert not checkout.venv.exists()


def test_a_moved_checkout_starts_from_nothing(checkout, monkeypatch):
    checkout.run()
    checkout.stamp.write_text("hash python 3.11 in /elsewhere/.venv")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0))
    checkout.real_make_venv()
    assert not checkout.venv.exists()


@pytest.mark.parametrize(
    "line",
    [
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "token = EAA" + "B" * 60,
        "key: sk-proj-" + "a1" * 20,
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "postgres://user:" + "n0tsoshortsecretword" + "@db/x",
        'SECRET_KEY = "' + "aB3" * 12 + '"',
    ],
)
def test_the_secret_scan_sees_a_secret_and_takes_an_excuse(line):
    assert [number for number, _ in secret_scan.findings(f"first\n{line}\n")] == [2]
    assert secret_scan.findings(f"{line}  # not-a-secret\n") == []


@pytest.mark.parametrize(
    "line", ['password = "demo-demo-demo"', "postgres://social:social@postgres:5432/social", "SECRET_KEY="]
)
def test_the_secret_scan_lets_examples_pass(line):
    assert secret_scan.findings(line) == []
