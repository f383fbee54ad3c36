"""Work out signal, reach and the gaps of an ingested run."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from pipelines.stage_tasks import run_group


@flow(name="compute")
def compute(work_folder: Path) -> None:
    """Do the compute stages; the same inputs would fail again, so nothing is retried."""
    run_group("compute", work_folder)
