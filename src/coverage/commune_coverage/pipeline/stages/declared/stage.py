"""The stage of declared coverage: what each target covers, tile by tile and of tables of places, by commune."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from commune_coverage.config.layers import CoverageLayer
from commune_coverage.core.files import read_table, write_arrays, write_json
from commune_coverage.engine import map_items
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.declared.targets import Target, newest_claims, targets_of
from commune_coverage.pipeline.stages.declared.tile_sums import MEASURES, Declared, TileSums, TileTask, sum_tile
from commune_coverage.pipeline.stages.ground.tile_inputs import communes_file, lines_file, write_communes, write_lines
from commune_coverage.pipeline.stages.ground.water import Water, write_water
from commune_coverage.population.tables import has_places, places_of, read_tile, tile_count, tile_file
from commune_coverage.readers.boundaries.study_area import OUTSIDE
from commune_coverage.readers.declared.tiles import Tile, polygon_file, tiles_of
from commune_coverage.readers.population.tiles import TILE_M
from commune_coverage.runs.run import Run
from commune_coverage.schema.territory import ROADS

Progress = Callable[[int, int], None]
_WORK = "declared_work"


def declared_sums(run: Run, progress: Progress) -> StageResult:
    """Write ``declared_sums``: what is declared, and by commune the people, land and roads that it covers.

    Parameters
    ----------
    run : Run
        The run; without declared coverage nothing is written.
    progress : callable
        Called with tiles done and all tiles.

    Returns
    -------
    StageResult
    """
    source, layer = run.stages_folder / "coverage.parquet", run.country.layers.coverage
    if layer is None or not source.is_file():
        return StageResult()
    claims = newest_claims(read_table(source))
    work = run.stages_folder / _WORK
    try:
        _sum_tiles(run, layer, claims, work, progress)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _sum_places(run, claims[claims["kind"] == "places"])
    return StageResult()


def _sum_tiles(run: Run, layer: CoverageLayer, claims: pd.DataFrame, work: Path, progress: Progress) -> None:
    """Sum polygons and rasters over people, land and roads."""
    spatial = claims[claims["kind"] != "places"]
    targets = targets_of(spatial, run.country.thresholds.high_speed_mbps)
    if not targets:
        return
    declared, tasks = on_land(run, declared_of(run, layer, spatial, tuple(targets), work)), tile_tasks(run)
    write_communes(work, run.area, [task.tile for task in tasks])
    roads, done = run.stages_folder / "roads.parquet", iter(range(1, len(tasks) + 1))
    write_lines(work, roads, run.area, [task.tile for task in tasks])
    sums = map_items(
        partial(sum_tile, declared),
        tasks,
        run.engine,
        lambda: progress(next(done), len(tasks)),
        reads=partial(files_of, declared),
        size=places_in(run),
    )
    known = {"people": has_places(run.stages_folder), "land_cells": True, "road_mm": roads.is_file()}
    _write(run.stages_folder / "declared_sums.npz", sums, len(run.area.communes), known)
    write_json(run.stages_folder / "declared_sums.json", [target._asdict() for target in targets])


def declared_of(
    run: Run, layer: CoverageLayer, claims: pd.DataFrame, targets: tuple[Target, ...], work: Path
) -> Declared:
    """What tiles are computed with, as if no land were under water."""
    of_file = claims.drop_duplicates("file_number")
    rasters = claims[claims["kind"] == "raster"]
    return Declared(
        run.stages_folder,
        work,
        run.area.system,
        tuple(layer.files),
        {number: crs for number, crs in zip(of_file["file_number"].tolist(), of_file["crs"], strict=True) if crs},
        int(claims["number"].max()) + 1,
        targets,
        dict(zip(rasters["number"].tolist(), rasters["file_number"].tolist(), strict=True)),
        Water(None, work / "water", ""),
    )


def on_land(run: Run, declared: Declared) -> Declared:
    """The same without what is under water; polygons of water are written into its folder."""
    return replace(declared, water=write_water(declared.water.folder, run.country.layers.water, run.area))


def tile_tasks(run: Run) -> list[TileTask]:
    """The tiles of the country, with their places, and those of places beyond its border."""
    number: dict[Tile, int] = {}
    for places in range(tile_count(run.stages_folder) if has_places(run.stages_folder) else 0):
        first = read_tile(run.stages_folder, places, ["x_m", "y_m"]).iloc[0]
        number[Tile(int(first["x_m"] // TILE_M), int(first["y_m"] // TILE_M))] = places
    tiles = dict.fromkeys([*tiles_of(run.area), *number])
    return [TileTask(tile, number.get(tile)) for tile in tiles]


def places_in(run: Run) -> Callable[[TileTask], int]:
    """Return a function from a tile to its count of places."""
    count = places_of(run.stages_folder) if has_places(run.stages_folder) else None
    return lambda task: 0 if count is None or task.places is None else count(task.places)


def files_of(declared: Declared, task: TileTask) -> Iterable[Path]:
    """Files that a tile is computed from; some of them may not be there."""
    files = range(len(declared.files))
    yield from (polygon_file(declared.stages / "coverage", task.tile, number) for number in files)
    yield from (polygon_file(declared.water.folder, task.tile, 0), communes_file(declared.work, task.tile))
    yield lines_file(declared.work, ROADS, task.tile)
    yield from (declared.files[number].path for number in declared.rasters.values())
    if declared.water.layer is not None:
        yield declared.water.layer.path
    if task.places is not None:
        yield tile_file(declared.stages, task.places)
        yield declared.stages / "shares" / tile_file(declared.stages, task.places).name


def _write(target: Path, tiles: list[TileSums], communes: int, known: dict[str, bool]) -> None:
    """Sums of all tiles, (1 + targets, communes) of each measure that is known, and all cells of each commune."""
    sums = np.zeros((len(MEASURES), tiles[0].sums.shape[1], communes))
    cells = np.zeros(communes)
    for tile in tiles:
        sums[:, :, tile.commune] += tile.sums
        cells[tile.commune] += tile.cells
    parts = {name: sums[row] for row, name in enumerate(MEASURES) if known[name]}
    write_arrays(target, lambda stream: np.savez(stream, cells=cells, **parts))


def _sum_places(run: Run, claims: pd.DataFrame) -> None:
    """Sum the people that a table of places counts itself; the last column has those in no commune."""
    source = run.stages_folder / "coverage_places.parquet"
    targets = targets_of(claims, run.country.thresholds.high_speed_mbps) if source.is_file() else []
    if not targets:
        return
    places, communes = read_table(source), len(run.area.communes)
    commune = places["commune"].to_numpy().copy()
    commune[commune == OUTSIDE] = communes
    people = places["people"].to_numpy()
    held = [np.ones(len(places), dtype=bool)]
    held += [places[[f"claim_{claim}" for claim in target.claims]].any(axis=1).to_numpy() for target in targets]
    sums = np.array([np.bincount(commune, people * one, communes + 1) for one in held])
    write_arrays(run.stages_folder / "declared_sums.places.npz", lambda stream: np.savez(stream, people=sums))
    write_json(run.stages_folder / "declared_sums.places.json", [target._asdict() for target in targets])
