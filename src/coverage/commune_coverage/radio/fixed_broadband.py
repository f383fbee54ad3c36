"""Fixed lines: distance to working fibre, and the speed that can be sold at that distance."""

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
    """Whether the nearest fibre is within each limit of each place.

    Parameters
    ----------
    x_m, y_m : (places,) float64, m
        Positions in the metric system.
    fibre : (n,) object
        Geometries of nodes and spans in the metric system.
    limits_m : sequence of float, m
        Distances.

    Returns
    -------
    (limits, places) bool
        True up to the limit.

    Notes
    -----
    Distances are computed for squares of 1 km, then of 200 m, and for single places only where a limit may pass through
    their square.
    """
    result = np.zeros((len(limits_m), len(x_m)), dtype=bool)
    if not len(fibre) or not len(x_m):
        return result
    tree, undecided = shapely.STRtree(fibre), np.arange(len(x_m))
    limits = np.array(limits_m, dtype=np.float64)[:, None]
    for side_m in _SQUARES_M:
        square, middle_x, middle_y, radius = _squares(x_m[undecided], y_m[undecided], side_m)
        away = _distance_m(middle_x, middle_y, tree, fibre)
        result[:, undecided] = np.asarray(away + radius <= limits)[:, square]
        undecided = undecided[np.asarray((np.abs(away - limits) <= radius).any(axis=0))[square]]
    result[:, undecided] = _distance_m(x_m[undecided], y_m[undecided], tree, fibre) <= limits
    return result


def _squares(x_m: Floats, y_m: Floats, side_m: float) -> tuple[npt.NDArray[np.int64], Floats, Floats, Floats]:
    """Group places by square: the square of each, and of each square the middle and the radius of its places."""
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


def fixed_speed_mbps(
    x_m: Floats, y_m: Floats, fibre: npt.NDArray[np.object_], bands: Sequence[FixedBand], true_per_m: float = 1.0
) -> Floats:
    """Speed that a fixed line gives each place.

    Parameters
    ----------
    x_m, y_m : (places,) float64, m
        Positions in the metric system.
    fibre : (n,) object
        Geometries of nodes and spans in the metric system.
    bands : sequence of FixedBand
        Distances with the speed that can be sold within them.
    true_per_m : float, optional
        True metres in a metre of the metric system.

    Returns
    -------
    (places,) float64, Mbps
        Greatest speed of the bands that reach a place, 0 beyond them all.
    """
    near = within_m(x_m, y_m, fibre, [band.within_km * 1000 / true_per_m for band in bands])
    speeds = np.array([band.speed_mbps for band in bands])
    return np.asarray((near * speeds[:, None]).max(axis=0, initial=0.0))
