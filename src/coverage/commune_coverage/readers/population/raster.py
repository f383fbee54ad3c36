"""People from a raster in any CRS: populated cells and their exact commune fractions, window by window."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from pyproj import CRS, Transformer

from commune_coverage.config.layers import PeopleLayer
from commune_coverage.core.metric_system import MetricSystem
from commune_coverage.core.quarantine import Reason
from commune_coverage.core.resources import lru_cached
from commune_coverage.readers.boundaries.coverage_fractions import Outlines, coverage_fractions
from commune_coverage.readers.formats import raster as rasters
from commune_coverage.readers.formats.raster import band_of, crs_of, open_raster
from commune_coverage.readers.population.tiles import Chunk, PopulatedPoints, write_chunk

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Bounds = tuple[int, int, int, int]

_WGS84 = "EPSG:4326"
_EQUAL_AREA = "+proj=cea +ellps=WGS84"
_EQUATOR_M = 2 * np.pi * 6_378_137.0
_EDGE_DEGREES = 0.01
_TURN = 360.0
_FULL = 1 - 1e-5
_LISTED_PER_WINDOW = 200
NODATA_LIKE = 1e9
_DENSITY = re.compile(r"densit|/ ?(sq\.? ?)?km|per (sq|km)|km-2|km\^-2", re.IGNORECASE)
_DENSITY_FILE = re.compile(r"densit|(?<![a-z])pd(?![a-z])|per_?(sq_?)?km", re.IGNORECASE)


def said_density(source: rasterio.DatasetReader, number: int, path: Path) -> str:
    """Tell by what a raster calls its numbers people a km2: the band's unit or description, else the file's name.

    Parameters
    ----------
    source : rasterio.DatasetReader
        An open raster.
    number : int
        The band, from 1.
    path : Path
        The file; 'pd' stands for the population density in names of WorldPop.

    Returns
    -------
    str
        The words; '' where nothing calls them so.
    """
    said = " ".join(filter(None, (source.units[number - 1], source.descriptions[number - 1])))
    if _DENSITY.search(said):
        return said
    return path.stem if _DENSITY_FILE.search(path.stem) else ""


@dataclass
class Window:
    """What a window holds: places in reach of a commune, people read and outside, cells read and not used, faults."""

    chunk: Chunk | None = None
    people_read: float = 0.0
    people_outside: float = 0.0
    cells_read: int = 0
    cells_kept: int = 0
    cells_outside: int = 0
    faults: list[tuple[Reason, list[int], list[str], int]] = field(default_factory=list)


class Cells(NamedTuple):
    """Populated cells of a window in reach of a commune: where, how many people, and their exact parts in communes."""

    x: Floats
    y: Floats
    people: Floats
    place: npt.NDArray[np.int64]
    commune: npt.NDArray[np.int64]
    fraction: Floats


def read_window(layer: PeopleLayer, system: MetricSystem, communes_path: Path, chunks: Path, bounds: Bounds) -> Window:
    """Read one window of a raster and write its places as a chunk.

    Parameters
    ----------
    layer : PeopleLayer
        The people raster.
    system : MetricSystem
        The plane of the area.
    communes_path : Path
        GeoParquet of the communes, WGS 84.
    chunks : Path
        Folder of the chunks.
    bounds : Bounds
        (row, column, height, width), in cells.

    Returns
    -------
    Window
        What the window holds.

    Raises
    ------
    UnreadableFileError
        When the raster is damaged.
    """
    cells, window, crs = populated_cells(layer, communes_path, bounds)
    if len(cells.people):
        to_degrees = Transformer.from_crs(crs, _WGS84, always_xy=True)
        lon, lat = (np.asarray(axis) for axis in to_degrees.transform(cells.x, cells.y))
        if system.is_whole:
            x_m, y_m = Transformer.from_crs(crs, system.parts[0].crs, always_xy=True).transform(cells.x, cells.y)
        else:
            x_m, y_m = system.to_metric(lon, lat)
        lon = (lon + _TURN / 2) % _TURN - _TURN / 2 if np.abs(lon).max() > _TURN / 2 else lon
        points = PopulatedPoints(lon, lat, np.asarray(x_m), np.asarray(y_m), *cells[2:])
        window.chunk = write_chunk(chunk_file(chunks, bounds), points)
    return window


def populated_cells(layer: PeopleLayer, communes_path: Path, bounds: Bounds) -> tuple[Cells, Window, str]:
    """Read the populated cells of a window and their exact parts in communes.

    Parameters
    ----------
    layer : PeopleLayer
        The people raster.
    communes_path : Path
        GeoParquet of the communes, WGS 84.
    bounds : Bounds
        (row, column, height, width), in cells.

    Returns
    -------
    tuple[Cells, Window, str]
        The cells in reach of a commune, what else the window holds, and the raster's reference system.

    Raises
    ------
    UnreadableFileError
        When the raster is damaged.
    """
    with open_raster(layer) as source:
        crs = crs_of(source, layer)
        at, values = rasters.read_filled(band_of(source, layer), bounds)
        whole, width, is_turned = source.transform, source.width, _is_beyond_180(source)
    if layer.density_people_per_km2:
        values *= cell_areas_km2(whole @ rasterio.Affine.translation(*bounds[1::-1]), bounds[2:], crs).ravel()[at]
    bad, window = _faults(at, values, bounds, width, layer)
    at, people = at[~bad], values[~bad]
    window.people_read = float(people.sum())
    transform = whole @ rasterio.Affine.translation(bounds[1], bounds[0])
    cells = _cells(at, people, bounds[2:], transform, communes_in(communes_path, crs, is_turned))
    window.cells_kept, window.cells_outside = len(cells.people), len(at) - len(cells.people)
    inside = np.bincount(cells.place, cells.fraction, len(cells.people))
    window.people_outside = float(people.sum() - cells.people @ np.minimum(inside, 1.0))
    return cells, window, crs


def cell_areas_km2(transform: rasterio.Affine, shape: tuple[int, int], crs: str) -> Floats:
    """Area on the ellipsoid of each cell of a grid (rows, columns) in any reference system, km2.

    Corners are put into a projection of equal area, in which edges along parallels and meridians are straight. A cell
    that hangs over the edge of what its system reaches has no area.

    Parameters
    ----------
    transform : rasterio.Affine
        From (column, row) of a corner to the reference system.
    shape : tuple of int
        Rows and columns.
    crs : str
        The reference system.

    Returns
    -------
    (rows, columns) float64, km2
        Area of each cell.
    """
    x, y = transform @ tuple(np.meshgrid(np.arange(shape[1] + 1.0), np.arange(shape[0] + 1.0)))
    x_m, y_m = (np.asarray(axis) for axis in Transformer.from_crs(crs, _EQUAL_AREA, always_xy=True).transform(x, y))
    with np.errstate(invalid="ignore"):
        down, up = (
            _around(first, last) for first, last in ((x_m[:-1, :-1], x_m[1:, 1:]), (x_m[1:, :-1], x_m[:-1, 1:]))
        )
        area_m2 = np.abs(down * (y_m[:-1, 1:] - y_m[1:, :-1]) - up * (y_m[1:, 1:] - y_m[:-1, :-1])) / 2
    return np.where(np.isfinite(area_m2), area_m2, 0.0) / 1e6


def _around(first_m: Floats, last_m: Floats) -> Floats:
    """From one meridian to another the shorter way round the earth, m along the equator."""
    return np.asarray((last_m - first_m + _EQUATOR_M / 2) % _EQUATOR_M - _EQUATOR_M / 2)


def _cells(
    at: Integers, people: Floats, shape: tuple[int, int], transform: rasterio.Affine, communes: CommunesThere
) -> Cells:
    numbers = np.full(shape, -1, dtype=np.int32)
    numbers.ravel()[at] = np.arange(len(at), dtype=np.int32)
    number, shape_number, fraction = coverage_fractions(communes.outlines, transform, numbers)
    commune = shape_number % communes.communes
    is_first = np.diff(number, prepend=-1) > 0
    touched, place = number[is_first], np.cumsum(is_first) - 1
    rows, columns = np.divmod(at[touched], shape[1])
    x, y = transform @ (columns + 0.5, rows + 0.5)
    return Cells(x, y, people[touched], place, commune, _whole(place, fraction, len(touched)))


def chunk_file(chunks: Path, bounds: Bounds) -> Path:
    """Name the file that the places of a window go into.

    Parameters
    ----------
    chunks : Path
        Folder of the chunks.
    bounds : Bounds
        (row, column, height, width), in cells.

    Returns
    -------
    Path
        The file.
    """
    return chunks / f"{bounds[0]:07d}-{bounds[1]:07d}.arrow"


def _faults(
    at: Integers, values: Floats, bounds: Bounds, width: int, layer: PeopleLayer
) -> tuple[npt.NDArray[np.bool_], Window]:
    """Which of the cells ``at`` hold impossible values, which are no people, and the window with them as faults."""
    nodata_like = np.abs(values) > NODATA_LIKE
    negative = (values < 0) & ~nodata_like
    too_many = (values > layer.implausible_people) & ~nodata_like
    window = Window(cells_read=len(at))
    for mask, reason in ((nodata_like | too_many, Reason.IMPLAUSIBLE_PEOPLE), (negative, Reason.NEGATIVE_PEOPLE)):
        if mask.any():
            rows, columns = np.divmod(at[mask][:_LISTED_PER_WINDOW], bounds[3])
            index = (rows + bounds[0]) * width + columns + bounds[1]
            shown = [f"people = {value:g}" for value in values[mask][:_LISTED_PER_WINDOW]]
            window.faults.append((reason, index.tolist(), shown, int(mask.sum())))
    return nodata_like | negative | too_many, window


def _whole(position: npt.NDArray[np.int64], fraction: Floats, cells: int) -> Floats:
    """Fractions whose cell is covered to within rounding (1e-5) are scaled to sum to exactly one."""
    total = np.bincount(position, weights=fraction, minlength=cells)
    return np.where(total[position] > _FULL, fraction / total[position], fraction)


def _is_beyond_180(source: rasterio.DatasetReader) -> bool:
    ends = [(source.transform @ (column, row))[0] for column in (0, source.width) for row in (0, source.height)]
    return max(abs(x) for x in ends) > _TURN / 2 + 1e-9


class CommunesThere(NamedTuple):
    """Communes in a raster's reference system, ``communes`` of them; in degrees a turn west and a turn east as well."""

    outlines: Outlines
    communes: int


@lru_cached
def communes_in(path: Path, crs: str, is_turned: bool) -> CommunesThere:
    """Bring the communes into a raster's reference system.

    Parameters
    ----------
    path : Path
        GeoParquet of the communes, WGS 84.
    crs : str
        The raster's reference system.
    is_turned : bool
        Whether the raster reaches beyond 180 degrees.

    Returns
    -------
    CommunesThere
        Their outlines; in degrees beyond 180 they stand three times, for longitudes may count from 0 to 360.
    """
    communes = gpd.read_parquet(path, columns=["geometry"]).geometry
    system = CRS.from_user_input(crs)
    if system != CRS.from_epsg(4326):
        communes = communes.segmentize(_EDGE_DEGREES).to_crs(crs)
    shapes = communes.to_numpy()
    if system.is_geographic and (is_turned or np.abs(shapely.bounds(shapes)[:, ::2]).max(initial=0.0) > _TURN / 2):
        turns = [shapely.transform(shapes, partial(np.add, [by, 0.0])) for by in (_TURN, -_TURN)]
        return CommunesThere(Outlines.of(np.concatenate([shapes, *turns])), len(shapes))
    return CommunesThere(Outlines.of(shapes), len(shapes))
