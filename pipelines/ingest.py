"""Read a started run's country files into declared tables."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from pipelines.stage_tasks import run_stage_group


@flow(name="ingest")
def ingest(work_folder: Path) -> None:
    """Run the ingest stages, each retried when what failed may succeed later."""
    run_stage_group("ingest", work_folder)
