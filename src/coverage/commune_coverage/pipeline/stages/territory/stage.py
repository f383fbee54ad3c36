"""The stage of coverage where nobody lives: land, roads and institutions under the network, by commune."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from commune_coverage.core.files import read_table, write_table
from commune_coverage.engine import map_items
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.ground.tile_inputs import write_communes, write_lines
from commune_coverage.pipeline.stages.ground.water import write_water
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, operators_of
from commune_coverage.pipeline.stages.territory.tile import KEY, WHOLE, Job, TileCoverage, TileTask, cover_tile
from commune_coverage.radio.service.bit_flags import BUSY_OUTDOOR, SERVED, WHERE, covered_column
from commune_coverage.readers.declared.tiles import Tile, rows_by_tile, tiles_of
from commune_coverage.runs.run import Run
from commune_coverage.schema.inputs import TECHNOLOGIES
from commune_coverage.schema.territory import BORDERS, LINES

Progress = Callable[[int, int], None]
_WORK = "territory_work"
_NO_INSTITUTIONS = pd.DataFrame({"x_m": [], "y_m": [], "commune": np.zeros(0, np.int64), "class": [], "row": []})


def territory(run: Run, progress: Progress) -> StageResult:
    """Write ``territory``: sums by commune under every flag of coverage, and each institution's flags.

    Parameters
    ----------
    run : Run
        The run; nothing is written where the country file does not ask for it, or without towers.
    progress : callable
        Called with tiles done and all tiles.

    Returns
    -------
    StageResult
    """
    settings, files = run.country.territory, SignalFiles(run.stages_folder)
    if settings is None or not files.transmitters.is_file():
        return StageResult()
    work = run.stages_folder / _WORK
    try:
        covered = _cover(run, work, settings.spacing_m, progress)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sums = pd.concat([each.sums for each in covered]).fillna(0.0).groupby(KEY, sort=True).sum().reset_index()
    write_table(run.stages_folder / "territory" / "sums.parquet", sums[[*KEY, WHOLE, *_rest(sums)]])
    known = pd.concat([each.institutions for each in covered]).sort_values("row").reset_index(drop=True)
    write_table(run.stages_folder / "territory" / "institutions.parquet", known)
    result = StageResult()
    result.assume(
        "internet", "coverage of land and roads", f"one spot in each {settings.spacing_m:g} m", "", "[territory]"
    )
    return result


def _rest(sums: pd.DataFrame) -> list[str]:
    return sorted(str(name) for name in sums.columns if name not in (*KEY, WHOLE))


def _cover(run: Run, work: Path, spacing_m: float, progress: Progress) -> list[TileCoverage]:
    tiles = tiles_of(run.area)
    write_communes(work, run.area, tiles)
    borders = run.country.layers.borders
    reach_m = {} if borders is None else {BORDERS: borders.within_m}
    for kind in LINES:
        write_lines(work, run.stages_folder / f"{kind}.parquet", run.area, tiles, reach_m.get(kind, 0.0))
    job, tasks = _job(run, work, spacing_m), _tasks(run, tiles)
    done = iter(range(1, len(tasks) + 1))
    return map_items(
        partial(cover_tile, job), tasks, run.engine, lambda: progress(next(done), len(tasks)), reads=job.reads
    )


def _job(run: Run, work: Path, spacing_m: float) -> Job:
    water = write_water(work / "water", run.country.layers.water, run.area)
    flags = flags_counted(len(operators_of(run.stages_folder)), run.country.thresholds.high_speed_mbps)
    return Job(run.stages_folder, work, run.area.system, water, run.country, tuple(flags), spacing_m)


def flags_counted(operators: int, thresholds_mbps: list[float]) -> list[str]:
    """Name the flags of the signal table that hold for land, roads and institutions.

    Parameters
    ----------
    operators : int
        Number of operators.
    thresholds_mbps : list of float, Mbps
        Speeds.

    Returns
    -------
    list of str
        Coverage by environment, technology and operator, and the speeds of the busy hour outdoors.
    """
    who = (*range(operators), None)
    names = [covered_column(where, one, technology) for where in WHERE for technology in TECHNOLOGIES for one in who]
    return [*names, *(f"{SERVED[BUSY_OUTDOOR]}_{speed:g}" for speed in thresholds_mbps)]


def _tasks(run: Run, tiles: list[Tile]) -> list[TileTask]:
    source = run.stages_folder / "institutions.parquet"
    points = read_table(source) if source.is_file() else _NO_INSTITUTIONS
    points = points.assign(row=np.arange(len(points)))[["x_m", "y_m", "commune", "class", "row"]]
    points = points[points["commune"] >= 0]
    by_tile, nowhere = rows_by_tile(points["x_m"].to_numpy(), points["y_m"].to_numpy()), np.zeros(0, dtype=np.int64)
    return [
        TileTask(tile, number, points.iloc[by_tile.get(tile, nowhere)].reset_index(drop=True))
        for number, tile in enumerate(tiles)
    ]
