"""Predictions of what is left out: against a normal law by hand, and against draws that never knew it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from commune_coverage.ensemble.compact import Figure
from commune_coverage.ensemble.ensemble import Asked, CountryDraw
from commune_coverage.ensemble.left_out import predictions
from commune_coverage.ensemble.weighing import KnownShare, contradictions

A2, A4, B4, ANY4 = (Figure("covered", name, kind) for name, kind in (("A", "2g"), ("A", "4g"), ("B", "4g"), ("", "4g")))
PEOPLE = np.array([1.0])


def _drawn(draws: int, proposals: int) -> list[CountryDraw]:
    """Of operator A two correlated shares by proposal, of B one; what all share moves A and B alike."""
    rng, drawn = np.random.default_rng(4), []
    for _ in range(draws):
        shared = rng.normal(0, 0.05)
        first = 0.6 + shared + rng.normal(0, 0.05, proposals)
        second = first - 0.1 + rng.normal(0, 0.02, proposals)
        other = 0.5 + shared + rng.normal(0, 0.05, proposals)
        shares = np.array([[first[0]], [second[0]], [other[0]], [max(second[0], other[0])]])
        drawn.append(
            CountryDraw(
                shares, 0.0, np.zeros(2, np.int64), {"A": np.stack([first, second], axis=1), "B": other[:, None]}
            )
        )
    return drawn


def test_a_share_is_predicted_by_the_others_as_the_joint_normal_law_has_it() -> None:
    """4G of A given 2G of A within 0.01 and 4G of B within 0.01, of the covariance that the draws are made of."""
    known = [KnownShare(A2, 0.68, 0.01), KnownShare(A4, 0.1, 0.001), KnownShare(B4, 0.55, 0.01)]
    asked = Asked([A2, A4, B4, ANY4], PEOPLE, None, known, 1, 4_000)
    one = predictions(asked, _drawn(4_000, 8))[1]
    between = np.array([0.005, 0.0025])
    told = np.array([[0.005 + 1e-4, 0.0025], [0.0025, 0.005 + 1e-4]])
    slope = np.linalg.solve(told, between)
    mean = 0.5 + slope @ np.array([0.08, 0.05])
    sigma = np.sqrt(0.005 + 0.0004 - slope @ between)
    assert one.known.share == 0.1
    assert one.median == pytest.approx(mean, abs=0.004)
    assert (one.high - one.low) / 2 == pytest.approx(1.645 * sigma, rel=0.08)
    assert one.effective_draws >= 40
    assert not one.is_within
    # What would be published has the variance of both: 0.1 below the mean it is within where that is 0.1 wide.
    for far, sigma_published, is_within in ((0.1, 0.1, True), (0.1, 0.01, False), (0.0, 0.001, True)):
        published = KnownShare(A4, mean - far, sigma_published)
        told = [known[0], published, known[2]]
        again = predictions(Asked([A2, A4, B4, ANY4], PEOPLE, None, told, 1, 4_000), _drawn(4_000, 8))[1]
        assert again.below == pytest.approx(stats.norm.cdf(-far / np.hypot(sigma, sigma_published)), abs=0.03)
        assert again.is_within == is_within


def test_a_share_that_nobody_weighs_by_moves_no_other() -> None:
    drawn = _drawn(400, 4)
    weighs = [KnownShare(A2, 0.68, 0.02), KnownShare(A4, 0.9, 0.01, weighs=False)]
    alone = [KnownShare(A2, 0.68, 0.02, weighs=False), KnownShare(A4, 0.9, 0.01, weighs=False)]
    by_both, by_none = (
        predictions(Asked([A2, A4, B4, ANY4], PEOPLE, None, part, 1, 400), drawn) for part in (weighs, alone)
    )
    prior = np.quantile(np.concatenate([one.proposed["A"][:, 0] for one in drawn]), [0.05, 0.5, 0.95])
    np.testing.assert_allclose([by_both[0].low, by_both[0].median, by_both[0].high], prior, atol=2e-3)
    assert by_both[0][1:] == by_none[0][1:]
    assert by_both[1].median > by_none[1].median


def test_sources_that_say_different_things_of_the_same_people_are_paired() -> None:
    some = np.array([0, 2])
    known = [
        KnownShare(A4, 0.80, 0.01, published_by="one"),
        KnownShare(A4, 0.95, 0.01, published_by="two"),
        KnownShare(A4, 0.82, 0.01, published_by="three"),
        KnownShare(ANY4, 0.85, 0.01, published_by="all"),
        KnownShare(A4, 0.2, 0.01, some, published_by="elsewhere"),
        KnownShare(A2, 0.2, 0.01, published_by="of another"),
    ]
    pairs = [(one.published_by, other.published_by) for one, other in contradictions(known)]
    assert pairs == [("two", "one"), ("two", "three"), ("two", "all")]
