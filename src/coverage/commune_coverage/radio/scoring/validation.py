"""Model against measurement: bias and spread by environment, and the correction that follows from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from commune_coverage.population.urbanisation import NAMES
from commune_coverage.radio.link_budget_config import Z_LOW_HIGH

Floats = npt.NDArray[np.float64]

SUBCARRIERS_PER_MHZ = {"4g": 60.0, "5g": 30.0}
PILOT_PART = {"2g": 1.0, "3g": 0.1}
_FAR_SIGMAS = 3.0
_SIGMA_PER_MEDIAN_DEVIATION = 1.4826
_NOTHING_DB = 1e-6
_MAX_STEPS = 100


def reference_db(technology: str, bandwidth_mhz: float) -> float:
    """Difference between the power of a whole transmission and what a phone reports of it.

    Parameters
    ----------
    technology : str
        One of TECHNOLOGIES.
    bandwidth_mhz : float, MHz
        Bandwidth.

    Returns
    -------
    float, dB
        To be taken off the received power.

    Notes
    -----
    RSRP is the power of one subcarrier: 15 kHz in LTE (3GPP TS 36.214), 30 kHz in NR (3GPP TS 38.215). UMTS reports the
    pilot, here 10 % of the power (assumption), GSM the whole power.
    """
    if technology in SUBCARRIERS_PER_MHZ:
        return float(10 * np.log10(SUBCARRIERS_PER_MHZ[technology] * bandwidth_mhz))
    return float(-10 * np.log10(PILOT_PART[technology]))


def error_statistics(
    quantity: str, measured_db: Floats, modelled_db: Floats, environment: npt.NDArray[np.int64], weight: Floats
) -> list[dict[str, Any]]:
    """Bias and spread of measured over modelled values by environment.

    Parameters
    ----------
    quantity : str
        What is compared: ``power`` or ``speed``.
    measured_db, modelled_db : (n,) float64, dB
        Values; pairs with a value that is not finite are left out.
    environment : (n,) int64
        Row of each place's environment in ``NAMES``.
    weight : (n,) float64
        Number of tests of each value.

    Returns
    -------
    list of dict
        One row an environment: ``environment``, ``quantity``, ``places``, ``tests``, ``bias_db`` and ``spread_db``.

    Notes
    -----
    Bias is the robust mean (``robust_mean_db``); spread half the distance between the 10th and the 90th percentile,
    over 1.28: a standard deviation that outliers do not move.
    """
    rows = []
    for code, name in enumerate(NAMES):
        at = (environment == code) & np.isfinite(measured_db) & np.isfinite(modelled_db)
        error_db = (measured_db - modelled_db)[at]
        low, _, high = _quantiles(error_db, weight[at])
        rows.append(
            {
                "environment": name,
                "quantity": quantity,
                "places": int(at.sum()),
                "tests": float(weight[at].sum()),
                "bias_db": robust_mean_db(error_db, weight[at]),
                "spread_db": (high - low) / (2 * Z_LOW_HIGH),
            }
        )
    return rows


def _quantiles(values: Floats, weight: Floats) -> tuple[float, float, float]:
    """10th, 50th and 90th percentile by weight; NaN without values."""
    if not len(values):
        return np.nan, np.nan, np.nan
    order = np.argsort(values, kind="stable")
    running = np.cumsum(weight[order]) / weight.sum()
    places = np.searchsorted(running, [0.1, 0.5, 0.9]).clip(max=len(values) - 1)
    low, middle, high = values[order][places]
    return float(low), float(middle), float(high)


def robust_mean_db(values: Floats, weight: Floats) -> float:
    """Mean of values of which some may be far off.

    Parameters
    ----------
    values : (n,) float64, dB
        Finite values.
    weight : (n,) float64
        Number of tests of each value.

    Returns
    -------
    float, dB
        NaN without values.

    Notes
    -----
    Huber's M-estimate (1964): what lies farther than three standard deviations, told from the median deviation, counts
    as if it lay there. The median itself is 0.5 dB and more off the mean where errors are skew, as those of path loss
    are: close to a mast and at the limit of a receiver.
    """
    if not len(values):
        return np.nan
    middle = _quantiles(values, weight)[1]
    deviation = _quantiles(np.abs(values - middle), weight)[1]
    far_db = max(_FAR_SIGMAS * _SIGMA_PER_MEDIAN_DEVIATION * deviation, _NOTHING_DB)
    for _ in range(_MAX_STEPS):
        counts = weight * far_db / np.maximum(np.abs(values - middle), far_db)
        before, middle = middle, float((counts * values).sum() / counts.sum())
        if abs(middle - before) < _NOTHING_DB:
            break
    return middle


def corrections_db(rows: list[dict[str, Any]], min_tests: int) -> dict[str, float]:
    """Shift of the received power by environment, where there are enough drive tests.

    Parameters
    ----------
    rows : list of dict
        Rows of ``error_statistics``.
    min_tests : int
        Least number of tests.

    Returns
    -------
    dict of str to float, dB
        Robust mean error of the power by environment.
    """
    power = [row for row in rows if row["quantity"] == "power" and row["tests"] >= min_tests]
    return {row["environment"]: round(row["bias_db"], 2) for row in power}


def shrunken_means_db(
    error_db: Floats, group: npt.NDArray[np.int64], weight: Floats, min_tests: float
) -> dict[int, tuple[float, float]]:
    """Robust mean error of each group, drawn to zero the less it was measured.

    Parameters
    ----------
    error_db : (n,) float64, dB
        Measured less modelled, less the pooled mean: what is left is a group's own. Values that are not finite are
        left out.
    group : (n,) int64
        Number of each value's group.
    weight : (n,) float64
        Number of tests of each value.
    min_tests : float
        Tests with which half of a group's mean counts.

    Returns
    -------
    dict of int to (dB, tests)
        Mean times n / (n + ``min_tests``), and n, by group.

    Notes
    -----
    See ``robust_mean_db``; the factor is that of a normal mean whose prior is worth ``min_tests`` tests (Efron and
    Morris 1975).
    """
    found = {}
    for number in np.unique(group[np.isfinite(error_db)]):
        at = (group == number) & np.isfinite(error_db)
        tests = float(weight[at].sum())
        found[int(number)] = round(robust_mean_db(error_db[at], weight[at]) * tests / (tests + min_tests), 2), tests
    return found
