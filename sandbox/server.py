"""The process: gunicorn with one worker of many threads around a tiny Django, plus the background threads."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

log = logging.getLogger("sandbox")


def application() -> Callable[..., Any]:
    """The WSGI application, with the pretend world seeded and the background threads running."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "sandbox.settings"
    import django
    from django.core.handlers.wsgi import WSGIHandler

    django.setup(set_prefix=False)
    from sandbox import (  # noqa: F401 - importing registers the endpoints
        engagement,
        insights,
        instagram_containers,
        instagram_publish,
        instagram_read,
        pages_photos,
        pages_publish,
        pages_read,
        people,
        seed,
        subscriptions,
        videos,
        worker,
    )

    seed.seed()
    worker.start()
    return WSGIHandler()


class Server(BaseApplication):
    """gunicorn without its command line: options come from ``python -m sandbox``."""

    def __init__(self, host: str, port: int, threads: int, data: Path) -> None:
        self.chosen = {
            "bind": [f"{host}:{port}"],
            "workers": 1,
            "worker_class": "gthread",
            "threads": threads,
            "worker_connections": max(1000, threads * 2),
            "keepalive": 30,
            "timeout": 120,
            "graceful_timeout": 2,
            "loglevel": "warning",
            "accesslog": None,
            "errorlog": "-",
            "worker_tmp_dir": str(data),
            "backlog": 2048,
            "proc_name": "sandbox",
            "header_map": "dangerous",  # Meta's upload headers have underscores: file_size, file_url
            "limit_request_line": 8190,
            "control_socket_disable": True,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.chosen.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        return application()
