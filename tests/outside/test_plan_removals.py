"""What a plan's ledger says of one candidate more or less, of money and of ties, against plain sums over all years."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pytest
import shapely
from scipy.sparse import csr_matrix

from commune_coverage.planning.optimizer.greedy import greedy
from commune_coverage.planning.optimizer.lagrangian_bound import (
    Bound,
    Multipliers,
    candidate_surplus,
    group_surplus,
    is_ruled_out,
    lagrangian_bound,
)
from commune_coverage.planning.optimizer.objective import (
    assign,
    constrained_people_served,
    count_constraints_met,
    fits,
    gain_of,
    money_left,
    objective_value,
    pay,
    priced_cost,
    removal_loss,
)
from commune_coverage.planning.optimizer.problem import (
    FREE,
    ConstraintMatrix,
    Problem,
    ProblemArrays,
    arrays_of,
    no_constraints,
)
from commune_coverage.planning.optimizer.solve import choose
from commune_coverage.readers.parsing.codes import match_by_overlap
from tests.planning import random_problems as made

# What chooses is compiled once.
pytestmark = pytest.mark.xdist_group("plan")

SEEDS = range(40)


def _problem(seed: int) -> Problem:
    """Random, with years that count ever less."""
    return made.problem(seed, candidates=7, groups=12, years=3, year_value=np.array([1.0, 0.8, 0.5]))


def _plan(seed: int, problem: Problem) -> np.ndarray:
    """Any years, some of them never, whatever they cost."""
    return np.random.default_rng(1000 + seed).integers(0, problem.never + 1, problem.candidates)


def _served(problem: Problem, year: np.ndarray) -> tuple[ProblemArrays, np.ndarray, np.ndarray]:
    a = arrays_of(problem)
    first, second = np.empty(len(a.weight), np.int64), np.empty(len(a.weight), np.int64)
    assign(a, year, first, second)
    return a, first, second


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_removal_gives_up_is_the_objective_with_less_the_objective_without(seed: int) -> None:
    problem = _problem(seed)
    year = _plan(seed, problem)
    a, first, second = _served(problem, year)
    whole = made.value_by_hand(problem, year)
    assert objective_value(a, year, first) == pytest.approx(whole, abs=1e-6)
    for j in range(problem.candidates):
        without = year.copy()
        without[j] = problem.never
        if year[j] < problem.never:
            lost = whole - made.value_by_hand(problem, without)
            assert removal_loss(a, j, year[j], first, second) == pytest.approx(lost, abs=1e-6)
            continue
        for t in range(problem.years):
            more = without.copy()
            more[j] = t
            gained = made.value_by_hand(problem, more) - whole
            assert gain_of(a, j, t, first) == pytest.approx(gained, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_money_is_left_after_capital_in_its_year_and_running_costs_in_all_later_ones(seed: int) -> None:
    problem = _problem(seed)
    year, draw = _plan(seed, problem), np.random.default_rng(seed)
    j = int(draw.integers(problem.candidates))
    t = int(draw.integers(problem.years))
    year[j] = problem.never
    a, left = arrays_of(problem), money_left(arrays_of(problem), year)
    with_it = year.copy()
    with_it[j] = t
    for plan in (year, with_it):
        wanted, saved = [], 0.0
        for when in range(problem.years):
            due = sum(problem.capital[i] for i in range(problem.candidates) if plan[i] == when)
            due += sum(problem.yearly[i] for i in range(problem.candidates) if plan[i] <= when)
            saved = (saved if problem.carry_over else 0.0) + problem.budget[when] - due
            wanted.append(saved)
        found = left.copy()
        if plan is with_it:
            assert fits(a, left, j, t) == all(now >= -1e-6 for now in wanted[t:])
            pay(a, found, j, t, 1.0)
        assert found.tolist() == pytest.approx(wanted, abs=1e-9)
    again = np.array(wanted)
    pay(a, again, j, t, -1.0)
    assert again.tolist() == pytest.approx(left.tolist(), abs=1e-9)


def _small(**changes: object) -> Problem:
    """Two candidates, three groups of 10, 20 and 40, three years."""
    usual: dict[str, object] = {
        "covers": csr_matrix(np.array([[1.0, 1, 0], [0, 1, 1]])),
        "weight": np.array([10.0, 20.0, 40.0]),
        "year_value": np.ones(3),
        "loss": np.zeros(2),
        "capital": np.full(2, 10.0),
        "yearly": np.full(2, 2.0),
        "budget": np.array([12.0, 2.0, 2.0]),
        "alternatives": np.arange(2),
        "fixed_year": np.full(2, FREE),
        "first_year": np.zeros(2, np.int64),
        "carry_over": False,
        "constraints": no_constraints(3),
    }
    return Problem(**(usual | changes))  # type: ignore[arg-type]


def test_a_candidate_that_costs_what_there_is_to_the_cent_fits_and_one_that_costs_a_cent_more_does_not() -> None:
    for carry_over, budget in ((False, [12.0, 2.0, 2.0]), (True, [12.0, 2.0, 2.0]), (True, [16.0, 0.0, 0.0])):
        for year in range(3):
            short = np.array(budget)
            short[year] -= 0.01
            for given, is_enough in ((np.array(budget), True), (short, False)):
                a = arrays_of(_small(budget=given, carry_over=carry_over))
                left = money_left(a, np.full(2, 3))
                assert fits(a, left, 0, 0) == is_enough, (carry_over, given)


def test_money_counts_by_what_it_is_worth_in_the_years_in_which_it_falls_due() -> None:
    a = arrays_of(_small(), np.array([3.0, 2.0, 1.0]))
    # 10 in the first year and 2 in all three: 30 + 2 (3 + 2 + 1); in the second 20 + 2 (2 + 1); in the last 10 + 2.
    assert [priced_cost(a, 0, year) for year in range(3)] == [42.0, 26.0, 12.0]
    assert priced_cost(arrays_of(_small(capital=np.zeros(2), yearly=np.zeros(2))), 0, 0) == 1e-9


def test_promises_count_the_people_served_by_the_end_of_their_year_to_the_last() -> None:
    floors = ConstraintMatrix(
        csr_matrix(np.array([[10.0, 20.0, 0], [0, 20, 40]])), np.array([0, 1]), np.array([30.0, 60.0])
    )
    problem = _small(constraints=floors)
    for year, held in (
        ([0, 3], [30, 20]),
        ([1, 1], [0, 60]),
        ([0, 2], [30, 20]),
        ([3, 0], [20, 60]),
        ([0, 0], [30, 60]),
    ):
        a, first, _ = _served(problem, np.array(year))
        assert constrained_people_served(a, first).tolist() == held
        assert count_constraints_met(a, first) == sum(one >= asked for one, asked in zip(held, (30, 60), strict=True))


def test_of_candidates_that_are_worth_the_same_for_their_money_the_first_is_chosen() -> None:
    alike = csr_matrix(np.array([[1.0, 0, 0], [1.0, 0, 0], [1.0, 0, 0]]))
    problem = _small(
        covers=alike,
        loss=np.zeros(3),
        capital=np.full(3, 10.0),
        yearly=np.full(3, 2.0),
        alternatives=np.arange(3),
        fixed_year=np.full(3, FREE),
        first_year=np.zeros(3, np.int64),
        budget=np.full(3, 100.0),
    )
    assert greedy(arrays_of(problem), np.full(3, 3)).tolist() == [0, 3, 3]


def test_the_most_people_for_the_money_come_first_not_the_most_people() -> None:
    """30 people for 0.3, or two groups of 20 for 0.1 each: there is money for one of the two."""
    problem = _small(
        covers=csr_matrix(np.eye(3)),
        weight=np.array([30.0, 20.0, 20.0]),
        loss=np.zeros(3),
        capital=np.array([0.3, 0.1, 0.1]),
        yearly=np.zeros(3),
        budget=np.array([0.3, 0.0, 0.0]),
        alternatives=np.arange(3),
        fixed_year=np.full(3, FREE),
        first_year=np.zeros(3, np.int64),
    )
    assert greedy(arrays_of(problem), np.full(3, 3)).tolist() == [3, 0, 0]


@pytest.mark.parametrize("seed", range(12))
def test_no_plan_that_is_better_holds_a_choice_that_is_ruled_out(seed: int) -> None:
    """Every plan there is, with its value by plain sums."""
    problem = made.problem(seed, candidates=5, groups=10)
    plan, _ = choose(problem, max_trials=3)
    known = 0.7 * made.value_by_hand(problem, plan.build_year)
    bound = lagrangian_bound(problem, plan.build_year, max_rounds=200)
    out = is_ruled_out(bound, problem, known)
    best = -np.inf
    for years in itertools.product(range(problem.never + 1), repeat=problem.candidates):
        year = np.array(years)
        if made.allowed(problem, year):
            value = made.value_by_hand(problem, year)
            best = max(best, value)
            chosen = np.flatnonzero(year < problem.never)
            assert value <= known or not out[chosen, year[chosen]].any()
    assert bound.value >= best - 1e-6


def test_a_choice_is_ruled_out_where_the_best_of_its_spot_is_worth_too_much_more() -> None:
    """Two kinds at one spot, of which the best is worth 8: a choice of 5 instead lowers the bound of 100 to 97."""
    problem = _small(alternatives=np.zeros(2, np.int64), first_year=np.array([0, 1]))
    surplus = np.array([[5.0, 3.0, -2.0], [9.0, 8.0, 4.0]])
    bound = Bound(100.0, np.ones(3), surplus, 1)
    # The 9 of a year in which the second cannot yet be there do not count: 97, 95, 90; 100, 100, 96.
    assert is_ruled_out(bound, problem, 95.5).tolist() == [[False, True, True], [False, False, False]]
    assert is_ruled_out(bound, problem, 96.5).tolist() == [[False, True, True], [False, False, True]]
    # What is worth just the known plan may be part of one as good.
    assert is_ruled_out(bound, problem, 95.0).tolist() == [[False, False, True], [False, False, False]]


def test_the_surplus_of_a_choice_is_what_it_sells_less_what_it_costs_by_hand() -> None:
    """Groups are served at 5, 7 and 9 in every year; money is worth 0.5, 0.3 and 0.1 by year."""
    price = np.array([[5.0] * 3, [7.0] * 3, [9.0] * 3])
    a = arrays_of(_small(loss=np.array([1.0, 0.0])))
    found = candidate_surplus(a, price, np.array([1.0, 1.0, 1.0]), np.array([0.5, 0.3, 0.1]))
    # The first sells 12 a year less its loss of 1; 2 a year cost 1.8, 0.8 and 0.2 up to the end, 10 once 5, 3 and 1.
    assert found[0].tolist() == pytest.approx([33 - 1.8 - 5, 22 - 0.8 - 3, 11 - 0.2 - 1])
    assert found[1].tolist() == pytest.approx([48 - 1.8 - 5, 32 - 0.8 - 3, 16 - 0.2 - 1])


def test_the_surplus_of_groups_is_what_they_are_worth_with_their_promise_beyond_their_price_by_hand() -> None:
    """A promise of 10 people of the first group and 20 of the second by the second year, at 0.1 a person."""
    promise = ConstraintMatrix(csr_matrix(np.array([[10.0, 20.0, 0]])), np.array([1]), np.array([30.0]))
    a = arrays_of(_small(constraints=promise))
    prices = Multipliers(np.array([[8.0, 10.5, 12], [20, 23, 20], [50, 0, 40]]), np.zeros(3), np.array([0.1]))
    value = np.array([[10.0] * 3, [20.0] * 3, [40.0] * 3])
    excess, direction = np.array([-30.0]), np.zeros((3, 3))
    surplus = group_surplus(a, prices, value, np.array([[1.0] * 3, [0] * 3, [2] * 3]), direction, excess)
    # 10 - 8; 10 + 1 - 10.5; 20 + 2 - 23 is a loss; of the third only the year without a price.
    assert surplus == pytest.approx(2 + 0.5 + 40)
    assert excess.tolist() == [-20.0]
    # Bought less served, of which seven tenths count; a price of 0 does not fall.
    assert direction.ravel().tolist() == pytest.approx([0, 0, 0.7, 0, 0, 0, 1.4, 0, 1.4])


def test_neighbours_that_only_touch_are_not_matched_by_codes() -> None:
    """A boundary shares an edge with one coded polygon, a corner with another, ground with neither."""
    boundaries = gpd.GeoSeries([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)])
    coded = gpd.GeoSeries([shapely.box(0, 0, 10, 9), shapely.box(20, 0, 30, 10), shapely.box(20, 10, 30, 20)])
    assert match_by_overlap(boundaries, coded).tolist() == [0, -1]
    # A hair of ground in common is more than none.
    overlapping = gpd.GeoSeries([shapely.box(0, 0, 10, 9), shapely.box(19.999, 0, 30, 10)])
    assert match_by_overlap(boundaries, overlapping).tolist() == [0, 1]
