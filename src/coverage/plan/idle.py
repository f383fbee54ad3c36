"""Money that a year leaves, and why: nothing left to choose, nothing that it would pay for, or kept for later."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coverage.plan.problem import CENT, FORBIDDEN, Problem, first_served, spent

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
NOTHING_LEFT = "no candidate that is left would serve anybody more"


def money_left(problem: Problem, year: Integers) -> Floats:
    """(T) what is left at the end of each year, with what is carried over."""
    rest = problem.budget - spent(problem, year)
    return np.asarray(np.cumsum(rest) if problem.carry_over else rest)


def reasons_left(problem: Problem, year: Integers, currency: str) -> list[str]:
    """Why each year's money is not spent; '' where none is left."""
    left, first = money_left(problem, year), first_served(problem, year)
    return [
        _reason(problem, _useful(problem, year, first, index), left, index, currency) if left[index] > CENT else ""
        for index in range(problem.years)
    ]


def _useful(problem: Problem, year: Integers, first: Integers, index: int) -> Integers:
    """Candidates that are not chosen, could be, and would serve somebody more from a year on."""
    taken = np.isin(problem.alternatives, problem.alternatives[year < problem.never])
    is_open = (year == problem.never) & ~taken & (problem.pinned != FORBIDDEN) & (problem.first_year <= index)
    more = problem.covers @ np.where(first > index, problem.weight, 0.0) - problem.loss
    return np.flatnonzero(is_open & (np.asarray(more) > CENT))


def _reason(problem: Problem, useful: Integers, left: Floats, index: int, currency: str) -> str:
    if not len(useful):
        return NOTHING_LEFT
    running = problem.years - index if problem.carry_over else 1
    cheapest = float((problem.capital + problem.yearly * running)[useful].min())
    rest = float(left[index:].min()) if problem.carry_over else float(left[index])
    if cheapest <= rest + CENT:
        return f"{len(useful):,} candidates would serve more and are worth more later, or beside other choices"
    if problem.carry_over and rest < left[index] - CENT:
        return "carried over: later years need it"
    return f"the cheapest of {len(useful):,} candidates that would serve more costs {cheapest:,.0f} {currency}"
