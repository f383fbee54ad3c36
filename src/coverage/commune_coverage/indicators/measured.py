"""What was measured or counted in each commune: speed tests and users of the mobile internet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binomtest

from commune_coverage.indicators.evidence import DATA_POOR, MEASURED, MODELLED
from commune_coverage.indicators.shares import gap_people, mean_of, share_of
from commune_coverage.schema.inputs import megabits

Floats = npt.NDArray[np.float64]

NETWORKS = ("mobile", "fixed")
TOO_FEW_TESTS = "too few speed tests in the commune"
TESTS_DISAGREE = "speed tests in the commune say otherwise"
_PLACE_DEG = 0.005
_CONFIDENCE = 0.95
_MAX_NO_SIGNAL = 0.05


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


class CommuneSpeeds(NamedTuple):
    """Mobile speed tests of each commune, place by place.

    Attributes
    ----------
    places : float64[communes]
        Places with tests.
    slow_share, low, high : float64[communes]
        Share of them below the speed, and its interval of 95 % (Wilson 1927); NaN without places.
    """

    places: Floats
    slow_share: Floats
    low: Floats
    high: Floats


def speeds_by_commune(tests: pd.DataFrame, communes: int, threshold_mbps: float) -> CommuneSpeeds:
    """Summarise mobile speed tests by commune, each place once.

    Parameters
    ----------
    tests : DataFrame
        ``commune`` (row), ``network``, ``lon`` and ``lat`` (degrees), ``tests`` and ``download_mbps``.
    communes : int
        How many communes there are.
    threshold_mbps : float
        Downlink, Mbps.

    Returns
    -------
    CommuneSpeeds

    Notes
    -----
    Tests of one place are of the same cells and often of one device: a place of about 500 m (0.005 degrees) counts
    once, with the mean of its tests. Where there is no signal nobody tests: the share is one of those who have some.
    """
    own = tests[(tests["network"] == "mobile") & tests["download_mbps"].notna() & (tests["commune"] >= 0)]
    place = [own["commune"], *((own[axis] / _PLACE_DEG).round() for axis in ("lat", "lon"))]
    weighed = (own["download_mbps"] * own["tests"]).groupby(place).sum() / own["tests"].groupby(place).sum()
    commune = weighed.index.get_level_values(0).to_numpy(np.int64)
    count = np.bincount(commune, minlength=communes)
    slow = np.bincount(commune, weighed.to_numpy() < threshold_mbps, communes).astype(np.int64)
    share, low, high = (np.full(communes, np.nan) for _ in range(3))
    for row in np.flatnonzero(count):
        found = binomtest(int(slow[row]), int(count[row])).proportion_ci(_CONFIDENCE, "wilson")
        share[row], low[row], high[row] = slow[row] / count[row], found.low, found.high
    return CommuneSpeeds(count.astype(np.float64), share, low, high)


def evidence_by_tests(figures: Mapping[str, Any], tested: CommuneSpeeds, min_places: int) -> dict[str, Any]:
    """Call a commune's figure measured where tests bound it, and note where they say otherwise.

    Parameters
    ----------
    figures : mapping of str to array[communes]
        The columns of the internet theme.
    tested : CommuneSpeeds
        Of the headline speed.
    min_places : int
        Places below which tests say nothing.

    Returns
    -------
    dict of str to object[communes]
        ``internet_evidence`` and ``internet_note``. Tests bound a figure where they are at enough places, nearly all
        have signal, and the part of those that the model has below the speed lies within the interval of the tests.
    """
    evidence, note = (figures[name].copy() for name in ("internet_evidence", "internet_note"))
    slow = _slow_among_covered(figures)
    is_tested = (tested.places >= min_places) & np.isfinite(slow) & (evidence != DATA_POOR)
    agrees = (slow >= tested.low) & (slow <= tested.high)
    evidence[is_tested & agrees & (figures["no_signal_share"] <= _MAX_NO_SIGNAL)] = MEASURED
    note[is_tested & ~agrees & (note == "")] = TESTS_DISAGREE
    return {"internet_evidence": evidence, "internet_note": note}


def _slow_among_covered(figures: Mapping[str, Any]) -> Floats:
    gap, silent = figures["internet_gap_share"], figures["no_signal_share"]
    covered = 1.0 - silent
    return np.divide(gap - silent, covered, out=np.full(len(gap), np.nan), where=covered > 0)


def measured_gap(
    figures: Mapping[str, Any], people: Floats, tested: CommuneSpeeds, min_places: int, *, is_combined: bool
) -> dict[str, Any]:
    """Rest the internet gap on speed tests, where there are enough.

    Parameters
    ----------
    figures : mapping of str to array[communes]
        The columns of the internet theme by the model.
    people : float64[communes]
        People.
    tested : CommuneSpeeds
        Of the headline speed.
    min_places : int
        Places below which tests say nothing.
    is_combined : bool
        Whether the model's figure stands where tests say nothing; else there is none.

    Returns
    -------
    dict of str to array[communes]
        Gap with low and high, source, evidence and note. Who has no signal, by the model, cannot test and is in the
        gap: no signal + (1 - no signal) x share of tested places below the speed, and so are low and high.
    """
    is_tested = (tested.places >= min_places) & (people > 0) & np.isfinite(figures["no_signal_share"])
    columns: dict[str, Any] = {"internet_gap_modelled_share": np.array(figures["internet_gap_share"])}
    for bound, slow in (("", tested.slow_share), ("_low", tested.low), ("_high", tested.high)):
        silent = figures[f"no_signal_share{bound}"]
        otherwise = figures[f"internet_gap_share{bound}"] if is_combined else np.nan
        columns[f"internet_gap_share{bound}"] = np.where(is_tested, silent + (1.0 - silent) * slow, otherwise)
    share = columns["internet_gap_share"]
    other = (MODELLED, figures["internet_evidence"], figures["internet_note"])
    source, evidence, note = other if is_combined else ("", DATA_POOR, TOO_FEW_TESTS)
    is_known = ~np.isnan(share)
    return columns | {
        "internet_gap_people": share * people,
        "internet_gap_source": np.where(is_tested, "measured", np.where(is_known, source, "")).astype(object),
        "internet_evidence": np.where(is_tested, MEASURED, evidence).astype(object),
        "internet_note": np.where(is_tested, "", note).astype(object),
    }


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
