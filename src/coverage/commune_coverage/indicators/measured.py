"""What was measured or counted in each commune: speed tests and users of the mobile internet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.indicators.shares import gap_people, mean_of, share_of
from commune_coverage.schema.inputs import megabits

Floats = npt.NDArray[np.float64]

NETWORKS = ("mobile", "fixed")


def measured_columns(
    tests: pd.DataFrame, communes: int, thresholds_mbps: Sequence[float], min_tests: int
) -> dict[str, Floats]:
    """Summarise speed tests by commune and network.

    Parameters
    ----------
    tests : DataFrame
        ``commune`` (row), ``network``, ``tests`` and ``download_mbps``; a tile's tests all count with its mean.
    communes : int
        How many communes there are.
    thresholds_mbps : sequence of float
        Downlink thresholds, Mbps.
    min_tests : int
        Tests below which a commune has no mean and no share.

    Returns
    -------
    dict of str to float64[communes]
        Tests, mean downlink (Mbps) and the share of tests below each threshold.
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


def usage_columns(covered: Floats, users: Floats) -> dict[str, Floats]:
    """Compute the usage gap: people covered who do not use the mobile internet.

    Parameters
    ----------
    covered, users : float64[communes]
        People with signal, and users; never more users count than are covered.

    Returns
    -------
    dict of str to float64[communes]
        ``using_people``, ``usage_gap_people``, ``usage_gap_share``.
    """
    using = np.minimum(users, covered)
    gap = gap_people(covered, using)
    return {"using_people": using, "usage_gap_people": gap, "usage_gap_share": share_of(gap, covered)}


def users_by_commune(users: pd.DataFrame, codes: Mapping[str, Sequence[str]], covered: Floats) -> Floats:
    """Distribute stated users over communes; the finest level that states something counts.

    Parameters
    ----------
    users : DataFrame
        ``level``, ``code`` and ``users``.
    codes : mapping of str to sequence of str
        Each commune's code by level: province, district, commune.
    covered : float64[communes]
        People with signal, over whom a district's or province's users are shared.

    Returns
    -------
    float64[communes]
        Users; NaN where nothing is stated.
    """
    by_commune = np.full(len(covered), np.nan)
    for level in ("province", "district", "commune"):
        stated = users[users["level"] == level]
        if stated.empty or level not in codes:
            continue
        area = pd.Series(list(codes[level]))
        whole = pd.Series(covered).groupby(area).transform("sum").to_numpy()
        counted = area.map(stated.set_index("code")["users"]).to_numpy(np.float64)
        shared = mean_of(counted * covered, whole)
        by_commune = np.where(np.isfinite(counted), np.nan_to_num(shared), by_commune)
    return by_commune
