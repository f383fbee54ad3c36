"""The internet gap of each commune: in parts, by technology, receiver environment and choice, with low and high."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from commune_coverage.indicators.shares import gap_people, low_high, share_of
from commune_coverage.schema.inputs import BOUNDS, CHOICES, TECHNOLOGIES, megabits
from commune_coverage.schema.themes import at_least

Floats = npt.NDArray[np.float64]

_OTHER_END = {"": "", "_low": "_high", "_high": "_low"}


def internet_columns(
    people: Floats, sites: Floats, sums: Mapping[str, Floats], thresholds_mbps: Sequence[float]
) -> dict[str, Floats]:
    """Compute the internet columns without their evidence.

    Parameters
    ----------
    people : float64[communes]
        People.
    sites : float64[communes]
        Sites in each commune.
    sums : mapping of str to float64[communes]
        People per commune under the names of the radio stage's flags.
    thresholds_mbps : sequence of float
        Downlink thresholds in the busy hour, Mbps; the first is the headline.

    Returns
    -------
    dict of str to float64[communes]
        Shares and people, as `declare_internet` declares them.
    """
    columns: dict[str, Floats] = {}
    columns |= _gap_shares("no_signal_share", people, low_high(sums, "signal", sites))
    columns["no_signal_people"] = gap_people(people, sums["signal"])
    for threshold in thresholds_mbps:
        columns |= _of_threshold(people, sites, sums, threshold)
    headline = megabits(thresholds_mbps[0])
    for kind in ("people", *(f"share{bound}" for bound in BOUNDS)):
        columns[f"internet_gap_{kind}"] = columns[f"internet_gap_{headline}_mbps_{kind}"]
    columns["too_slow_people"] = columns[f"too_slow_{headline}_mbps_people"]
    columns["too_slow_share"] = share_of(columns["too_slow_people"], people)
    for technology in TECHNOLOGIES:
        covered = low_high(sums, f"outdoor_any_{technology}", sites)
        columns |= {f"covered_{technology}_share{bound}": share_of(covered[bound], people) for bound in BOUNDS}
        or_newer = low_high(sums, at_least(technology), sites)
        columns |= {f"{at_least(technology)}_share{bound}": share_of(or_newer[bound], people) for bound in BOUNDS}
        for environment in ("in_vehicle", "indoor"):
            inside = low_high(sums, f"{environment}_any_{technology}", sites)
            columns |= {f"covered_{technology}_{environment}_share{b}": share_of(inside[b], people) for b in BOUNDS}
    for number in CHOICES:
        chosen = low_high(sums, f"operators_{number}", sites)
        columns |= {f"operators_{number}_share{bound}": share_of(chosen[bound], people) for bound in BOUNDS}
    columns["stated_radio_share"] = share_of(sums["is_stated"], sums["signal"])
    return columns


def _gap_shares(name: str, people: Floats, served: Mapping[str, Floats]) -> dict[str, Floats]:
    """Shares of people not served; the low of a gap is what remains when all that may be served is."""
    return {f"{name}{bound}": share_of(gap_people(people, served[_OTHER_END[bound]]), people) for bound in BOUNDS}


def _of_threshold(people: Floats, sites: Floats, sums: Mapping[str, Floats], threshold: float) -> dict[str, Floats]:
    """Compute the gap at one threshold, its quality part, and the same at the cell edge and indoors."""
    speed = megabits(threshold)
    gap = gap_people(people, sums[f"served_{threshold:g}"])
    columns = {f"internet_gap_{speed}_mbps_people": gap}
    columns |= _gap_shares(f"internet_gap_{speed}_mbps_share", people, low_high(sums, f"served_{threshold:g}", sites))
    columns[f"too_slow_{speed}_mbps_people"] = np.maximum(gap - gap_people(people, sums["signal"]), 0.0)
    for name, served in (("edge", "edge_served"), ("indoor", "served_indoor")):
        people_served = low_high(sums, f"{served}_{threshold:g}", sites)
        columns |= _gap_shares(f"{name}_gap_{speed}_mbps_share", people, people_served)
    return columns
