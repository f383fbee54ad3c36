"""The table of an ensemble, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from commune_coverage.ensemble.compact import GAP, Figure
from commune_coverage.ensemble.ensemble import Ensemble
from commune_coverage.ensemble.summary import NATION, summary
from commune_coverage.ensemble.weighing import Weights

COVERED = Figure("covered", "A", "4g")


def _ensemble() -> Ensemble:
    """Three draws, weighed 1/2, 1/4 and 1/4, of three communes, the last without people."""
    nobody = [np.nan] * 3
    covered = np.array([[0.8, 0.6, 1.0], [0.2, 0.7, 0.4], nobody]).T
    gap = np.array([[0.5, 0.3, 0.1], [0.9, 0.9, 0.9], nobody]).T
    shares, people = np.stack([covered, gap], axis=1), np.array([100.0, 300.0, 0.0])
    weights = Weights(np.array([0.5, 0.25, 0.25]), 8 / 3, 1.0)
    return Ensemble([COVERED, GAP], people, shares, np.zeros((3, 1), np.int64), weights, [])


def test_estimate_interval_and_ranks_by_hand() -> None:
    table = summary(_ensemble()).set_index(["kind", "commune"])
    assert len(table) == 8
    one = table.loc[("covered", 0)]
    assert (one["share"], one["share_low"], one["share_high"]) == (0.8, 0.6, 1.0)
    # The nation: 0.35, 0.675 and 0.55 in the three draws.
    nation = table.loc[("covered", NATION)]
    np.testing.assert_allclose(nation[["share", "share_low", "share_high"]].to_numpy(float), [0.35, 0.35, 0.675])
    # First in the first and third draw, second in the second.
    assert (one["rank"], one["rank_low"], one["rank_high"]) == (1, 1, 2)
    assert np.isnan(nation["rank"])
    assert table.loc[("covered", 2)][["share", "rank"]].isna().all()


def test_coverage_misses_a_target_below_it_and_a_gap_above_it() -> None:
    table = summary(_ensemble(), {COVERED: 0.65, GAP: 0.2}).set_index(["kind", "commune"])["missed_probability"]
    assert table["covered", 0] == pytest.approx(0.25)
    assert table["covered", 1] == pytest.approx(0.75)
    assert table["internet_gap", 0] == pytest.approx(0.75)
    assert table["internet_gap", 1] == pytest.approx(1)
    assert np.isnan(table["covered", 2])
    assert summary(_ensemble())["missed_probability"].isna().all()
