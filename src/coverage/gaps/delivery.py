"""The last-mile-delivery gap of each commune from minutes to the nearest hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from coverage.gaps.shares import gap_people, share_of

Floats = npt.NDArray[np.float64]


def delivery_columns(people: Floats, reached: Mapping[str, Floats], bands_min: Sequence[float]) -> dict[str, Floats]:
    """Columns of ``commune_gaps`` from people per commune under ``within_<minutes>``, ``promise`` and ``by_road``."""
    gap = gap_people(people, reached["promise"])
    return {
        "delivery_gap_people": gap,
        "delivery_gap_share": share_of(gap, people),
        **{f"within_{band:g}_min_share": share_of(reached[f"within_{band:g}"], people) for band in bands_min},
        "delivery_road_share": share_of(reached["by_road"], people),
    }


def place_indicators(
    minutes: Floats, by_road: npt.NDArray[np.bool_], bands_min: Sequence[float], gap_min: float
) -> dict[str, npt.NDArray[np.bool_]]:
    """Who is reached within each band and within the promise (``gap_min``), place by place."""
    within = {f"within_{band:g}": minutes <= band for band in bands_min}
    return within | {"promise": minutes <= gap_min, "by_road": by_road}
