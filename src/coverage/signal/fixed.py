"""Fixed lines: how far working fibre is, and what speed can be sold at that distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from coverage.assumptions import FixedBand

Floats = npt.NDArray[np.float64]


def fibre_distance_m(x_m: Floats, y_m: Floats, fibre: npt.NDArray[np.object_]) -> Floats:
    """Distance of each place to the nearest of the nodes and spans, all in the metric system; inf without any."""
    if not len(fibre):
        return np.full(len(x_m), np.inf)
    places = shapely.points(x_m, y_m)
    tree = shapely.STRtree(fibre)
    return np.asarray(shapely.distance(places, fibre[tree.nearest(places)]))


def fixed_speed_mbps(distance_m: Floats, bands: Sequence[FixedBand]) -> Floats:
    """The greatest speed among the bands that reach as far; 0 beyond them all."""
    speed = np.zeros(len(distance_m))
    for band in bands:
        speed[distance_m <= band.within_km * 1000] = np.maximum(
            speed[distance_m <= band.within_km * 1000], band.speed_mbps
        )
    return speed
