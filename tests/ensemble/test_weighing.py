"""Weights of draws: against the posterior of a normal law by hand, and what collapses is tempered and named."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from commune_coverage.ensemble.compact import Figure
from commune_coverage.ensemble.weighing import KnownShare, conflicts, effective_draws, weigh

FIGURE = Figure("covered", "A", "4g")


def test_a_share_is_of_the_people_of_its_area() -> None:
    shares, people = np.array([[0.5, 1.0, 0.0], [1.0, 1.0, 1.0]]), np.array([100.0, 300.0, 600.0])
    np.testing.assert_allclose(KnownShare(FIGURE, 0.4, 0.01).of(shares, people), [0.35, 1.0])
    own = KnownShare(FIGURE, 0.4, 0.01, np.array([0, 1]))
    np.testing.assert_allclose(own.of(shares, people), [0.875, 1.0])
    # The logarithm of a normal density, but for a constant.
    ours = np.diff(own.log_likelihood(np.array([0.41, 0.43])))
    assert ours == pytest.approx(np.diff(stats.norm(0.4, 0.01).logpdf([0.41, 0.43])))


def test_weighted_draws_have_the_posterior_of_a_normal_prior() -> None:
    """Prior N(0.7, 0.1), known 0.8 within 0.05: by hand N(0.78, 0.0447)."""
    draws = np.random.default_rng(1).normal(0.7, 0.1, 40_000)
    weights = weigh(KnownShare(FIGURE, 0.8, 0.05).log_likelihood(draws), 100)
    mean = (weights.weight * draws).sum()
    assert weights.tempering == 1.0
    assert mean == pytest.approx(0.78, abs=0.002)
    assert np.sqrt((weights.weight * (draws - mean) ** 2).sum()) == pytest.approx(0.0447, abs=0.001)


def test_equal_draws_are_all_effective_and_one_alone_is_one() -> None:
    assert effective_draws(np.full(50, 0.02)) == pytest.approx(50)
    assert effective_draws(np.eye(50)[0]) == 1.0


def test_too_strong_a_likelihood_is_tempered_to_what_leaves_enough() -> None:
    draws = np.random.default_rng(2).normal(0.5, 0.1, 400)
    weights = weigh(KnownShare(FIGURE, 0.9, 0.002).log_likelihood(draws), 40)
    assert 0 < weights.tempering < 1
    assert weights.effective_draws == pytest.approx(40, rel=0.01)
    assert weights.weight.sum() == pytest.approx(1)


def test_what_no_draw_agrees_with_is_named_and_nothing_else() -> None:
    rng = np.random.default_rng(3)
    drawn = np.stack([rng.normal(0.9, 0.02, 300), rng.normal(0.5, 0.1, 300)], axis=1)
    known = [KnownShare(FIGURE, 0.2, 0.02, published_by="a ministry"), KnownShare(FIGURE, 0.6, 0.02)]
    assert [one.published_by for one in conflicts(known, list(drawn.T))] == ["a ministry"]
