"""How much of a populated cell is land: nobody lives at sea, so that a cell's people live on its part of land.

Where a band of land areas or outlines of the land are given, they say it. Without them a cell that the communes cover
in part is cut by a border where somebody lives in the cells beyond, and by a coast or a shore where nobody does.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import rasterio
from scipy import ndimage

from commune_coverage.config.layers import LandFile, PeopleLayer
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.boundaries.coverage_fractions import Outlines, coverage_fractions
from commune_coverage.readers.formats.raster import RASTER_SUFFIXES, band_of, crs_of, open_raster
from commune_coverage.readers.formats.vector import read_vector

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Bounds = tuple[int, int, int, int]
Sides = tuple[bool, bool, bool, bool]

_WGS84 = "EPSG:4326"
_PART_OF_A_CELL = 0.01
_AROUND = np.ones((3, 3), dtype=bool)
_ALL = slice(None)
SLIVER = 0.01
"""Of which less than this lies in the communes, a cell is one beyond them: outlines are not drawn that exactly."""


class Grid(NamedTuple):
    """Populated cells of a window: positions row by row, people, the window's rows and columns, and where it lies."""

    at: Integers
    people: Floats
    shape: tuple[int, int]
    transform: rasterio.Affine


def numbered(grid: Grid) -> npt.NDArray[np.int32]:
    """Number the populated cells.

    Parameters
    ----------
    grid : Grid
        Populated cells.

    Returns
    -------
    (rows, columns) int32
        Number of each cell, -1 where nobody lives.
    """
    numbers = np.full(grid.shape, -1, dtype=np.int32)
    numbers.ravel()[grid.at] = np.arange(len(grid.at), dtype=np.int32)
    return numbers


def is_land_raster(land: LandFile) -> bool:
    """Tell whether land is given as a band of land areas or shares, not as outlines.

    Parameters
    ----------
    land : LandFile
        The file.

    Returns
    -------
    bool
    """
    return land.path.suffix.lower() in RASTER_SUFFIXES


def write_land(land: LandFile, target: Path, log: RowLog) -> Path:
    """Write the outlines of the land for the windows of a raster.

    Parameters
    ----------
    land : LandFile
        Polygons of land.
    target : Path
        GeoParquet to write, WGS 84.
    log : RowLog
        Notes of the file; changed in place.

    Returns
    -------
    Path
        ``target``.

    Raises
    ------
    UnreadableFileError
        When the file is damaged or holds no polygon.
    MissingCrsError
        When it does not state its reference system.
    """
    shapes = read_vector(land, log).to_crs(_WGS84)
    shapes = shapes[shapes.geometry.geom_type.isin(("Polygon", "MultiPolygon"))][["geometry"]]
    if shapes.empty:
        raise UnreadableFileError(f"'{land.path.name}' holds no polygon of land")
    target.parent.mkdir(parents=True, exist_ok=True)
    shapes.assign(geometry=shapes.geometry.make_valid()).to_parquet(target)
    return target


def stated_land_share(layer: PeopleLayer, land: LandFile, bounds: Bounds, areas_km2: Floats | None) -> Floats:
    """Read the part of each cell that is land from a band on the grid of the people.

    Parameters
    ----------
    layer : PeopleLayer
        The people raster.
    land : LandFile
        The band of land.
    bounds : Bounds
        (row, column, height, width) in cells of the people raster.
    areas_km2 : (rows, columns) float64, km2, optional
        Areas of the cells, where the band holds areas.

    Returns
    -------
    (rows, columns) float64
        0 to 1; 0 where the band has no number.

    Raises
    ------
    UnreadableFileError
        When the band is not on the grid of the people, or is damaged.
    """
    with open_raster(layer) as people, open_raster(land) as source:
        column, row = ~source.transform @ (people.transform @ (bounds[1], bounds[0]))
        last = ~source.transform @ (people.transform @ (bounds[1] + bounds[3], bounds[0] + bounds[2]))
        first = round(column), round(row)
        off = np.subtract((column, row, *last), (*first, first[0] + bounds[3], first[1] + bounds[2]))
        if crs_of(people, layer) != crs_of(source, land) or np.abs(off).max() > _PART_OF_A_CELL:
            raise UnreadableFileError(
                f"'{land.path.name}' is not on the grid of '{layer.path.name}';"
                " give land in the same cells, or as polygons"
            )
        values = band_of(source, land).values((*first[::-1], *bounds[2:]))
    values = np.nan_to_num(values, nan=0.0) / (1.0 if areas_km2 is None else np.maximum(areas_km2, 1e-12))
    return np.asarray(np.clip(values, 0.0, 1.0))


def outlined_land_share(grid: Grid, outlines: Outlines) -> Floats:
    """Compute the part of each populated cell that lies in the outlines of land.

    Parameters
    ----------
    grid : Grid
        Populated cells.
    outlines : Outlines
        The land, in the reference system of the grid.

    Returns
    -------
    (cells,) float64
        0 to 1.
    """
    number, _, part = coverage_fractions(outlines, grid.transform, numbered(grid))
    return np.asarray(np.minimum(np.bincount(number, part, len(grid.at)), 1.0))


def likely_land_share(grid: Grid, inside: Floats, outlines: Outlines, rim: Sides) -> Floats:
    """Tell the part of each populated cell that is land by who lives around it.

    Parameters
    ----------
    grid : Grid
        Populated cells.
    inside : (cells,) float64
        Part of each cell in the communes.
    outlines : Outlines
        The communes, in the reference system of the grid.
    rim : tuple of bool
        Whether the window's first row, last row, first column and last column are the raster's.

    Returns
    -------
    (cells,) float64
        1 where somebody lives in a cell beside it that lies beyond the communes, and where the raster ends without
        showing that nobody does; else the part in the communes. 1 of slivers.
    """
    settled = np.zeros(grid.shape, dtype=bool)
    settled.ravel()[grid.at[inside < SLIVER]] = True
    is_border = ndimage.binary_dilation(settled, _AROUND).ravel()[grid.at]
    ends = _last_cells(grid.shape, rim, 1).ravel()[grid.at] & (inside < 1) & ~is_border
    if ends.any():
        is_border |= ends & ~_beside_empty_cells(grid, outlines, rim)
    return np.where(is_border | (inside < SLIVER), 1.0, inside)


def _last_cells(shape: tuple[int, int], rim: Sides, cells: int) -> npt.NDArray[np.bool_]:
    """Which cells are the last ones before the raster's end, so many of them."""
    last = np.zeros(shape, dtype=bool)
    first, final = slice(None, cells), slice(-cells, None)
    for side, rows, columns in zip(rim, (first, final, _ALL, _ALL), (_ALL, _ALL, first, final), strict=True):
        last[rows, columns] |= side
    return last


def _beside_empty_cells(grid: Grid, outlines: Outlines, rim: Sides) -> npt.NDArray[np.bool_]:
    """Which populated cells have one beside them, near the raster's end, that is empty and beyond the communes."""
    near = _last_cells(grid.shape, rim, 2)
    near.ravel()[grid.at] = False
    at = np.flatnonzero(near)
    empty = Grid(at, np.zeros(len(at)), grid.shape, grid.transform)
    near.ravel()[at[outlined_land_share(empty, outlines) >= SLIVER]] = False
    return np.asarray(ndimage.binary_dilation(near, _AROUND).ravel()[grid.at])
