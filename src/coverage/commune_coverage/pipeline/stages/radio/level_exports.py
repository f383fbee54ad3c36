"""Levels of a finished run as files for other programs: GeoTIFF on the people raster's own grid, and Parquet.

One file for each operator and technology. Of a country no more is held than a tile's places, a window of a raster, and
what GDAL keeps of the files that it writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import rasterio
import rasterio.shutil
from pyarrow import parquet
from pyproj import CRS, Transformer
from rasterio.io import DatasetWriter
from rasterio.windows import Window

from commune_coverage.core.errors import RunError
from commune_coverage.core.files import atomic_write
from commune_coverage.pipeline.stages.radio.level_tables import LevelChoice, table_of, tiles_of
from commune_coverage.pipeline.stages.radio.level_tiles import UNITS, Pair
from commune_coverage.population.tables import RasterGrid, read_grid
from commune_coverage.radio.levels import Levels

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_WGS84 = "EPSG:4326"
_TURN = 360.0
_WINDOW_CELLS = 1024
_BLOCK_CELLS = 512
_GDAL_CACHE_MB = 64
_BANDS = tuple(Levels._fields)
_COG = {
    "driver": "COG",
    "compress": "deflate",
    "predictor": "yes",
    "overview_resampling": "nearest",
    "bigtiff": "if_safer",
}


def write_parquet(stages: Path, folder: Path, choice: LevelChoice) -> list[Path]:
    """Write a Parquet file for each operator and technology, with a row group for each tile.

    Parameters
    ----------
    stages : Path
        The run's folder of artifacts.
    folder : Path
        Where the files go; made where it is not there.
    choice : LevelChoice
        What is wanted.

    Returns
    -------
    list of Path
        The files; columns as of ``level_table``.

    Raises
    ------
    RunError
        When there is nothing to write.
    """
    writers: dict[Pair, parquet.ParquetWriter] = {}
    with ExitStack() as stack:
        for tile in tiles_of(stages, choice):
            for pair, levels in tile.levels:
                table = pa.Table.from_pandas(table_of(tile, pair, levels), preserve_index=False)
                if table.num_rows and pair not in writers:
                    path = stack.enter_context(atomic_write(folder / f"{_name_of(pair)}.parquet"))
                    writer = parquet.ParquetWriter(path, table.schema, compression="zstd")
                    writers[pair] = stack.enter_context(writer)
                if table.num_rows:
                    writers[pair].write_table(table)
    return _written(folder, writers, "parquet")


def write_geotiffs(stages: Path, folder: Path, choice: LevelChoice) -> list[Path]:
    """Write a cloud optimized GeoTIFF for each operator and technology, on the grid of the people raster.

    Parameters
    ----------
    stages : Path
        The run's folder of artifacts.
    folder : Path
        Where the files go; made where it is not there.
    choice : LevelChoice
        What is wanted.

    Returns
    -------
    list of Path
        The files: a band for level, SINR and speed each, as 32-bit floats. Cells without people, and those that no
        cell of the network reaches, are NaN, which is declared as nodata.

    Raises
    ------
    RunError
        When there is nothing to write, or people are not given by a raster.
    """
    record = read_grid(stages)
    if record is None:
        raise RunError("the people of this run are no raster, so that there is no grid for a GeoTIFF: export parquet")
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".levels-", dir=folder) as aside, rasterio.Env(GDAL_CACHEMAX=_GDAL_CACHE_MB):
        drawn = _drawn(stages, Path(aside), choice, record)
        for name in (f"{_name_of(pair)}.tif" for pair in drawn):
            with atomic_write(folder / name) as path:
                rasterio.shutil.copy(Path(aside) / name, path, **_COG)
    return _written(folder, drawn, "tif")


def _drawn(stages: Path, aside: Path, choice: LevelChoice, record: RasterGrid) -> list[Pair]:
    """Operators and technologies that were written as rasters into a folder."""
    rasters: dict[Pair, DatasetWriter] = {}
    grid = _Grid(record)
    with ExitStack() as stack:
        for tile in tiles_of(stages, choice):
            windows = list(grid.windows(tile.lon, tile.lat))
            for pair, levels in tile.levels:
                if np.isnan(levels.received_dbm).all():
                    continue
                if pair not in rasters:
                    rasters[pair] = stack.enter_context(_open(aside / f"{_name_of(pair)}.tif", record))
                _put(rasters[pair], levels, windows)
    return list(rasters)


def _open(path: Path, record: RasterGrid) -> DatasetWriter:
    """A raster of blocks of which those that nothing is put into take no room."""
    raster = rasterio.open(
        path, "w+", driver="GTiff", width=record.width, height=record.height, count=len(_BANDS), dtype="float32",
        crs=record.crs, transform=rasterio.Affine(*record.transform), nodata=np.nan, tiled=True, bigtiff="if_safer",
        blockxsize=_BLOCK_CELLS, blockysize=_BLOCK_CELLS, sparse_ok=True,
    )  # fmt: skip
    raster.descriptions, raster.units = _BANDS, tuple(UNITS[name] for name in _BANDS)
    return raster


def _put(raster: DatasetWriter, levels: Levels, windows: list[_Cells]) -> None:
    """Write levels into their cells; what else the windows hold stays."""
    for cells in windows:
        values = raster.read(window=cells.window)
        values[:, cells.row, cells.column] = [band[cells.places] for band in levels]
        raster.write(values, window=cells.window)


class _Cells(NamedTuple):
    """A window of a raster, and rows and columns in it of some places."""

    window: Window
    places: Integers
    row: Integers
    column: Integers


class _Grid:
    """From degrees to the cells of a raster."""

    def __init__(self, record: RasterGrid) -> None:
        self._record, transform = record, rasterio.Affine(*record.transform)
        self._to_system = Transformer.from_crs(_WGS84, record.crs, always_xy=True)
        self._to_cells = ~transform
        corners = [(transform @ (column, row))[0] for column in (0, record.width) for row in (0, record.height)]
        self._first_degree = min(corners) if CRS(record.crs).is_geographic else None

    def windows(self, lon: Floats, lat: Floats) -> Iterator[_Cells]:
        """Windows that hold the middles of places."""
        row, column = self._cells(lon, lat)
        key = row // _WINDOW_CELLS * self._record.width + column // _WINDOW_CELLS
        order = np.argsort(key, kind="stable")
        for places in np.split(order, np.flatnonzero(np.diff(key[order])) + 1):
            top, left = (int(axis[places[0]] // _WINDOW_CELLS) * _WINDOW_CELLS for axis in (row, column))
            height, width = self._record.height - top, self._record.width - left
            window = Window(left, top, min(width, _WINDOW_CELLS), min(height, _WINDOW_CELLS))
            yield _Cells(window, places, row[places] - top, column[places] - left)

    def _cells(self, lon: Floats, lat: Floats) -> tuple[Integers, Integers]:
        x, y = (np.asarray(axis) for axis in self._to_system.transform(lon, lat))
        if self._first_degree is not None:  # longitudes of the raster may count from 0, or beyond 180
            x = self._first_degree + (x - self._first_degree) % _TURN
        column, row = self._to_cells @ (x, y)
        return np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)


def _name_of(pair: Pair) -> str:
    """A name of a file: letters, figures and a few marks as they are, all else by its number."""
    operator = re.sub(r"[^\w .-]", lambda mark: f"%{ord(mark[0]):02X}", pair.operator)
    return f"{operator}_{pair.technology}"


def _written(folder: Path, pairs: Iterable[Pair], suffix: str) -> list[Path]:
    if written := [folder / f"{_name_of(pair)}.{suffix}" for pair in sorted(pairs)]:
        return written
    raise RunError("no place has such levels: nothing was written")
