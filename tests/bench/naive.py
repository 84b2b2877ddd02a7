"""The engine that most products have, to measure ours beside it: a Celery task with an ETA that posts once.

Its own process: `celery -A tests.bench.naive worker -P threads -c 200`. It says when Meta answered by a line
in a file. Nothing of it is used by the product.
"""

from __future__ import annotations

import os
import time

import httpx2
from celery import Celery

app = Celery("naive", broker=os.environ.get("NAIVE_BROKER", "redis://127.0.0.1:1/0"))
app.conf.update(worker_prefetch_multiplier=0, task_ignore_result=True, worker_hijack_root_logger=False)
META = os.environ.get("NAIVE_META", "")
_lines = os.open(os.environ.get("NAIVE_LINES", os.devnull), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
_http = httpx2.Client(limits=httpx2.Limits(max_connections=400), timeout=30, trust_env=False)


@app.task
def post(number: int, page: str) -> None:
    _http.post(f"{META}/graph/v26.0/{page}/feed", data={"message": f"Post {number}"})
    os.write(_lines, f"{number} {time.time()}\n".encode())
