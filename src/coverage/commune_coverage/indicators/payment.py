"""The payment gap of each commune: who has no point that pays out near, in both seasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from commune_coverage.config.thresholds import Thresholds
from commune_coverage.indicators.delivery import SEASON_SUFFIX
from commune_coverage.indicators.shares import gap_people, share_of
from commune_coverage.schema.inputs import BOUNDS

Floats = npt.NDArray[np.float64]
Indicator = npt.NDArray[Any]
Values = Mapping[str, Indicator]


def place_indicators(ways: Values, is_rural: npt.NDArray[np.bool_], limits: Thresholds) -> dict[str, Indicator]:
    """What is summed over people, place by place, from minutes and distance to the nearest payment point.

    Near is within 2 km in a straight line, 5 km where it is rural, if it can be got to in that season, or within half
    an hour on foot (thresholds of the country file).
    """
    away_km = np.asarray(ways["payment_m"], dtype=np.float64) / 1000
    found: dict[str, Indicator] = {"rural": is_rural}
    found["within_urban_km"] = away_km <= limits.payment_urban_km
    found["within_rural_km"] = is_rural & (away_km <= limits.payment_rural_km)
    by_distance = away_km <= np.where(is_rural, limits.payment_rural_km, limits.payment_urban_km)
    for season in SEASON_SUFFIX:
        for bound in BOUNDS:
            minutes = np.asarray(ways[f"walk_{season}{bound}"], dtype=np.float64)
            near = (by_distance & np.isfinite(minutes)) | (minutes <= limits.payment_walk_min)
            found[f"near_{season}{bound}"] = near
        found[f"walk_{season}"] = np.asarray(ways[f"walk_{season}"]) <= limits.payment_walk_min
        found[f"drive_{season}"] = np.asarray(ways[f"drive_{season}"]) <= limits.payment_walk_min
    return found


def payment_columns(people: Floats, sums: Mapping[str, Floats], limits: Thresholds) -> dict[str, Indicator]:
    """Columns of ``commune_gaps`` from people per commune under the names of ``place_indicators``."""
    minutes = f"{limits.payment_walk_min:g}"
    columns: dict[str, Floats] = {
        f"payment_within_{limits.payment_urban_km:g}_km_share": share_of(sums["within_urban_km"], people),
        f"payment_within_{limits.payment_rural_km:g}_km_rural_share": share_of(sums["within_rural_km"], sums["rural"]),
    }
    for season, suffix in SEASON_SUFFIX.items():
        for bound in BOUNDS:
            gap = gap_people(people, sums[f"near_{season}{bound}"])
            columns[f"payment_gap{suffix}_share{bound}"] = share_of(gap, people)
        columns[f"payment_gap{suffix}_people"] = gap_people(people, sums[f"near_{season}"])
        for mode in ("walk", "drive"):
            columns[f"payment_{mode}_{minutes}_min{suffix}_share"] = share_of(sums[f"{mode}_{season}"], people)
    return columns
