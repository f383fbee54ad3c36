"""Where pictures lie: the whole country in coarse pixels, and tiles of pixels of a cell, in Mercator's metres."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

CELL_M = 100.0
WHOLE_PIXELS = 1100
TILE_PIXELS = 1024
EARTH_M = 6_378_137.0
_HALF = 0.5
"""Of a pixel, by which outermost places stand clear of the edge of theirs."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Key = tuple[int, int]
"""Column and row of a tile, counted from the equator and the meridian of Greenwich."""


class Extent(NamedTuple):
    """Degrees within which some places lie."""

    west: float
    south: float
    east: float
    north: float


class ImageFrame(NamedTuple):
    """Square pixels; the corner is that in the north-west."""

    west_m: float
    north_m: float
    pixel_m: float
    rows: int
    columns: int

    def pixels(self, x_m: Floats, y_m: Floats) -> Integers:
        """The number of the pixel of each position, row by row."""
        column, row = (x_m - self.west_m) / self.pixel_m, (self.north_m - y_m) / self.pixel_m
        return np.asarray(row.astype(np.int64) * self.columns + column.astype(np.int64))

    def part(self, rows: slice, columns: slice) -> ImageFrame:
        """Some of its pixels."""
        west_m, north_m = self.west_m + columns.start * self.pixel_m, self.north_m - rows.start * self.pixel_m
        return ImageFrame(west_m, north_m, self.pixel_m, rows.stop - rows.start, columns.stop - columns.start)

    @property
    def bounds(self) -> list[list[float]]:
        """Degrees of the south-west and the north-east."""
        east_m, south_m = self.west_m + self.columns * self.pixel_m, self.north_m - self.rows * self.pixel_m
        return [degrees(self.west_m, south_m), degrees(east_m, self.north_m)]


class TileGrid(NamedTuple):
    """The frame of the whole, and tiles with pixels of ``pixel_m``; all have ``margin`` pixels around them.

    ``last`` is, of each tile, the last of the numbered groups of places that may stand in it.
    """

    whole: ImageFrame
    pixel_m: float
    margin: int
    last: dict[Key, int]

    def tile(self, key: Key) -> ImageFrame:
        side, around = TILE_PIXELS * self.pixel_m, (self.margin + _HALF) * self.pixel_m
        pixels = TILE_PIXELS + 1 + 2 * self.margin
        return ImageFrame(key[0] * side - around, (key[1] + 1) * side + around, self.pixel_m, pixels, pixels)

    def by_tile(self, x_m: Floats, y_m: Floats) -> Iterator[tuple[Key, Integers]]:
        """The tiles that positions stand in, and which they are."""
        column, row = (np.floor(along / (TILE_PIXELS * self.pixel_m)).astype(np.int64) for along in (x_m, y_m))
        for one in np.unique(column).tolist():
            inside = np.flatnonzero(column == one)
            for other in np.unique(row[inside]).tolist():
                yield (one, other), inside[row[inside] == other]


def tile_grid_of(extents: Sequence[Extent], spacing_m: float = CELL_M) -> TileGrid:
    """Frames for groups of places with these extents; places further apart than a cell are drawn larger."""
    margin = max(round(spacing_m / CELL_M) // 2, 1)
    if not extents:
        return TileGrid(ImageFrame(0.0, 0.0, CELL_M, 1, 1), CELL_M, margin, {})
    sides = np.array(extents)
    (west, south), (east, north) = sides[:, :2].min(axis=0), sides[:, 2:].max(axis=0)
    pixel_m = CELL_M / float(np.cos(np.radians((south + north) / 2)))
    left, bottom, right, top = (float(edge[0]) for edge in _corners(np.array([[west, south, east, north]])))
    coarse_m = max(max(right - left, top - bottom) / WHOLE_PIXELS, pixel_m)
    rows, columns = (int(span / coarse_m + _HALF) + 1 + 2 * margin for span in (top - bottom, right - left))
    around = (margin + _HALF) * coarse_m
    whole = ImageFrame(left - around, top + around, coarse_m, rows, columns)
    return TileGrid(whole, pixel_m, margin, _last(_corners(sides), TILE_PIXELS * pixel_m))


def _corners(sides: Floats) -> list[Floats]:
    """West, south, east and north in metres."""
    return [*mercator(sides[:, 0], sides[:, 1]), *mercator(sides[:, 2], sides[:, 3])]


def _last(corners: list[Floats], side_m: float) -> dict[Key, int]:
    last: dict[Key, int] = {}
    ranges = np.floor(np.column_stack(corners) / side_m).astype(int).tolist()
    for number, (west, south, east, north) in enumerate(ranges):
        last |= {(column, row): number for column in range(west, east + 1) for row in range(south, north + 1)}
    return last


def mercator(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Metres east and north of positions in degrees."""
    return np.radians(lon) * EARTH_M, np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) * EARTH_M


def degrees(x_m: float, y_m: float) -> list[float]:
    """Latitude and longitude of a position."""
    lat = 2 * np.arctan(np.exp(y_m / EARTH_M)) - np.pi / 2
    return [round(float(np.degrees(lat)), 6), round(float(np.degrees(x_m / EARTH_M)), 6)]
