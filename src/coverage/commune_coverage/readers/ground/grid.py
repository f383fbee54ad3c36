"""The ground as one grid of the metric system: heights, water all year, ground flooded in the wet season."""

from __future__ import annotations

import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
from pyproj import Transformer
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from commune_coverage.config.layers import ExtentLayer, FileRef, Layers, RasterLayer
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.core.rasterizing import rasterize
from commune_coverage.readers.boundaries.study_area import StudyArea, shapes_near
from commune_coverage.readers.formats.band import ANYTHING, Band, Limits
from commune_coverage.readers.formats.nodata import without_stand_ins
from commune_coverage.readers.formats.raster import (
    RASTER_SUFFIXES,
    band_of,
    check_raster,
    crs_of,
    open_raster,
    stated_nodata,
)
from commune_coverage.readers.formats.vector import read_vector
from commune_coverage.readers.formats.view import View, view_of
from commune_coverage.readers.ground.elevation import HEIGHTS
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.travel.off_road import Ground

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

SURROUNDINGS_M = 10_000.0
USUAL_CELL_M = 250.0
MAX_CELLS = 4000
METRES_PER_DEGREE = 111_000.0
EXTENT = Limits("values")
"""Water says where it is by any number above ``above``."""
_OUTLINE = 41
_COPIED_ROWS = 512


class Grid:
    """The country and 10 km about it in square cells; ``cell_m`` grows so that a side has 4,000 cells at most."""

    def __init__(self, area: StudyArea, cell_m: float, max_cells: int = MAX_CELLS) -> None:
        bounds = np.array([shape.bounds for shape in area.metric_parts])
        west, south = bounds[:, :2].min(axis=0) - SURROUNDINGS_M
        east, north = bounds[:, 2:].max(axis=0) + SURROUNDINGS_M
        self.cell_m = max(cell_m, math.ceil(max(east - west, north - south) / max_cells))
        self.west_m = math.floor(west / self.cell_m) * self.cell_m
        self.north_m = math.ceil(north / self.cell_m) * self.cell_m
        self.shape = (math.ceil((self.north_m - south) / self.cell_m), math.ceil((east - self.west_m) / self.cell_m))
        self.system, self.crs = area.system, area.metric_crs

    @property
    def transform(self) -> rasterio.Affine:
        """From (column, row) of a cell's corner to metres of the plane."""
        return rasterio.Affine(self.cell_m, 0, self.west_m, 0, -self.cell_m, self.north_m)

    def burn(self, shapes: npt.NDArray[np.object_]) -> Flags:
        """Mark the cells that shapes touch.

        Parameters
        ----------
        shapes : ndarray of object
            (shapes,) geometries in the plane.

        Returns
        -------
        ndarray of bool
            (rows, columns) flags.
        """
        if not len(shapes):
            return np.zeros(self.shape, dtype=bool)
        burnt = rasterize(shapes.tolist(), self.shape, transform=self.transform, dtype="uint8", all_touched=True)
        return np.asarray(burnt, dtype=bool)

    def warp(self, ref: FileRef, resampling: Resampling, limits: Limits = ANYTHING) -> Floats:
        """Resample a raster to the grid, part by part of the country.

        Parameters
        ----------
        ref : FileRef
            The file, how it is written, its band and further tiles.
        resampling : Resampling
            How cells are combined.
        limits : Limits
            What a cell can hold; all else is none.

        Returns
        -------
        ndarray of float64
            (rows, columns) values in the layer's unit, NaN where the raster has none.

        Raises
        ------
        UnreadableFileError
            When the raster is damaged.
        MissingCrsError
            When it does not state its reference system.
        """
        settled = ref if limits is ANYTHING else without_stand_ins(ref, limits, RowLog("", ref.path.name))
        values = np.full(self.shape, np.nan)
        for first, strip in self._strips():
            values[:, first : first + strip.shape[1]] = _warped_strip(settled, limits, strip, resampling)
        return values

    def _strips(self) -> list[tuple[int, _Strip]]:
        """Columns of the grid with one reference system each, and which is their first."""
        if self.system.is_whole:
            return [(0, _Strip(self.system.parts[0].crs, self.transform, self.shape))]
        margin, strips = math.ceil(SURROUNDINGS_M / self.cell_m), []
        for part in self.system.parts:
            left, right = (math.floor((part.bounds[side] - self.west_m) / self.cell_m) for side in (0, 2))
            first, end = max(left - margin, 0), min(right + 1 + margin, self.shape[1])
            corner = rasterio.Affine.translation(-part.east_m, -part.north_m) @ self.transform
            own = corner @ rasterio.Affine.translation(first, 0)
            strips.append((first, _Strip(part.crs, own, (self.shape[0], end - first))))
        return strips


class _Strip(NamedTuple):
    """Cells with one reference system: their grid, and how many rows and columns."""

    crs: str
    transform: rasterio.Affine
    shape: tuple[int, int]

    def outline(self) -> tuple[Floats, Floats]:
        """Longitudes and latitudes of points along the cells' edge and across them, degrees, WGS 84."""
        west, north, cell_m = self.transform.c, self.transform.f, self.transform.a
        x = west + np.linspace(0, 1, _OUTLINE) * self.shape[1] * cell_m
        y = north - np.linspace(0, 1, _OUTLINE) * self.shape[0] * cell_m
        at = (axis.ravel() for axis in np.meshgrid(x, y))
        lon, lat = Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True).transform(*at)
        is_known = np.isfinite(lon) & np.isfinite(lat)
        return np.asarray(lon)[is_known], np.asarray(lat)[is_known]


def _warped_strip(settled: FileRef, limits: Limits, strip: _Strip, resampling: Resampling) -> Floats:
    with open_raster(settled) as source:
        crs = crs_of(source, settled)
        band = band_of(source, settled, limits)
        view = view_of(source, crs, *strip.outline())
        if view is None:
            return np.full(strip.shape, np.nan)
        if len(view.parts) == 1 and view.crs == crs and band.is_unscaled and not stated_nodata(settled):
            return _warped(source, crs, band, strip, resampling)
        with TemporaryDirectory() as folder:
            copy = _copy_of(view, band, Path(folder) / "view.tif")
            with rasterio.open(copy) as plain:
                return _warped(plain, view.crs, Band(plain, 1, 1.0, 0.0), strip, resampling)


def _warped(source: rasterio.DatasetReader, crs: str, band: Band, strip: _Strip, resampling: Resampling) -> Floats:
    rows, columns = strip.shape
    with WarpedVRT(
        source,
        src_crs=crs,
        crs=strip.crs,
        transform=strip.transform,
        width=columns,
        height=rows,
        resampling=resampling,
        src_nodata=source.nodatavals[band.number - 1],
        nodata=np.nan,
        dtype="float64",
    ) as warped:
        return np.asarray(warped.read(band.number), dtype=np.float64)


def _copy_of(view: View, band: Band, target: Path) -> Path:
    """Write a view as a raster of its own: values in the layer's unit, NaN where there is none."""
    height, width = view.shape
    profile = {"driver": "GTiff", "dtype": "float32", "count": 1, "nodata": np.nan, "BIGTIFF": "IF_SAFER"}
    tiles = {"tiled": True, "blockxsize": 256, "blockysize": 256} if min(height, width) >= 256 else {}
    with rasterio.open(
        target, "w", height=height, width=width, crs=view.crs, transform=view.transform, **profile, **tiles
    ) as sink:
        for row in range(0, height, _COPIED_ROWS):
            rows = min(_COPIED_ROWS, height - row)
            sink.write(view.values(band, row, rows).astype(np.float32), 1, window=Window(0, row, width, rows))
    return target


def read_ground_grid(
    layers: Layers,
    area: StudyArea,
    flood_below_m: float | None,
    cell_m: float | None = None,
    max_cells: int = MAX_CELLS,
) -> Ground:
    """Read heights, water and floods of the layers that are there, on one grid.

    Sea is where neither a commune nor a height is: without an elevation layer, all beyond the communes.

    Parameters
    ----------
    layers : Layers
        The layers of the country file.
    area : StudyArea
        The communes as an area.
    flood_below_m : float or None
        Without a flood layer, ground at or below this height floods in the wet season, metres; None for no ground.
    cell_m : float or None
        Side of a cell, metres; None for about that of the elevation raster.
    max_cells : int
        Cells on a side at most; cells grow to hold it.

    Returns
    -------
    Ground
        The grid in the metric reference system.

    Raises
    ------
    UnreadableFileError
        When a file is damaged.
    MissingCrsError
        When one does not state its reference system.
    """
    grid = Grid(area, cell_m, max_cells) if cell_m else Grid(area, _cell_m(layers.elevation))
    height = np.full(grid.shape, np.nan)
    if layers.elevation is not None:
        height = grid.warp(layers.elevation, Resampling.bilinear, HEIGHTS)
    land = grid.burn(area.metric_parts) | np.isfinite(height)
    water = ~land if layers.water is None else ~land | read_extent(layers.water, area, grid)
    if layers.flood is not None:
        flooded = read_extent(layers.flood, area, grid)
    else:
        flooded = height <= (-np.inf if flood_below_m is None else flood_below_m)
    filled = np.where(np.isfinite(height), height, 0.0).astype(np.float32)
    return Ground(filled, water, flooded & ~water, grid.west_m, grid.north_m, grid.cell_m, area.system.scale)


def _cell_m(elevation: RasterLayer | None) -> float:
    """Return the side of the elevation raster's cells, about; 250 m where there is none."""
    return USUAL_CELL_M if elevation is None else raster_cell_m(elevation)


def raster_cell_m(layer: FileRef) -> float:
    """Measure the side of a raster's cells, about: of degrees as they are at the equator.

    Parameters
    ----------
    layer : FileRef
        A raster.

    Returns
    -------
    float
        Metres.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingCrsError
        When it does not state its reference system.
    """
    with open_raster(layer) as source:
        side = math.hypot(source.transform.a, source.transform.d)
        system = rasterio.crs.CRS.from_user_input(crs_of(source, layer))
        return float(side * (METRES_PER_DEGREE if system.is_geographic else system.linear_units_factor[1]))


def read_extent(layer: ExtentLayer, area: StudyArea, grid: Grid) -> Flags:
    """Mark the cells that a layer of water touches.

    Parameters
    ----------
    layer : ExtentLayer
        Polygons, or a raster whose cells above ``above`` are under water.
    area : StudyArea
        The communes as an area.
    grid : Grid
        The grid.

    Returns
    -------
    ndarray of bool
        (rows, columns) flags.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingCrsError
        When it does not state its reference system.
    """
    if is_raster(layer):
        settled = without_stand_ins(layer, EXTENT, RowLog("water", layer.path.name), layer.above)
        values = grid.warp(settled, Resampling.max)
        return np.asarray(values > layer.above)
    log = RowLog("water", layer.path.name)
    return grid.burn(shapes_near(_polygons(layer, log), area, SURROUNDINGS_M, log).geometry.to_numpy())


def read_water(layer: ExtentLayer, context: ReadContext) -> ReadResult:
    """Check the water layer: polygons, or the cells of a raster. ``read_ground_grid`` reads it for routing.

    Parameters
    ----------
    layer : ExtentLayer
        Polygons in any reference system, or a raster.
    context : ReadContext
        Polygons beyond 10 km of its area are out of area.

    Returns
    -------
    ReadResult
        No table; a log of the polygons, or of the raster's size.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingCrsError
        When it does not state its reference system.
    """
    return _check_extent("water", layer, context)


def read_flood(layer: ExtentLayer, context: ReadContext) -> ReadResult:
    """Check the flood layer, as ``read_water`` does the water layer.

    Parameters
    ----------
    layer : ExtentLayer
        Polygons in any reference system, or a raster.
    context : ReadContext
        Polygons beyond 10 km of its area are out of area.

    Returns
    -------
    ReadResult
        No table; a log of the polygons, or of the raster's size.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingCrsError
        When it does not state its reference system.
    """
    return _check_extent("flood", layer, context)


def _check_extent(name: str, layer: ExtentLayer, context: ReadContext) -> ReadResult:
    if is_raster(layer):
        log = RowLog(name, layer.path.name)
        without_stand_ins(layer, EXTENT, log, layer.above)
        check_raster(layer, log)
        return ReadResult(row_logs=[log])
    log = RowLog(name, layer.path.name)
    frame = _polygons(layer, log)
    if context.area is None:
        log.kept = len(frame)
    else:
        shapes_near(frame, context.area, SURROUNDINGS_M, log)
    return ReadResult(row_logs=[log])


def _polygons(layer: ExtentLayer, log: RowLog) -> gpd.GeoDataFrame:
    """Polygons of a layer; anything else is quarantined."""
    if layer.also:
        raise UnreadableFileError(f"'{layer.path.name}' is no raster, only rasters have further tiles; take out also")
    frame = read_vector(layer, log)
    usable = (frame.geom_type.isin(["Polygon", "MultiPolygon"]) & ~frame.is_empty).to_numpy(dtype=bool)
    log.set_aside(frame.loc[~usable, LINE], Reason.NO_GEOMETRY)
    return frame[usable]


def is_raster(layer: ExtentLayer) -> bool:
    """Tell whether the layer is a raster, by its format or else by its name.

    Parameters
    ----------
    layer : ExtentLayer
        A layer of water.

    Returns
    -------
    bool
        Whether it is.
    """
    return layer.format == "raster" if layer.format else layer.path.suffix.lower() in RASTER_SUFFIXES
