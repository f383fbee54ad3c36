"""Minutes from a place to the nearest hub: over roads where they lead there, else in a straight line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pace:
    """Assumed speeds: the straight line is lengthened by ``detour_factor``."""

    straight_line_kmh: float
    detour_factor: float
    walk_kmh: float
    max_walk_to_road_m: float


def straight_line_min(distance_m: Floats, speed_kmh: float, detour_factor: float) -> Floats:
    """Minutes over a straight distance, lengthened by the detour factor."""
    return np.asarray(distance_m, dtype=np.float64) * detour_factor / 1000 / speed_kmh * 60


def minutes_to_hub(
    places: Floats, hubs: Floats, nodes: Floats, node_min: Floats, pace: Pace
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """(minutes, by_road) for ``places`` (n x 2, m) to ``hubs`` (m x 2); ``nodes`` are road nodes with finite minutes.

    By road: walk to the nearest node that a hub reaches, then drive; a walk straight to the hub
    is taken when it is quicker. Farther than ``max_walk_to_road_m`` from such a road, the
    straight-line assumption stands in and ``by_road`` is False.
    """
    hub_m = cKDTree(hubs).query(places)[0] if len(hubs) else np.full(len(places), np.inf)
    straight = straight_line_min(hub_m, pace.straight_line_kmh, pace.detour_factor)
    if not len(nodes):
        return straight, np.zeros(len(places), dtype=bool)
    road_m, node = cKDTree(nodes).query(places, distance_upper_bound=pace.max_walk_to_road_m)
    by_road = np.isfinite(road_m)
    driven = np.where(by_road, node_min[np.where(by_road, node, 0)], np.inf)
    routed = driven + road_m / 1000 / pace.walk_kmh * 60
    walked = straight_line_min(hub_m, pace.walk_kmh, pace.detour_factor)
    return np.where(by_road, np.minimum(routed, walked), straight), by_road
