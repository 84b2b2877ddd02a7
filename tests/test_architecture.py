"""The rules of the house that a machine can check."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("config", "tenants", "social", "assets", "content", "posting", "sandbox")


def python_files(*rooms: str) -> list[Path]:
    return [
        path
        for room in rooms
        for path in sorted((ROOT / room).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def test_imports_only_go_down_the_house():
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def _labels(names: list[str]) -> set[str]:
    return {
        config.label
        for config in apps.get_app_configs()
        if any(config.name == n.removesuffix(".apps.OfficeConfig") for n in names)
    }


def tenant_models() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in _labels(settings.TENANT_APPS)
    ]


def test_there_are_tenant_models_to_check():
    assert len(tenant_models()) >= 10


def test_no_foreign_key_leads_from_a_tenant_table_to_a_shared_one():
    # A first user DELETE takes 1.2 s at 1,000 tenants with them (docs/adr/0002-tenancy.md).
    tenant_apps = _labels(settings.TENANT_APPS)
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model in tenant_models()
        for field in model._meta.get_fields()
        if isinstance(field, (models.ForeignKey, models.ManyToManyField))
        and field.related_model._meta.app_label not in tenant_apps
    ]
    assert wrong == []


def test_an_app_is_either_shared_or_of_a_restaurant():
    assert not set(settings.SHARED_APPS) & set(settings.TENANT_APPS)


@pytest.mark.parametrize(
    "path", python_files("config", "tenants", "social", "assets", "content", "posting"), ids=str
)
def test_a_tenant_is_entered_only_by_tenant_context(path):
    # `with tenant:` keeps one stack for all threads: a thread was left on another thread's restaurant.
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.With):
            for item in node.items:
                name = item.context_expr
                assert not (isinstance(name, ast.Name) and name.id in ("tenant", "restaurant")), (
                    f"{path}:{node.lineno}"
                )
                assert not (isinstance(name, ast.Attribute) and name.attr == "tenant"), (
                    f"{path}:{node.lineno}"
                )


@pytest.mark.parametrize("room", ["tenants", "social", "assets", "content", "posting"])
def test_services_are_keyword_only(room):
    """Every verb with a required `by=` that a room offers; a page and a task then read alike."""
    services = importlib.import_module(f"{room}.services")
    wrong = []
    for name in services.__all__:
        verb = getattr(services, name)
        if not inspect.isfunction(verb):
            continue
        parameters = inspect.signature(verb).parameters.values()
        who = next((one for one in parameters if one.name == "by"), None)
        if who is None or who.default is not who.empty:
            continue
        loose = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
        if any(one.kind in loose for one in parameters):
            wrong.append(name)
    assert wrong == []


def test_no_file_names_a_package_index_or_a_machine_path():
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    pattern = re.compile(r"(pypi\.org|pythonhosted\.org|registry\.npmjs|/work/|/root/)")
    wrong = []
    for name in names:
        path = ROOT / name
        if (
            not name
            or not path.is_file()
            or path.suffix in (".png", ".woff2", ".jpg", ".ico")
            or name == "tests/test_architecture.py"
        ):
            continue
        if pattern.search(path.read_text(encoding="utf-8", errors="ignore")):
            wrong.append(name)
    assert wrong == []


def test_no_template_loads_anything_from_another_host():
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<(script|link|img)[^>]+(src|href)=[\"']https?://", text), path


def test_the_publishers_road_knows_no_redis():
    """With Redis gone the publisher goes on, so nothing on its road may import it."""
    program = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE']='config.settings_test';"
        "import django; django.setup();"
        "import posting.dispatch.loop, posting.publisher;"
        "source = [m for m in sys.modules if m.startswith(('posting.dispatch', 'posting.publisher'))];"
        "bad = [m for m in source for v in vars(sys.modules[m]).values()"
        " if getattr(v, '__name__', '').split('.')[0] in ('redis', 'celery')];"
        "print(bad); sys.exit(bool(bad))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
