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
    """An open, north-up or rotated raster with a CRS; every read error becomes UnreadableFileError."""
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
    """The CRS that the country file states, else the raster's own, as WKT. Raises MissingCrsError."""
    return require_geographic_crs(ref.crs or str(source.crs.to_wkt()), ref.path.name).to_wkt()


def windows(source: rasterio.DatasetReader) -> list[tuple[int, int, int, int]]:
    """(row, column, height, width) of tiles of 1,024 cells on a side, row by row."""
    return [
        (row, column, min(TILE_CELLS, source.height - row), min(TILE_CELLS, source.width - column))
        for row in range(0, source.height, TILE_CELLS)
        for column in range(0, source.width, TILE_CELLS)
    ]


def read_window(source: rasterio.DatasetReader, window: tuple[int, int, int, int]) -> npt.NDArray[np.float64]:
    """Band 1 of a window as floats, nodata and not-finite values as NaN."""
    row, column, height, width = window
    values = source.read(1, window=Window(column, row, width, height), masked=True)
    return np.asarray(np.ma.filled(values.astype(np.float64), np.nan))


def read_filled(
    source: rasterio.DatasetReader, window: tuple[int, int, int, int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The cells of band 1 of a window that hold a number other than 0: where, row by row, and the numbers."""
    row, column, height, width = window
    flags = set(source.mask_flag_enums[0])
    if not flags <= {MaskFlags.nodata, MaskFlags.all_valid}:
        values = read_window(source, window).ravel()
    else:
        values = source.read(1, window=Window(column, row, width, height)).ravel()
    at = np.flatnonzero(values)
    found = values[at].astype(np.float64)
    known = np.isfinite(found) & (found != source.nodata if source.nodata is not None else True)
    return at[known], found[known]


def check_raster(name: str, ref: FileRef) -> RowLog:
    """Every window read once, and how many cells there are. Raises UnreadableFileError or MissingCrsError."""
    log = RowLog(name, ref.path.name)
    with open_raster(ref) as source:
        crs_of(source, ref)
        for window in windows(source):
            read_window(source, window)
        log.note(f"{source.width} x {source.height} cells")
    return log
