"""Estimate, interval, probability and rank from weighted draws, and scores of intervals whose truth is known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

INTERVAL = 0.9


def weighted_quantiles(draws: Floats, weight: Floats, probabilities: npt.ArrayLike) -> Floats:
    """Quantiles over the first axis.

    Parameters
    ----------
    draws : (draws, ...) float64
        Values.
    weight : (draws,) float64
        Weights, 1 in all.
    probabilities : array_like
        (p,) between 0 and 1.

    Returns
    -------
    (p, ...) float64
        The least value that so much of the weight does not exceed: always that of a draw.
    """
    order = np.argsort(draws, axis=0, kind="stable")
    ordered, upto = np.take_along_axis(draws, order, axis=0), np.cumsum(weight[order], axis=0)
    wanted = np.asarray(probabilities, dtype=np.float64)
    first = [(upto < min(one, 1.0) - 1e-12).sum(axis=0).clip(max=len(draws) - 1) for one in wanted]
    return np.array([np.take_along_axis(ordered, row[np.newaxis], axis=0)[0] for row in first])


def interval(draws: Floats, weight: Floats, share: float = INTERVAL) -> tuple[Floats, Floats, Floats]:
    """Median and equal-tailed interval.

    Parameters
    ----------
    draws : (draws, ...) float64
        Values.
    weight : (draws,) float64
        Weights, 1 in all.
    share : float
        Probability within.

    Returns
    -------
    low, median, high : (...) float64
        Of each.
    """
    low, median, high = weighted_quantiles(draws, weight, ((1 - share) / 2, 0.5, (1 + share) / 2))
    return low, median, high


def probability_under(draws: Floats, weight: Floats, target: float) -> Floats:
    """Probability of being under a target.

    Parameters
    ----------
    draws : (draws, ...) float64
        Values.
    weight : (draws,) float64
        Weights, 1 in all.
    target : float
        The target.

    Returns
    -------
    (...) float64
        Weight of the draws below it.
    """
    return np.asarray(np.tensordot(weight, draws < target, axes=1))


def rank_intervals(draws: Floats, weight: Floats, share: float = INTERVAL) -> tuple[Floats, Floats, Floats]:
    """Ranks along the last axis with their intervals.

    Parameters
    ----------
    draws : (draws, units) float64
        Values.
    weight : (draws,) float64
        Weights, 1 in all.
    share : float
        Probability within.

    Returns
    -------
    low, median, high : (units,) float64
        1 for the greatest value; of equal ones the mean rank.
    """
    from scipy.stats import rankdata

    return interval(rankdata(-draws, method="average", axis=1), weight, share)


def pit(draws: Floats, weight: Floats, truth: Floats, uniform: Floats) -> Floats:
    """Probability integral transform of truths, with chance where draws equal the truth.

    Parameters
    ----------
    draws : (draws, ...) float64
        Values.
    weight : (draws,) float64
        Weights, 1 in all.
    truth, uniform : (...) float64
        True values, and numbers of chance from 0 to 1.

    Returns
    -------
    (...) float64
        Uniform where truths come from the same law as the draws (Czado, Gneiting and Held, Biometrics 65, 2009).
    """
    below, equal = (np.tensordot(weight, part, axes=1) for part in (draws < truth, draws == truth))
    return np.asarray(below + uniform * equal)


def interval_score(low: Floats, high: Floats, truth: Floats, share: float = INTERVAL) -> Floats:
    """Score of intervals: their width, and what they miss by.

    Parameters
    ----------
    low, high, truth : (...) float64
        Ends and true values.
    share : float
        Probability within.

    Returns
    -------
    (...) float64
        Less is better (Gneiting and Raftery, Journal of the American Statistical Association 102, 2007).
    """
    missed = np.maximum(low - truth, 0.0) + np.maximum(truth - high, 0.0)
    return np.asarray(high - low + 2 / (1 - share) * missed)
