import base64
import json
import os
import re
import stat
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings

from config.services import env, testing
from config.services.errors import Stop
from config.services.local import ROOT

# Read by `make up` or by one module alone, and not by settings.py.
ELSEWHERE = {"HOST", "DEMO", "RELOAD", "PG_DUMP"}


def test_the_environment_wins_over_dotenv_and_that_over_the_default(tmp_path, monkeypatch):
    path = tmp_path / ".env"
    path.write_text("# ours\nexport GPT_TEXT_MODEL='from file'\nPUBLIC_URL=https://file.example\n\n")
    monkeypatch.setenv("PUBLIC_URL", "https://environment.example")
    monkeypatch.setenv("GPT_TEXT_MODEL", "")
    monkeypatch.delenv("GPT_TEXT_MODEL")
    env.load(path)
    assert os.environ["PUBLIC_URL"] == "https://environment.example"
    assert os.environ.pop("GPT_TEXT_MODEL") == "from file"
    assert env.given("SENTRY_DSN") == ""


def test_a_bad_line_in_dotenv_is_named(tmp_path):
    path = tmp_path / ".env"
    path.write_text("A_LINE=1\nnonsense here\n")
    with pytest.raises(Stop, match=r"\.env, line 2"):
        env.load(path)
    os.environ.pop("A_LINE", None)


def test_development_secrets_are_made_once_and_for_us_alone(local):
    made = env.development_secrets(local)
    assert env.development_secrets(local) == made
    assert stat.S_IMODE(local.secrets.stat().st_mode) == 0o600
    name, _, key = made["ENCRYPTION_KEY"].partition(":")
    assert name == "dev" and len(base64.b64decode(key)) == 32
    assert len(made["SECRET_KEY"]) >= 50


def test_secrets_cut_short_are_completed_without_changing_the_rest(local):
    local.secrets.write_text("SECRET_KEY=kept\nENCRYPT")
    made = env.development_secrets(local)
    assert made["SECRET_KEY"] == "kept"
    assert env.development_secrets(local) == made


def test_the_sandbox_starts_while_anything_needs_it():
    everything = dict.fromkeys(env.SANDBOX_STANDS_FOR, "http://127.0.0.1:9")
    assert env.needs_sandbox({})
    assert not env.needs_sandbox(everything)
    assert env.needs_sandbox(everything | {"OPENAI_BASE_URL": " "})
    assert not env.needs_sandbox({"SANDBOX_URL": "http://127.0.0.1:9"})


def test_every_variable_is_documented_and_every_documented_one_is_read():
    reads = re.compile(r'\benv\.(?:text|flag|number|words|url|database|keyring)\(\s*"([A-Z0-9_]+)"')
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "config").glob("*.py"))]
    read = {name for text in texts for name in reads.findall(text)}
    assert testing.product_names() == read | ELSEWHERE


def test_copying_the_example_changes_nothing():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []


def test_every_documented_variable_has_a_sentence_before_it():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    for before, line in pairwise(lines):
        if re.match(r"# [A-Z0-9_]+=", line):
            assert before.startswith("# ") and not before.startswith("# ---"), line


def test_a_test_run_sees_none_of_the_callers_settings(tmp_path):
    dotenv = tmp_path / ".env"
    dotenv.write_text("SENTRY_DSN=https://x.example/1\n")
    clean = testing.isolated({"PATH": "/bin", "OPENAI_API_KEY": "real", "SENTRY_DSN": "real"}, dotenv)
    assert clean == {"PATH": "/bin", "SENTRY_DSN": ""}


def test_the_callers_databases_are_used_for_tests(local):
    given = {"DATABASE_URL": "postgres://a@b/c", "REDIS_URL": "", "DEBUG": "true"}
    made = testing.test_environment(given, {"REDIS_URL": "redis://own"}, local)
    assert made["DATABASE_URL"] == "postgres://a@b/c"
    assert made["REDIS_URL"] == "redis://own"
    assert (made["ENVIRONMENT"], made["DEBUG"]) == ("test", "false")


def test_tests_run_with_their_own_settings_and_measurements_with_the_products():
    assert settings.SETTINGS_MODULE == "config.settings_test"  # also in the run that you are looking at
    assert testing.settings_for(["tests/posting", "-x"]) == "config.settings_test"
    assert testing.settings_for(["-n", "0", "tests/bench/publish.py"]) == "config.settings"
    assert testing.settings_for(["-n", "0", "tests/crash/chaos.py"]) == "config.settings"


def test_exports_survive_a_shell():
    assert env.exports({"A": "it's $HOME"}) == "export A='it'\"'\"'s $HOME'\n"


def test_a_checkout_without_the_example_is_noticed(tmp_path: Path):
    assert testing.product_names(tmp_path / "missing") == set()


def test_few_failures_of_a_crowded_run_are_looked_at_again_but_never_a_proof(tmp_path):
    failed = tmp_path / "lastfailed"
    assert testing.worth_another_look(failed) == []
    for names, again in (
        (["tests/api/test_a.py::test_b[c]"], ["tests/api/test_a.py::test_b[c]"]),
        (["tests/api/test_a.py::test_b", "tests/crash/test_matrix.py::test_c"], []),
        (["tests/api/test_a.py"], []),
        ([f"tests/a.py::test_{n}" for n in range(9)], []),
    ):
        failed.write_text(json.dumps(dict.fromkeys(names, True)))
        assert testing.worth_another_look(failed) == again
