"""Ingest stages: each layer of the registry read, checked and put in place, all by the same function."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from commune_coverage.core.array_archives import write_fields
from commune_coverage.core.files import write_table
from commune_coverage.pipeline.stage_result import StageResult, missing
from commune_coverage.pipeline.stages.zonal_sums import write_sums
from commune_coverage.quality.intake import note_gaps
from commune_coverage.quality.intake_measures import has_nothing, measure_intake
from commune_coverage.readers.formats.provenance import origin_of
from commune_coverage.readers.layer_spec import LayerSpec, ReadContext, ReadResult
from commune_coverage.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[int, int], None]
_OF_BOUNDARIES = ("commune", "is_inside")


def ingest(spec: LayerSpec, run: Run, progress: Progress) -> StageResult:
    """Read a layer and write its artifacts; of a layer of which nothing can be used none, as if it were not there.

    Parameters
    ----------
    spec : LayerSpec
        The layer.
    run : Run
        The run whose country file may name it.
    progress : callable
        Called with parts done and all parts.

    Returns
    -------
    StageResult
        Row logs, origin, facts and assumptions; or the indicators that cannot be computed without the layer.

    Raises
    ------
    CoverageError
        What the reader raises.
    """
    layer = getattr(run.country.layers, spec.name)
    if layer is None:
        return missing(spec.name, *spec.indicators)
    area = run.area if "communes" in spec.reads else None
    run_date = run.run_date if spec.depends_on_run_date else None
    result = spec.read(layer, ReadContext(run.country, area, run.stages_folder, run.engine, progress, run_date))
    measured = measure_intake(spec.name, layer, result, area, run.stages_folder)
    note_gaps(measured, result.row_logs)
    stage = StageResult(result.row_logs, origin_of(layer), dict(result.unavailable), facts=result.facts)
    stage.intake = [each._asdict() for each in measured]
    if has_nothing(spec.name, layer, result):
        nothing = dict.fromkeys(spec.indicators, f"nothing in the {spec.name} layer can be used")
        stage.unavailable = nothing | stage.unavailable
    else:
        _write(run.stages_folder, spec, result)
    for assumption in result.assumptions:
        stage.assume(*assumption)
    return stage


def _write(folder: Path, spec: LayerSpec, result: ReadResult) -> None:
    for name, table in result.tables.items():
        if name in spec.placements:
            _write_placed(folder, name, spec.placements[name], table)
        else:
            write_table(folder / f"{name}.parquet", table)
    for name, sums in result.sums.items():
        write_sums(folder / f"{name}.npz", dict(sums))
    for name, record in result.records.items():
        write_fields(folder / f"{name}.npz", **{name: record})


def _write_placed(folder: Path, name: str, placement: str, table: pd.DataFrame) -> None:
    """The table, and apart from it the communes that its rows stand in: boundaries change on their own."""
    of_boundaries = [column for column in _OF_BOUNDARIES if column in table]
    write_table(folder / f"{name}.parquet", table.drop(columns=of_boundaries))
    write_table(folder / f"{placement}.parquet", table[of_boundaries])
