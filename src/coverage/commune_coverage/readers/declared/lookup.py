"""Declared coverage at positions: whether they lie in a tile's polygons, or in covered cells of a raster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import rasterio
import shapely
from pyproj import CRS, Transformer

from commune_coverage.config.layers import CoverageFile, ExtentLayer
from commune_coverage.readers.declared.tiles import SIDES
from commune_coverage.readers.formats.band import Band
from commune_coverage.readers.formats.raster import TILE_CELLS, band_of, crs_of, open_raster

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_TURN = 360.0


def in_polygons(path: Path, crs: CRS, lon: Floats, lat: Floats, claims: int) -> Flags:
    """Tell which positions lie in, or on the border of, a file's polygons.

    Parameters
    ----------
    path : Path
        Polygons of one tile, as ``PolygonTiles`` writes them.
    crs : CRS
        Their reference system, in which their edges are straight.
    lon, lat : (positions,) float64
        Degrees, WGS 84.
    claims : int
        How many claims there are.

    Returns
    -------
    (claims, positions) bool
        Whether a polygon of the claim holds the position.
    """
    inside = np.zeros((claims, len(lon)), dtype=bool)
    x, y = (np.asarray(axis) for axis in Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat))
    there = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if not len(there):
        return inside
    there = there[np.argsort(x[there], kind="stable")]
    x, y = x[there], y[there]
    found = np.zeros((claims, len(there)), dtype=bool)
    for claim, polygons, sides in _polygons_near(path, (x[0], y.min(), x[-1], y.max())):
        shapely.prepare(polygons)
        starts, ends = np.searchsorted(x, sides[0]), np.searchsorted(x, sides[2], side="right")
        for row, polygon in enumerate(polygons):
            strip = slice(starts[row], ends[row])
            unknown = ~found[claim[row], strip] & (y[strip] >= sides[1][row]) & (y[strip] <= sides[3][row])
            at = starts[row] + np.flatnonzero(unknown)
            found[claim[row], at] = shapely.intersects_xy(polygon, x[at], y[at])
    inside[:, there] = found
    return inside


def _polygons_near(
    path: Path, bounds: tuple[float, float, float, float]
) -> Iterator[tuple[Integers, npt.NDArray[np.object_], list[Floats]]]:
    """Claims, polygons and their sides, a batch at a time, of those whose bounds meet others."""
    west, south, east, north = bounds
    # Read and not mapped: pages of a mapped file stay in memory until all of it is there.
    with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as reader:
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            sides = [batch.column(name).to_numpy() for name in SIDES]
            near = (sides[0] <= east) & (sides[1] <= north) & (sides[2] >= west) & (sides[3] >= south)
            if near.any():
                taken = batch.column("polygon").filter(pa.array(near)).to_numpy(zero_copy_only=False)
                claim = batch.column("claim").to_numpy()[near].astype(np.int64)
                yield claim, shapely.from_wkb(taken), [side[near] for side in sides]


def in_cells(file: CoverageFile | ExtentLayer, lon: Floats, lat: Floats) -> Flags:
    """Tell which positions lie in covered cells of a raster, window by window of 1,024 cells on a side.

    Parameters
    ----------
    file : CoverageFile or ExtentLayer
        The raster, and which of its values are meant.
    lon, lat : (positions,) float64
        Degrees, WGS 84.

    Returns
    -------
    (positions,) bool
        Whether the cell's value is one of those meant; a cell without a value is not covered.

    Raises
    ------
    UnreadableFileError
        When the raster is damaged.
    """
    inside = np.zeros(len(lon), dtype=bool)
    with open_raster(file) as source:
        band = band_of(source, file)
        row, column = _cells(source, crs_of(source, file), lon, lat)
        there = np.flatnonzero((row >= 0) & (column >= 0) & (row < source.height) & (column < source.width))
        window = (row[there] // TILE_CELLS) * (source.width // TILE_CELLS + 1) + column[there] // TILE_CELLS
        order = there[np.argsort(window, kind="stable")]
        for rows in np.split(order, np.flatnonzero(np.diff(np.sort(window))) + 1):
            if len(rows):
                inside[rows] = _holds(band, file, row[rows], column[rows])
    return inside


def _holds(band: Band, file: CoverageFile | ExtentLayer, row: Integers, column: Integers) -> Flags:
    """Read the smallest window that holds the cells and compare their values."""
    first_row, first_column = int(row.min()), int(column.min())
    shape = int(row.max()) - first_row + 1, int(column.max()) - first_column + 1
    values = band.values((first_row, first_column, *shape))[row - first_row, column - first_column]
    if isinstance(file, ExtentLayer):
        return np.asarray(values > file.above)
    is_listed = np.isin(values, file.values)
    return np.asarray(is_listed if file.min_value is None else is_listed | (values >= file.min_value))


def _cells(source: rasterio.DatasetReader, crs: str, lon: Floats, lat: Floats) -> tuple[Integers, Integers]:
    """Row and column of each position, -1 where the system does not reach."""
    x, y = (np.asarray(axis) for axis in Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat))
    if CRS.from_user_input(crs).is_geographic:
        west = min((source.transform @ (column, 0))[0] for column in (0, source.width))
        x = west + (x - west) % _TURN
    finite = np.isfinite(x) & np.isfinite(y)
    columns, rows = ~source.transform @ (np.where(finite, x, 0.0), np.where(finite, y, 0.0))
    row, column = (np.where(finite, np.floor(axis), -1).astype(np.int64) for axis in (rows, columns))
    return row, column


def meets(source: rasterio.DatasetReader, bounds: Floats) -> bool:
    """Tell whether a raster meets any of several rectangles.

    Parameters
    ----------
    source : rasterio.DatasetReader
        An open raster.
    bounds : (rectangles, 4) float64
        West, south, east and north in the raster's reference system; rectangles that are not finite meet nothing.

    Returns
    -------
    bool
    """
    corners = [source.transform @ (column, row) for column in (0, source.width) for row in (0, source.height)]
    x, y = (np.array(axis) for axis in zip(*corners, strict=True))
    if source.crs is not None and source.crs.is_geographic and np.ptp(x) + max(x.max() - _TURN / 2, 0) > _TURN / 2:
        return bool(((bounds[:, 1] <= y.max()) & (bounds[:, 3] >= y.min())).any())
    across = (bounds[:, 0] <= x.max()) & (bounds[:, 2] >= x.min())
    return bool((across & (bounds[:, 1] <= y.max()) & (bounds[:, 3] >= y.min())).any())
