"""The choice against every plan there is, the bound against all of them, HiGHS against both."""

from __future__ import annotations

import numpy as np
import pytest

from commune_coverage.core.errors import PlanError
from commune_coverage.planning.optimizer.lagrangian_bound import lagrangian_bound
from commune_coverage.planning.optimizer.milp import linear_bound, solve_milp
from commune_coverage.planning.optimizer.problem import (
    FORBIDDEN,
    ConstraintMatrix,
    Problem,
    constraints_met,
    plan_value,
)
from commune_coverage.planning.optimizer.solve import apply_move, best_last_year, choose
from tests.planning import random_problems as result

SEEDS = range(30)

# What chooses is compiled once.
pytestmark = pytest.mark.xdist_group("plan")


@pytest.fixture(scope="module")
def small() -> list[tuple[Problem, tuple[int, float]]]:
    """Thirty small problems, a third of them with service constraints, with the best of all plans."""
    problems = [result.problem(seed) for seed in SEEDS]
    problems = [result.with_constraints(each, seed) if seed % 3 == 1 else each for seed, each in enumerate(problems)]
    return [(each, result.best_of_all(each)) for each in problems]


def test_proven_choice_is_the_best_of_all_and_greedy_near_it(small: list[tuple[Problem, tuple[int, float]]]) -> None:
    short = []
    for problem, (met, best) in small:
        plan, bound = choose(problem)
        assert result.is_allowed(problem, plan.build_year)
        assert plan.value == pytest.approx(result.value_by_hand(problem, plan.build_year))
        assert plan.bound >= plan.value - 1e-9
        if plan.met.sum() == met:
            assert plan.bound >= best - 1e-6
            short.append(1 - plan.value / best if best > 0 else 0.0)
        proven = solve_milp(problem, plan, bound, 30.0)
        assert result.is_allowed(problem, proven.build_year)
        assert proven.is_proven
        if plan.met.sum() == met:
            assert proven.value == pytest.approx(best, abs=1e-6)
    assert len(short) >= 28
    assert np.mean(short) <= 0.01


def test_bound_is_never_below_any_plan_nor_far_from_the_linear_programme() -> None:
    for seed in SEEDS:
        problem = result.problem(seed, candidates=12, groups=40)
        draw = np.random.default_rng(seed)
        _, bound = choose(problem, max_trials=20)
        linear = linear_bound(problem)
        assert bound.value >= linear - 1e-6 * abs(linear)
        assert bound.value <= linear * 1.02 + 1e-6
        for _ in range(200):
            year = draw.integers(0, problem.years + 2, problem.candidates).clip(max=problem.never)
            if result.allowed(problem, year):
                assert plan_value(problem, year) <= bound.value + 1e-6


def test_bound_holds_from_bad_prices() -> None:
    """Whatever plan it begins from: one that chooses nothing, or nothing good."""
    for seed in range(8):
        problem = result.problem(seed)
        _, best = result.best_of_all(problem)
        nothing = np.full(problem.candidates, problem.never)
        assert lagrangian_bound(problem, nothing, max_rounds=3).value >= best - 1e-6


def test_more_money_never_counts_for_less() -> None:
    for seed in range(12):
        problem, before, start = result.problem(seed, candidates=14, groups=40), -np.inf, None
        for factor in (0.3, 0.5, 0.8, 1.0, 1.3, 2.0):
            richer = Problem(**{**problem.__dict__, "budget": problem.budget * factor})
            plan, _ = choose(richer, start, max_trials=20, max_rounds=100)
            assert plan.value >= before - 1e-9
            before, start = plan.value, plan.build_year


def test_pinned_is_in_and_forbidden_is_not() -> None:
    for seed in range(12):
        problem = result.problem(seed, candidates=10)
        fixed_year = problem.fixed_year.copy()
        fixed_year[3], fixed_year[5] = problem.years - 1, FORBIDDEN
        fixed = Problem(**{**problem.__dict__, "fixed_year": fixed_year, "budget": problem.budget + 200})
        plan, _ = choose(fixed)
        assert plan.build_year[3] == problem.years - 1
        assert plan.build_year[5] == problem.never
        assert result.is_allowed(fixed, plan.build_year)


def test_fixed_decisions_beyond_the_budget_are_an_error_that_says_so() -> None:
    problem = result.problem(1)
    fixed_year = np.zeros(problem.candidates, dtype=np.int64)
    broke = Problem(**{**problem.__dict__, "fixed_year": fixed_year, "budget": np.ones(problem.years)})
    with pytest.raises(PlanError, match="the fixed decisions cost"):
        choose(broke)


def test_equal_problems_have_equal_plans() -> None:
    first, second = (choose(result.problem(7, candidates=40, groups=120))[0] for _ in range(2))
    assert np.array_equal(first.build_year, second.build_year)
    assert first.bound == second.bound


def test_service_constraints_that_can_be_met_are_met() -> None:
    for seed in range(10):
        problem = result.problem(seed, candidates=7)
        people = problem.covers[:1].multiply(problem.weight).tocsr()
        constraints = ConstraintMatrix(people, np.array([0]), np.array([people.sum()]))
        rich = Problem(
            **{**problem.__dict__, "constraints": constraints, "budget": problem.budget + problem.capital.sum()}
        )
        plan, _ = choose(rich)
        assert constraints_met(rich, plan.build_year).all()


def test_sites_of_years_that_lose_people_are_left_and_no_met_constraint_breaks(
    small: list[tuple[Problem, tuple[int, float]]],
) -> None:
    assert [best_last_year(each) for each in ([1, 2, 3], [5, 9, 4, 4], [5, 9, 4, 20], [7, 7, 7])] == [2, 1, 3, 2]
    left = 0
    for problem, _ in small:
        year, is_hub = choose(problem)[0].build_year, np.arange(problem.candidates) < 2
        after = apply_move(problem, year, "drop_late_sites", is_hub, 0)
        assert result.is_allowed(problem, after)
        assert constraints_met(problem, after).sum() >= constraints_met(problem, year).sum()
        if (after != year).any():
            assert not ((after > 0) & (after < problem.never) & ~is_hub).any()
            assert ((after == year) | is_hub | (after == problem.never)).all()
            left += 1
        assert (apply_move(problem, year, "drop_late_sites", is_hub, problem.years - 1) == year).all()
    assert left > 10
