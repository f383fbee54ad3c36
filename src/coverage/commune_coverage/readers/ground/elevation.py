"""Ground heights from the elevation raster: a window for a tile, and how far a mast stands above the land about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import rasterio
from pyproj import Geod, Transformer
from rasterio.enums import Resampling
from rasterio.windows import Window
from scipy import ndimage

from commune_coverage.config.layers import Layer
from commune_coverage.readers.formats.raster import check_raster, crs_of, open_raster
from commune_coverage.readers.layer_spec import ReadContext, ReadResult

Floats = npt.NDArray[np.float64]

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


def read_elevation(layer: Layer, context: ReadContext) -> ReadResult:  # noqa: ARG001 -- every reader has a context
    """Check the elevation raster, window by window. ``read_ground`` reads windows of it for profiles.

    Parameters
    ----------
    layer : Layer
        A raster of heights in metres, in any reference system.
    context : ReadContext
        Not used.

    Returns
    -------
    ReadResult
        No table; a log with the raster's size.

    Raises
    ------
    UnreadableFileError
        When the raster is damaged.
    MissingCrsError
        When it does not state its reference system.
    """
    return ReadResult(row_logs=[check_raster("elevation", layer)])


def read_ground(layer: Layer, lon: tuple[float, float], lat: tuple[float, float]) -> GroundWindow | None:
    """Read the heights within bounds.

    Parameters
    ----------
    layer : Layer
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
        crs = crs_of(source, layer)
        corners = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(
            [lon[0], lon[0], lon[1], lon[1]], [lat[0], lat[1], lat[0], lat[1]]
        )
        columns, rows = ~source.transform @ (np.asarray(corners[0]), np.asarray(corners[1]))
        row, bottom = (int(value) for value in np.clip([rows.min() - 2, rows.max() + 3], 0, source.height))
        column, right = (int(value) for value in np.clip([columns.min() - 2, columns.max() + 3], 0, source.width))
        if bottom - row < 2 or right - column < 2:
            return None
        window = Window(column, row, right - column, bottom - row)
        height = _heights(source.read(1, window=window, masked=True))
        moved = source.window_transform(window)
        return GroundWindow(height, _step_m(moved, crs, height.shape), crs, ~moved)


def _heights(values: np.ma.MaskedArray) -> npt.NDArray[np.float32]:
    """Heights with 0 m, the sea's, where there are none."""
    height = np.ma.filled(values.astype(np.float32), 0.0)
    return np.where(np.isfinite(height), height, np.float32(0))


def _step_m(transform: rasterio.Affine, crs: str, shape: tuple[int, ...]) -> float:
    """Return the smaller side of a cell in the middle of the window, on the ellipsoid."""
    row, column = shape[0] / 2, shape[1] / 2
    x, y = transform @ (np.array([column, column + 1, column]), np.array([row, row, row + 1]))
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    _, _, sides = Geod(ellps="WGS84").inv([lon[0], lon[0]], [lat[0], lat[0]], lon[1:], lat[1:])
    return float(max(min(sides), 1.0))


def over_ground_m(layer: Layer, lon: Floats, lat: Floats) -> Floats:
    """Measure how far the ground of each position stands above the mean within some 10 km about it.

    From the raster at 4,000 cells a side at most.

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
        values = _heights(source.read(1, out_shape=shape, resampling=Resampling.average, masked=True))
        transform = source.transform @ rasterio.Affine.scale(source.width / shape[1], source.height / shape[0])
        ground = GroundWindow(values, 0.0, crs_of(source, layer), ~transform)
        cells = max(int(2 * _ABOUT_M / _step_m(transform, ground.crs, shape)), 1)
    rows, columns = (np.rint(axis) for axis in ground.rows_columns(lon, lat))
    about = ndimage.uniform_filter(values, size=cells, mode="nearest")
    inside = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    heights_m = np.full(len(lon), np.nan)
    row, column = rows[inside].astype(int), columns[inside].astype(int)
    heights_m[inside] = values[row, column] - about[row, column]
    return heights_m
