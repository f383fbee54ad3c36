"""Rasters on the grid that people are read from: written window by window, then packed as cloud optimized GeoTIFF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.shutil
from pyproj import CRS, Transformer
from rasterio.io import DatasetWriter
from rasterio.windows import Window

from commune_coverage.core.files import atomic_write
from commune_coverage.population.tables import RasterGrid

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
GDAL_CACHE_MB = 64
"""What GDAL may hold of the files that it writes."""
_WGS84 = "EPSG:4326"
_TURN = 360.0
_WINDOW_CELLS = 1024
_BLOCK_CELLS = 512
_COG = {
    "driver": "COG",
    "compress": "deflate",
    "predictor": "yes",
    "overview_resampling": "nearest",
    "bigtiff": "if_safer",
}


class Band(NamedTuple):
    """What a band holds: its name and the unit of its values."""

    name: str
    unit: str


def open_raster(path: Path, grid: RasterGrid, bands: Sequence[Band], dtype: str = "float32") -> DatasetWriter:
    """Open a raster to write, of blocks of which those that nothing is put into take no room; NaN is nodata."""
    raster = rasterio.open(
        path, "w+", driver="GTiff", width=grid.width, height=grid.height, count=len(bands), dtype=dtype,
        crs=grid.crs, transform=rasterio.Affine(*grid.transform), nodata=np.nan, tiled=True, bigtiff="if_safer",
        blockxsize=_BLOCK_CELLS, blockysize=_BLOCK_CELLS, sparse_ok=True,
    )  # fmt: skip
    raster.descriptions, raster.units = tuple(band.name for band in bands), tuple(band.unit for band in bands)
    return raster


def write_cog(source: Path, target: Path) -> None:
    """Pack a raster as cloud optimized GeoTIFF; equal values give equal bytes."""
    with atomic_write(target) as path:
        rasterio.shutil.copy(source, path, **_COG)


class Cells(NamedTuple):
    """A window of a raster, and rows and columns in it of some places."""

    window: Window
    places: Integers
    row: Integers
    column: Integers


class CellsOfGrid:
    """From degrees to the cells of a raster."""

    def __init__(self, record: RasterGrid) -> None:
        self._record, transform = record, rasterio.Affine(*record.transform)
        self._to_system = Transformer.from_crs(_WGS84, record.crs, always_xy=True)
        self._to_cells = ~transform
        corners = [(transform @ (column, row))[0] for column in (0, record.width) for row in (0, record.height)]
        self._first_degree = min(corners) if CRS(record.crs).is_geographic else None

    def windows(self, lon: Floats, lat: Floats) -> Iterator[Cells]:
        """Windows that hold the middles of places."""
        row, column = self._cells(lon, lat)
        key = row // _WINDOW_CELLS * self._record.width + column // _WINDOW_CELLS
        order = np.argsort(key, kind="stable")
        for places in np.split(order, np.flatnonzero(np.diff(key[order])) + 1):
            top, left = (int(axis[places[0]] // _WINDOW_CELLS) * _WINDOW_CELLS for axis in (row, column))
            height, width = self._record.height - top, self._record.width - left
            window = Window(left, top, min(width, _WINDOW_CELLS), min(height, _WINDOW_CELLS))
            yield Cells(window, places, row[places] - top, column[places] - left)

    def _cells(self, lon: Floats, lat: Floats) -> tuple[Integers, Integers]:
        x, y = (np.asarray(axis) for axis in self._to_system.transform(lon, lat))
        if self._first_degree is not None:  # longitudes of the raster may count from 0, or beyond 180
            x = self._first_degree + (x - self._first_degree) % _TURN
        column, row = self._to_cells @ (x, y)
        return np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
