"""Compute coverage, travel times and the gaps of an ingested run."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from pipelines.stage_tasks import run_stage_group


@flow(name="compute")
def compute(work_folder: Path) -> None:
    """Run the compute stages; the same inputs would fail again, so nothing is retried."""
    run_stage_group("compute", work_folder)
    run_stage_group("beside", work_folder)
