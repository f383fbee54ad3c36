"""A plan improved by swaps: a choice is taken out, forced in or moved, and the plan is completed greedily again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled
from commune_coverage.planning.optimizer.greedy import fill
from commune_coverage.planning.optimizer.objective import (
    PlanState,
    count_constraints_met,
    fits,
    gain_of,
    money_left,
    objective_value,
    pay,
    priced_cost,
    removal_loss,
    state_of,
)
from commune_coverage.planning.optimizer.problem import FREE, ProblemArrays

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class _Trial(NamedTuple):
    """A plan, the service constraints that it meets, and its objective."""

    build_year: Integers
    met: int
    value: float

    def is_better_than(self, other: _Trial) -> bool:
        """Compare constraints met first, then value by more than rounding."""
        return self.met > other.met or (self.met == other.met and self.value > other.value * (1 + 1e-12) + 1e-9)


def local_search(arrays: ProblemArrays, start: Integers, max_trials: int) -> Integers:
    """Improve a plan by removing, forcing in and moving single choices.

    Parameters
    ----------
    arrays : ProblemArrays
        The problem.
    start : ndarray of int64, shape (J,)
        Year index of each candidate, T for not at all.
    max_trials : int
        How many removals, and how many insertions, are tried at most.

    Returns
    -------
    ndarray of int64, shape (J,)
        A plan that is never worse: it meets as many service constraints, and then counts for as much.

    Notes
    -----
    First improvement: choices that lose least for their money are removed first, candidates that gain most for theirs
    are inserted first, and the plan is completed by ``fill`` after each. It ends when no trial is better (vertex
    substitution, M. Teitz and P. Bart 1968).
    """
    best = _evaluated(arrays, start.copy())
    improved, removals, insertions = True, 0, 0
    while improved:
        improved = False
        for candidate in _by_removal_loss(arrays, best.build_year):
            if best.build_year[candidate] == len(arrays.budget_limit) or removals >= max_trials:
                continue
            removals += 1
            trial = _removed(arrays, best.build_year, candidate)
            if trial.is_better_than(best):
                best, improved = trial, True
        for move in _by_gain(arrays, best.build_year):
            candidate, year_index = move // len(arrays.budget_limit), move % len(arrays.budget_limit)
            if best.build_year[candidate] == year_index or insertions >= max_trials:
                continue
            insertions += 1
            inserted = _inserted(arrays, best.build_year, candidate, year_index)
            if inserted is not None and inserted.is_better_than(best):
                best, improved = inserted, True
    return best.build_year


def _evaluated(arrays: ProblemArrays, build_year: Integers, state: PlanState | None = None) -> _Trial:
    first = (state_of(arrays, build_year) if state is None else state).first_served
    return _Trial(build_year, count_constraints_met(arrays, first), objective_value(arrays, build_year, first))


def _removed(arrays: ProblemArrays, build_year: Integers, candidate: int) -> _Trial:
    """Remove a choice and complete the plan without it first, then with it if it still fits."""
    trial = build_year.copy()
    trial[candidate] = len(arrays.budget_limit)
    state = state_of(arrays, trial)
    fill(arrays, state, candidate)
    fill(arrays, state, -1)
    return _evaluated(arrays, trial, state)


def _inserted(arrays: ProblemArrays, build_year: Integers, candidate: int, year_index: int) -> _Trial | None:
    """Put a candidate into a year and complete the plan; None where it cannot be there."""
    trial = build_year.copy()
    if not _force(arrays, trial, candidate, year_index):
        return None
    state = state_of(arrays, trial)
    fill(arrays, state, -1)
    return _evaluated(arrays, trial, state)


def _force(arrays: ProblemArrays, trial: Integers, candidate: int, year_index: int) -> bool:
    """Put a candidate into a year of a trial in place of what loses least for its money; False if it does not fit."""
    never = len(arrays.budget_limit)
    trial[candidate] = never
    others = np.flatnonzero((trial < never) & (arrays.alternatives == arrays.alternatives[candidate]))
    if (arrays.fixed_year[others] != FREE).any():
        return False
    trial[others] = never
    left = money_left(arrays, trial)
    if not fits(arrays, left, candidate, year_index):
        order = _by_removal_loss(arrays, trial)
        _evict_until_feasible(arrays, trial, candidate, year_index, left, order)
    if not fits(arrays, left, candidate, year_index):
        return False
    trial[candidate] = year_index
    return True


@compiled
def _evict_until_feasible(
    arrays: ProblemArrays, trial: Integers, candidate: int, year_index: int, left: Floats, order: Integers
) -> None:
    """Take out by ``order``, until a candidate fits into a year, what was to be paid in it."""
    for other in order:
        if arrays.carry_over or trial[other] == year_index or arrays.yearly[other] > 0:
            pay(arrays, left, other, trial[other], -1.0)
            trial[other] = len(left)
            if fits(arrays, left, candidate, year_index):
                return


def _by_gain(arrays: ProblemArrays, build_year: Integers) -> Integers:
    """Order candidates with a year (candidate x T + year) that gain something by gain for their money."""
    state = state_of(arrays, build_year)
    ratio = np.zeros((len(build_year), len(arrays.budget_limit)))
    _gain_for_money(arrays, build_year, state.first_served, ratio)
    move = np.flatnonzero(ratio)
    return move[np.argsort(-ratio.ravel()[move], kind="stable")]


@compiled
def _gain_for_money(arrays: ProblemArrays, build_year: Integers, first: Integers, ratio: Floats) -> None:
    """By candidate and year; what would gain nothing stays 0."""
    for candidate in range(len(build_year)):
        if arrays.fixed_year[candidate] != FREE:
            continue
        last = min(build_year[candidate], len(arrays.budget_limit))
        for year_index in range(arrays.first_year[candidate], last):
            gain = gain_of(arrays, candidate, year_index, first)
            if gain > 0:
                ratio[candidate, year_index] = gain / priced_cost(arrays, candidate, year_index)


def _by_removal_loss(arrays: ProblemArrays, build_year: Integers) -> Integers:
    """Order what may be taken out, the least loss for its money first."""
    state = state_of(arrays, build_year)
    chosen = np.flatnonzero((build_year < len(arrays.budget_limit)) & (arrays.fixed_year == FREE))
    ratio = np.empty(len(chosen))
    _loss_for_money(arrays, state, chosen, ratio)
    return chosen[np.argsort(ratio, kind="stable")]


@compiled
def _loss_for_money(arrays: ProblemArrays, state: PlanState, chosen: Integers, ratio: Floats) -> None:
    for entry in range(len(chosen)):
        candidate = chosen[entry]
        year_index = state.build_year[candidate]
        loss = removal_loss(arrays, candidate, year_index, state.first_served, state.second_served)
        ratio[entry] = loss / priced_cost(arrays, candidate, year_index)
