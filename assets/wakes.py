"""Waking tasks by name: the tasks call the services, so the services must not import the tasks."""

from __future__ import annotations

from datetime import timedelta

from celery import current_app

from assets.chores import due

WAITING_AFTER = timedelta(minutes=5)  # a wake-up that was not followed by then is repeated


def _wake(task: str, **ids: str) -> None:
    current_app.tasks[f"assets.tasks.{task}"].wake(**ids)


def ingest(*, asset_id: object) -> None:
    """Once the current transaction has committed, a worker looks at this upload."""
    _wake("ingest_asset", asset_id=str(asset_id))
    due.note_in(WAITING_AFTER)


def ingest_version(*, version_id: object) -> None:
    """After commit, a worker looks at a file that is to replace another."""
    _wake("ingest_version", version_id=str(version_id))
    due.note_in(WAITING_AFTER)


def remake(*, asset_id: object) -> None:
    """After commit, what is missing of its files is made: another focal point, an earlier version."""
    _wake("remake_renditions", asset_id=str(asset_id))


def convert(*, asset_id: object) -> None:
    """After commit, a film is made into the file that networks take."""
    _wake("make_rendition", asset_id=str(asset_id), kind="reel")
