"""Places where a test may kill, stop or break the process, to show that nothing is lost or doubled there.

Off unless the environment says ``POSTING_FAILPOINTS="flip.sent=kill@1,..."``: label=action@number, acting on
the number-th time the label is passed (1 by default). Refused in production. The labels are enumerated from
the source by tests/crash, which fails for a label without a passing case.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter

from django.conf import settings


class Broken(RuntimeError):
    """What the action "raise" raises."""


_lock = threading.Lock()
_passed: Counter[str] = Counter()


def _read(text: str) -> dict[str, tuple[str, int]]:
    plan: dict[str, tuple[str, int]] = {}
    for part in filter(None, text.split(",")):
        label, _, rest = part.strip().partition("=")
        action, _, number = rest.partition("@")
        plan[label] = (action, int(number or 1))
    return plan


_plan = _read(os.environ.get("POSTING_FAILPOINTS", ""))


def failpoint(label: str) -> None:
    """Does nothing, except in a test that asked for this label."""
    if not _plan or label not in _plan or getattr(settings, "PRODUCTION", True):
        return
    action, number = _plan[label]
    with _lock:
        _passed[label] += 1
        if _passed[label] != number:
            return
    match action:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "raise":
            raise Broken(label)
        case "drop":
            _drop_database()
        case _:
            raise ValueError(f"POSTING_FAILPOINTS: no such action {action!r}")


def _drop_database() -> None:
    """Cut every database connection of this process's user but the one that asks, as a restart would."""
    import psycopg
    from django.db import connection

    params = connection.get_connection_params()
    params.pop("cursor_factory", None)
    params.pop("context", None)
    with psycopg.connect(**params, autocommit=True) as own:
        own.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
