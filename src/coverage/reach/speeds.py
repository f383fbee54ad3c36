"""Speed by road class and surface. All are assumptions; a country file replaces any of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

ROAD_KMH = {
    "motorway": 90.0, "trunk": 70.0, "primary": 60.0, "secondary": 50.0, "tertiary": 40.0,
    "unclassified": 30.0, "residential": 25.0, "living_street": 15.0, "service": 15.0,
    "track": 15.0, "road": 30.0, "path": 5.0, "footway": 5.0, "pedestrian": 5.0,
}  # fmt: skip
OTHER_KMH = 30.0
UNPAVED = frozenset({"unpaved", "dirt", "earth", "ground", "gravel", "fine_gravel", "sand", "mud", "grass", "laterite"})
UNPAVED_FACTOR = 0.7


def road_speed_kmh(roads: pd.DataFrame, replaced: Mapping[str, float]) -> npt.NDArray[np.float64]:
    """km/h of each road: by class, slower unpaved, never above a stated limit."""
    table = ROAD_KMH | dict(replaced)
    base = roads["class"].str.lower().str.removesuffix("_link").map(table).fillna(OTHER_KMH).to_numpy(dtype=np.float64)
    slow = roads["surface"].str.lower().isin(UNPAVED).to_numpy()
    limit = roads["max_speed_kmh"].fillna(np.inf).to_numpy(dtype=np.float64)
    return np.minimum(np.where(slow, base * UNPAVED_FACTOR, base), limit)
