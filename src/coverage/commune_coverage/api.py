"""The Python interface: what a notebook or a program of one's own uses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from commune_coverage.pipeline import dag
from commune_coverage.pipeline.run import Published, run_pipeline
from commune_coverage.pipeline.runner import null_report
from commune_coverage.runs.run import Changes, Hooks, Run, RunRequest


def _explain_changes(run: Run) -> Changes | None:
    from commune_coverage.reanalysis.attribution.since_shown import changes_since_shown

    return changes_since_shown(run)


HOOKS = Hooks(
    explain_changes=_explain_changes,
    worker_modules=tuple(module for stage in dag.STAGES if stage.name in dag.WORKER_STAGES for module in stage.modules),
)


def run(
    country: Path,
    data_dir: Path = Path("data"),
    maps_dir: Path = Path("maps"),
    run_date: date | None = None,
    engine: str = "processes",
    report: Callable[[str, int, int], None] = null_report,
) -> Published:
    """Compute every figure of a country and publish tables and maps.

    Parameters
    ----------
    country : Path
        The country file.
    data_dir, maps_dir : Path
        Where runs and maps are kept; made where they are not there.
    run_date : date, optional
        Today in the country's time zone unless given.
    engine : str
        ``serial``, ``threads``, ``processes``, ``cluster`` or the address of a Dask scheduler.
    report : callable
        Called with a stage's name, steps done and steps in all.

    Returns
    -------
    Published
        The run's name, its headline, where tables and pages are, and what is held back.

    Raises
    ------
    CoverageError
        One sentence that says what is wrong and what to do.
    """
    return run_pipeline(RunRequest(country, data_dir, maps_dir, run_date, engine), HOOKS, report)
