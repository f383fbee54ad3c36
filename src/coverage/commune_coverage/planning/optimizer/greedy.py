"""Lazy greedy choice: the most gain for its money first, year by year.

Gains only fall while more is chosen, so that a candidate whose gain was known is looked at again only when it comes
first. Ties go to the lower row. Nothing is random: equal problems have equal plans.
"""

from __future__ import annotations

import heapq

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, compiled_allocating
from commune_coverage.planning.optimizer.objective import (
    PlanState,
    add_assignment,
    constrained_people_served,
    fits,
    gain_of,
    is_open,
    pay,
    priced_cost,
    reset_state,
    state_of,
)
from commune_coverage.planning.optimizer.problem import CENT, ProblemArrays

Integers = npt.NDArray[np.int64]


def greedy(arrays: ProblemArrays, start: Integers) -> Integers:
    """Complete a plan greedily.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    start : ndarray of int64, shape (J,)
        Year index of what is chosen already, T for not at all; the budget must suffice for it.

    Returns
    -------
    ndarray of int64, shape (J,)
        A plan that holds all of ``start`` and what more there is money for.

    Notes
    -----
    For one year and equal costs the greedy choice serves at least 1 - 1/e of the best (G. Nemhauser, L. Wolsey and
    M. Fisher 1978); gain for money under a budget is that of S. Khuller, A. Moss and J. Naor (1999). Known gains are
    upper bounds (lazy greedy, M. Minoux 1978). With years, running costs and losses the share is not guaranteed: the
    bound of ``lagrangian_bound`` measures it.
    """
    state = state_of(arrays, start.copy())
    _meet_constraints(arrays, state)
    fill(arrays, state, -1)
    return state.build_year


def _meet_constraints(arrays: ProblemArrays, state: PlanState) -> None:
    """Meet each by date: the most of its missing people for their money, in the first year that can pay."""
    for constraint in np.argsort(arrays.constraint_year, kind="stable"):
        previous = state.build_year.copy()
        while True:
            served = constrained_people_served(arrays, state.first_served)[constraint]
            missing = arrays.constraint_needed[constraint] - served
            if missing <= CENT:
                break
            candidate, year_index = _best_for_constraint(arrays, state, constraint, missing)
            if candidate < 0:
                reset_state(arrays, state, previous)
                break
            _select(arrays, state, candidate, year_index)


@compiled
def _best_for_constraint(arrays: ProblemArrays, state: PlanState, constraint: int, missing: float) -> tuple[int, int]:
    """Find the candidate, and its year, with most of a constraint's missing people for its money; -1 for none."""
    best, best_candidate, best_year = 0.0, -1, -1
    for candidate in range(len(state.build_year)):
        people = _missing_people(arrays, candidate, constraint, state.first_served)
        if people <= 0:
            continue
        for year_index in range(arrays.first_year[candidate], arrays.constraint_year[constraint] + 1):
            if is_open(arrays, state, candidate, year_index) and fits(arrays, state.money_left, candidate, year_index):
                ratio = min(people, missing) / priced_cost(arrays, candidate, year_index)
                if ratio > best:
                    best, best_candidate, best_year = ratio, candidate, year_index
                break
    return best_candidate, best_year


@compiled
def _missing_people(arrays: ProblemArrays, candidate: int, constraint: int, first: Integers) -> float:
    """Count the people whom a constraint still lacks and a candidate would serve."""
    people = 0.0
    for entry in range(arrays.start[candidate], arrays.start[candidate + 1]):
        group = arrays.group[entry]
        if first[group] > arrays.constraint_year[constraint]:
            for own in range(arrays.constraint_start[group], arrays.constraint_start[group + 1]):
                if arrays.constraint_of[own] == constraint:
                    people += arrays.constraint_people[own]
    return people


@compiled_allocating
def fill(arrays: ProblemArrays, state: PlanState, excluded: int) -> None:
    """Choose more, year by year, the most gain for its money first, until nothing fits or gains.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    state : PlanState
        The plan so far; changed in place.
    excluded : int
        A candidate that is not to be chosen, -1 for none.
    """
    for year_index in range(len(arrays.budget_limit)):
        queue = [(0.0, 0)]
        queue.pop()
        for candidate in range(len(state.build_year)):
            if (
                candidate != excluded
                and is_open(arrays, state, candidate, year_index)
                and fits(arrays, state.money_left, candidate, year_index)
            ):
                gain = gain_of(arrays, candidate, year_index, state.first_served)
                if gain > 0:
                    queue.append((-gain / priced_cost(arrays, candidate, year_index), candidate))
        heapq.heapify(queue)
        while queue:
            _, candidate = heapq.heappop(queue)
            if not is_open(arrays, state, candidate, year_index):
                continue
            if not fits(arrays, state.money_left, candidate, year_index):
                continue
            gain = gain_of(arrays, candidate, year_index, state.first_served)
            if gain <= 0:
                continue
            now = (-gain / priced_cost(arrays, candidate, year_index), candidate)
            if queue and now > queue[0]:
                heapq.heappush(queue, now)
                continue
            _select(arrays, state, candidate, year_index)


@compiled
def _select(arrays: ProblemArrays, state: PlanState, candidate: int, year_index: int) -> None:
    state.build_year[candidate] = year_index
    state.is_taken[arrays.alternatives[candidate]] = True
    pay(arrays, state.money_left, candidate, year_index, 1.0)
    add_assignment(arrays, candidate, year_index, state.first_served, state.second_served)
