"""The whole run: ingest, compute, publish."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from prefect import flow, get_run_logger

from commune_coverage.api import HOOKS
from commune_coverage.archive.migration import bring_up_to_date
from commune_coverage.core.event_log import log_attempt
from commune_coverage.core.state.declared import CHANGES
from commune_coverage.pipeline.run import is_there_whole, republish, retry_with_last_good_inputs, write_into_postgis
from commune_coverage.runs.run import Run, run_lock, start_run
from commune_coverage.site.pages.assets import require_installed_files
from pipelines.alerting import alert_on_exit
from pipelines.compute import compute
from pipelines.headline import show_changes, show_headline, show_report
from pipelines.ingest import ingest
from pipelines.publish import publish
from pipelines.refresh import refresh

# A run that hangs would hold up all that follow.
TIME_OUT_S = 6 * 3600


@flow(name="nightly", timeout_seconds=TIME_OUT_S)
def nightly(
    country: Path,
    data_dir: Path = Path("data"),
    maps_dir: Path = Path("maps"),
    engine: str = "processes",
    run_date: date | None = None,
    fetch: bool = False,
    token_blocks: dict[str, str] | None = None,
) -> None:
    """From the country file to published maps; relative paths start at the clone.

    With ``fetch`` the layers' public sources are fetched first; ``token_blocks`` is as for ``refresh``.

    ``engine`` is serial, threads, processes or the tcp:// address of a Dask scheduler; ``run_date`` is today in the
    country's time zone unless given. A run that failed half-way is resumed while its inputs are the same, and one that
    is published already is only republished. Raises RunError when another run uses ``data_dir``
    or ``maps_dir``.
    """
    with run_lock(data_dir, maps_dir), alert_on_exit(country, data_dir, maps_dir), log_attempt(data_dir):
        bring_up_to_date(data_dir)
        if fetch:
            refresh(country, data_dir, token_blocks)
        run = retry_with_last_good_inputs(lambda: _one_run(country, data_dir, maps_dir, engine, run_date))
        if problem := write_into_postgis(run):
            get_run_logger().warning("not in PostGIS: %s", problem)
        report = run.read_report()
        show_headline(report)
        show_report(report)
        show_changes(CHANGES.read(run.data_dir / "runs" / run.run_id / "changes.json"), report["run_date"])


def _one_run(country: Path, data_dir: Path, maps_dir: Path, engine: str, run_date: date | None) -> Run:
    require_installed_files()
    run = start_run(country, data_dir, maps_dir, run_date, engine, HOOKS)
    if is_there_whole(run):
        republish(run)
    else:
        ingest(run.folder)
        compute(run.folder)
        publish(run.folder)
    return run
