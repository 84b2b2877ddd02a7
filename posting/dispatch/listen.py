"""Hearing "publish now" at once: PostgreSQL's NOTIFY. Optional; the loop polls every second anyway."""

from __future__ import annotations

import logging
import threading

import psycopg
from django.db import connection

logger = logging.getLogger(__name__)

CHANNEL = "posting_due"
_AGAIN_SECONDS = 2.0


class Listener(threading.Thread):
    """A connection of its own that sets `wake` when something was scheduled."""

    def __init__(self, wake: threading.Event, stopping: threading.Event) -> None:
        super().__init__(name="listen", daemon=True)
        self._wake = wake
        self._stopping = stopping

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except psycopg.Error as problem:
                logger.info("not listening, polling only: %s", problem)
                self._stopping.wait(_AGAIN_SECONDS)

    def _listen(self) -> None:
        params = {
            key: value
            for key, value in connection.get_connection_params().items()
            if key in ("dbname", "user", "password", "host", "port", "sslmode", "sslrootcert")
        }
        with psycopg.connect(**params, autocommit=True, connect_timeout=5) as line:
            line.execute(f"LISTEN {CHANNEL}")
            self._wake.set()  # what was scheduled while nobody listened
            while not self._stopping.is_set():
                for _ in line.notifies(timeout=1.0, stop_after=1):
                    self._wake.set()
