"""One number fitted to a share, by hand and by trying every value; scores by hand; offsets of held-out pairs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commune_coverage.radio.scoring.level_offsets import fit_level_offset, predicted_offset_db
from commune_coverage.radio.scoring.scores import score, skill
from commune_coverage.radio.scoring.share_fits import (
    fit_log_distance,
    log_distance_probability,
    reach_for_share,
    threshold_for_share,
)

UNREACHED = math.inf


def test_the_threshold_of_five_places_by_hand() -> None:
    values, people = np.array([30.0, 10, 20, UNREACHED, 20]), np.array([10.0, 40, 15, 20, 15])
    # Below 10 live 40 %, below 20 live 70 %, below 30 live 80 %; the rest are reached by nothing.
    for share, wanted in ((0.0, 10.0), (0.54, 10.0), (0.56, 20.0), (0.70, 20.0), (0.76, 30.0), (1.0, 30.0)):
        assert threshold_for_share(values, people, share) == wanted
    assert math.isnan(threshold_for_share(np.full(2, UNREACHED), np.ones(2), 0.5))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(-30, 30), st.integers(1, 90)), min_size=1, max_size=12), st.floats(0, 1))
def test_no_threshold_is_nearer_to_the_share(places: list[tuple[int, int]], share: float) -> None:
    values, people = np.array(places, dtype=np.float64).T
    found = threshold_for_share(values, people, share)

    def off(threshold: float) -> float:
        return abs(people[values <= threshold].sum() / people.sum() - share)

    assert off(found) <= min(off(value) for value in values) + 1e-12


def test_an_offset_meets_a_share_and_its_bounds_the_tolerance() -> None:
    required = np.arange(100.0) - 50
    found = fit_level_offset(required, np.ones(100), 0.6, 0.05, 40.0)
    assert (found.offset_db, found.low_db, found.high_db) == (9.0, 4.0, 14.0)
    assert found.reached_share == 0.6
    # Offsets up to 40 dB cover those that need at most 40: 91 of 100.
    assert found.attainable_share == 0.91
    assert found.is_reached(0.6, 0.05)


def test_what_no_offset_reaches_is_said_and_the_last_places_do_not_decide() -> None:
    required = np.array([*np.zeros(90), *np.full(3, 35.0), *np.full(7, UNREACHED)])
    found = fit_level_offset(required, np.ones(100), 0.99, 0.03, 40.0)
    assert (found.offset_db, found.high_db, found.attainable_share) == (0.0, 40.0, 0.93)
    assert not found.is_reached(0.99, 0.03)
    nowhere = fit_level_offset(np.full(5, UNREACHED), np.ones(5), 0.5, 0.02, 40.0)
    assert math.isnan(nowhere.offset_db)
    assert nowhere.attainable_share == 0


@settings(max_examples=40)
@given(st.lists(st.floats(-60, 60), min_size=3, max_size=15), st.floats(0, 1), st.floats(0, 1))
def test_offsets_rise_with_the_share(required: list[float], one: float, other: float) -> None:
    people = np.arange(1.0, len(required) + 1)
    low, high = (fit_level_offset(np.array(required), people, s, 0.02, 40.0).offset_db for s in sorted((one, other)))
    assert math.isnan(low) or -40 <= low <= high <= 40


def test_a_held_out_pair_follows_its_operator_and_its_technology() -> None:
    offsets = {("A", "2g"): 10.0, ("A", "3g"): 20.0, ("B", "2g"): 11.0, ("B", "3g"): 99.0}
    found = predicted_offset_db(offsets, "B", "3g")
    assert found == pytest.approx(_ridge_by_search(offsets, ("B", "3g")), abs=1e-3)
    outlier = {("A", "2g"): 1.0, ("A", "3g"): 2.0, ("B", "2g"): -40.0, ("C", "3g"): 3.0}
    assert predicted_offset_db(outlier, "C", "2g") == pytest.approx(_ridge_by_search(outlier, ("C", "2g")), abs=1e-2)
    assert predicted_offset_db({("A", "2g"): 5.0}, "A", "2g") == 0.0
    assert predicted_offset_db({("A", "2g"): 5.0}, "A", "3g") == pytest.approx(5.0)


def _ridge_by_search(offsets: dict[tuple[str, str], float], pair: tuple[str, str]) -> float:
    from scipy.optimize import minimize

    others = {key: value for key, value in offsets.items() if key != pair}
    names = ["A", "B", "C", "2g", "3g"]

    def cost(effects: np.ndarray) -> float:
        at = dict(zip(names, effects[1:], strict=True))
        errors = [abs(value - effects[0] - at[one] - at[two]) for (one, two), value in others.items()]
        # Huber's loss: squares up to 4 dB, straight beyond.
        return float(sum(min(e, 4) ** 2 + 8 * max(e - 4, 0) for e in errors) + np.sum(np.square(effects[1:])))

    best = minimize(cost, np.zeros(6), tol=1e-10).x
    return float(best[0] + best[1 + names.index(pair[0])] + best[1 + names.index(pair[1])])


def test_the_reach_of_a_log_distance_law_gives_the_share() -> None:
    distance_m, people = np.array([100.0, 1000, 5000, 20_000]), np.array([4.0, 3, 2, 1])
    reach_m = reach_for_share(distance_m, people, 0.7)
    assert people @ log_distance_probability(distance_m, reach_m) / 10 == pytest.approx(0.7, abs=1e-6)
    # 8 dB above the level that is needed is one standard deviation.
    assert log_distance_probability(np.array([1000.0]), 1000 * 10 ** (8 / 35))[0] == pytest.approx(0.8413447, abs=1e-6)
    assert math.isnan(reach_for_share(np.array([UNREACHED, 10.0]), np.ones(2), 0.9))


def test_measured_levels_are_fitted_by_a_line_of_the_logarithm() -> None:
    distance_m = np.array([100.0, 1000, 10_000])
    assert fit_log_distance(distance_m, -60 - 30 * np.log10(distance_m), np.ones(3)) == pytest.approx(
        [-120, -150, -180]
    )
    # A point that counts a thousandfold is met.
    assert fit_log_distance(distance_m, np.array([0.0, 0, 9]), np.array([1e6, 1e6, 1.0]))[:2] == pytest.approx(
        [0, 0], abs=1e-3
    )


def test_scores_of_three_communes_by_hand() -> None:
    known, people = np.array([1.0, 0.5, 0.0]), np.array([100.0, 200, 100])
    found = score(np.array([0.8, 0.5, 0.4]), known, people)
    # Errors -0.2, 0, 0.4: mean (-20 + 40) / 400, absolute 60 / 400, squares (4 + 16) / 400.
    assert found.mean_error == pytest.approx(0.05)
    assert found.mean_absolute_error == pytest.approx(0.15)
    assert found.rms_error == pytest.approx(math.sqrt(0.05))
    # Covariance 100 (0.5 * 0.25 + 0.5 * 0.15) / 400 = 0.05; variances 0.125 and (6.25 + 0.5 + 2.25) / 400 = 0.0225.
    assert found.correlation == pytest.approx(0.05 / math.sqrt(0.125 * 0.0225))
    assert skill(found, score(np.array([1.0, 0.5, 0.5]), known, people)) == pytest.approx(1 - math.sqrt(0.05 / 0.0625))


def test_a_model_equal_to_the_truth_and_unknown_figures() -> None:
    known, people = np.array([0.9, 0.2, 0.5, np.nan]), np.array([1.0, 2, 3, 4])
    perfect = score(known, known, people)
    assert (perfect.units, perfect.rms_error, perfect.correlation) == (3, 0.0, pytest.approx(1.0))
    assert score(np.full(4, np.nan), known, people).units == 0
    assert math.isnan(score(np.full(4, 0.5), known, people).correlation)
    assert math.isnan(skill(perfect, perfect))


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_shuffled_units_correlate_less(seed: int) -> None:
    rng = np.random.default_rng(seed)
    known = rng.uniform(0, 1, 200)
    estimate = np.clip(known + rng.normal(0, 0.1, 200), 0, 1)
    shuffled = rng.permutation(estimate)
    assert score(shuffled, known, np.ones(200)).correlation < score(estimate, known, np.ones(200)).correlation
