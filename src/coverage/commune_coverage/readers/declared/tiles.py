"""The country in tiles, and polygons cut into them: what is looked up at a tile's positions is read alone."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from pyproj import CRS, Transformer

from commune_coverage.readers.boundaries.study_area import StudyArea
from commune_coverage.readers.population.tiles import TILE_M

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]

_AROUND_M = 5_000.0
"""A tile of the country begins where land is as near: places on its border may stand a cell farther out."""
_OUTLINE = 41
_MARGIN = 0.01
_MAX_VERTICES = 2000
SIDES = ("west", "south", "east", "north")
_SCHEMA = pa.schema([("claim", pa.int32()), *((side, pa.float64()) for side in SIDES), ("polygon", pa.large_binary())])
"""Of the files of polygons: what each declares, its bounds, and itself as WKB."""


class Tile(NamedTuple):
    """A square of ``TILE_M`` in the country's plane: its column and row, counted from the plane's origin."""

    column: int
    row: int

    @property
    def name(self) -> str:
        """Name that files of the tile begin with."""
        return f"{self.row:+06d}{self.column:+06d}"

    @property
    def west_south_m(self) -> tuple[float, float]:
        """Its corner, m."""
        return self.column * TILE_M, self.row * TILE_M


def rows_by_tile(x_m: Floats, y_m: Floats) -> dict[Tile, Integers]:
    """Sort positions by the tile that they lie in.

    Parameters
    ----------
    x_m, y_m : (n,) float64
        Positions in the plane, m.

    Returns
    -------
    dict of Tile to int64 array
        Rows of the positions of each tile that has any, rising.
    """
    at = np.column_stack([np.floor(np.asarray(axis) / TILE_M).astype(np.int64) for axis in (x_m, y_m)])
    tiles, number = np.unique(at, axis=0, return_inverse=True)
    order = np.argsort(number.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(number.ravel(), minlength=len(tiles)))
    if not len(at):
        return {}
    return {Tile(*tile): rows for tile, rows in zip(tiles.tolist(), np.split(order, ends[:-1]), strict=True)}


def tiles_of(area: StudyArea) -> list[Tile]:
    """List the tiles in which the country has land.

    Parameters
    ----------
    area : StudyArea
        The communes as an area.

    Returns
    -------
    list of Tile
        Row by row from the south, in the order of the tiles of places.
    """
    west, south, east, north = shapely.total_bounds(area.metric_parts)
    columns = range(int((west - _AROUND_M) // TILE_M), int((east + _AROUND_M) // TILE_M) + 1)
    rows = range(int((south - _AROUND_M) // TILE_M), int((north + _AROUND_M) // TILE_M) + 1)
    tiles = [Tile(column, row) for row in rows for column in columns]
    at = np.array([tile.west_south_m for tile in tiles]).reshape(-1, 2)
    boxes = shapely.box(at[:, 0], at[:, 1], at[:, 0] + TILE_M, at[:, 1] + TILE_M)
    near = np.unique(shapely.STRtree(boxes).query(area.metric_parts, predicate="dwithin", distance=_AROUND_M)[1])
    return [tiles[number] for number in near.tolist()]


def bounds_in(area: StudyArea, tiles: list[Tile], crs: CRS) -> Floats:
    """Bound tiles in another reference system, with a margin.

    Parameters
    ----------
    area : StudyArea
        The communes as an area.
    tiles : list of Tile
        The tiles.
    crs : CRS
        The reference system.

    Returns
    -------
    (tiles, 4) float64
        West, south, east and north in units of the system; of a tile on both sides of 180 degrees all longitudes.
        Infinite where the system does not reach.
    """
    step = np.linspace(0, TILE_M, _OUTLINE)
    east, north = (axis.ravel() for axis in np.meshgrid(step, step))
    to_system = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    bounds = np.full((len(tiles), 4), np.nan)
    for number, tile in enumerate(tiles):
        west_m, south_m = tile.west_south_m
        lon, lat = area.system.to_degrees(west_m + east, south_m + north)
        x, y = (np.asarray(axis) for axis in to_system.transform(lon, lat))
        finite = np.isfinite(x) & np.isfinite(y)
        if finite.any():
            bounds[number] = x[finite].min(), y[finite].min(), x[finite].max(), y[finite].max()
    margin = _MARGIN * (bounds[:, 2:] - bounds[:, :2])
    return np.hstack([bounds[:, :2] - margin, bounds[:, 2:] + margin])


class PolygonTiles:
    """Files of the polygons that touch each tile, written a batch at a time.

    Parameters
    ----------
    folder : Path
        Where the files go.
    area : StudyArea
        The communes as an area.
    """

    def __init__(self, folder: Path, area: StudyArea) -> None:
        self._folder, self._area, self._tiles = folder, area, tiles_of(area)
        self._stack = ExitStack()
        self._writers: dict[str, Any] = {}
        self._bounds: dict[str, Floats] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def touched(self, polygons: Shapes, crs: CRS) -> tuple[Integers, Integers]:
        """Find the tiles that polygons touch, by their bounds.

        Parameters
        ----------
        polygons : (polygons,) object
            Valid polygons, one part each.
        crs : CRS
            Their reference system.

        Returns
        -------
        tuple of (pairs,) int64
            Tile and polygon of each pair.
        """
        bounds = self._bounds_in(crs)
        finite = np.isfinite(bounds).all(axis=1)
        boxes = np.full(len(bounds), None, dtype=object)
        boxes[finite] = shapely.box(*bounds[finite].T)
        tile, polygon = shapely.STRtree(polygons).query(boxes)
        return tile, polygon

    def add(self, file: int, claim: Integers, polygons: Shapes, crs: CRS, pairs: tuple[Integers, Integers]) -> None:
        """Write polygons of a file into the tiles that they touch.

        Parameters
        ----------
        file : int
            Number of the file.
        claim : (polygons,) int64
            What each declares, as a number.
        polygons : (polygons,) object
            Valid polygons, one part each.
        crs : CRS
            Their reference system.
        pairs : tuple of (pairs,) int64
            As ``touched`` gives them.
        """
        tile, polygon = pairs
        for number in np.unique(tile).tolist():
            rows = np.sort(polygon[tile == number])
            cut = _clipped(polygons[rows], self._bounds_in(crs)[number])
            there = ~shapely.is_empty(cut)
            self._write(polygon_file(self._folder, self._tiles[number], file), claim[rows][there], cut[there])

    def _bounds_in(self, crs: CRS) -> Floats:
        key = crs.to_wkt()
        if key not in self._bounds:
            self._bounds[key] = bounds_in(self._area, self._tiles, crs)
        return self._bounds[key]

    def _write(self, path: Path, claim: Integers, polygons: Shapes) -> None:
        if path.name not in self._writers:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writers[path.name] = self._stack.enter_context(pa.ipc.new_file(path, _SCHEMA))
        sides = [pa.array(side) for side in shapely.bounds(polygons).reshape(-1, 4).T]
        shapes = pa.array(shapely.to_wkb(polygons).tolist(), pa.large_binary())
        batch = pa.record_batch([pa.array(claim, pa.int32()), *sides, shapes], schema=_SCHEMA)
        self._writers[path.name].write_batch(batch)


def polygon_file(folder: Path, tile: Tile, file: int) -> Path:
    """Name the file of a tile's polygons from one file.

    Parameters
    ----------
    folder : Path
        Folder of the files.
    tile : Tile
        The tile.
    file : int
        Number of the file.

    Returns
    -------
    Path
        The file, there only where a polygon touches the tile.
    """
    return folder / f"{tile.name}-{file:03d}.arrow"


def _clipped(polygons: Shapes, bounds: Floats) -> Shapes:
    """Polygons of many vertices cut to a tile, for a coast would else stand in every tile that it passes."""
    large = shapely.get_num_coordinates(polygons) > _MAX_VERTICES
    cut = polygons.copy()
    cut[large] = shapely.clip_by_rect(polygons[large], *bounds)
    return cut
