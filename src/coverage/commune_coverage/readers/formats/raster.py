"""Rasters opened with care: a system of reference, a whole file, one clear sentence otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.enums import MaskFlags
from rasterio.errors import RasterioError
from rasterio.windows import Window

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import MissingCrsError, UnreadableFileError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.formats.vector import require_geographic_crs
from commune_coverage.readers.safety.files import require_file

TILE_CELLS = 1024
RASTER_SUFFIXES = (".tif", ".tiff", ".vrt", ".img", ".asc")


@contextmanager
def open_raster(ref: FileRef) -> Iterator[rasterio.DatasetReader]:
    """Open a raster with a reference system; every read error in the block becomes UnreadableFileError.

    Parameters
    ----------
    ref : FileRef
        The file, how it is written and what its columns are called.

    Yields
    ------
    rasterio.DatasetReader
        The open raster, north-up or rotated.

    Raises
    ------
    UnreadableFileError
        When it is no raster by its name, or is damaged.
    MissingCrsError
        When neither it nor the country file states a reference system.
    """
    require_file(ref.path)
    if ref.path.suffix.lower() not in RASTER_SUFFIXES:
        # GDAL goes by content and would open anything under any name.
        raise UnreadableFileError(f"'{ref.path.name}' is no raster by its name; one of: {', '.join(RASTER_SUFFIXES)}")
    try:
        with rasterio.open(ref.path) as source:
            if source.crs is None and ref.crs is None:
                raise MissingCrsError(
                    f"'{ref.path.name}' does not state its coordinate reference system; set crs = \"EPSG:…\""
                )
            yield source
    except RasterioError as error:
        raise UnreadableFileError(
            f"'{ref.path.name}' is not a whole raster (damaged or half-written); fetch it again"
        ) from error


def crs_of(source: rasterio.DatasetReader, ref: FileRef) -> str:
    """Take the reference system that the country file states, else the raster's own.

    Parameters
    ----------
    source : rasterio.DatasetReader
        An open raster.
    ref : FileRef
        The file, how it is written and what its columns are called.

    Returns
    -------
    str
        WKT.

    Raises
    ------
    MissingCrsError
        When it is none of the Earth.
    """
    return require_geographic_crs(ref.crs or str(source.crs.to_wkt()), ref.path.name).to_wkt()


def windows(source: rasterio.DatasetReader) -> list[tuple[int, int, int, int]]:
    """Divide a raster into tiles of 1,024 cells on a side, row by row.

    Parameters
    ----------
    source : rasterio.DatasetReader
        An open raster.

    Returns
    -------
    list[tuple[int, int, int, int]]
        (row, column, height, width) of each, in cells.
    """
    return [
        (row, column, min(TILE_CELLS, source.height - row), min(TILE_CELLS, source.width - column))
        for row in range(0, source.height, TILE_CELLS)
        for column in range(0, source.width, TILE_CELLS)
    ]


def read_window(source: rasterio.DatasetReader, window: tuple[int, int, int, int]) -> npt.NDArray[np.float64]:
    """Read band 1 of a window.

    Parameters
    ----------
    source : rasterio.DatasetReader
        An open raster.
    window : tuple[int, int, int, int]
        (row, column, height, width), in cells.

    Returns
    -------
    ndarray of float64
        (height, width) values; nodata and not finite ones are NaN.
    """
    row, column, height, width = window
    values = source.read(1, window=Window(column, row, width, height), masked=True)
    return np.asarray(np.ma.filled(values.astype(np.float64), np.nan))


def read_filled(
    source: rasterio.DatasetReader, window: tuple[int, int, int, int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Read the cells of band 1 of a window that hold a number other than 0.

    Parameters
    ----------
    source : rasterio.DatasetReader
        An open raster.
    window : tuple[int, int, int, int]
        (row, column, height, width), in cells.

    Returns
    -------
    tuple[ndarray of int64, ndarray of float64]
        (n,) positions in the window, row by row, and the numbers there.
    """
    row, column, height, width = window
    flags = set(source.mask_flag_enums[0])
    if not flags <= {MaskFlags.nodata, MaskFlags.all_valid}:
        values = read_window(source, window).ravel()
    else:
        values = source.read(1, window=Window(column, row, width, height)).ravel()
    at = np.flatnonzero(values)
    numbers = values[at].astype(np.float64)
    known = np.isfinite(numbers) & (numbers != source.nodata if source.nodata is not None else True)
    return at[known], numbers[known]


def check_raster(name: str, ref: FileRef) -> RowLog:
    """Read every window once.

    Parameters
    ----------
    name : str
        The layer's name, for the log.
    ref : FileRef
        The file, how it is written and what its columns are called.

    Returns
    -------
    RowLog
        A log without rows that notes how many cells there are.

    Raises
    ------
    UnreadableFileError
        When the raster is damaged.
    MissingCrsError
        When it does not state its reference system.
    """
    log = RowLog(name, ref.path.name)
    with open_raster(ref) as source:
        crs_of(source, ref)
        for window in windows(source):
            read_window(source, window)
        log.note(f"{source.width} x {source.height} cells")
    return log
