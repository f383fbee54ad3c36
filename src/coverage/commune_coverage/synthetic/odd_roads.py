"""What real road files hold beside roads that simply join: a ferry, a ring, a crossing without a junction, 0 km/h."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from commune_coverage.synthetic.terrain import Terrain

_RING_DEG = 0.004
_ACROSS_DEG = 0.006


def with_oddities(roads: gpd.GeoDataFrame, terrain: Terrain, settlements: pd.DataFrame) -> gpd.GeoDataFrame:
    """The roads and, after them, five lines more; unchanged where there are too few places for roads.

    A ferry over the lake between the places nearest to its two ends; a ring that begins and ends at one place; two
    tracks that cross without a common vertex; a road whose stated limit is 0 km/h.
    """
    if roads.empty:
        return roads
    ends = np.round(settlements[["lon", "lat"]].to_numpy(), 5)
    largest = ends[int(settlements["people"].to_numpy().argmax())]
    far = largest + _ACROSS_DEG
    rows = [
        ("", "", "", "ferry", "0:45", shapely.LineString(_landings(terrain, ends))),
        ("residential", "paved", "", "", "", _ring(largest)),
        ("track", "ground", "", "", "", _line(far, (-0.001, -0.001), (0.001, 0.001))),
        ("track", "ground", "", "", "", _line(far, (-0.001, 0.001), (0.001, -0.001))),
        ("residential", "paved", "0", "", "", _line(largest, (0, 0), (0, _ACROSS_DEG))),
    ]
    columns = ["highway", "surface", "maxspeed", "route", "duration", "geometry"]
    extra = gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=roads.crs)
    whole = pd.concat([roads.assign(route="", duration=""), extra.assign(oneway="no")], ignore_index=True)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=roads.crs)


def _landings(terrain: Terrain, ends: np.ndarray) -> np.ndarray:
    """The places nearest to the western and the eastern end of the lake."""
    shore = shapely.get_coordinates(terrain.lake.exterior)
    tips = shore[[shore[:, 0].argmin(), shore[:, 0].argmax()]]
    away = np.hypot(ends[:, None, 0] - tips[:, 0], ends[:, None, 1] - tips[:, 1])
    return np.asarray(ends[away.argmin(axis=0)])


def _ring(centre: np.ndarray) -> shapely.LineString:
    angle = np.linspace(0, 2 * np.pi, 13)
    around = np.column_stack([np.cos(angle) - 1, np.sin(angle)]) * _RING_DEG
    around[-1] = around[0]
    return shapely.LineString(np.round(centre + around, 7))


def _line(middle: np.ndarray, start: tuple[float, float], end: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(np.round(middle + np.array([start, end]), 7))
