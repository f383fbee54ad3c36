"""People from a raster in any CRS: populated cells and their shares in communes, window by window."""

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
from commune_coverage.readers.population.land import (
    Grid,
    Sides,
    likely_land_share,
    numbered,
    outlined_land_share,
    stated_land_share,
)
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
    """What a window holds: places in reach of a commune, people, cells read and not used, faults.

    Of the people read, those outside; and those ashore, who would be at sea if people were spread evenly over cells.
    """

    chunk: Chunk | None = None
    people_read: float = 0.0
    people_outside: float = 0.0
    people_ashore: float = 0.0
    cells_read: int = 0
    cells_kept: int = 0
    cells_outside: int = 0
    faults: list[tuple[Reason, list[int], list[str], int]] = field(default_factory=list)


class Cells(NamedTuple):
    """Populated cells of a window in reach of a commune: where, how many people, and their shares in communes."""

    x: Floats
    y: Floats
    people: Floats
    place: npt.NDArray[np.int64]
    commune: npt.NDArray[np.int64]
    fraction: Floats


class Inputs(NamedTuple):
    """What every window reads: the raster's layer, the communes and outlines of land as GeoParquet in WGS 84."""

    layer: PeopleLayer
    communes: Path
    land: Path | None = None


class _Read(NamedTuple):
    """Usable cells of a window and of those around it, which of them are its own, and what the rest is."""

    grid: Grid
    own: npt.NDArray[np.bool_]
    padded: Bounds
    window: Window
    crs: str
    is_turned: bool
    rim: Sides


class _Parts(NamedTuple):
    """Parts of cells in communes: number of the cell, commune, and share of the cell's people, sorted by number."""

    number: Integers
    commune: Integers
    share: Floats


def read_window(inputs: Inputs, system: MetricSystem, chunks: Path, bounds: Bounds) -> Window:
    """Read one window of a raster and write its places as a chunk.

    Parameters
    ----------
    inputs : Inputs
        The people raster, the communes and the land.
    system : MetricSystem
        The plane of the area.
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
    cells, window, crs = populated_cells(inputs, bounds)
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


def populated_cells(inputs: Inputs, bounds: Bounds) -> tuple[Cells, Window, str]:
    """Read the populated cells of a window and the shares of their people in communes.

    Parameters
    ----------
    inputs : Inputs
        The people raster, the communes and the land.
    bounds : Bounds
        (row, column, height, width), in cells.

    Returns
    -------
    tuple[Cells, Window, str]
        The cells in reach of a commune, what else the window holds, and the raster's reference system.

    Raises
    ------
    UnreadableFileError
        When the raster is damaged, or the land is not on its grid.
    """
    read = _read(inputs.layer, bounds)
    parts, by_area = _parts(read, inputs)
    cells, window = _cells(read.grid, parts, read.own), read.window
    window.cells_kept, window.cells_outside = len(cells.people), int(read.own.sum()) - len(cells.people)
    inside = float(cells.people @ np.minimum(np.bincount(cells.place, cells.fraction, len(cells.people)), 1.0))
    window.people_outside = window.people_read - inside
    window.people_ashore = inside - float((read.grid.people * by_area)[read.own].sum())
    return cells, window, read.crs


def _read(layer: PeopleLayer, bounds: Bounds) -> _Read:
    with open_raster(layer) as source:
        crs, padded = crs_of(source, layer), _padded(bounds, source.shape)
        at, values = rasters.read_filled(band_of(source, layer), padded)
        whole, (height, width), is_turned = source.transform, source.shape, _is_beyond_180(source)
    transform = whole @ rasterio.Affine.translation(*padded[1::-1])
    if layer.density_people_per_km2:
        values *= cell_areas_km2(transform, padded[2:], crs).ravel()[at]
    own, at_own = _within(at, padded, bounds)
    window = _faults(at_own, values[own], bounds, width, layer)
    usable = ~_is_bad(values, layer)
    window.people_read = float(values[usable & own].sum())
    grid = Grid(at[usable], values[usable], padded[2:], transform)
    rim = (padded[0] == 0, padded[0] + padded[2] == height, padded[1] == 0, padded[1] + padded[3] == width)
    return _Read(grid, own[usable], padded, window, crs, is_turned, rim)


def _padded(bounds: Bounds, shape: tuple[int, int]) -> Bounds:
    """A window with the cells around it, for who lives beside a cell tells where the coast is."""
    row, column, height, width = bounds
    top, left = max(row - 1, 0), max(column - 1, 0)
    return top, left, min(row + height + 1, shape[0]) - top, min(column + width + 1, shape[1]) - left


def _within(at: Integers, padded: Bounds, bounds: Bounds) -> tuple[npt.NDArray[np.bool_], Integers]:
    """Which of the cells ``at`` of a padded window are its own, and their positions in it."""
    rows, columns = np.divmod(at, padded[3])
    rows, columns = rows + padded[0] - bounds[0], columns + padded[1] - bounds[1]
    own = (rows >= 0) & (rows < bounds[2]) & (columns >= 0) & (columns < bounds[3])
    return own, rows[own] * bounds[3] + columns[own]


def _parts(read: _Read, inputs: Inputs) -> tuple[_Parts, Floats]:
    """Shares of the people of cells in communes, all of them on land, and the part of each cell in communes."""
    grid, communes = read.grid, communes_in(inputs.communes, read.crs, read.is_turned)
    number, shape, fraction = coverage_fractions(communes.outlines, grid.transform, numbered(grid))
    fraction = _whole(number, fraction, len(grid.at))
    inside = np.minimum(np.bincount(number, fraction, len(grid.at)), 1.0)
    land = np.maximum(_land_share(read, inputs, inside), inside)
    return _Parts(number, shape % communes.communes, fraction / land[number]), inside


def _land_share(read: _Read, inputs: Inputs, inside: Floats) -> Floats:
    """Part of each cell that is land, (cells,)."""
    layer, grid, land = inputs.layer, read.grid, inputs.layer.land
    if land is None:
        outlines = communes_in(inputs.communes, read.crs, read.is_turned).outlines
        return likely_land_share(grid, inside, outlines, read.rim)
    if inputs.land is not None:
        return outlined_land_share(grid, communes_in(inputs.land, read.crs, read.is_turned).outlines)
    areas = cell_areas_km2(grid.transform, grid.shape, read.crs) if land.unit == "km2" else None
    return np.asarray(stated_land_share(layer, land, read.padded, areas).ravel()[grid.at])


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


def _cells(grid: Grid, parts: _Parts, own: npt.NDArray[np.bool_]) -> Cells:
    """The window's own cells that a commune has a part of."""
    kept = own[parts.number]
    number, commune, share = parts.number[kept], parts.commune[kept], parts.share[kept]
    is_first = np.diff(number, prepend=-1) > 0
    touched, place = number[is_first], np.cumsum(is_first) - 1
    rows, columns = np.divmod(grid.at[touched], grid.shape[1])
    x, y = grid.transform @ (columns + 0.5, rows + 0.5)
    return Cells(x, y, grid.people[touched], place, commune, _whole(place, share, len(touched)))


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


def _is_bad(values: Floats, layer: PeopleLayer) -> npt.NDArray[np.bool_]:
    return (values < 0) | (values > layer.implausible_people) | (np.abs(values) > NODATA_LIKE)


def _faults(at: Integers, values: Floats, bounds: Bounds, width: int, layer: PeopleLayer) -> Window:
    """The window with those of the cells ``at`` as faults that hold impossible values, which are no people."""
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
    return window


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
