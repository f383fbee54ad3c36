"""Draw a computed run, write its exports and maps, check them, switch the links."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from pipelines.stage_tasks import run_stage_group


@flow(name="publish")
def publish(work_folder: Path) -> None:
    """Draw and publish; nothing is retried, and until the last stage the previous run stays published."""
    run_stage_group("present", work_folder)
    run_stage_group("publish", work_folder)
