"""Fixed lines: how near working fibre is, and what speed can be sold there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage.assumptions import FixedBand
from coverage.urbanisation import cell_keys

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def within_m(x_m: Floats, y_m: Floats, fibre: npt.NDArray[np.object_], limits_m: Sequence[float]) -> Flags:
    """(limits, places): whether the nearest of the nodes and spans, all in the metric system, is as near as each limit.

    Places are asked together by squares of 1 km, and singly only where a limit may pass through their square.
    """
    found = np.zeros((len(limits_m), len(x_m)), dtype=bool)
    if not len(fibre) or not len(x_m):
        return found
    tree = shapely.STRtree(fibre)
    square, middle_x, middle_y, radius = _squares(x_m, y_m)
    away = _distance_m(middle_x, middle_y, tree, fibre)
    limits = np.array(limits_m, dtype=np.float64)[:, None]
    surely, perhaps = np.asarray(away + radius <= limits), np.asarray(np.abs(away - limits) <= radius)
    found[:] = surely[:, square]
    unsure = np.flatnonzero(np.asarray(perhaps.any(axis=0))[square])
    found[:, unsure] = _distance_m(x_m[unsure], y_m[unsure], tree, fibre) <= limits
    return found


def _squares(x_m: Floats, y_m: Floats) -> tuple[npt.NDArray[np.int64], Floats, Floats, Floats]:
    """The square of each place; of each square the middle of its places and how far they lie from it."""
    square = np.unique(cell_keys(x_m, y_m), return_inverse=True)[1]
    bounds = pd.DataFrame({"x": x_m, "y": y_m}).groupby(square).agg(["min", "max"]).to_numpy()
    west, east, south, north = bounds.T
    radius = np.hypot(east - west, north - south) / 2 + 0.001
    return square, (west + east) / 2, (south + north) / 2, radius


def _distance_m(x_m: Floats, y_m: Floats, tree: shapely.STRtree, fibre: npt.NDArray[np.object_]) -> Floats:
    places = np.atleast_1d(np.asarray(shapely.points(x_m, y_m)))
    return np.asarray(shapely.distance(places, fibre[tree.nearest(places)]))


def fixed_speed_mbps(x_m: Floats, y_m: Floats, fibre: npt.NDArray[np.object_], bands: Sequence[FixedBand]) -> Floats:
    """The greatest speed among the bands that reach each place; 0 beyond them all."""
    near = within_m(x_m, y_m, fibre, [band.within_km * 1000 for band in bands])
    speeds = np.array([band.speed_mbps for band in bands])
    return np.asarray((near * speeds[:, None]).max(axis=0, initial=0.0))
