"""The state of a plan: what it leaves of the budget, whom it serves first, what one candidate more or less counts for.

In all functions J is the number of candidates, G of demand groups, T of years, F of service constraints.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, compiled_allocating
from commune_coverage.planning.optimizer.problem import CENT, FREE, ProblemArrays

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class PlanState(NamedTuple):
    """A plan that is being changed, with what follows from it.

    Parameters
    ----------
    build_year : ndarray of int64, shape (J,)
        Index of the year in which each candidate is built, T for not at all.
    money_left : ndarray of float64, shape (T,)
        What each year's budget leaves, with carry-over all years up to it.
    is_taken : ndarray of bool
        By number of alternatives, whether one of them is chosen.
    first_served, second_served : ndarray of int64, shape (G,)
        Years of the two choices that serve each group first, T where there is none.
    """

    build_year: Integers
    money_left: Floats
    is_taken: Flags
    first_served: Integers
    second_served: Integers


def state_of(arrays: ProblemArrays, build_year: Integers) -> PlanState:
    """Work out the state of a plan.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    build_year : ndarray of int64, shape (J,)
        The plan; changes of the state change it in place.

    Returns
    -------
    PlanState
        With arrays of its own but for ``build_year``.
    """
    groups = len(arrays.weight)
    first, second = np.empty(groups, dtype=np.int64), np.empty(groups, dtype=np.int64)
    assign(arrays, build_year, first, second)
    return PlanState(build_year, money_left(arrays, build_year), alternatives_taken(arrays, build_year), first, second)


def reset_state(arrays: ProblemArrays, state: PlanState, build_year: Integers) -> None:
    """Set a state back to a plan.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    state : PlanState
        Changed in place.
    build_year : ndarray of int64, shape (J,)
        The plan that it becomes.
    """
    state.build_year[:] = build_year
    state.money_left[:] = money_left(arrays, build_year)
    state.is_taken[:] = alternatives_taken(arrays, build_year)
    assign(arrays, build_year, state.first_served, state.second_served)


def money_left(arrays: ProblemArrays, build_year: Integers) -> Floats:
    """Compute what a plan leaves of the budget.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    build_year : ndarray of int64, shape (J,)
        The plan.

    Returns
    -------
    ndarray of float64, shape (T,)
        What each year's budget leaves, with carry-over all years up to it.
    """
    due = np.zeros(len(arrays.budget_limit))
    _add_costs(arrays, build_year, due)
    return arrays.budget_limit - (np.cumsum(due) if arrays.carry_over else due)


@compiled
def _add_costs(arrays: ProblemArrays, build_year: Integers, due: Floats) -> None:
    for candidate in range(len(build_year)):
        if build_year[candidate] < len(due):
            due[build_year[candidate]] += arrays.capital[candidate]
            for year_index in range(build_year[candidate], len(due)):
                due[year_index] += arrays.yearly[candidate]


@compiled
def fits(arrays: ProblemArrays, left: Floats, candidate: int, year_index: int) -> bool:
    """Tell whether the budget suffices for a candidate in a year.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    left : ndarray of float64, shape (T,)
        What the plan leaves.
    candidate, year_index : int
        What is to be built, and when.

    Returns
    -------
    bool
        Whether no year is overspent, to a millionth.
    """
    for later in range(year_index, len(left)):
        if arrays.carry_over:
            due = arrays.capital[candidate] + (later - year_index + 1) * arrays.yearly[candidate]
        else:
            due = arrays.yearly[candidate] + (arrays.capital[candidate] if later == year_index else 0.0)
        if due > left[later] + CENT:
            return False
    return True


@compiled
def pay(arrays: ProblemArrays, left: Floats, candidate: int, year_index: int, sign: float) -> None:
    """Take the cost of a candidate from the budget, or give it back.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    left : ndarray of float64, shape (T,)
        What the plan leaves; changed in place.
    candidate, year_index : int
        What is built, and when.
    sign : float
        1.0 to pay, -1.0 to give back.
    """
    for later in range(year_index, len(left)):
        if arrays.carry_over:
            left[later] -= sign * (arrays.capital[candidate] + (later - year_index + 1) * arrays.yearly[candidate])
        else:
            left[later] -= sign * (
                arrays.yearly[candidate] + (arrays.capital[candidate] if later == year_index else 0.0)
            )


@compiled
def priced_cost(arrays: ProblemArrays, candidate: int, year_index: int) -> float:
    """Sum the cost of a candidate by what money is worth in the years in which it falls due.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    candidate, year_index : int
        What is built, and when.

    Returns
    -------
    float
        At least 1e-9, so that gains can be divided by it.
    """
    cost = arrays.capital[candidate] * arrays.money_price[year_index]
    for later in range(year_index, len(arrays.money_price)):
        cost += arrays.yearly[candidate] * arrays.money_price[later]
    return max(cost, 1e-9)


@compiled
def assign(arrays: ProblemArrays, build_year: Integers, first: Integers, second: Integers) -> None:
    """Find the years of the two choices that serve each group first.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    build_year : ndarray of int64, shape (J,)
        The plan.
    first, second : ndarray of int64, shape (G,)
        Overwritten with the results; T where there is no such choice.
    """
    never = len(arrays.budget_limit)
    first[:] = never
    second[:] = never
    for candidate in range(len(build_year)):
        if build_year[candidate] < never:
            add_assignment(arrays, candidate, build_year[candidate], first, second)


@compiled
def add_assignment(arrays: ProblemArrays, candidate: int, year_index: int, first: Integers, second: Integers) -> None:
    """Count one more choice among those that serve each group first.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    candidate, year_index : int
        What is built, and when.
    first, second : ndarray of int64, shape (G,)
        Years of the first and second choice of each group; changed in place.
    """
    for entry in range(arrays.start[candidate], arrays.start[candidate + 1]):
        group = arrays.group[entry]
        if year_index < first[group]:
            second[group] = first[group]
            first[group] = year_index
        elif year_index < second[group]:
            second[group] = year_index


@compiled
def gain_of(arrays: ProblemArrays, candidate: int, year_index: int, first: Integers) -> float:
    """Compute what a plan gains by one candidate more.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    candidate, year_index : int
        What would be built, and when.
    first : ndarray of int64, shape (G,)
        Year from which each group is served already.

    Returns
    -------
    float
        Marginal gain in weighted people times years, less what the candidate takes away.
    """
    gain = -arrays.loss[candidate] * arrays.value_from_year[year_index]
    for entry in range(arrays.start[candidate], arrays.start[candidate + 1]):
        group = arrays.group[entry]
        if first[group] > year_index:
            gain += arrays.weight[group] * (arrays.value_from_year[year_index] - arrays.value_from_year[first[group]])
    return gain


@compiled
def removal_loss(arrays: ProblemArrays, candidate: int, year_index: int, first: Integers, second: Integers) -> float:
    """Compute what a plan loses without a candidate that it has.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    candidate, year_index : int
        What is built, and when.
    first, second : ndarray of int64, shape (G,)
        Years of the first and second choice of each group.

    Returns
    -------
    float
        In weighted people times years.
    """
    lost = -arrays.loss[candidate] * arrays.value_from_year[year_index]
    for entry in range(arrays.start[candidate], arrays.start[candidate + 1]):
        group = arrays.group[entry]
        if first[group] == year_index:
            lost += arrays.weight[group] * (arrays.value_from_year[year_index] - arrays.value_from_year[second[group]])
    return lost


@compiled
def objective_value(arrays: ProblemArrays, build_year: Integers, first: Integers) -> float:
    """Sum what a plan counts for over all years.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    build_year : ndarray of int64, shape (J,)
        The plan.
    first : ndarray of int64, shape (G,)
        Year from which each group is served.

    Returns
    -------
    float
        The objective, in weighted people times years.
    """
    total = 0.0
    for group in range(len(first)):
        total += arrays.weight[group] * arrays.value_from_year[first[group]]
    for candidate in range(len(build_year)):
        total -= arrays.loss[candidate] * arrays.value_from_year[build_year[candidate]]
    return total


@compiled_allocating
def constrained_people_served(arrays: ProblemArrays, first: Integers) -> Floats:
    """Count the people of each service constraint who are served in time.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    first : ndarray of int64, shape (G,)
        Year from which each group is served.

    Returns
    -------
    ndarray of float64, shape (F,)
        People.
    """
    served = np.zeros(len(arrays.constraint_year))
    for group in range(len(first)):
        for entry in range(arrays.constraint_start[group], arrays.constraint_start[group + 1]):
            if first[group] <= arrays.constraint_year[arrays.constraint_of[entry]]:
                served[arrays.constraint_of[entry]] += arrays.constraint_people[entry]
    return served


def count_constraints_met(arrays: ProblemArrays, first: Integers) -> int:
    """Count the service constraints that a plan meets.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    first : ndarray of int64, shape (G,)
        Year from which each group is served.

    Returns
    -------
    int
        At most F.
    """
    return int(np.sum(constrained_people_served(arrays, first) >= arrays.constraint_needed - CENT))


@compiled
def is_open(arrays: ProblemArrays, state: PlanState, candidate: int, year_index: int) -> bool:
    """Tell whether a candidate may still be chosen in a year, money aside.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    state : PlanState
        The plan so far.
    candidate, year_index : int
        What would be built, and when.

    Returns
    -------
    bool
        Whether it is free, not chosen, without a chosen alternative, and can be there by then.
    """
    return (
        state.build_year[candidate] == len(arrays.budget_limit)
        and arrays.fixed_year[candidate] == FREE
        and not state.is_taken[arrays.alternatives[candidate]]
        and year_index >= arrays.first_year[candidate]
    )


def alternatives_taken(arrays: ProblemArrays, build_year: Integers) -> Flags:
    """Tell of which alternatives one is chosen.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    build_year : ndarray of int64, shape (J,)
        The plan.

    Returns
    -------
    ndarray of bool
        By number of alternatives.
    """
    taken = np.zeros(arrays.alternatives.max(initial=0) + 1, dtype=np.bool_)
    taken[arrays.alternatives[build_year < len(arrays.budget_limit)]] = True
    return taken
