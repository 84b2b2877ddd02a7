"""Waking tasks by name: the tasks call the services, so the services must not import the tasks."""

from __future__ import annotations

from celery import current_app


def _wake(task: str, **ids: str) -> None:
    current_app.tasks[f"assets.tasks.{task}"].wake(**ids)


def ingest(*, asset_id: object) -> None:
    """Once the current transaction has committed, a worker looks at this upload."""
    _wake("ingest_asset", asset_id=str(asset_id))


def remake(*, asset_id: object) -> None:
    """After commit, the crops are made again around the new focal point."""
    _wake("remake_renditions", asset_id=str(asset_id))
