"""Rasters opened with care: a system of reference, the band that is meant, its scale, and cells without a value.

Cells are read as numbers in the layer's unit, NaN where there is none: what the file declares as nodata or masks, what
the country file states, and what no cell of such a layer can hold (``Limits``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import CRSError, RasterioError
from rasterio.windows import Window

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import MissingCrsError, UnreadableFileError
from commune_coverage.core.gdal_environment import RASTER_DRIVERS, READING
from commune_coverage.core.private_apis import gdal_error
from commune_coverage.core.quarantine import RowLog, printable
from commune_coverage.readers.formats.band import ANYTHING, Band, Bounds, Floats, Limits
from commune_coverage.readers.formats.mosaic import mosaic_of
from commune_coverage.readers.formats.vector import require_geographic_crs
from commune_coverage.readers.safety.companions import OF_CELLS, companions
from commune_coverage.readers.safety.files import require_file

TILE_CELLS = 1024
DAMAGED_RASTER = (RasterioError, CRSError, UnicodeDecodeError, gdal_error())
RASTER_SUFFIXES = (".tif", ".tiff", ".vrt", ".img", ".asc")


@contextmanager
def open_raster(ref: FileRef) -> Iterator[rasterio.DatasetReader]:
    """Open a raster, or several tiles as one; every read error in the block becomes UnreadableFileError.

    Parameters
    ----------
    ref : FileRef
        The file, how it is written, and further tiles (``also``).

    Yields
    ------
    rasterio.DatasetReader
        The open raster, north up, south up or rotated.

    Raises
    ------
    UnreadableFileError
        When it is no raster by its name, is damaged or does not say where it lies, or the tiles are not of one grid.
    MissingCrsError
        When neither it nor the country file states a reference system.
    """
    tiles = getattr(ref, "also", [])
    if not tiles:
        with _open_file(ref) as source:
            yield source
        return
    with ExitStack() as stack:
        opened = [stack.enter_context(_open_file(each)) for each in (ref, *tiles)]
        bands = [band_of(source, each) for source, each in zip(opened, (ref, *tiles), strict=True)]
        with rasterio.open(mosaic_of(opened, bands)) as source:
            yield source


@contextmanager
def _open_file(ref: FileRef) -> Iterator[rasterio.DatasetReader]:
    with open_plainly(ref.path) as source:
        if source.crs is None and ref.crs is None:
            raise MissingCrsError(
                f"'{ref.path.name}' does not state its coordinate reference system; set crs = \"EPSG:…\""
            )
        if source.transform.is_identity:
            raise UnreadableFileError(
                f"'{ref.path.name}' does not say where its cells lie; put its world file (.tfw) beside it, or write its"
                " corners into it (gdal_edit -a_ullr)"
            )
        yield source


@contextmanager
def open_plainly(path: Path) -> Iterator[rasterio.DatasetReader]:
    """Open a raster whatever it says of where it lies; every read error in the block becomes UnreadableFileError.

    Parameters
    ----------
    path : Path
        The raster.

    Yields
    ------
    rasterio.DatasetReader
        The open raster.

    Raises
    ------
    UnreadableFileError
        When it is no raster by its name, is damaged, or is read with files that are not hashed with it.
    """
    require_file(path)
    if path.suffix.lower() not in RASTER_SUFFIXES:
        # GDAL goes by content and would open anything under any name.
        raise UnreadableFileError(f"'{path.name}' is no raster by its name; one of: {', '.join(RASTER_SUFFIXES)}")
    try:
        with rasterio.Env(**READING):
            _require_companions(path)
            with rasterio.open(path, driver=_driver(path)) as source:
                yield source
    except DAMAGED_RASTER as error:
        raise UnreadableFileError(
            f"'{path.name}' is not a whole raster (damaged or half-written); fetch it again"
        ) from error


def _driver(path: Path) -> str:
    return RASTER_DRIVERS.get(path.suffix.lower(), RASTER_DRIVERS[".tif"])


def _require_companions(path: Path) -> None:
    """Hold what GDAL says that it reads with a raster, and with each part of it, to what is hashed with it."""
    parts = companions(path)
    rasters = [part for part in reversed(parts) if part.suffix.lower() in (*RASTER_SUFFIXES, *OF_CELLS)]
    stamps = [(part, part.stat()) for part in rasters]
    read = {name for part, facts in stamps for name in _files_of(part, facts.st_ino, facts.st_size, facts.st_mtime_ns)}
    others = read - {part.resolve() for part in parts}
    if others:
        named = ", ".join(sorted(printable(other.name, 60) for other in others)[:5])
        raise UnreadableFileError(
            f"'{path.name}' is read with files that do not belong to such a raster ({named}); write it anew as one"
            " (gdal_translate)"
        )


@cache
def _files_of(path: Path, *_stamp: int) -> frozenset[Path]:
    """What GDAL reads with a raster by itself; a virtual one has thousands of parts, each looked at once."""
    with rasterio.open(path, driver=_driver(path)) as source:
        if source.tags(ns="OVERVIEWS"):
            raise UnreadableFileError(
                f"'{path.name}' says which file its overviews are in, which may be any; write it anew (gdal_translate)"
            )
        return frozenset(Path(name).resolve() for name in source.files)


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


def band_of(source: rasterio.DatasetReader, ref: FileRef, limits: Limits = ANYTHING) -> Band:
    """Choose the band that holds the values.

    It is the one that the country file names, else the only one that is no transparency.

    Parameters
    ----------
    source : rasterio.DatasetReader
        An open raster.
    ref : FileRef
        The file, with ``band`` and ``nodata`` where the country file states them.
    limits : Limits
        What a cell can hold; where the country file states ``nodata`` it is taken at its word instead.

    Returns
    -------
    Band
        The band with its scale and offset.

    Raises
    ------
    UnreadableFileError
        When several bands could be meant, the one that is named is not there, or its scale is none.
    """
    is_mosaic = bool(getattr(ref, "also", []))
    number = 1 if is_mosaic else _number_of_band(source, ref)
    scale, offset = source.scales[number - 1], source.offsets[number - 1]
    if not (math.isfinite(scale) and math.isfinite(offset) and scale != 0):
        raise UnreadableFileError(
            f"'{ref.path.name}' states the scale {scale:g} and offset {offset:g}, which give no values; put them right"
            " in the file (gdal_edit -scale 1 -offset 0)"
        )
    if getattr(ref, "nodata", None) is not None:
        return Band(source, number, scale, offset, () if is_mosaic else stated_nodata(ref))
    return Band(source, number, scale, offset, limits.none, limits)


def stated_nodata(ref: FileRef) -> tuple[float, ...]:
    """List the values that the country file says stand for none.

    Parameters
    ----------
    ref : FileRef
        The file, with ``nodata`` where the country file states it.

    Returns
    -------
    tuple of float
        Numbers as they are stored.
    """
    stated = getattr(ref, "nodata", None)
    if stated is None or stated == "none":
        return ()
    return tuple(stated) if isinstance(stated, list) else (float(stated),)


def _number_of_band(source: rasterio.DatasetReader, ref: FileRef) -> int:
    stated = getattr(ref, "band", None)
    if stated is not None and stated <= source.count:
        return int(stated)
    data = [number for number in source.indexes if source.colorinterp[number - 1] != ColorInterp.alpha]
    if stated is None and len(data) == 1:
        return data[0]
    names = ", ".join(_name_of_band(source, number) for number in source.indexes)
    if stated is not None:
        raise UnreadableFileError(f"'{ref.path.name}' has no band {stated}; set band to one of: {names}")
    raise UnreadableFileError(
        f"'{ref.path.name}' has {source.count} bands; set band = N to the one that holds the values: {names}"
    )


def _name_of_band(source: rasterio.DatasetReader, number: int) -> str:
    named, colour = source.descriptions[number - 1], source.colorinterp[number - 1]
    if not named and colour in (ColorInterp.gray, ColorInterp.undefined):
        return str(number)
    return f"{number} ({printable(named or colour.name, 60)})"


def windows(source: rasterio.DatasetReader) -> list[Bounds]:
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


def read_filled(band: Band, bounds: Bounds) -> tuple[npt.NDArray[np.int64], Floats]:
    """Read the cells of a window whose value is a number other than 0.

    Parameters
    ----------
    band : Band
        The band.
    bounds : Bounds
        (row, column, height, width), in cells.

    Returns
    -------
    tuple[ndarray of int64, ndarray of float64]
        (n,) positions in the window, row by row, and the values there.
    """
    row, column, height, width = bounds
    flags = set(band.source.mask_flag_enums[band.number - 1])
    if not flags <= {MaskFlags.nodata, MaskFlags.all_valid} or not band.is_unscaled:
        values = band.values(bounds).ravel()
        at = np.flatnonzero(np.isfinite(values) & (values != 0))
        return at, values[at]
    stored = band.source.read(band.number, window=Window(column, row, width, height)).ravel()
    at = np.flatnonzero(stored)
    numbers = stored[at].astype(np.float64)
    known = np.isfinite(numbers)
    for none in (*_declared(band), *band.absent):
        known &= numbers != none
    return at[known], numbers[known]


def _declared(band: Band) -> tuple[float, ...]:
    """The nodata that the file declares, rounded as its cells are."""
    nodata = band.source.nodatavals[band.number - 1]
    if nodata is None:
        return ()
    with np.errstate(over="ignore"):
        return (float(np.float32(nodata)) if band.dtype == np.float32 else nodata,)


def check_raster(ref: FileRef, log: RowLog) -> None:
    """Note how many cells there are, and read those that ``without_stand_ins`` has not read.

    Parameters
    ----------
    ref : FileRef
        The file as the country file has it, with further tiles.
    log : RowLog
        Takes the note; changed in place.

    Raises
    ------
    UnreadableFileError
        When the raster is damaged.
    MissingCrsError
        When it does not state its reference system.
    """
    with open_raster(ref) as source:
        crs_of(source, ref)
        band = band_of(source, ref)
        if any(getattr(each, "nodata", None) is not None for each in (ref, *getattr(ref, "also", []))):
            for window in windows(source):
                band.stored(window)
        log.note(f"{source.width} x {source.height} cells")
