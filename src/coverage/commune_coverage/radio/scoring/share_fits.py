"""Simple models with one number for each operator and technology, fitted to a published share: what to be better than.

A disc covers all places within one radius of a mast. A log-distance law gives each place the probability that the
level there, which falls with the logarithm of the distance and varies log-normally, is enough.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]

EXPONENT = 3.5
"""Path loss exponent: 35 dB a decade, Hata's slope for antennas of 30 m is 35.2 (M. Hata 1980)."""
SHADOWING_DB = 8.0
"""Standard deviation of log-normal shadowing; 3GPP TR 38.901 7.4.1 for rural NLOS."""
_NEAREST_M = 50.0
_FARTHEST_DECADE = 6.0


def threshold_for_share(values: Floats, people: Floats, share: float) -> float:
    """Find the threshold below which so large a share of people lies.

    Parameters
    ----------
    values : (n,) float64
        Of each place; infinite where no threshold takes it in.
    people : (n,) float64, people
        Who lives there.
    share : float
        The share.

    Returns
    -------
    float
        That of the values with which the share of people whose value is at most the threshold comes nearest; the
        smaller of two as near. NaN without a finite value.
    """
    order = np.argsort(values, kind="stable")
    rising, below = values[order], np.cumsum(people[order]) / people.sum()
    is_last = np.append(rising[1:] != rising[:-1], True) & np.isfinite(rising)
    if not is_last.any():
        return math.nan
    return float(rising[is_last][np.argmin(np.abs(below[is_last] - share))])


def log_distance_probability(distance_m: Floats, reach_m: float) -> Floats:
    """Probability of coverage by a log-distance law.

    Parameters
    ----------
    distance_m : (n,) float64, m
        To the nearest mast.
    reach_m : float, m
        Distance at which half of the spots are covered.

    Returns
    -------
    (n,) float64
        Probabilities.

    Notes
    -----
    T. Rappaport, Wireless Communications, 4.9.1. Nearer than 50 m it is as at 50 m.
    """
    decades = np.log10(reach_m) - np.log10(np.maximum(distance_m, _NEAREST_M))
    return np.asarray(ndtr(10 * EXPONENT * decades / SHADOWING_DB))


def reach_for_share(distance_m: Floats, people: Floats, share: float) -> float:
    """Find the reach with which a log-distance law covers a share of people.

    Parameters
    ----------
    distance_m : (n,) float64, m
        To the nearest mast; infinite where there is none.
    people : (n,) float64, people
        Who lives there.
    share : float
        The share.

    Returns
    -------
    float, m
        NaN where no reach from 1 mm to 1,000 km gives the share.
    """

    def excess(decade: float) -> float:
        return float((people * log_distance_probability(distance_m, 10**decade)).sum() / people.sum()) - share

    ends = -3.0, _FARTHEST_DECADE
    if excess(ends[0]) > 0 or excess(ends[1]) < 0:
        return math.nan
    return float(10 ** brentq(excess, *ends, xtol=1e-9))


def fit_log_distance(distance_m: Floats, level_db: Floats, weight: Floats) -> Floats:
    """Fit measured levels by a straight line over the logarithm of the distance.

    Parameters
    ----------
    distance_m : (n,) float64, m
        To the nearest mast.
    level_db : (n,) float64, dB
        What was measured.
    weight : (n,) float64
        Number of measurements behind each.

    Returns
    -------
    (n,) float64, dB
        The fitted levels: weighted least squares.
    """
    decades = np.log10(np.maximum(distance_m, _NEAREST_M))
    design = np.column_stack([np.ones_like(decades), decades])
    root = np.sqrt(weight)
    fitted = np.linalg.lstsq(design * root[:, np.newaxis], level_db * root, rcond=None)[0]
    return np.asarray(design @ fitted)
