"""A problem as compiled code walks it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from coverage.plan.problem import Problem

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Arrays(NamedTuple):
    """A problem without its words. ``price`` (T) is what a unit of money of each year is worth."""

    start: Integers
    group: Integers
    weight: Floats
    worth: Floats
    loss: Floats
    capital: Floats
    yearly: Floats
    limit: Floats
    alternative: Integers
    pinned: Integers
    first_year: Integers
    carry_over: bool
    price: Floats
    floor_start: Integers
    floor_of: Integers
    floor_people: Floats
    floor_year: Integers
    floor_needed: Floats


def arrays_of(problem: Problem, price: Floats | None = None) -> Arrays:
    """``floor_start``, ``floor_of`` and ``floor_people`` list the floors of each group."""
    by_group = problem.floors.people.T.tocsr() if len(problem.floors) else csr_matrix((len(problem.weight), 0))
    limit = np.cumsum(problem.budget) if problem.carry_over else problem.budget
    return Arrays(
        problem.covers.indptr.astype(np.int64), problem.covers.indices.astype(np.int64), problem.weight,
        problem.from_year, problem.loss, problem.capital, problem.yearly, np.asarray(limit, dtype=np.float64),
        problem.alternatives, problem.pinned, problem.first_year, problem.carry_over,
        np.ones(problem.years) if price is None else price,
        by_group.indptr.astype(np.int64), by_group.indices.astype(np.int64), by_group.data.astype(np.float64),
        problem.floors.year, problem.floors.needed,
    )  # fmt: skip
