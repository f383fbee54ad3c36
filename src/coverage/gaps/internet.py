"""The internet gap of each commune from people served: coverage by technology, speed and choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from coverage.gaps.shares import gap_people, share_of
from coverage.tables import TECHNOLOGIES, megabits

Floats = npt.NDArray[np.float64]

CHOICES = (1, 2, 3)


def internet_columns(
    people: Floats, served: Mapping[str, Floats], thresholds_mbps: Sequence[float]
) -> dict[str, Floats]:
    """Columns of ``commune_gaps`` from people per commune.

    ``served`` holds people per commune under ``speed_<mbps>``, ``covered_<technology>`` and
    ``operators_<n>``; the first threshold is the headline.
    """
    columns: dict[str, Floats] = {}
    for threshold in thresholds_mbps:
        gap = gap_people(people, served[f"speed_{threshold:g}"])
        columns[f"internet_gap_{megabits(threshold)}_mbps_people"] = gap
        columns[f"internet_gap_{megabits(threshold)}_mbps_share"] = share_of(gap, people)
    headline = megabits(thresholds_mbps[0])
    for kind in ("share", "people"):
        columns[f"internet_gap_{kind}"] = columns[f"internet_gap_{headline}_mbps_{kind}"]
    for technology in TECHNOLOGIES:
        columns[f"covered_{technology}_share"] = share_of(served[f"covered_{technology}"], people)
    for number in CHOICES:
        columns[f"operators_{number}_share"] = share_of(served[f"operators_{number}"], people)
    return columns


def place_indicators(
    tile: Mapping[str, npt.NDArray[np.generic]], thresholds_mbps: Sequence[float]
) -> dict[str, npt.NDArray[np.bool_]]:
    """Who is served, place by place, from one tile of the signal stage."""
    speed = np.asarray(tile["speed_mbps"])
    found = {f"speed_{threshold:g}": speed >= threshold for threshold in thresholds_mbps}
    found |= {
        f"covered_{technology}": np.asarray(tile[f"covered_{technology}"], dtype=bool) for technology in TECHNOLOGIES
    }
    choice = np.asarray(tile[f"operators_{thresholds_mbps[0]:g}"])
    return found | {f"operators_{number}": choice >= number for number in CHOICES}
