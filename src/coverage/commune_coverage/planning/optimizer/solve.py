"""A plan for a problem, with the bound that says how far from the best possible it can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from commune_coverage.core.errors import PlanError
from commune_coverage.planning.optimizer.greedy import greedy
from commune_coverage.planning.optimizer.lagrangian_bound import Bound, lagrangian_bound
from commune_coverage.planning.optimizer.local_search import local_search
from commune_coverage.planning.optimizer.problem import (
    CENT,
    FORBIDDEN,
    FREE,
    Problem,
    arrays_of,
    constraints_met,
    plan_value,
    spent,
    with_met_constraints,
)

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
MAX_TRIALS, MAX_ROUNDS = 400, 1000


@dataclass(frozen=True, eq=False)
class Plan:
    """When each candidate is built, what that counts for, and what no plan can exceed.

    Parameters
    ----------
    build_year : ndarray of int64, shape (J,)
        Index of the year in which each candidate is built, ``Problem.never`` for not at all.
    value : float
        The objective, in weighted people times years.
    bound : float
        No plan that meets the same service constraints counts for more.
    met : ndarray of bool, shape (F,)
        Service constraints that the plan meets.
    solver : str
        What the bound comes from.
    is_proven : bool
        Whether there is no better plan.
    """

    build_year: Integers
    value: float
    bound: float
    met: Flags
    solver: str
    is_proven: bool = False

    @property
    def gap_share(self) -> float:
        """How much more than the plan the best could count for at most, as a share of the plan."""
        if self.bound <= self.value:
            return 0.0
        return float(self.bound / self.value - 1) if self.value > 0 else float("inf")


def choose(
    problem: Problem, start: Integers | None = None, max_trials: int = MAX_TRIALS, max_rounds: int = MAX_ROUNDS
) -> tuple[Plan, Bound]:
    """Choose what is built and when: greedily with local search, at plain costs and at the prices of the bound.

    Parameters
    ----------
    problem : Problem
        The problem.
    start : ndarray of int64, shape (J,), optional
        A plan that fits, such as that of a smaller budget: the result never counts for less.
    max_trials : int
        Removals and insertions that local search tries at most.
    max_rounds : int
        Subgradient steps of the bound at most.

    Returns
    -------
    plan : Plan
        The better plan of both costs: it meets most service constraints, then counts for most.
    bound : Bound
        Its bound.

    Raises
    ------
    PlanError
        When the fixed decisions cost more than there is.
    """
    fixed = fixed_plan(problem)
    starts = [fixed] if start is None or not _is_feasible(problem, start) else [start, fixed]
    plain = arrays_of(problem)
    plans = [greedy(plain, each) for each in starts]
    best = _best(problem, plans)
    bound = lagrangian_bound(with_met_constraints(problem, best), best, max_rounds)
    min_price = bound.money_price.max(initial=0.0) * 1e-3 + 1e-12
    priced = arrays_of(problem, np.maximum(bound.money_price, min_price))
    plans += [greedy(priced, each) for each in starts]
    best = _best(problem, [local_search(priced, _best(problem, plans), max_trials), *plans])
    if not np.array_equal(constraints_met(problem, best), constraints_met(problem, plans[0])):
        bound = lagrangian_bound(with_met_constraints(problem, best), best, max_rounds)
    return _bounded(problem, best, bound), bound


def evaluate_fixed(problem: Problem, build_year: Integers, max_rounds: int = MAX_ROUNDS) -> tuple[Plan, Bound]:
    """Evaluate a given plan and bound it.

    Parameters
    ----------
    problem : Problem
        The problem.
    build_year : ndarray of int64, shape (J,)
        The plan.
    max_rounds : int
        Subgradient steps of the bound at most.

    Returns
    -------
    plan : Plan
        The plan as it is.
    bound : Bound
        Its bound.
    """
    bound = lagrangian_bound(with_met_constraints(problem, build_year), build_year, max_rounds)
    return _bounded(problem, build_year, bound), bound


def _bounded(problem: Problem, build_year: Integers, bound: Bound) -> Plan:
    value = plan_value(problem, build_year)
    is_proven = bound.value <= value * (1 + 1e-9)
    met = constraints_met(problem, build_year)
    return Plan(build_year, value, max(bound.value, value), met, "prices", is_proven)


def fixed_plan(problem: Problem) -> Integers:
    """Build the plan of the fixed decisions and nothing else.

    Parameters
    ----------
    problem : Problem
        The problem.

    Returns
    -------
    ndarray of int64, shape (J,)
        Year index of each candidate.

    Raises
    ------
    PlanError
        Where the money is not there or two alternatives are fixed.
    """
    build_year = np.where(problem.fixed_year >= 0, problem.fixed_year, problem.never)
    over = over_budget(problem, build_year)
    if len(over):
        raise PlanError(
            f"the fixed decisions cost {over[0][1]:,.0f} more than the budget of year {int(over[0][0]) + 1} of the "
            "plan; raise the budget, fix fewer, or fix them later"
        )
    _, counts = np.unique(problem.alternatives[problem.fixed_year >= 0], return_counts=True)
    if (counts > 1).any():
        raise PlanError("two alternatives of one place are fixed; fix one of them")
    return np.asarray(build_year, dtype=np.int64)


def over_budget(problem: Problem, build_year: Integers) -> list[tuple[int, float]]:
    """List the years whose budget a plan exceeds.

    Parameters
    ----------
    problem : Problem
        The problem.
    build_year : ndarray of int64, shape (J,)
        The plan.

    Returns
    -------
    list of (int, float)
        Year index and money too much.
    """
    spend, budget = spent(problem, build_year), problem.budget
    if problem.carry_over:
        spend, budget = np.cumsum(spend), np.cumsum(budget)
    return [(int(year), float(spend[year] - budget[year])) for year in np.flatnonzero(spend > budget + 10 * CENT)]


def _is_feasible(problem: Problem, build_year: Integers) -> bool:
    is_fixed = problem.fixed_year >= 0
    none_forbidden = (build_year[problem.fixed_year == FORBIDDEN] == problem.never).all()
    as_fixed = (build_year[is_fixed] == problem.fixed_year[is_fixed]).all()
    return bool(none_forbidden and as_fixed) and not over_budget(problem, build_year)


def _best(problem: Problem, plans: list[Integers]) -> Integers:
    """Take the plan that meets most service constraints; of equal ones the one that counts for most, then the first."""
    return max(plans, key=lambda each: (constraints_met(problem, each).sum(), plan_value(problem, each)))


Move = Literal["drop_late_sites", "fill_budget"]
MOVES: tuple[Move, ...] = ("drop_late_sites", "fill_budget")
"""Without the sites of the years in which they take more than they give; then all that there is money for."""


def best_last_year(served: Sequence[float]) -> int:
    """Find the year after which nothing would better have been built.

    Parameters
    ----------
    served : sequence of float, length T
        People served in each year.

    Returns
    -------
    int
        Year index. The network of that year then stands in all later ones; the last year where stopping does not serve
        more.
    """
    years = len(served)
    totals = [sum(served[: last + 1]) + served[last] * (years - 1 - last) for last in range(years)]
    best = max(range(years), key=totals.__getitem__)
    return best if totals[best] > totals[-1] else years - 1


def apply_move(problem: Problem, build_year: Integers, move: Move, is_hub: Flags, last_year: int) -> Integers:
    """Apply a move to a plan.

    Parameters
    ----------
    problem : Problem
        The problem.
    build_year : ndarray of int64, shape (J,)
        The plan.
    move : {"drop_late_sites", "fill_budget"}
        Leave out the sites after ``last_year`` and open hubs for their money; or choose what there is money for.
    is_hub : ndarray of bool, shape (J,)
        Candidates that are hubs or payment points.
    last_year : int
        Year index up to which sites stay.

    Returns
    -------
    ndarray of int64, shape (J,)
        The plan after the move. What is fixed stays, and the plan where it would meet fewer service constraints.
    """
    if move == "fill_budget":
        return np.asarray(greedy(arrays_of(problem), build_year))
    is_late = (build_year > last_year) & (build_year < problem.never) & ~is_hub & (problem.fixed_year == FREE)
    if not is_late.any():
        return build_year
    without_late = np.where(is_late, problem.never, build_year)
    is_closed = ~is_hub & (problem.fixed_year == FREE) & (without_late == problem.never)
    only_hubs = replace(problem, fixed_year=np.where(is_closed, FORBIDDEN, problem.fixed_year))
    after = np.asarray(greedy(arrays_of(only_hubs), without_late))
    met_after, met_before = constraints_met(problem, after).sum(), constraints_met(problem, build_year).sum()
    return after if met_after >= met_before else build_year
