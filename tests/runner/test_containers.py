import re

import yaml

from config.services import testing
from config.services.local import ROOT


def compose() -> dict:
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def test_compose_runs_every_process_of_the_product():
    services = compose()["services"]
    assert {
        "postgres",
        "redis",
        "migrate",
        "web",
        "publisher",
        "worker",
        "beat",
        "sandbox",
    } <= services.keys()
    assert services["postgres"]["image"] == "postgres:18"
    assert "max_locks_per_transaction=256" in services["postgres"]["command"]
    assert services["sandbox"]["profiles"] == services["seed"]["profiles"] == ["demo"]


def test_everything_waits_for_the_migrations():
    services = compose()["services"]
    for name in ("web", "publisher", "worker", "beat", "seed"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    for service in services.values():
        assert set(service.get("depends_on", {})) <= services.keys()


def test_containers_run_read_only_and_without_rights():
    for name, service in compose()["services"].items():
        if name not in ("postgres", "redis"):
            assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), "the demonstration's secrets are not for the open network"


def test_compose_and_image_name_only_documented_variables():
    known = testing.product_names() | {"POSTGRES_PASSWORD"}
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{([A-Z0-9_]+)", text)) <= known
    assert compose()["x-product"]["environment"].keys() <= known


def test_the_image_ends_as_an_ordinary_user_with_hashed_packages():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    last = text.rpartition("\nFROM ")[2]
    assert "\nUSER 10001\n" in last
    assert all("--require-hashes" in line for line in text.splitlines() if "pip install" in line)


def test_no_secret_and_no_data_reach_the_image():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {".env", ".local", ".git"} <= set(ignored)
