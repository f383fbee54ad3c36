"""People, land and roads of one tile under each target, by commune: whole numbers, so that any order sums the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from commune_coverage.config.layers import CoverageFile
from commune_coverage.core.metric_system import MetricSystem
from commune_coverage.pipeline.stages.declared.targets import Target
from commune_coverage.pipeline.stages.ground.positions import (
    Weighed,
    degrees_of,
    in_squares,
    land_cells,
    line_parts,
    no_positions,
)
from commune_coverage.pipeline.stages.ground.water import Water
from commune_coverage.population.tables import read_shares, read_tile
from commune_coverage.readers.declared.lookup import in_cells, in_polygons
from commune_coverage.readers.declared.tiles import Tile, polygon_file
from commune_coverage.schema.territory import ROADS

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MEASURES = ("people", "land_cells", "road_mm")


class TileTask(NamedTuple):
    """A tile of the country, and the number of its places; None where nobody lives there."""

    tile: Tile
    places: int | None


class TileSums(NamedTuple):
    """Sums of a tile.

    Attributes
    ----------
    commune : (present,) int64
        Communes of which something is in the tile.
    sums : (measures, 1 + targets, present) float64
        People, dry cells and mm of road: all, then those that each target covers.
    cells : (present,) float64
        Cells, those under water among them.
    """

    commune: Integers
    sums: Floats
    cells: Floats


@dataclass(frozen=True)
class Declared:
    """What every tile is computed with.

    Attributes
    ----------
    stages, work : Path
        Folders of the run's stages, and of what ``tile_inputs`` writes.
    system : MetricSystem
        The country's plane.
    files : tuple of CoverageFile
        Files of declared coverage in their order.
    crs : dict of int to str
        Reference system of each file of polygons.
    claims : int
        How many claims there are.
    targets : tuple of Target
        What is summed.
    rasters : dict of int to int
        File of each claim that a raster makes.
    water : Water
        What is no land.
    """

    stages: Path
    work: Path
    system: MetricSystem
    files: tuple[CoverageFile, ...]
    crs: dict[int, str]
    claims: int
    targets: tuple[Target, ...]
    rasters: dict[int, int]
    water: Water


def sum_tile(declared: Declared, task: TileTask) -> TileSums:
    """Sum what each target covers in a tile.

    Parameters
    ----------
    declared : Declared
        What every tile is computed with.
    task : TileTask
        The tile.

    Returns
    -------
    TileSums
    """
    tile = task.tile
    measures = [people_of(declared, task), land_cells(declared.work, tile), line_parts(declared.work, ROADS, tile)]
    commune = np.unique(np.concatenate([measure.commune for measure in measures]))
    sums, cells = np.zeros((len(measures), 1 + len(declared.targets), len(commune))), np.zeros(len(commune))
    for part in in_squares(measures):
        lon, lat, starts = degrees_of(declared.system, part)
        covered = covered_at(declared, tile, lon, lat)
        dry = ~declared.water.covers(tile, lon[starts[1] : starts[2]], lat[starts[1] : starts[2]])
        cells += np.bincount(np.searchsorted(commune, part[1].commune), minlength=len(commune))
        for row, (measure, start) in enumerate(zip(part, starts, strict=False)):
            weight = measure.weight * dry[measure.position] if row == 1 else measure.weight
            local = np.searchsorted(commune, measure.commune)
            for target in range(sums.shape[1]):
                held = weight if target == 0 else weight * covered[target - 1, start + measure.position]
                sums[row, target] += np.bincount(local, held, len(commune))
    return TileSums(commune, sums, cells)


def people_of(declared: Declared, task: TileTask) -> Weighed:
    """The places of a tile, with their people in each commune."""
    if task.places is None:
        return no_positions()
    at, shares = read_tile(declared.stages, task.places, ["x_m", "y_m"]), read_shares(declared.stages, task.places)
    pairs = (shares.place.astype(np.int64), shares.commune.astype(np.int64), np.asarray(shares.people))
    return Weighed(at["x_m"].to_numpy(), at["y_m"].to_numpy(), *pairs)


def covered_at(declared: Declared, tile: Tile, lon: Floats, lat: Floats) -> Flags:
    """Whether each target covers each position, (targets, positions)."""
    by_claim = np.zeros((declared.claims, len(lon)), dtype=bool)
    for number, crs in declared.crs.items():
        path = polygon_file(declared.stages / "coverage", tile, number)
        if path.is_file():
            by_claim |= in_polygons(path, CRS.from_user_input(crs), lon, lat, declared.claims)
    for claim, number in declared.rasters.items():
        by_claim[claim] |= in_cells(declared.files[number], lon, lat)
    covered = np.zeros((len(declared.targets), len(lon)), dtype=bool)
    for row, target in enumerate(declared.targets):
        covered[row] = by_claim[list(target.claims)].any(axis=0)
    return covered
