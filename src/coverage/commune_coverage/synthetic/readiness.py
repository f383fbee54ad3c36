"""How readily networks and carriers serve a place: near the cities and on easy ground first."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from commune_coverage.synthetic.frame import KM_PER_DEG, Floats
from commune_coverage.synthetic.terrain import Terrain

_CITY_REACH_KM = 24.0


def readiness(terrain: Terrain, settlements: pd.DataFrame, lon: Floats, lat: Floats) -> Floats:
    """1 at a city in the plain, towards 0 far from every city, in the mountains and on the lake shore."""
    cities = settlements.loc[settlements["kind"] == "city", ["lon", "lat"]]
    away_km = cKDTree(cities).query(np.column_stack([lon, lat]))[0] * KM_PER_DEG
    return np.asarray(np.exp(-((away_km / _CITY_REACH_KM) ** 2)) * (1 - terrain.hardness(lon, lat)))
