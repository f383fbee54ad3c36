"""Positions of a tile that something is counted at: dry cells of land, and parts of roads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import rasterio
import shapely

from commune_coverage.core.metric_system import MetricSystem
from commune_coverage.core.rasterizing import rasterize
from commune_coverage.pipeline.stages.ground.tile_inputs import communes_file, lines_file, read_columns
from commune_coverage.readers.declared.tiles import Tile
from commune_coverage.readers.population.tiles import TILE_M

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LAND_CELL_M = 100.0
"""Land is covered or not as the middles of cells of this side are."""
AT_ONCE_M = TILE_M / 4
"""Positions are looked up in squares of this side."""


class Weighed(NamedTuple):
    """Positions in the plane, and what hangs on them: (position, commune, weight), each as long as the others."""

    x_m: Floats
    y_m: Floats
    position: Integers
    commune: Integers
    weight: Floats

    def where(self, here: Flags) -> Weighed:
        """Keep some of the positions, with what hangs on them."""
        number, pairs = np.cumsum(here) - 1, here[self.position]
        held = number[self.position[pairs]], self.commune[pairs], self.weight[pairs]
        return Weighed(self.x_m[here], self.y_m[here], *held)


def no_positions() -> Weighed:
    """Nothing to count."""
    numbers, values = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Weighed(values, values, numbers, numbers, values)


def land_cells(work: Path, tile: Tile) -> Weighed:
    """Cells whose middle lies in a commune, each with the weight 1."""
    communes = read_columns(communes_file(work, tile))
    side, (west_m, south_m) = round(TILE_M / LAND_CELL_M), tile.west_south_m
    if communes.empty:
        return no_positions()
    shapes = zip(shapely.from_wkb(communes["polygon"].to_numpy()), communes["commune"] + 1, strict=True)
    transform = rasterio.Affine(LAND_CELL_M, 0, west_m, 0, -LAND_CELL_M, south_m + TILE_M)
    number = rasterize(shapes, (side, side), transform=transform, dtype="int32").astype(np.int64) - 1
    row, column = np.nonzero(number >= 0)
    x_m, y_m = transform @ (column + 0.5, row + 0.5)
    return Weighed(x_m, y_m, np.arange(len(row)), number[row, column], np.ones(len(row)))


def line_parts(work: Path, kind: str, tile: Tile) -> Weighed:
    """Parts of roads, railways or borders, weighed by their length in mm."""
    parts = read_columns(lines_file(work, kind, tile))
    if parts.empty:
        return no_positions()
    x_m, y_m, commune, length_mm = (parts[name].to_numpy() for name in ("x_m", "y_m", "commune", "length_mm"))
    return Weighed(x_m, y_m, np.arange(len(parts)), commune, length_mm)


def in_squares(measures: Sequence[Weighed]) -> Iterator[list[Weighed]]:
    """Take the positions of each measure a square of a sixteenth of the tile at a time."""
    keys = [square_of(measure, AT_ONCE_M) for measure in measures]
    for key in np.unique(np.concatenate(keys)).tolist():
        yield [measure.where(own == key) for measure, own in zip(measures, keys, strict=True)]


def square_of(measure: Weighed, side_m: float) -> Integers:
    """Number the square of a grid in which each position lies."""
    column, row = (np.floor(axis / side_m).astype(np.int64) for axis in (measure.x_m, measure.y_m))
    return np.asarray(row * (1 << 32) + column)


def degrees_of(system: MetricSystem, part: Sequence[Weighed]) -> tuple[Floats, Floats, list[int]]:
    """Longitudes and latitudes of all measures' positions, and where those of each begin and end."""
    x_m, y_m = (np.concatenate([measure[axis] for measure in part]) for axis in (0, 1))
    lon, lat = system.to_degrees(x_m, y_m)
    return lon, lat, [0, *np.cumsum([len(measure.x_m) for measure in part]).tolist()]
