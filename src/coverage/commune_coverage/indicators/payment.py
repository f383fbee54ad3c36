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


def place_indicators(travel_times: Values, is_rural: npt.NDArray[np.bool_], limits: Thresholds) -> dict[str, Indicator]:
    """Compute what is summed over people, place by place.

    Parameters
    ----------
    travel_times : mapping of str to array[places]
        ``payment_m``, straight distance to the nearest payment point, m; ``walk_<scenario>``, ``drive_<season>``, min.
    is_rural : bool[places]
        Rural by the degree of urbanisation.
    limits : Thresholds
        The ``[thresholds]`` section.

    Returns
    -------
    dict of str to bool[places]
        Near is within 2 km in a straight line, 5 km where it is rural, if the point can be reached in that season, or
        within half an hour on foot (defaults of the thresholds).
    """
    away_km = np.asarray(travel_times["payment_m"], dtype=np.float64) / 1000
    indicators: dict[str, Indicator] = {"rural": is_rural}
    indicators["within_urban_km"] = away_km <= limits.payment_urban_km
    indicators["within_rural_km"] = is_rural & (away_km <= limits.payment_rural_km)
    indicators |= near_indicators(travel_times, is_rural, limits, "walk")
    for season in SEASON_SUFFIX:
        for mode in ("walk", "drive"):
            indicators[f"{mode}_{season}"] = np.asarray(travel_times[f"{mode}_{season}"]) <= limits.payment_walk_min
    return indicators


def near_indicators(
    travel_times: Values, is_rural: npt.NDArray[np.bool_], limits: Thresholds, mode: str
) -> dict[str, Indicator]:
    """Tell who has a payment point near, place by place, in one mode of travel.

    Parameters
    ----------
    travel_times : mapping of str to array[places]
        ``payment_m``, m, and ``<mode>_<scenario>``, min.
    is_rural : bool[places]
        Rural by the degree of urbanisation.
    limits : Thresholds
        The ``[thresholds]`` section.
    mode : str
        How people travel: the half hour of the thresholds is theirs by that mode.

    Returns
    -------
    dict of str to bool[places]
        ``near_<scenario>``.
    """
    away_km = np.asarray(travel_times["payment_m"], dtype=np.float64) / 1000
    by_distance = away_km <= np.where(is_rural, limits.payment_rural_km, limits.payment_urban_km)
    indicators: dict[str, Indicator] = {}
    for season in SEASON_SUFFIX:
        for bound in BOUNDS:
            minutes = np.asarray(travel_times[f"{mode}_{season}{bound}"], dtype=np.float64)
            near = (by_distance & np.isfinite(minutes)) | (minutes <= limits.payment_walk_min)
            indicators[f"near_{season}{bound}"] = near
    return indicators


def payment_columns(people: Floats, sums: Mapping[str, Floats], limits: Thresholds) -> dict[str, Indicator]:
    """Compute shares and people of the payment gap.

    Parameters
    ----------
    people : float64[communes]
        People.
    sums : mapping of str to float64[communes]
        People per commune under the names of `place_indicators`.
    limits : Thresholds
        The ``[thresholds]`` section.

    Returns
    -------
    dict of str to float64[communes]
        Columns of ``declare_payment`` that come of these sums alone.
    """
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
