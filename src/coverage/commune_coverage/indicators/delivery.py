"""The last-mile-delivery gap of each commune from minutes to a pick-up and of a parcel, in both seasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from commune_coverage.indicators.shares import gap_people, share_of
from commune_coverage.schema.inputs import BOUNDS

Floats = npt.NDArray[np.float64]
Indicator = npt.NDArray[Any]
Values = Mapping[str, Indicator]

SEASON_SUFFIX = {"dry": "", "wet": "_wet"}
ACCESS = ("2sfca_dry", "2sfca_wet", "e2sfca_dry", "e2sfca_wet")
"""What is known of parcels a day per 1,000 people: two-step floating catchments, plain and enhanced, by season."""
"""How a season shows in the name of a column: the dry one is the usual."""
OTHER_END = {"": "", "_low": "_high", "_high": "_low"}


def place_indicators(
    ways: Values, bands_min: Sequence[float], gap_min: float, promise_min: float
) -> dict[str, Indicator]:
    """What is summed over people, place by place, from minutes to a pick-up and of a parcel."""
    found: dict[str, Indicator] = {}
    for season in SEASON_SUFFIX:
        for bound in BOUNDS:
            minutes = np.asarray(ways[f"pickup_{season}{bound}"], dtype=np.float64)
            found |= {f"within_{band:g}_{season}{bound}": minutes <= band for band in bands_min}
            found[f"promise_{season}{bound}"] = minutes <= gap_min
        minutes = np.asarray(ways[f"pickup_{season}"], dtype=np.float64)
        found[f"reached_{season}"] = np.isfinite(minutes)
        foot = np.asarray(ways[f"foot_{season}"], dtype=np.float64)
        on_foot = np.divide(foot, minutes, out=np.zeros(len(minutes)), where=np.isfinite(minutes) & (minutes > 0))
        found[f"foot_{season}"] = np.clip(on_foot, 0, 1)
        if f"parcel_{season}" in ways:
            found[f"parcel_{season}"] = np.asarray(ways[f"parcel_{season}"]) <= promise_min
    found["lost_when_wet"] = np.asarray(found["promise_dry"]) & ~np.asarray(found["promise_wet"])
    found["no_road"] = ~np.asarray(ways["has_node"], dtype=bool)
    return found


def delivery_columns(people: Floats, sums: Mapping[str, Floats], bands_min: Sequence[float]) -> dict[str, Floats]:
    """Columns of ``commune_gaps`` from people per commune under the names of ``place_indicators``."""
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
