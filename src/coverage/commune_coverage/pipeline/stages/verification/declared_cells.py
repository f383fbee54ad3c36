"""The stage of cells of H3: people and land by cell and commune, and what of them is declared as covered.

Nothing here depends on the network: where only that changes, all of it stays.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.array_archives import read_scale
from commune_coverage.core.files import read_table, write_columns, write_table
from commune_coverage.core.hexagons import cells_at
from commune_coverage.core.scale import Scale
from commune_coverage.engine import map_items
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.declared.stage import declared_of, files_of, on_land, places_in, tile_tasks
from commune_coverage.pipeline.stages.declared.targets import ANY, Target, newest_claims, targets_of
from commune_coverage.pipeline.stages.declared.tile_sums import Declared, TileTask, covered_at, people_of
from commune_coverage.pipeline.stages.ground.positions import (
    AT_ONCE_M,
    LAND_CELL_M,
    Weighed,
    degrees_of,
    land_cells,
    square_of,
)
from commune_coverage.pipeline.stages.ground.tile_inputs import write_communes
from commune_coverage.readers.declared.tiles import Tile
from commune_coverage.runs.run import Run

Progress = Callable[[int, int], None]
Integers = npt.NDArray[np.int64]
_WORK = "declared_cells_work"
_KEY = ["cell", "commune"]
_MEASURES = ["people", "land_m2"]
_ALL = -1
"""Stands for all that there is among the numbers of targets."""


@dataclass(frozen=True)
class CellFiles:
    """Files of the stage in a run's stages folder."""

    stages: Path

    @property
    def folder(self) -> Path:
        return self.stages / "declared_cells"

    @property
    def pairs(self) -> Path:
        """``cell``, ``commune``, ``people`` and ``land_m2`` of each cell and commune that it has a part of."""
        return self.folder / "pairs.parquet"

    @property
    def declared(self) -> Path:
        """``target``, ``pair`` (row of the pairs), ``people`` and ``land_m2`` that a target covers any of."""
        return self.folder / "declared.parquet"

    def places(self, tile: Tile) -> Path:
        """Of each share of people of a tile ``pair``, a row of the tile's own pairs, and ``target_<n>``: covered."""
        return self.folder / "places" / f"{tile.name}.arrow"

    def numbers(self, tile: Tile) -> Path:
        """``pair``: the row among all pairs of each pair of a tile."""
        return self.folder / "numbers" / f"{tile.name}.arrow"

    def of_tile(self, tile: Tile) -> tuple[Path, Path]:
        """Both files of a tile."""
        return self.places(tile), self.numbers(tile)


class Spatial(NamedTuple):
    """Claims with an extent, and the targets that are verified.

    Attributes
    ----------
    claims : DataFrame
        The newest of each.
    targets : tuple of Target
        Of an operator and its technology, or of any.
    """

    claims: pd.DataFrame
    targets: tuple[Target, ...]


def spatial_claims(stages: Path) -> Spatial | None:
    """What can be verified of what is declared; None where nothing has an extent.

    Parameters
    ----------
    stages : Path
        Folder of the run's stages.

    Returns
    -------
    Spatial or None
    """
    source = stages / "coverage.parquet"
    if not source.is_file():
        return None
    claims = newest_claims(read_table(source))
    spatial = claims[claims["kind"] != "places"]
    targets = tuple(one for one in targets_of(spatial, ()) if (one.operator == ANY) == (one.technology == ANY))
    return Spatial(spatial, targets) if targets else None


@dataclass(frozen=True)
class Job:
    """What every tile is summed with.

    Attributes
    ----------
    declared : Declared
        Claims, targets and water.
    resolution : int
        Of H3.
    scale : Scale
        By what distances in the plane are corrected.
    """

    declared: Declared
    resolution: int
    scale: Scale

    @property
    def files(self) -> CellFiles:
        return CellFiles(self.declared.stages)


class CellSums(NamedTuple):
    """Sums of a tile: people are multiples of 2^-22 and land whole square metres, so that any order sums the same.

    Attributes
    ----------
    pairs : DataFrame
        ``cell``, ``commune``, ``people`` and ``land_m2``: all that is there; land without water.
    declared : DataFrame
        ``target``, ``pair`` (row of the pairs), ``people`` and ``land_m2`` that are declared as covered, where any is.
    """

    pairs: pd.DataFrame
    declared: pd.DataFrame


def declared_cells(run: Run, progress: Progress) -> StageResult:
    """Write ``declared_cells/``, see ``CellFiles``.

    Parameters
    ----------
    run : Run
        The run; without polygons or rasters of declared coverage nothing is written.
    progress : callable
        Called with tiles done and all tiles.

    Returns
    -------
    StageResult
    """
    spatial, layer = spatial_claims(run.stages_folder), run.country.layers.coverage
    if layer is None or spatial is None:
        return StageResult()
    work = run.stages_folder / _WORK
    try:
        _sum_tiles(run, on_land(run, declared_of(run, layer, *spatial, work)), progress)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return StageResult()


def _sum_tiles(run: Run, declared: Declared, progress: Progress) -> None:
    tasks, done = tile_tasks(run), iter(range(1, 1 << 62))
    scale = read_scale(run.stages_folder / "scale.npz")
    job = Job(declared, run.country.verification.resolution, scale)
    write_communes(declared.work, run.area, [task.tile for task in tasks])
    sums = map_items(
        partial(sum_cells, job), tasks, run.engine, lambda: progress(next(done), len(tasks)),
        reads=partial(files_of, declared), writes=lambda task: [job.files.places(task.tile)],
        size=places_in(run),
    )  # fmt: skip
    _join(job.files, [task.tile for task in tasks], sums)


def _join(files: CellFiles, tiles: list[Tile], sums: list[CellSums]) -> None:
    """Write the sums of all tiles: a cell on their border has a part in each."""
    pairs = pd.concat([one.pairs for one in sums]).groupby(_KEY, sort=True).sum().reset_index()
    index = pd.MultiIndex.from_frame(pairs[_KEY])
    parts = []
    for tile, one in zip(tiles, sums, strict=True):
        number = index.get_indexer(pd.MultiIndex.from_frame(one.pairs[_KEY]))
        write_columns(files.numbers(tile), {"pair": number})
        parts.append(one.declared.assign(pair=number[one.declared["pair"]]))
    write_table(files.pairs, pairs)
    write_table(files.declared, pd.concat(parts).groupby(["target", "pair"], sort=True).sum().reset_index())


def sum_cells(job: Job, task: TileTask) -> CellSums:
    """Sum a tile by cell and commune, and write where each share of its people belongs.

    Parameters
    ----------
    job : Job
        What every tile is summed with.
    task : TileTask
        The tile.

    Returns
    -------
    CellSums
    """
    people, targets = people_of(job.declared, task), range(len(job.declared.targets))
    cell, covered = np.zeros(len(people.position), np.int64), np.zeros((len(targets), len(people.position)), bool)
    parts = [_nothing()]
    for square in _squares(people, land_cells(job.declared.work, task.tile)):
        summed, own = _sums_of(job, task, square)
        parts.append(summed)
        cell[square.rows], covered[:, square.rows] = own
    table = pd.concat(parts, ignore_index=True).groupby(["target", *_KEY], sort=True)[_MEASURES].sum().reset_index()
    pairs = table.loc[table["target"] == _ALL, [*_KEY, *_MEASURES]].reset_index(drop=True)
    index = pd.MultiIndex.from_frame(pairs[_KEY])
    declared = table[(table["target"] != _ALL) & (table[_MEASURES] > 0).any(axis=1)]
    declared = declared.assign(pair=index.get_indexer(pd.MultiIndex.from_frame(declared[_KEY])))
    pair = index.get_indexer(pd.MultiIndex.from_arrays([cell, people.commune], names=_KEY))
    columns = {"pair": pair.astype(np.int32)} | {f"target_{row}": covered[row] for row in targets}
    write_columns(job.files.places(task.tile), columns)
    return CellSums(pairs, declared[["target", "pair", *_MEASURES]].reset_index(drop=True))


def _nothing() -> pd.DataFrame:
    numbers = {name: np.zeros(0, np.int64) for name in ("target", *_KEY)}
    return pd.DataFrame(numbers | {name: np.zeros(0) for name in _MEASURES})


class _Square(NamedTuple):
    """Places and cells of land in a part of a tile, and the rows of the shares of people in it."""

    people: Weighed
    land: Weighed
    rows: Integers


def _squares(people: Weighed, land: Weighed) -> Iterator[_Square]:
    of_people, of_land = (square_of(measure, AT_ONCE_M) for measure in (people, land))
    for key in np.union1d(of_people, of_land).tolist():
        here = of_people == key
        yield _Square(people.where(here), land.where(of_land == key), np.flatnonzero(here[people.position]))


class _OfShares(NamedTuple):
    """Cell of each share of people of a square, and whether each target covers it, (targets, shares)."""

    cell: Integers
    covered: npt.NDArray[np.bool_]


def _sums_of(job: Job, task: TileTask, square: _Square) -> tuple[pd.DataFrame, _OfShares]:
    """Sums of a square, all and of each target, and what its places are told apart by."""
    declared, (people, land, _) = job.declared, square
    lon, lat, starts = degrees_of(declared.system, (people, land))
    covered, cells = covered_at(declared, task.tile, lon, lat), cells_at(lon, lat, job.resolution)
    dry = ~declared.water.covers(task.tile, lon[starts[1] :], lat[starts[1] :])
    own = _OfShares(cells[people.position], covered[:, people.position])
    of_land = starts[1] + land.position
    named = pd.DataFrame({
        "cell": np.concatenate([own.cell, cells[of_land]]), "commune": np.concatenate([people.commune, land.commune]),
        "people": np.concatenate([people.weight, np.zeros(len(of_land))]),
        "land_m2": np.concatenate([np.zeros(len(own.cell)), land.weight * dry[land.position] * _cell_m2(job, land)]),
    })  # fmt: skip
    grouped = named.groupby(_KEY, sort=True)
    pair, table = grouped.ngroup().to_numpy(), grouped[_MEASURES].sum().reset_index()
    parts = [table.assign(target=_ALL)]
    for target, inside in enumerate(np.hstack([own.covered, covered[:, of_land]])):
        held = [np.bincount(pair, named[name].to_numpy() * inside, len(table)) for name in _MEASURES]
        parts.append(table.assign(target=target, **dict(zip(_MEASURES, held, strict=True))))
    return pd.concat(parts, ignore_index=True), own


def _cell_m2(job: Job, land: Weighed) -> float:
    """Area of a cell of land on the ellipsoid, in whole m2, by the scale in the middle of these."""
    if not len(land.x_m):
        return LAND_CELL_M**2
    return float(np.rint((LAND_CELL_M * job.scale.in_middle(land.x_m, land.y_m)) ** 2))
