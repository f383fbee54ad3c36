"""What was measured or counted in each commune beside what is modelled: speed tests and users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.indicators.shares import gap_people, share_of
from commune_coverage.schema.inputs import megabits

Floats = npt.NDArray[np.float64]

NETWORKS = ("mobile", "fixed")


def measured_columns(
    tests: pd.DataFrame, communes: int, thresholds_mbps: Sequence[float], min_tests: int
) -> dict[str, Floats]:
    """Tests, mean downlink and the share of tests below each threshold, by network; NaN below ``min_tests``.

    ``tests`` has commune, network, tests and download_mbps. A tile's tests all count with its mean.
    """
    columns: dict[str, Floats] = {}
    for network in NETWORKS:
        own = tests[(tests["network"] == network) & tests["download_mbps"].notna()]
        commune, weight = own["commune"].to_numpy(), own["tests"].to_numpy(np.float64)
        speed = own["download_mbps"].to_numpy(np.float64)
        total = np.bincount(commune, weight, minlength=communes).astype(np.float64)
        enough = total >= min_tests
        columns[f"measured_{network}_tests"] = total
        mean = mean_of(np.bincount(commune, weight * speed, minlength=communes).astype(np.float64), total)
        columns[f"measured_{network}_download_mbps"] = np.where(enough, mean, np.nan)
        for threshold in thresholds_mbps:
            slow = np.bincount(commune, weight * (speed < threshold), minlength=communes).astype(np.float64)
            name = f"measured_{network}_gap_{megabits(threshold)}_mbps_share"
            columns[name] = np.where(enough, share_of(slow, total), np.nan)
    return columns


def mean_of(part: Floats, whole: Floats) -> Floats:
    """Part / whole, NaN where the whole is 0; unlike a share it may exceed 1."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def usage_columns(covered: Floats, users: Floats) -> dict[str, Floats]:
    """Users of the mobile internet, never more than are covered, and those covered who do not use it."""
    using = np.minimum(users, covered)
    idle = gap_people(covered, using)
    return {"using_people": using, "usage_gap_people": idle, "usage_gap_share": share_of(idle, covered)}


def users_by_commune(users: pd.DataFrame, codes: Mapping[str, Sequence[str]], covered: Floats) -> Floats:
    """Users of each commune, NaN where nothing is stated; the finest level that states something counts.

    A district's or province's users are shared over its communes by the people covered. ``users`` has level, code and
    users; ``codes`` each commune's code by level.
    """
    found = np.full(len(covered), np.nan)
    for level in ("province", "district", "commune"):
        stated = users[users["level"] == level]
        if stated.empty or level not in codes:
            continue
        area = pd.Series(list(codes[level]))
        whole = pd.Series(covered).groupby(area).transform("sum").to_numpy()
        counted = area.map(stated.set_index("code")["users"]).to_numpy(np.float64)
        shared = mean_of(counted * covered, whole)
        found = np.where(np.isfinite(counted), np.nan_to_num(shared), found)
    return found
