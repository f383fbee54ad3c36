"""Fixed lines: how near working fibre is, and what speed can be sold there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from commune_coverage.config.thresholds import FixedBand
from commune_coverage.population.urbanisation import CELL_M, cell_keys, first_occurrence

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


_SQUARES_M = (1000.0, 200.0)


def within_m(x_m: Floats, y_m: Floats, fibre: npt.NDArray[np.object_], limits_m: Sequence[float]) -> Flags:
    """(limits, places): whether the nearest of the nodes and spans, all in the metric system, is as near as each limit.

    Places are asked together by squares, then by smaller ones, and singly only where a limit may pass through those.
    """
    found = np.zeros((len(limits_m), len(x_m)), dtype=bool)
    if not len(fibre) or not len(x_m):
        return found
    tree, unsure = shapely.STRtree(fibre), np.arange(len(x_m))
    limits = np.array(limits_m, dtype=np.float64)[:, None]
    for side_m in _SQUARES_M:
        square, middle_x, middle_y, radius = _squares(x_m[unsure], y_m[unsure], side_m)
        away = _distance_m(middle_x, middle_y, tree, fibre)
        found[:, unsure] = np.asarray(away + radius <= limits)[:, square]
        unsure = unsure[np.asarray((np.abs(away - limits) <= radius).any(axis=0))[square]]
    found[:, unsure] = _distance_m(x_m[unsure], y_m[unsure], tree, fibre) <= limits
    return found


def _squares(x_m: Floats, y_m: Floats, side_m: float) -> tuple[npt.NDArray[np.int64], Floats, Floats, Floats]:
    """The square of each place; of each square the middle of its places and how far they lie from it."""
    keys = cell_keys(x_m * (CELL_M / side_m), y_m * (CELL_M / side_m))
    order = np.argsort(keys, kind="stable")
    first = first_occurrence(keys[order])
    square = np.empty(len(keys), dtype=np.int64)
    square[order] = np.repeat(np.arange(len(first)), np.diff(first, append=len(keys)))
    if not len(first):
        return square, *np.zeros((3, 0))
    west, south = (np.minimum.reduceat(axis[order], first) for axis in (x_m, y_m))
    east, north = (np.maximum.reduceat(axis[order], first) for axis in (x_m, y_m))
    return square, (west + east) / 2, (south + north) / 2, np.hypot(east - west, north - south) / 2 + 0.001


def _distance_m(x_m: Floats, y_m: Floats, tree: shapely.STRtree, fibre: npt.NDArray[np.object_]) -> Floats:
    places = np.atleast_1d(np.asarray(shapely.points(x_m, y_m)))
    return np.asarray(shapely.distance(places, fibre[tree.nearest(places)]))


def fixed_speed_mbps(x_m: Floats, y_m: Floats, fibre: npt.NDArray[np.object_], bands: Sequence[FixedBand]) -> Floats:
    """The greatest speed among the bands that reach each place; 0 beyond them all."""
    near = within_m(x_m, y_m, fibre, [band.within_km * 1000 for band in bands])
    speeds = np.array([band.speed_mbps for band in bands])
    return np.asarray((near * speeds[:, None]).max(axis=0, initial=0.0))
