"""A plan for a problem, with the bound that says how far from the best possible it can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from commune_coverage.planning.optimizer.greedy import greedy
from commune_coverage.planning.optimizer.lagrangian_bound import Bound, bound_of
from commune_coverage.planning.optimizer.local_search import local_search
from commune_coverage.planning.optimizer.problem import (
    CENT,
    FORBIDDEN,
    FREE,
    Floors,
    PlanError,
    Problem,
    arrays_of,
    floors_met,
    spent,
    value_of,
)

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
TRIES, ROUNDS = 400, 1000


@dataclass(frozen=True, eq=False)
class Plan:
    """``year`` (J) in which each candidate is built, ``Problem.never`` for not at all; what it counts for.

    No plan that keeps the floors which are ``met`` counts for more than ``bound``; ``gap_share`` is how much more at
    most, in parts of the plan. ``solver`` says what the bound comes from, ``is_proven`` that there is no better plan.
    """

    year: Integers
    value: float
    bound: float
    met: Flags
    solver: str
    is_proven: bool = False

    @property
    def gap_share(self) -> float:
        if self.bound <= self.value:
            return 0.0
        return float(self.bound / self.value - 1) if self.value > 0 else float("inf")


def choose(
    problem: Problem, start: Integers | None = None, tries: int = TRIES, rounds: int = ROUNDS
) -> tuple[Plan, Bound]:
    """Greedy with swaps, at plain costs and at the prices of the bound; the better of them.

    ``start`` is a plan that fits, such as that of a smaller budget: the result is never worth less. Raises PlanError
    when what is pinned costs more than there is.
    """
    pinned = decided(problem)
    starts = [pinned] if start is None or not _fits(problem, start) else [start, pinned]
    plain = arrays_of(problem)
    found = [greedy(plain, each) for each in starts]
    best = _best(problem, found)
    bound = bound_of(promised_by(problem, best), best, rounds)
    priced = arrays_of(problem, np.maximum(bound.price, bound.price.max(initial=0.0) * 1e-3 + 1e-12))
    found += [greedy(priced, each) for each in starts]
    best = _best(problem, [local_search(priced, _best(problem, found), tries), *found])
    met = floors_met(problem, best)
    if not np.array_equal(met, floors_met(problem, found[0])):
        bound = bound_of(promised_by(problem, best), best, rounds)
    value = value_of(problem, best)
    return Plan(best, value, max(bound.value, value), met, "prices", bound.value <= value * (1 + 1e-9)), bound


def evaluate_fixed(problem: Problem, year: Integers, rounds: int = ROUNDS) -> tuple[Plan, Bound]:
    """A plan that is held to, with its bound."""
    bound, value = bound_of(promised_by(problem, year), year, rounds), value_of(problem, year)
    met = floors_met(problem, year)
    return Plan(year, value, max(bound.value, value), met, "prices", bound.value <= value * (1 + 1e-9)), bound


def decided(problem: Problem) -> Integers:
    """What is pinned and nothing else. Raises PlanError where the money is not there or alternatives are pinned."""
    year = np.where(problem.pinned >= 0, problem.pinned, problem.never)
    over = over_budget(problem, year)
    if len(over):
        raise PlanError(
            f"what is pinned costs {over[0][1]:,.0f} more than the budget of year {int(over[0][0]) + 1} of the plan; "
            "raise the budget, pin less, or pin later"
        )
    _, counts = np.unique(problem.alternatives[problem.pinned >= 0], return_counts=True)
    if (counts > 1).any():
        raise PlanError("two alternatives of one place are pinned; pin one of them")
    return np.asarray(year, dtype=np.int64)


def over_budget(problem: Problem, year: Integers) -> list[tuple[int, float]]:
    """(year index, money too much) of each year whose budget a plan exceeds."""
    spend, budget = spent(problem, year), problem.budget
    if problem.carry_over:
        spend, budget = np.cumsum(spend), np.cumsum(budget)
    return [(int(y), float(spend[y] - budget[y])) for y in np.flatnonzero(spend > budget + 10 * CENT)]


def _fits(problem: Problem, year: Integers) -> bool:
    pinned = problem.pinned >= 0
    allowed = (year[problem.pinned == FORBIDDEN] == problem.never).all()
    return bool(allowed and (year[pinned] == problem.pinned[pinned]).all()) and not over_budget(problem, year)


def _best(problem: Problem, plans: list[Integers]) -> Integers:
    """The plan that keeps the most floors; of equal ones the one that is worth most, then the first."""
    return max(plans, key=lambda year: (floors_met(problem, year).sum(), value_of(problem, year)))


def promised_by(problem: Problem, year: Integers) -> Problem:
    """The problem with only those floors that a plan keeps."""
    met = floors_met(problem, year)
    floors = problem.floors
    kept = Floors(csr_matrix(floors.people[np.flatnonzero(met)]), floors.year[met], floors.needed[met])
    return Problem(**{**problem.__dict__, "floors": kept})


Move = Literal["less", "more"]
MOVES: tuple[Move, ...] = ("less", "more")
"""Without the sites of the years in which they take more than they give; then all that there is money for."""


def best_last_year(served: Sequence[float]) -> int:
    """The year (index) after which nothing would better have been built, by the people ``served`` in each year.

    The network of that year then stands in all later ones. Where stopping does not serve more that is the last year.
    """
    years = len(served)
    totals = [sum(served[: last + 1]) + served[last] * (years - 1 - last) for last in range(years)]
    best = max(range(years), key=totals.__getitem__)
    return best if totals[best] > totals[-1] else years - 1


def moved(problem: Problem, year: Integers, move: Move, is_hub: Flags, last_year: int) -> Integers:
    """The plan after a move: ``less`` leaves out the sites after ``last_year`` and opens hubs for their money.

    What is pinned stays, and the plan where it would keep fewer floors.
    """
    if move == "more":
        return np.asarray(greedy(arrays_of(problem), year))
    is_late = (year > last_year) & (year < problem.never) & ~is_hub & (problem.pinned == FREE)
    if not is_late.any():
        return year
    left = np.where(is_late, problem.never, year)
    is_shut = ~is_hub & (problem.pinned == FREE) & (left == problem.never)
    only_hubs = replace(problem, pinned=np.where(is_shut, FORBIDDEN, problem.pinned))
    found = np.asarray(greedy(arrays_of(only_hubs), left))
    return found if floors_met(problem, found).sum() >= floors_met(problem, year).sum() else year
