"""The last-mile-delivery gap of each commune: minutes to a pick-up and of a parcel, in both seasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from commune_coverage.config.travel import ParcelCost
from commune_coverage.indicators.shares import gap_people, share_of
from commune_coverage.schema.inputs import BOUNDS

Floats = npt.NDArray[np.float64]
Indicator = npt.NDArray[Any]
Values = Mapping[str, Indicator]

SEASON_SUFFIX = {"dry": "", "wet": "_wet"}
"""How a season shows in the name of a column: the dry one is the usual."""
ACCESS = ("2sfca_dry", "2sfca_wet", "e2sfca_dry", "e2sfca_wet")
"""Parcels a day per 1,000 people: two-step floating catchment areas, plain and enhanced, by season."""
OTHER_END = {"": "", "_low": "_high", "_high": "_low"}


def place_indicators(
    travel_times: Values, bands_min: Sequence[float], gap_min: float, promise_min: float
) -> dict[str, Indicator]:
    """Compute what is summed over people, place by place.

    Parameters
    ----------
    travel_times : mapping of str to array[places]
        ``pickup_<scenario>``, ``foot_<season>`` and, where known, ``parcel_<season>``, min; ``has_node``.
    bands_min : sequence of float
        Bands of minutes to a pick-up.
    gap_min : float
        Minutes to a pick-up beyond which people count in the gap.
    promise_min : float
        Minutes within which a parcel is due.

    Returns
    -------
    dict of str to bool[places] or float64[places]
        Flags, and the share of the minutes that are on foot.
    """
    indicators: dict[str, Indicator] = {}
    for season in SEASON_SUFFIX:
        for bound in BOUNDS:
            minutes = np.asarray(travel_times[f"pickup_{season}{bound}"], dtype=np.float64)
            indicators |= {f"within_{band:g}_{season}{bound}": minutes <= band for band in bands_min}
            indicators[f"promise_{season}{bound}"] = minutes <= gap_min
        minutes = np.asarray(travel_times[f"pickup_{season}"], dtype=np.float64)
        indicators[f"reached_{season}"] = np.isfinite(minutes)
        foot = np.asarray(travel_times[f"foot_{season}"], dtype=np.float64)
        on_foot = np.divide(foot, minutes, out=np.zeros(len(minutes)), where=np.isfinite(minutes) & (minutes > 0))
        indicators[f"foot_{season}"] = np.clip(on_foot, 0, 1)
        if f"parcel_{season}" in travel_times:
            indicators[f"parcel_{season}"] = np.asarray(travel_times[f"parcel_{season}"]) <= promise_min
    indicators["lost_when_wet"] = np.asarray(indicators["promise_dry"]) & ~np.asarray(indicators["promise_wet"])
    indicators["no_road"] = ~np.asarray(travel_times["has_node"], dtype=bool)
    return indicators


def delivery_columns(people: Floats, sums: Mapping[str, Floats], bands_min: Sequence[float]) -> dict[str, Floats]:
    """Compute shares and people of the delivery gap.

    Parameters
    ----------
    people : float64[communes]
        People.
    sums : mapping of str to float64[communes]
        People per commune under the names of `place_indicators`.
    bands_min : sequence of float
        Bands of minutes to a pick-up.

    Returns
    -------
    dict of str to float64[communes]
        Columns of ``declare_delivery`` that come of these sums alone.
    """
    columns: dict[str, Floats] = {}
    for season, suffix in SEASON_SUFFIX.items():
        for bound in BOUNDS:
            # Few minutes make a small gap, and a large share within a band.
            served = sums[f"promise_{season}{bound}"]
            columns[f"delivery_gap{suffix}_share{bound}"] = share_of(gap_people(people, served), people)
            for band in bands_min:
                within = sums[f"within_{band:g}_{season}{OTHER_END[bound]}"]
                columns[f"within_{band:g}_min{suffix}_share{bound}"] = share_of(within, people)
        columns[f"delivery_gap{suffix}_people"] = gap_people(people, sums[f"promise_{season}"])
        unreachable = gap_people(people, sums[f"reached_{season}"])
        columns[f"unreachable{suffix}_people"] = unreachable
        columns[f"unreachable{suffix}_share"] = share_of(unreachable, people)
        if f"parcel_{season}" in sums:
            columns[f"parcel_promise{suffix}_share"] = share_of(sums[f"parcel_{season}"], people)
    columns["delivery_wet_loss_people"] = sums["lost_when_wet"]
    columns["delivery_wet_loss_share"] = share_of(sums["lost_when_wet"], people)
    columns["delivery_foot_share"] = share_of(sums["foot_dry"], sums["reached_dry"])
    return columns


_TOUR_FACTOR = 0.57


def cost_per_parcel(branch_min: Floats, parcels_per_km2: Floats, settings: ParcelCost) -> Floats:
    """Estimate the cost of a parcel to the door: handling, driving from the branch and between stops, and the stop.

    Parameters
    ----------
    branch_min : float64[n]
        Minutes from the branch to the door.
    parcels_per_km2 : float64[n]
        A day's parcels by area, parcels/km2.
    settings : ParcelCost
        The ``[parcel_cost]`` section.

    Returns
    -------
    float64[n]
        Currency units a parcel; NaN where there are no parcels.

    Notes
    -----
    The tour is C. F. Daganzo's estimate (Transportation Science 18, 1984, 331-350): twice the line haul shared by the
    parcels of a tour, and 0.57 over the root of the density of stops. It holds for tours of many stops.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        between_km = _TOUR_FACTOR / np.sqrt(parcels_per_km2)
    between_km = np.where(parcels_per_km2 > 0, between_km, np.nan)
    minutes = 2 * branch_min / settings.parcels_per_tour + between_km / settings.local_kmh * 60 + settings.stop_min
    return np.asarray(settings.handling + minutes / 60 * settings.vehicle_per_hour)
