"""The stage ``open_tables``: the tables in further formats, without the date or the name of the run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.folders import open_tables_folder, tables_folder
from commune_coverage.pipeline.stages.report import INGESTS
from commune_coverage.publish.open_data.about import About, about
from commune_coverage.publish.open_data.data_package import extend_data_package
from commune_coverage.publish.open_data.table_files import table_file
from commune_coverage.publish.open_data.write import write_open_data
from commune_coverage.runs.run import Run

Progress = Callable[[int, int], None]


def open_tables(run: Run, _: Progress) -> StageResult:
    """Write ``open_tables/`` from the tables of the whole edition: they are published beside them.

    Parameters
    ----------
    run : Run
        The run; nothing of its name and its date is written.
    _ : callable
        Not called.

    Returns
    -------
    StageResult
        Without facts.
    """
    write_open_data(tables_folder(run), open_tables_folder(run), publication_of(run), run.country.exports)
    return StageResult()


def describe_dated(run: Run, names: Iterable[str]) -> None:
    """Put tables that the date decides, and that lie in the run's folder, into its data package."""
    if run.country.exports.data_package:
        extend_data_package([table_file(run.folder / f"{name}.csv") for name in names], run.folder)


def publication_of(run: Run, hidden: Collection[str] = ()) -> About:
    """What is said of an edition of the run, of which some layers are not named."""
    return about(run.country, {name: run.stage_report(name)["origin"] for name in INGESTS}, hidden)
