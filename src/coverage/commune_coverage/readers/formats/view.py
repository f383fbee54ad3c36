"""The part of a raster about a place, in one piece also where the raster counts longitudes from 0 to 360 degrees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import rasterio
from pyproj import CRS, Transformer

from commune_coverage.readers.formats.band import Band, Bounds, Floats

_TURN = 360.0
_MARGIN = (2, 3)
_SLACK_DEG = 1e-6


@dataclass(frozen=True)
class View:
    """Cells of a raster about a place: ``parts`` are windows, each with the column in the view that it begins at.

    Columns between the parts have no cells. ``transform`` leads from (column, row) of the view to ``crs``.
    """

    crs: str
    transform: rasterio.Affine
    shape: tuple[int, int]
    parts: tuple[tuple[Bounds, int], ...]

    def values(self, band: Band, first: int = 0, rows: int | None = None) -> Floats:
        """Read rows of the view.

        Parameters
        ----------
        band : Band
            The band.
        first : int
            The first row.
        rows : int or None
            How many; None for all that follow.

        Returns
        -------
        ndarray of float64
            (rows, columns) values in the layer's unit, NaN where there is none.
        """
        rows = self.shape[0] - first if rows is None else rows
        values = np.full((rows, self.shape[1]), np.nan)
        for (row, column, _, width), at in self.parts:
            values[:, at : at + width] = band.values((row + first, column, rows, width))
        return values


def view_of(source: rasterio.DatasetReader, crs: str, lon: Floats, lat: Floats) -> View | None:
    """Find the cells of a raster about positions.

    Parameters
    ----------
    source : rasterio.DatasetReader
        An open raster.
    crs : str
        Its reference system.
    lon : ndarray of float64
        (n,) degrees, WGS 84, of positions about which cells are wanted; all on one half of the earth.
    lat : ndarray of float64
        (n,) degrees, WGS 84.

    Returns
    -------
    View or None
        None where the raster has fewer than 2 x 2 cells there.
    """
    transformer = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    if not CRS.from_user_input(crs).is_geographic or source.transform.b or source.transform.d:
        x, y = transformer.transform(lon, lat)
        bounds = _window(source, np.asarray(x), np.asarray(y))
        return None if bounds is None else _plain(source, crs, bounds)
    middle = _middle(lon)
    x, y = transformer.transform(lon, lat)
    near = middle + _wrapped(np.asarray(x) - middle)
    found = []
    for turns in range(2, -3, -1):
        bounds = _window(source, near + turns * _TURN, np.asarray(y), least=1)
        if bounds is not None:
            found.append((turns, bounds))
    if [turns for turns, _ in found] == [0] and _is_usual(source, found[0][1]):
        return _plain(source, crs, found[0][1]) if min(found[0][1][2:]) >= 2 else None
    return _joined(source, middle, found)


def _middle(lon: Floats) -> float:
    """Of longitudes on one half of the earth, also where they lie on both sides of 180 degrees."""
    base = float(np.asarray(lon).ravel()[0])
    around = _wrapped(np.asarray(lon) - base)
    return float(_wrapped(np.array([base + (around.min() + around.max()) / 2]))[0])


def _wrapped(degrees: npt.NDArray[np.float64]) -> Floats:
    return np.asarray((degrees + _TURN / 2) % _TURN - _TURN / 2)


def _is_usual(source: rasterio.DatasetReader, bounds: Bounds) -> bool:
    """Whether a window lies between 180 degrees west and east."""
    first, last = (source.transform @ (column, 0) for column in (bounds[1], bounds[1] + bounds[3]))
    return max(abs(first[0]), abs(last[0])) <= _TURN / 2 + _SLACK_DEG


def _window(source: rasterio.DatasetReader, x: Floats, y: Floats, least: int = 2) -> Bounds | None:
    finite = np.isfinite(x) & np.isfinite(y)
    if not finite.any():
        return None
    columns, rows = ~source.transform @ (x[finite], y[finite])
    before, after = _MARGIN
    row, bottom = (int(value) for value in np.clip([rows.min() - before, rows.max() + after], 0, source.height))
    column, right = (int(value) for value in np.clip([columns.min() - before, columns.max() + after], 0, source.width))
    return None if bottom - row < 2 or right - column < least else (row, column, bottom - row, right - column)


def _plain(source: rasterio.DatasetReader, crs: str, bounds: Bounds) -> View:
    moved = source.transform @ rasterio.Affine.translation(bounds[1], bounds[0])
    return View(crs, moved, (bounds[2], bounds[3]), ((bounds, 0),))


def _joined(source: rasterio.DatasetReader, middle: float, found: list[tuple[int, Bounds]]) -> View | None:
    """Windows side by side in degrees east of ``middle``, which never jump."""
    if not found:
        return None
    per_turn = _TURN / source.transform.a
    starts = [round(bounds[1] - turns * per_turn) for turns, bounds in found]
    first = min(starts)
    width = max(start + bounds[3] for start, (_, bounds) in zip(starts, found, strict=True)) - first
    if width < 2:
        return None
    row, height = found[0][1][0], found[0][1][2]
    turns, bounds = found[starts.index(first)]
    moved = source.transform @ rasterio.Affine.translation(bounds[1], row)
    shifted = rasterio.Affine.translation(-turns * _TURN - middle, 0) @ moved
    parts = tuple((bounds, start - first) for start, (_, bounds) in zip(starts, found, strict=True))
    return View(f"+proj=longlat +datum=WGS84 +pm={middle!r} +no_defs", shifted, (height, width), parts)
