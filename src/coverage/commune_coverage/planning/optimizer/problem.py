"""The planner's problem as arrays: what candidates would serve and cost, what years can spend, what must hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from commune_coverage.core.errors import CoverageError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
FREE, FORBIDDEN = -1, -2
CENT = 1e-6
"""Money is compared to a millionth, far below a cent: sums of floating numbers are no dearer for their order."""


class PlanError(CoverageError):
    """A plan cannot be made as asked: a scenario, a cost file or what is pinned contradicts itself."""


@dataclass(frozen=True, eq=False)
class Floors:
    """Promises: at the end of year ``year`` (index) at least ``needed`` people of ``people`` (floors x groups)."""

    people: csr_matrix
    year: Integers
    needed: Floats

    def __len__(self) -> int:
        return len(self.needed)


def no_floors(groups: int) -> Floors:
    """Nothing is promised."""
    return Floors(csr_matrix((0, groups)), np.zeros(0, dtype=np.int64), np.zeros(0))


@dataclass(frozen=True, eq=False)
class Problem:
    """J candidates, G groups of demand, T years.

    ``covers`` (J x G) holds ones. ``weight`` is what a group counts for in a year that counts 1; ``year_value`` what a
    year counts. ``loss`` is what a candidate takes away each year from those served today. Of the candidates of one
    number in ``alternatives`` at most one is chosen. ``pinned`` is the year (index) that is decided, FREE, or
    FORBIDDEN. ``first_year`` is the first in which a candidate can be there. ``capital`` falls due in its year,
    ``yearly`` in that and every later one. With ``carry_over`` what a year leaves is there for the next.
    """

    covers: csr_matrix
    weight: Floats
    year_value: Floats
    loss: Floats
    capital: Floats
    yearly: Floats
    budget: Floats
    alternatives: Integers
    pinned: Integers
    first_year: Integers
    carry_over: bool = False
    floors: Floors = field(default_factory=lambda: no_floors(0))

    @property
    def years(self) -> int:
        return len(self.budget)

    @property
    def candidates(self) -> int:
        return len(self.capital)

    @property
    def never(self) -> int:
        """The year that stands for 'not at all'."""
        return self.years

    @property
    def from_year(self) -> Floats:
        """What a group of weight 1 counts for when it is served from each year on; 0 for never."""
        return np.append(np.cumsum(self.year_value[::-1])[::-1], 0.0)

    def without_floors(self) -> Problem:
        return Problem(**{**self.__dict__, "floors": no_floors(self.covers.shape[1])})


def first_served(problem: Problem, year: Integers) -> Integers:
    """The year from which each group is served by a plan, ``never`` where it is not."""
    first = np.full(problem.covers.shape[1], problem.never, dtype=np.int64)
    chosen = np.flatnonzero(year < problem.never)
    rows = problem.covers[chosen]
    np.minimum.at(first, rows.indices, np.repeat(year[chosen], np.diff(rows.indptr)))
    return first


def value_of(problem: Problem, year: Integers) -> float:
    """What a plan counts for over all years."""
    worth = problem.from_year
    return float(problem.weight @ worth[first_served(problem, year)] - problem.loss @ worth[year])


def served_by_year(problem: Problem, year: Integers, weight: Floats | None = None) -> Floats:
    """(T): weight of the groups served at the end of each year."""
    each = problem.weight if weight is None else weight
    first = first_served(problem, year)
    return np.asarray(np.cumsum(np.bincount(first, each, problem.years + 1)[: problem.years]))


def spent(problem: Problem, year: Integers) -> Floats:
    """(T): capital of what is built in each year and the running costs of all that stands."""
    built = np.bincount(year, problem.capital, problem.years + 1)[: problem.years]
    running = np.bincount(year, problem.yearly, problem.years + 1)[: problem.years]
    return np.asarray(built + np.cumsum(running))


def floors_met(problem: Problem, year: Integers) -> npt.NDArray[np.bool_]:
    """Which promises a plan keeps."""
    floors, first = problem.floors, first_served(problem, year)
    kept = [
        floors.people[row].toarray().ravel()[first <= by].sum() >= needed - CENT
        for row, (by, needed) in enumerate(zip(floors.year, floors.needed, strict=True))
    ]
    return np.array(kept, dtype=bool)


def possible(problem: Problem) -> npt.NDArray[np.bool_]:
    """(J, T): years in which candidates may be built: what is pinned in its year, nothing before it can be there."""
    year = np.arange(problem.years)
    pinned = problem.pinned[:, None]
    may = (year >= problem.first_year[:, None]) & (pinned != FORBIDDEN)
    return np.where(pinned >= 0, year == pinned, may)


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
        problem.covers.indptr.astype(np.int64),
        problem.covers.indices.astype(np.int64),
        problem.weight,
        problem.from_year,
        problem.loss,
        problem.capital,
        problem.yearly,
        np.asarray(limit, dtype=np.float64),
        problem.alternatives,
        problem.pinned,
        problem.first_year,
        problem.carry_over,
        np.ones(problem.years) if price is None else price,
        by_group.indptr.astype(np.int64),
        by_group.indices.astype(np.int64),
        by_group.data.astype(np.float64),
        problem.floors.year,
        problem.floors.needed,
    )
