"""People, land and roads of one tile under each target, by commune: whole numbers, so that any order sums the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from pyproj import CRS

from commune_coverage.config.layers import CoverageFile, ExtentLayer
from commune_coverage.core.metric_system import MetricSystem
from commune_coverage.core.rasterizing import rasterize
from commune_coverage.pipeline.stages.declared.targets import Target
from commune_coverage.pipeline.stages.declared.tile_inputs import communes_file, read_columns, roads_file
from commune_coverage.population.tables import read_shares, read_tile
from commune_coverage.readers.declared.lookup import in_cells, in_polygons
from commune_coverage.readers.declared.tiles import Tile, polygon_file
from commune_coverage.readers.population.tiles import TILE_M

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LAND_CELL_M = 100.0
"""Land is covered or not as the middles of cells of this side are."""
_LOOKED_UP_M = TILE_M / 4
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
    water : ExtentLayer or None
        A raster of water.
    water_crs : str
        Reference system of polygons of water; '' where there are none.
    """

    stages: Path
    work: Path
    system: MetricSystem
    files: tuple[CoverageFile, ...]
    crs: dict[int, str]
    claims: int
    targets: tuple[Target, ...]
    rasters: dict[int, int]
    water: ExtentLayer | None = None
    water_crs: str = ""


class _Weighed(NamedTuple):
    """Positions in the plane, and what hangs on them: (position, commune, weight), each as long as the others."""

    x_m: Floats
    y_m: Floats
    position: Integers
    commune: Integers
    weight: Floats


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
    measures = [_people(declared, task), _land(declared, task), _roads(declared, task)]
    commune = np.unique(np.concatenate([measure.commune for measure in measures]))
    sums, cells = np.zeros((len(measures), 1 + len(declared.targets), len(commune))), np.zeros(len(commune))
    for part in _squares(measures):
        lon, lat, starts = _degrees(declared.system, part)
        covered = _covered(declared, task.tile, lon, lat)
        dry = ~_under_water(declared, task.tile, lon[starts[1] : starts[2]], lat[starts[1] : starts[2]])
        cells += np.bincount(np.searchsorted(commune, part[1].commune), minlength=len(commune))
        for row, (measure, start) in enumerate(zip(part, starts, strict=False)):
            weight = measure.weight * dry[measure.position] if row == 1 else measure.weight
            local = np.searchsorted(commune, measure.commune)
            for target in range(sums.shape[1]):
                held = weight if target == 0 else weight * covered[target - 1, start + measure.position]
                sums[row, target] += np.bincount(local, held, len(commune))
    return TileSums(commune, sums, cells)


def _people(declared: Declared, task: TileTask) -> _Weighed:
    if task.places is None:
        return _none()
    at, shares = read_tile(declared.stages, task.places, ["x_m", "y_m"]), read_shares(declared.stages, task.places)
    pairs = (shares.place.astype(np.int64), shares.commune.astype(np.int64), np.asarray(shares.people))
    return _Weighed(at["x_m"].to_numpy(), at["y_m"].to_numpy(), *pairs)


def _land(declared: Declared, task: TileTask) -> _Weighed:
    """Cells whose middle lies in a commune."""
    communes = read_columns(communes_file(declared.work, task.tile))
    side, (west_m, south_m) = round(TILE_M / LAND_CELL_M), task.tile.west_south_m
    if communes.empty:
        return _none()
    shapes = zip(shapely.from_wkb(communes["polygon"].to_numpy()), communes["commune"] + 1, strict=True)
    transform = rasterio.Affine(LAND_CELL_M, 0, west_m, 0, -LAND_CELL_M, south_m + TILE_M)
    number = rasterize(shapes, (side, side), transform=transform, dtype="int32").astype(np.int64) - 1
    row, column = np.nonzero(number >= 0)
    x_m, y_m = transform @ (column + 0.5, row + 0.5)
    return _Weighed(x_m, y_m, np.arange(len(row)), number[row, column], np.ones(len(row)))


def _roads(declared: Declared, task: TileTask) -> _Weighed:
    parts = read_columns(roads_file(declared.work, task.tile))
    if parts.empty:
        return _none()
    x_m, y_m, commune, length_mm = (parts[name].to_numpy() for name in ("x_m", "y_m", "commune", "length_mm"))
    return _Weighed(x_m, y_m, np.arange(len(parts)), commune, length_mm)


def _none() -> _Weighed:
    numbers, values = np.zeros(0, dtype=np.int64), np.zeros(0)
    return _Weighed(values, values, numbers, numbers, values)


def _squares(measures: list[_Weighed]) -> Iterator[list[_Weighed]]:
    """The positions of each measure, a square of a sixteenth of the tile at a time."""
    keys = [_square_of(measure) for measure in measures]
    for key in np.unique(np.concatenate(keys)).tolist():
        yield [_taken(measure, own == key) for measure, own in zip(measures, keys, strict=True)]


def _square_of(measure: _Weighed) -> Integers:
    column, row = (np.floor(axis / _LOOKED_UP_M).astype(np.int64) for axis in (measure.x_m, measure.y_m))
    return np.asarray(row * (1 << 32) + column)


def _taken(measure: _Weighed, here: Flags) -> _Weighed:
    """Some of the positions, with what hangs on them."""
    number, pairs = np.cumsum(here) - 1, here[measure.position]
    return _Weighed(
        measure.x_m[here],
        measure.y_m[here],
        number[measure.position[pairs]],
        measure.commune[pairs],
        measure.weight[pairs],
    )


def _degrees(system: MetricSystem, part: list[_Weighed]) -> tuple[Floats, Floats, list[int]]:
    """Longitudes and latitudes of all measures' positions, and where those of each begin and end."""
    x_m, y_m = (np.concatenate([measure[axis] for measure in part]) for axis in (0, 1))
    lon, lat = system.to_degrees(x_m, y_m)
    return lon, lat, [0, *np.cumsum([len(measure.x_m) for measure in part]).tolist()]


def _covered(declared: Declared, tile: Tile, lon: Floats, lat: Floats) -> Flags:
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


def _under_water(declared: Declared, tile: Tile, lon: Floats, lat: Floats) -> Flags:
    if declared.water is not None:
        return in_cells(declared.water, lon, lat)
    path = polygon_file(declared.work / "water", tile, 0)
    if not path.is_file():
        return np.zeros(len(lon), dtype=bool)
    return np.asarray(in_polygons(path, CRS.from_user_input(declared.water_crs), lon, lat, 1)[0])
