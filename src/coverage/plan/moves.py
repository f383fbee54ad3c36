"""Moves from a plan that the engines have been asked of to one that should serve more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from coverage.plan.arrays import arrays_of
from coverage.plan.greedy import greedy
from coverage.plan.problem import FORBIDDEN, FREE, Problem, floors_met

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
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
