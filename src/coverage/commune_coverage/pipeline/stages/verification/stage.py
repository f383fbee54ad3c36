"""The stage of verification: declared coverage against the model and tests, of cells, communes and the nation."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from commune_coverage.core.files import read_table, write_table
from commune_coverage.core.hexagons import cells_at
from commune_coverage.engine import map_items
from commune_coverage.indicators.verification.areas import judge_summaries
from commune_coverage.indicators.verification.drive_next import rank_cells
from commune_coverage.indicators.verification.places import PLACE
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.declared.stage import declared_of, files_of, places_in, tile_tasks
from commune_coverage.pipeline.stages.declared.targets import Target
from commune_coverage.pipeline.stages.declared.tile_sums import Declared, TileTask
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, operators_of
from commune_coverage.pipeline.stages.verification.cell_sums import (
    ModelledSums,
    Verified,
    modelled_columns,
    places_file,
    sum_modelled,
    tests_file,
    write_tests,
)
from commune_coverage.pipeline.stages.verification.declared_cells import CellFiles, Spatial, spatial_claims
from commune_coverage.pipeline.stages.verification.tables import (
    Country,
    cell_sides,
    commune_summaries,
    named_target,
    national_summary,
    placed_cells,
    places_with_tests,
    tested_cells,
    tests_of,
)
from commune_coverage.runs.run import Run
from commune_coverage.schema.verification import VERIFICATION_PLACES

Progress = Callable[[int, int], None]
_WORK = "verification_work"
_M2_PER_KM2 = 1e6


def verification(run: Run, progress: Progress) -> StageResult:
    """Write ``verification/``: verdicts of areas, of cells with tests, places of tests, and the cells to test next.

    Parameters
    ----------
    run : Run
        The run; without polygons or rasters of declared coverage nothing is written.
    progress : callable
        Called with tiles done and all tiles.

    Returns
    -------
    StageResult
        Its facts count the tests that count.
    """
    spatial, layer = spatial_claims(run.stages_folder), run.country.layers.coverage
    if layer is None or spatial is None:
        return StageResult()
    tests, work = _tests(run), run.stages_folder / _WORK
    try:
        country = _summed(run, spatial, tests, declared_of(run, layer, *spatial, work), progress)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _write(run, spatial.targets, country)
    return StageResult(facts={"tests_counted": len(tests)})


def _tests(run: Run) -> pd.DataFrame:
    """Tests that count, with their cell."""
    source = run.stages_folder / "counted_tests.parquet"
    if not source.is_file():
        return pd.DataFrame()
    kept = read_table(source)
    return kept.assign(cell=cells_at(kept["lon"], kept["lat"], run.country.verification.resolution))


def _summed(run: Run, spatial: Spatial, tests: pd.DataFrame, declared: Declared, progress: Progress) -> Country:
    """Sum all tiles."""
    tasks, done = tile_tasks(run), iter(range(1, 1 << 62))
    files = SignalFiles(run.stages_folder)
    operators = tuple(operators_of(run.stages_folder)) if files.carriers.is_file() else ()
    verified = Verified(declared, operators, run.country.verification.place_m)
    of_tile = write_tests(declared.work, tests, [task.tile for task in tasks], verified.place_m) if len(tests) else {}
    sums = map_items(
        partial(sum_modelled, verified), tasks, run.engine, lambda: progress(next(done), len(tasks)),
        reads=partial(_reads, verified),
        size=places_in(run),
    )  # fmt: skip
    is_declared = np.zeros((len(spatial.targets), len(tests)), dtype=bool)
    for task, one in zip(tasks, sums, strict=True):
        if task.tile in of_tile:
            is_declared[:, of_tile[task.tile]] = one.tested
    has_model = files.figures(0).is_file()
    is_modelled = tuple(has_model and bool(modelled_columns(operators, target)) for target in spatial.targets)
    return Country(*_joined(verified.files, sums), tests, is_declared, is_modelled, _all_living(sums))


def _reads(verified: Verified, task: TileTask) -> Iterable[Path]:
    declared = verified.declared
    yield from files_of(declared, task)
    yield from (tests_file(declared.work, task.tile), places_file(declared.work, task.tile))
    yield from verified.files.of_tile(task.tile)
    if task.places is not None:
        yield SignalFiles(declared.stages).figures(task.places)


def _joined(files: CellFiles, sums: list[ModelledSums]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All pairs, and what is declared or modelled of them: a cell on the border of tiles has a part in each."""
    parts = pd.concat([read_table(files.declared), *(one.covered for one in sums)], ignore_index=True).fillna(0.0)
    covered = parts.groupby(["target", "pair"], sort=True).sum().reset_index()
    return _in_km2(read_table(files.pairs)), _in_km2(covered)


def _all_living(sums: list[ModelledSums]) -> pd.DataFrame:
    """People of squares with tests: a square on the border of tiles has a part in each."""
    keys = ["target", *PLACE]
    return pd.concat([one.living for one in sums], ignore_index=True).groupby(keys, sort=True).sum().reset_index()


def _in_km2(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(land_km2=table["land_m2"] / _M2_PER_KM2).drop(columns="land_m2")


def _write(run: Run, targets: tuple[Target, ...], country: Country) -> None:
    """Judge target by target, the nation's verdicts as one family, each target's communes as another."""
    settings, folder = run.country.verification, run.stages_folder / "verification"
    nation: list[dict[str, Any]] = []
    communes: list[pd.DataFrame] = []
    cells: list[pd.DataFrame] = []
    ranked: list[pd.DataFrame] = []
    places: list[pd.DataFrame] = []
    for number, target in enumerate(targets):
        named, tests = named_target(target), tests_of(country, number, target, settings)
        whole = cell_sides(country, number, tests, ["cell"])
        nation.append(national_summary(whole, settings) | named)
        communes.append(judge_summaries(commune_summaries(country, number, tests, settings), settings).assign(**named))
        places.append(places_with_tests(country, number, tests, run.area.system, settings).assign(**named))
        cells.append(tested_cells(whole, settings).assign(**named))
        ranked.append(placed_cells(rank_cells(whole[whole["declared"]], settings)).assign(**named))
    judged = judge_summaries(pd.DataFrame(nation), settings)
    areas = pd.concat([judged, *(table for table in communes if len(table))], ignore_index=True).astype(
        {"commune": np.int64}
    )
    write_table(folder / "areas.parquet", areas)
    tested = pd.concat(cells, ignore_index=True)
    write_table(folder / "cells.parquet", tested)
    write_table(folder / "places.parquet", _joined_places(places))
    write_table(folder / "drive_next.parquet", pd.concat(ranked, ignore_index=True))


def _joined_places(places: list[pd.DataFrame]) -> pd.DataFrame:
    names = [name for name in VERIFICATION_PLACES.names if name != "synthetic_layers"]
    found = [table for table in places if len(table)]
    return pd.concat(found, ignore_index=True)[names] if found else pd.DataFrame(columns=names)
