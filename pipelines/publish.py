"""Write a computed run's exports and maps, check them, switch the links."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from pipelines.stage_tasks import walk_group


@flow(name="publish")
def publish(work_folder: Path) -> None:
    """Do the publish stages; nothing is retried, and until the last one the run before stays published."""
    walk_group("publish", work_folder)
