"""Levels of a finished run as files for other programs: GeoTIFF on the people raster's own grid, and Parquet.

One file for each operator and technology. Of a country no more is held than a tile's places, a window of a raster, and
what GDAL keeps of the files that it writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import rasterio
from pyarrow import parquet
from rasterio.io import DatasetWriter

from commune_coverage.core.errors import RunError
from commune_coverage.core.files import atomic_write
from commune_coverage.pipeline.stages.people_raster import (
    GDAL_CACHE_MB,
    Band,
    Cells,
    CellsOfGrid,
    open_raster,
    write_cog,
)
from commune_coverage.pipeline.stages.radio.level_tables import LevelChoice, table_of, tiles_of
from commune_coverage.pipeline.stages.radio.level_tiles import UNITS, Pair
from commune_coverage.population.tables import RasterGrid, read_grid
from commune_coverage.radio.levels import Levels

_BANDS = tuple(Band(name, UNITS[name]) for name in Levels._fields)


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
    with TemporaryDirectory(prefix=".levels-", dir=folder) as aside, rasterio.Env(GDAL_CACHEMAX=GDAL_CACHE_MB):
        drawn = _drawn(stages, Path(aside), choice, record)
        for name in (f"{_name_of(pair)}.tif" for pair in drawn):
            write_cog(Path(aside) / name, folder / name)
    return _written(folder, drawn, "tif")


def _drawn(stages: Path, aside: Path, choice: LevelChoice, record: RasterGrid) -> list[Pair]:
    """Operators and technologies that were written as rasters into a folder."""
    rasters: dict[Pair, DatasetWriter] = {}
    grid = CellsOfGrid(record)
    with ExitStack() as stack:
        for tile in tiles_of(stages, choice):
            windows = list(grid.windows(tile.lon, tile.lat))
            for pair, levels in tile.levels:
                if np.isnan(levels.received_dbm).all():
                    continue
                if pair not in rasters:
                    rasters[pair] = stack.enter_context(open_raster(aside / f"{_name_of(pair)}.tif", record, _BANDS))
                _put(rasters[pair], levels, windows)
    return list(rasters)


def _put(raster: DatasetWriter, levels: Levels, windows: list[Cells]) -> None:
    """Write levels into their cells; what else the windows hold stays."""
    for cells in windows:
        values = raster.read(window=cells.window)
        values[:, cells.row, cells.column] = [band[cells.places] for band in levels]
        raster.write(values, window=cells.window)


def _name_of(pair: Pair) -> str:
    """A name of a file: letters, figures and a few marks as they are, all else by its number."""
    operator = re.sub(r"[^\w .-]", lambda mark: f"%{ord(mark[0]):02X}", pair.operator)
    return f"{operator}_{pair.technology}"


def _written(folder: Path, pairs: Iterable[Pair], suffix: str) -> list[Path]:
    if written := [folder / f"{_name_of(pair)}.{suffix}" for pair in sorted(pairs)]:
        return written
    raise RunError("no place has such levels: nothing was written")
