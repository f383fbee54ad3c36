"""Quantiles, probabilities, ranks and scores by hand, by numpy and by the law that they must have."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from commune_coverage.ensemble.intervals import (
    interval,
    interval_score,
    pit,
    probability_under,
    rank_intervals,
    weighted_quantiles,
)


def test_equal_weights_give_numpys_inverted_distribution() -> None:
    rng = np.random.default_rng(1)
    draws, weight = rng.normal(size=(101, 3, 4)), np.full(101, 1 / 101)
    for wanted in (0.05, 0.5, 0.9, 1.0):
        expected = np.quantile(draws, wanted, axis=0, method="inverted_cdf")
        np.testing.assert_array_equal(weighted_quantiles(draws, weight, [wanted])[0], expected)


def test_whole_weights_are_repetitions() -> None:
    rng = np.random.default_rng(2)
    draws, times = rng.normal(size=50), rng.integers(0, 4, 50)
    repeated = np.repeat(draws, times)
    for wanted in (0.05, 0.31, 0.95):
        expected = np.quantile(repeated, wanted, method="inverted_cdf")
        assert weighted_quantiles(draws, times / times.sum(), [wanted])[0] == expected


def test_probability_under_a_target_by_hand() -> None:
    draws, weight = np.array([[0.1, 0.9], [0.5, 0.5], [0.9, 0.2]]), np.array([0.2, 0.3, 0.5])
    np.testing.assert_allclose(probability_under(draws, weight, 0.5), [0.2, 0.5])


def test_ranks_by_hand() -> None:
    """Two draws of three communes: the first is first in both, the others change places; equal ones share a rank."""
    draws = np.array([[0.9, 0.4, 0.1], [0.8, 0.2, 0.3]])
    low, _, high = rank_intervals(draws, np.array([0.5, 0.5]))
    assert low.tolist() == [1, 2, 2]
    assert high.tolist() == [1, 3, 3]
    assert rank_intervals(np.array([[0.5, 0.5, 0.1]]), np.ones(1))[1].tolist() == [1.5, 1.5, 3]


def test_the_score_is_the_width_and_twenty_times_what_a_nine_tenths_interval_misses_by() -> None:
    found = interval_score(np.array([0.2, 0.2, 0.2]), np.array([0.4, 0.4, 0.4]), np.array([0.3, 0.1, 0.45]))
    np.testing.assert_allclose(found, [0.2, 0.2 + 20 * 0.1, 0.2 + 20 * 0.05])


def test_the_transform_is_even_where_truths_come_from_the_draws_law_ties_too() -> None:
    """Shares that are 1 half of the time: chance spreads what equals the truth."""
    rng = np.random.default_rng(3)
    values = []
    for _ in range(500):
        sample = np.minimum(rng.normal(1.0, 0.2, 200), 1.0)
        values.append(pit(sample[1:], np.full(199, 1 / 199), sample[:1], rng.random(1))[0])
    assert stats.kstest(values, "uniform").pvalue > 0.001
    assert np.mean(np.abs(np.array(values) - 0.5) <= 0.45) == pytest.approx(0.9, abs=0.04)


def test_an_interval_holds_its_share_of_the_weight() -> None:
    rng = np.random.default_rng(4)
    draws, weight = rng.normal(size=2000), rng.dirichlet(np.ones(2000))
    low, median, high = interval(draws, weight, 0.8)
    assert weight[(draws >= low) & (draws <= high)].sum() == pytest.approx(0.8, abs=0.01)
    assert low < median < high
