"""The planning problem as arrays: what candidates would serve and cost, what years can spend, what must hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
FREE, FORBIDDEN = -1, -2
CENT = 1e-6
"""Money is compared to a millionth, far below a cent: sums of floating numbers are no dearer for their order."""


@dataclass(frozen=True, eq=False)
class ConstraintMatrix:
    """Service constraints: at the end of a year at least so many people of certain groups are served.

    Parameters
    ----------
    people : csr_matrix of float64, shape (F, G)
        People of each group that count for each constraint.
    year_index : ndarray of int64, shape (F,)
        The year, counted from the first of the plan, by whose end each constraint must hold.
    needed_people : ndarray of float64, shape (F,)
        How many of those people must be served by then.
    """

    people: csr_matrix
    year_index: Integers
    needed_people: Floats

    def __len__(self) -> int:
        """Return the number of constraints."""
        return len(self.needed_people)


def no_constraints(groups: int) -> ConstraintMatrix:
    """Return the matrix of a problem without service constraints.

    Parameters
    ----------
    groups : int
        Number of demand groups, G.

    Returns
    -------
    ConstraintMatrix
        With no row.
    """
    return ConstraintMatrix(csr_matrix((0, groups)), np.zeros(0, dtype=np.int64), np.zeros(0))


@dataclass(frozen=True, eq=False)
class Problem:
    """Maximal covering over years under a budget: J candidates, G groups of demand, T years, F service constraints.

    Parameters
    ----------
    covers : csr_matrix of float64, shape (J, G)
        Ones where a candidate would serve a group.
    weight : ndarray of float64, shape (G,)
        What a group counts for in a year that counts 1, in weighted people.
    year_value : ndarray of float64, shape (T,)
        What each year counts for.
    loss : ndarray of float64, shape (J,)
        Weighted people served today whom a candidate takes away in each year.
    capital : ndarray of float64, shape (J,)
        Due in the year in which a candidate is built, in the currency of the budget.
    yearly : ndarray of float64, shape (J,)
        Running cost, due in that year and every later one.
    budget : ndarray of float64, shape (T,)
        What there is to spend in each year.
    alternatives : ndarray of int64, shape (J,)
        Of candidates with the same number at most one is chosen.
    fixed_year : ndarray of int64, shape (J,)
        Index of the year that is decided, FREE, or FORBIDDEN.
    first_year : ndarray of int64, shape (J,)
        Index of the first year in which a candidate can be built.
    carry_over : bool
        Whether what a year leaves can be spent in the next.
    constraints : ConstraintMatrix
        The service constraints.

    Notes
    -----
    The maximal covering location problem of R. Church and C. ReVelle (1974), with years, costs and budgets.
    """

    covers: csr_matrix
    weight: Floats
    year_value: Floats
    loss: Floats
    capital: Floats
    yearly: Floats
    budget: Floats
    alternatives: Integers
    fixed_year: Integers
    first_year: Integers
    carry_over: bool = False
    constraints: ConstraintMatrix = field(default_factory=lambda: no_constraints(0))

    @property
    def years(self) -> int:
        """Number of years, T."""
        return len(self.budget)

    @property
    def candidates(self) -> int:
        """Number of candidates, J."""
        return len(self.capital)

    @property
    def never(self) -> int:
        """The year index that stands for 'not built' and 'not served': T."""
        return self.years

    @property
    def value_from_year(self) -> Floats:
        """What a group of weight 1 counts for when served from each year on; (T + 1,) with 0 for never."""
        return np.append(np.cumsum(self.year_value[::-1])[::-1], 0.0)


def first_served(problem: Problem, build_year: Integers) -> Integers:
    """Find the year from which each group is served by a plan.

    Parameters
    ----------
    problem : Problem
        The problem.
    build_year : ndarray of int64, shape (J,)
        Index of the year in which each candidate is built, ``problem.never`` for not at all.

    Returns
    -------
    ndarray of int64, shape (G,)
        Year index, ``problem.never`` where a group is not served.
    """
    first = np.full(problem.covers.shape[1], problem.never, dtype=np.int64)
    built = np.flatnonzero(build_year < problem.never)
    rows = problem.covers[built]
    np.minimum.at(first, rows.indices, np.repeat(build_year[built], np.diff(rows.indptr)))
    return first


def plan_value(problem: Problem, build_year: Integers) -> float:
    """Sum what a plan counts for over all years.

    Parameters
    ----------
    problem : Problem
        The problem.
    build_year : ndarray of int64, shape (J,)
        Year index of each candidate.

    Returns
    -------
    float
        The objective, in weighted people times years.
    """
    value = problem.value_from_year
    return float(problem.weight @ value[first_served(problem, build_year)] - problem.loss @ value[build_year])


def spent(problem: Problem, build_year: Integers) -> Floats:
    """Sum what a plan spends in each year.

    Parameters
    ----------
    problem : Problem
        The problem.
    build_year : ndarray of int64, shape (J,)
        Year index of each candidate.

    Returns
    -------
    ndarray of float64, shape (T,)
        Capital of what is built in the year and running costs of all that stands.
    """
    built = np.bincount(build_year, problem.capital, problem.years + 1)[: problem.years]
    running = np.bincount(build_year, problem.yearly, problem.years + 1)[: problem.years]
    return np.asarray(built + np.cumsum(running))


def constraints_met(problem: Problem, build_year: Integers) -> Flags:
    """Tell which service constraints a plan meets.

    Parameters
    ----------
    problem : Problem
        The problem.
    build_year : ndarray of int64, shape (J,)
        Year index of each candidate.

    Returns
    -------
    ndarray of bool, shape (F,)
        True where enough people are served by the end of the constraint's year.
    """
    constraints, first = problem.constraints, first_served(problem, build_year)
    met = [
        constraints.people[row].toarray().ravel()[first <= by].sum() >= needed - CENT
        for row, (by, needed) in enumerate(zip(constraints.year_index, constraints.needed_people, strict=True))
    ]
    return np.array(met, dtype=bool)


def with_met_constraints(problem: Problem, build_year: Integers) -> Problem:
    """Drop the service constraints that a plan does not meet.

    Parameters
    ----------
    problem : Problem
        The problem.
    build_year : ndarray of int64, shape (J,)
        Year index of each candidate.

    Returns
    -------
    Problem
        The same with the constraints that the plan meets.
    """
    met, every = constraints_met(problem, build_year), problem.constraints
    met_only = ConstraintMatrix(
        csr_matrix(every.people[np.flatnonzero(met)]), every.year_index[met], every.needed_people[met]
    )
    return Problem(**{**problem.__dict__, "constraints": met_only})


def allowed_years(problem: Problem) -> Flags:
    """Tell in which years candidates may be built.

    Parameters
    ----------
    problem : Problem
        The problem.

    Returns
    -------
    ndarray of bool, shape (J, T)
        A candidate with a fixed year in that year only, a forbidden one never, others from their first year on.
    """
    year_index = np.arange(problem.years)
    fixed_year = problem.fixed_year[:, None]
    may = (year_index >= problem.first_year[:, None]) & (fixed_year != FORBIDDEN)
    return np.where(fixed_year >= 0, year_index == fixed_year, may)


class ProblemArrays(NamedTuple):
    """A problem as plain arrays, for compiled loops.

    Parameters
    ----------
    start : ndarray of int64, shape (J + 1,)
        Where the groups of each candidate begin in ``group``.
    group : ndarray of int64
        The groups that candidates serve, candidate by candidate.
    weight, loss, capital, yearly, alternatives, fixed_year, first_year, carry_over
        As in Problem.
    value_from_year : ndarray of float64, shape (T + 1,)
        What a group of weight 1 counts for when it is served from each year on.
    budget_limit : ndarray of float64, shape (T,)
        Budget of each year, with carry-over of all years up to it.
    money_price : ndarray of float64, shape (T,)
        What a unit of money of each year is worth.
    constraint_start : ndarray of int64, shape (G + 1,)
        Where the constraints of each group begin in ``constraint_of``.
    constraint_of, constraint_people : ndarray
        Constraints that each group counts for, and with how many people.
    constraint_year, constraint_needed : ndarray, shape (F,)
        Year index and needed people of each constraint.
    """

    start: Integers
    group: Integers
    weight: Floats
    value_from_year: Floats
    loss: Floats
    capital: Floats
    yearly: Floats
    budget_limit: Floats
    alternatives: Integers
    fixed_year: Integers
    first_year: Integers
    carry_over: bool
    money_price: Floats
    constraint_start: Integers
    constraint_of: Integers
    constraint_people: Floats
    constraint_year: Integers
    constraint_needed: Floats


def arrays_of(problem: Problem, money_price: Floats | None = None) -> ProblemArrays:
    """Lay out a problem for compiled loops.

    Parameters
    ----------
    problem : Problem
        The problem.
    money_price : ndarray of float64, shape (T,), optional
        What a unit of money of each year is worth; 1 unless given.

    Returns
    -------
    ProblemArrays
        Indices as int64, numbers as float64.
    """
    constraints = problem.constraints
    by_group = constraints.people.T.tocsr() if len(constraints) else csr_matrix((len(problem.weight), 0))
    budget_limit = np.cumsum(problem.budget) if problem.carry_over else problem.budget
    return ProblemArrays(
        start=problem.covers.indptr.astype(np.int64),
        group=problem.covers.indices.astype(np.int64),
        weight=problem.weight,
        value_from_year=problem.value_from_year,
        loss=problem.loss,
        capital=problem.capital,
        yearly=problem.yearly,
        budget_limit=np.asarray(budget_limit, dtype=np.float64),
        alternatives=problem.alternatives,
        fixed_year=problem.fixed_year,
        first_year=problem.first_year,
        carry_over=problem.carry_over,
        money_price=np.ones(problem.years) if money_price is None else money_price,
        constraint_start=by_group.indptr.astype(np.int64),
        constraint_of=by_group.indices.astype(np.int64),
        constraint_people=by_group.data.astype(np.float64),
        constraint_year=constraints.year_index,
        constraint_needed=constraints.needed_people,
    )
