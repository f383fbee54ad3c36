"""Acceptance sampling: how many tests may fail, with which power what is found, what clusters of tests are worth."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_MAX_TESTS = 100_000


class SamplingPlan(NamedTuple):
    """So many tests are made; what is tested is rejected where ``rejected_from`` of them fail, or more."""

    tests: int
    rejected_from: int


def rejected_from(tests: npt.ArrayLike, failing_share: float, alpha: float) -> Integers:
    """Find how many failing tests reject that no more than a share of them fails.

    Parameters
    ----------
    tests : array_like of int, (n,)
        Independent tests.
    failing_share : float
        Share that may fail.
    alpha : float
        Chance of rejecting although no larger share fails.

    Returns
    -------
    (n,) int64
        The smallest number c with P(X >= c) <= alpha of the binomial distribution; one more than there are tests where
        even all of them are not enough.

    Notes
    -----
    With 0.1 and 0.05 this is what the percentages of 47 CFR 1.7006(e) come from (challenges of mobile coverage).
    """
    return np.asarray(stats.binom.isf(alpha, np.asarray(tests), failing_share), dtype=np.int64) + 1


def power_of(tests: npt.ArrayLike, rejected: npt.ArrayLike, failing_share: npt.ArrayLike) -> Floats:
    """Compute the chance that enough tests fail.

    Parameters
    ----------
    tests, rejected : array_like of int, (n,)
        Independent tests, and how many failing ones reject.
    failing_share : array_like of float, (n,)
        Share of tests that fail.

    Returns
    -------
    (n,) float64
        P(X >= rejected).
    """
    return np.asarray(stats.binom.sf(np.asarray(rejected) - 1, tests, failing_share), dtype=np.float64)


def sampling_plan(accepted: float, rejected: float, alpha: float, power: float) -> SamplingPlan | None:
    """Find the fewest tests that tell two shares of failing ones apart.

    Parameters
    ----------
    accepted, rejected : float
        Share that may fail, and share that is to be found.
    alpha, power : float
        Chance of a false alarm at the first, chance of an alarm at the second.

    Returns
    -------
    SamplingPlan or None
        None where more than 100,000 tests would be needed, or none tell them apart.

    Notes
    -----
    The plan of a single sample by attributes with producer's risk ``alpha`` and consumer's risk 1 - ``power``
    (ISO 2859-2). Power is not monotonic in the number of tests; the fewest are named.
    """
    if rejected <= accepted:
        return None
    first, last = 1, 64
    while first <= _MAX_TESTS:
        tests = np.arange(first, last + 1)
        limits = _limits(first, last, accepted, alpha)
        enough = np.flatnonzero(power_of(tests, limits, rejected) >= power)
        if len(enough):
            return SamplingPlan(int(tests[enough[0]]), int(limits[enough[0]]))
        first, last = last + 1, 4 * last
    return None


@lru_cache(maxsize=64)
def _limits(first: int, last: int, accepted: float, alpha: float) -> Integers:
    """``rejected_from`` for each number of tests; areas of one family share their limits."""
    return rejected_from(np.arange(first, last + 1), accepted, alpha)


class Sample(NamedTuple):
    """Tests in clusters, and what they are worth.

    Attributes
    ----------
    tests, failing : float
        All tests, and those that failed.
    effective : float
        Independent tests that tell as much.
    """

    tests: float
    failing: float
    effective: float

    @property
    def failing_share(self) -> float:
        """Share of tests that failed; NaN without any."""
        return self.failing / self.tests if self.tests else float("nan")

    def p_value(self, accepted: float) -> float:
        """Chance of as many failing tests or more where no more than ``accepted`` of them fail; 1 without tests."""
        failing = self.failing_share * self.effective
        if not self.tests or failing <= 0:
            return 1.0
        return float(stats.beta.cdf(accepted, failing, self.effective - failing + 1))

    def interval(self, confidence: float = 0.9) -> tuple[float, float]:
        """Two-sided interval of the failing share; 0 and 1 without tests."""
        if not self.tests:
            return 0.0, 1.0
        tail, failing = (1 - confidence) / 2, self.failing_share * self.effective
        passed = self.effective - failing
        low = 0.0 if failing <= 0 else float(stats.beta.ppf(tail, failing, passed + 1))
        high = 1.0 if passed <= 0 else float(stats.beta.ppf(1 - tail, failing + 1, passed))
        return low, high


def clustered(tests: npt.ArrayLike, failing: npt.ArrayLike) -> Sample:
    """Sum tests of clusters whose tests are not independent of each other.

    Parameters
    ----------
    tests, failing : array_like of float, (clusters,)
        Tests of each cluster, and those of them that failed.

    Returns
    -------
    Sample

    Notes
    -----
    The effective number is that of Korn and Graubard (1998): all tests divided by the design effect of a ratio
    estimated from clusters, no less than 1, with their correction for few clusters. Without any spread that could be
    estimated each cluster counts as one test.
    """
    weight, failed = (np.asarray(values, dtype=np.float64) for values in (tests, failing))
    weight, failed = weight[weight > 0], failed[weight > 0]
    total, clusters = float(weight.sum()), len(weight)
    if clusters < 2:
        return Sample(total, float(failed.sum()), float(min(clusters, total)))
    share = float(failed.sum()) / total
    # Without failures, or without anything else, no spread can be seen: a cluster is worth one (Kish's number).
    kish = total**2 / float(weight @ weight)
    variance = clusters / (clusters - 1) * float(np.sum((failed - share * weight) ** 2)) / total**2
    worth = share * (1 - share) / variance if variance > 0 and 0 < share < 1 else kish
    t_tests, t_clusters = (float(stats.t.ppf(0.975, degrees)) for degrees in (max(total - 1, 1), clusters - 1))
    return Sample(total, float(failed.sum()), min(worth, total) * min(t_tests / t_clusters, 1.0) ** 2)


def weighted(weights: npt.ArrayLike, failing: npt.ArrayLike) -> Sample:
    """Sum units of unequal weight, such as cells with the people in them: as many observations as there are units.

    Parameters
    ----------
    weights : array_like of float, (units,)
        Weight of each unit; one without any does not count.
    failing : array_like of float, (units,)
        Share of it that failed.

    Returns
    -------
    Sample
        Its failing share is that of the weights.
    """
    weight = np.asarray(weights, dtype=np.float64)
    scaled = weight * np.count_nonzero(weight > 0) / weight.sum() if weight.sum() > 0 else weight
    return clustered(scaled, scaled * np.asarray(failing, dtype=np.float64))


def holm(p_values: npt.ArrayLike) -> Floats:
    """Adjust p-values of several hypotheses so that the chance of any false alarm is kept.

    Parameters
    ----------
    p_values : array_like of float, (n,)
        Each by itself; NaN for one that was not tested, which does not count.

    Returns
    -------
    (n,) float64
        Adjusted p-values (Holm 1979); NaN where they were.
    """
    values = np.asarray(p_values, dtype=np.float64)
    adjusted, order = np.full(values.shape, np.nan), np.argsort(values, kind="stable")
    order = order[~np.isnan(values[order])]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1.0)
    return adjusted
