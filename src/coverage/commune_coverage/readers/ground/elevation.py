"""Ground heights from the elevation raster: a window for a tile, and how far a mast stands above the land about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import rasterio
from pyproj import CRS, Geod, Transformer
from rasterio.enums import MaskFlags
from scipy import ndimage

from commune_coverage.config.layers import RasterFile, RasterLayer
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.boundaries.study_area import StudyArea
from commune_coverage.readers.formats.band import Band, Limits
from commune_coverage.readers.formats.nodata import without_stand_ins
from commune_coverage.readers.formats.raster import band_of, check_raster, crs_of, open_raster, stated_nodata
from commune_coverage.readers.formats.view import view_of
from commune_coverage.readers.layer_spec import Assumption, ReadContext, ReadResult
from commune_coverage.readers.parsing.units import FOOT_M

Floats = npt.NDArray[np.float64]

HEIGHTS = Limits("heights in metres", -12_000.0, 9000.0, (-9999.0, -999.0))
"""From the deepest sea to the highest mountain."""
FINE_M = 100.0
"""Relief in larger cells hides hills that stand in a signal's way; the FCC asks for so much or less."""
_FEET = ("ft", "foot", "feet", "us survey foot", "ftus")
_ABOUT_M = 10_000.0
_COARSE_CELLS = 4000


@dataclass(frozen=True)
class GroundWindow:
    """``height_m`` (rows, columns), 0 where the raster has no data; ``step_m`` is the side of its smaller cells."""

    height_m: npt.NDArray[np.float32]
    step_m: float
    crs: str
    to_cells: rasterio.Affine

    def rows_columns(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Locate positions in the window.

        Parameters
        ----------
        lon : ndarray of float64
            (n,) degrees, WGS 84.
        lat : ndarray of float64
            (n,) degrees, WGS 84.

        Returns
        -------
        tuple[ndarray of float64, ndarray of float64]
            (n,) rows and columns, in cells from the middle of the window's first cell.
        """
        x, y = Transformer.from_crs("EPSG:4326", self.crs, always_xy=True).transform(lon, lat)
        columns, rows = self.to_cells @ (np.asarray(x), np.asarray(y))
        return np.asarray(rows) - 0.5, np.asarray(columns) - 0.5


def _height_band(source: rasterio.DatasetReader, layer: RasterFile) -> Band:
    """The band of heights, in metres also where it states feet."""
    band = band_of(source, layer, HEIGHTS)
    unit = (source.units[band.number - 1] or "").strip().lower()
    if unit not in _FEET:
        return band
    return replace(band, scale=band.scale * FOOT_M, offset=band.offset * FOOT_M)


def read_elevation(layer: RasterLayer, context: ReadContext) -> ReadResult:
    """Check the elevation raster, window by window. ``read_ground`` reads windows of it for profiles.

    Parameters
    ----------
    layer : RasterLayer
        A raster of heights in metres, in any reference system.
    context : ReadContext
        Cells are measured in the middle of its area.

    Returns
    -------
    ReadResult
        No table; a log with the raster's size. Cells of more than 100 m are an assumption, which says their size.

    Raises
    ------
    UnreadableFileError
        When the raster is damaged, or its heights are in no metres.
    MissingCrsError
        When it does not state its reference system.
    """
    log = RowLog("elevation", layer.path.name)
    settled = without_stand_ins(layer, HEIGHTS, log)
    for before, after in zip((layer, *layer.also), (settled, *settled.also), strict=True):
        _refuse_unstated(before, after)
    check_raster(layer, log)
    cell_m = _cell_m(layer, context.area)
    if cell_m <= FINE_M:
        return ReadResult(row_logs=[log])
    said = f"one height for every {cell_m:,.0f} m: hills between are not seen"
    log.note(f"{said}; {FINE_M:.0f} m or less is asked for")
    return ReadResult(row_logs=[log], assumptions=[Assumption("internet", "relief", said, "", layer.path.name)])


def _refuse_unstated(before: RasterFile, after: RasterFile) -> None:
    """Refuse numbers that stand for none and could be heights: all that read heights know only what is stated."""
    if before.nodata is None:
        with open_raster(before.model_copy(update={"also": []})) as source:
            band = band_of(source, before)
        for number in stated_nodata(after):
            value = band.scaled(np.array([number]))
            if number not in HEIGHTS.none and not HEIGHTS.forbid(value)[0]:
                raise UnreadableFileError(
                    f"'{before.path.name}' holds {number:.10g} where it seems to have no height; set"
                    f' nodata = {number:.10g}, or nodata = "none" where it is one'
                )


def _cell_m(layer: RasterLayer, area: StudyArea | None) -> float:
    """The larger side of a cell in the middle of the country, or of the raster where that is not known, m."""
    with open_raster(layer) as source:
        crs, column, row = crs_of(source, layer), source.width / 2, source.height / 2
        if area is not None:
            west, south, east, north = area.communes.total_bounds
            middle = (np.array([(west + east) / 2]), np.array([(south + north) / 2]))
            view = view_of(source, crs, *middle)
            if view is not None:
                return _sides_m(view.transform, view.crs, view.shape[1] / 2, view.shape[0] / 2)[1]
        return _sides_m(source.transform, crs, column, row)[1]


def read_ground(layer: RasterLayer, lon: tuple[float, float], lat: tuple[float, float]) -> GroundWindow | None:
    """Read the heights within bounds.

    Parameters
    ----------
    layer : RasterLayer
        The elevation raster, metres.
    lon : tuple[float, float]
        Least and greatest longitude, degrees, WGS 84.
    lat : tuple[float, float]
        Least and greatest latitude, degrees, WGS 84.

    Returns
    -------
    GroundWindow or None
        None where the raster has fewer than 2 x 2 cells there.

    Raises
    ------
    UnreadableFileError
        When the raster is damaged.
    MissingCrsError
        When it does not state its reference system.
    """
    with open_raster(layer) as source:
        corners = np.array([lon[0], lon[0], lon[1], lon[1]]), np.array([lat[0], lat[1], lat[0], lat[1]])
        view = view_of(source, crs_of(source, layer), *corners)
        if view is None:
            return None
        height = _heights(view.values(_height_band(source, layer)))
        return GroundWindow(height, _step_m(view.transform, view.crs, height.shape), view.crs, ~view.transform)


def ground_m(layer: RasterLayer, lon: Floats, lat: Floats) -> Floats:
    """Look up the ground of positions: the nearest cell of the raster, square degree by square degree.

    Parameters
    ----------
    layer : Layer
        The elevation raster, metres.
    lon : ndarray of float64
        (n,) degrees, WGS 84.
    lat : ndarray of float64
        (n,) degrees, WGS 84.

    Returns
    -------
    ndarray of float64
        (n,) metres above sea level; NaN off the raster.

    Raises
    ------
    UnreadableFileError
        When the raster is damaged.
    MissingCrsError
        When it does not state its reference system.
    """
    heights = np.full(len(lon), np.nan)
    if not len(lon):
        return heights
    _, square, counts = np.unique(
        np.column_stack([np.floor(lon), np.floor(lat)]), axis=0, return_inverse=True, return_counts=True
    )
    for at in np.split(np.argsort(square.ravel(), kind="stable"), np.cumsum(counts)[:-1]):
        window = read_ground(layer, (lon[at].min(), lon[at].max()), (lat[at].min(), lat[at].max()))
        if window is not None:
            rows, columns = (np.rint(axis).astype(int) for axis in window.rows_columns(lon[at], lat[at]))
            on = (rows >= 0) & (rows < window.height_m.shape[0]) & (columns >= 0) & (columns < window.height_m.shape[1])
            heights[at[on]] = window.height_m[rows[on], columns[on]]
    return heights


def _heights(values: Floats) -> npt.NDArray[np.float32]:
    """Heights with 0 m, the sea's, where there are none."""
    return np.where(np.isfinite(values), values, 0.0).astype(np.float32)


def _step_m(transform: rasterio.Affine, crs: str, shape: tuple[int, ...]) -> float:
    """Return the smaller side of a cell in the middle of the window, on the ellipsoid."""
    return _sides_m(transform, crs, shape[1] / 2, shape[0] / 2)[0]


def _sides_m(transform: rasterio.Affine, crs: str, column: float, row: float) -> tuple[float, float]:
    """The smaller and the larger side of a cell on the ellipsoid, m."""
    x, y = transform @ (np.array([column, column + 1, column]), np.array([row, row, row + 1]))
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    _, _, sides = Geod(ellps="WGS84").inv([lon[0], lon[0]], [lat[0], lat[0]], lon[1:], lat[1:])
    return float(max(min(sides), 1.0)), float(max(sides))


def over_ground_m(layer: RasterLayer, lon: Floats, lat: Floats) -> Floats:
    """Measure how far the ground of each position stands above the mean within some 10 km about it.

    From the raster at 4,000 cells a side at most.

    Parameters
    ----------
    layer : RasterLayer
        The elevation raster, metres.
    lon : ndarray of float64
        (n,) degrees, WGS 84.
    lat : ndarray of float64
        (n,) degrees, WGS 84.

    Returns
    -------
    ndarray of float64
        (n,) metres; NaN off the raster.

    Raises
    ------
    UnreadableFileError
        When the raster is damaged.
    MissingCrsError
        When it does not state its reference system.
    """
    with open_raster(layer) as source:
        shape = tuple(min(side, _COARSE_CELLS) for side in (source.height, source.width))
        values = _heights(_averages(_height_band(source, layer), shape))
        transform = source.transform @ rasterio.Affine.scale(source.width / shape[1], source.height / shape[0])
        ground = GroundWindow(values, 0.0, crs_of(source, layer), ~transform)
        cells = max(int(2 * _ABOUT_M / _step_m(transform, ground.crs, shape)), 1)
        per_turn = 360.0 / transform.a if CRS.from_user_input(ground.crs).is_geographic else np.inf
    rows, columns = ground.rows_columns(lon, lat)
    if np.isfinite(per_turn):
        # Longitudes from 0 to 360 degrees, or on the other side of 180.
        columns = (columns + 0.5) % per_turn - 0.5
    rows, columns = np.rint(rows), np.rint(columns)
    about = ndimage.uniform_filter(values, size=cells, mode="nearest")
    inside = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    heights_m = np.full(len(lon), np.nan)
    row, column = rows[inside].astype(int), columns[inside].astype(int)
    heights_m[inside] = values[row, column] - about[row, column]
    return heights_m


def _averages(band: Band, shape: tuple[int, int]) -> Floats:
    """The band in fewer cells. Where a file declares no nodata, GDAL would count what stands for it as heights."""
    source = band.source
    if shape == (source.height, source.width):
        return band.values((0, 0, *shape))
    if not (band.absent or band.limits is HEIGHTS) or set(source.mask_flag_enums[band.number - 1]) != _NOT_DECLARED:
        return band.averages(shape)
    rows = np.linspace(0, source.height, shape[0] + 1).astype(np.int64)
    columns = np.linspace(0, source.width, shape[1] + 1).astype(np.int64)[:-1]
    means = np.empty(shape)
    for row, (top, bottom) in enumerate(zip(rows[:-1].tolist(), rows[1:].tolist(), strict=True)):
        values = band.values((top, 0, bottom - top, source.width))
        known = np.isfinite(values)
        sums = np.add.reduceat(np.where(known, values, 0.0).sum(axis=0), columns)
        counts = np.add.reduceat(known.sum(axis=0), columns)
        means[row] = np.divide(sums, counts, out=np.full(shape[1], np.nan), where=counts > 0)
    return means


_NOT_DECLARED = {MaskFlags.all_valid}
