"""How well figures agree with what is known: errors, correlation, and skill over a baseline."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_MIN_UNITS = 3
"""Two points are always on a line."""


class Score(NamedTuple):
    """Agreement of estimates with known figures, weighted.

    Attributes
    ----------
    units : int
        Known figures with an estimate.
    weight : float
        Sum of their weights: people, or tests.
    mean_error, mean_absolute_error, rms_error : float
        Estimate less known, in the unit of both; NaN without a unit.
    correlation : float
        Pearson's; NaN with fewer than three units, or where either has no spread.
    """

    units: int
    weight: float
    mean_error: float
    mean_absolute_error: float
    rms_error: float
    correlation: float


def score(estimate: Floats, known: Floats, weight: Floats) -> Score:
    """Score estimates against known figures.

    Parameters
    ----------
    estimate, known : (n,) float64
        In one unit; pairs with a value that is not finite, or without weight, are left out.
    weight : (n,) float64
        People, or number of tests.

    Returns
    -------
    Score
    """
    counts = np.isfinite(estimate) & np.isfinite(known) & (weight > 0)
    estimate, known, weight = estimate[counts], known[counts], weight[counts]
    if not len(known):
        return Score(0, 0.0, math.nan, math.nan, math.nan, math.nan)
    error, part = estimate - known, weight / weight.sum()
    return Score(
        len(known),
        float(weight.sum()),
        float(part @ error),
        float(part @ np.abs(error)),
        math.sqrt(part @ error**2),
        _correlation(estimate, known, part),
    )


def _correlation(estimate: Floats, known: Floats, part: Floats) -> float:
    one, other = estimate - part @ estimate, known - part @ known
    spread = math.sqrt((part @ one**2) * (part @ other**2))
    if len(known) < _MIN_UNITS or spread < 1e-12:
        return math.nan
    return float(part @ (one * other) / spread)


def skill(of_model: Score, of_baseline: Score) -> float:
    """Skill of a model over a baseline.

    Parameters
    ----------
    of_model, of_baseline : Score
        Of the same known figures.

    Returns
    -------
    float
        1 less the ratio of the root mean squares: 1 for a model without error, 0 for one as good as the baseline,
        below 0 for a worse one. NaN with fewer than three figures, which a baseline can be fitted to, where either is
        not known, or where the baseline has no error.
    """
    if of_baseline.units < _MIN_UNITS or not of_baseline.rms_error > 0:
        return math.nan
    return 1 - of_model.rms_error / of_baseline.rms_error
