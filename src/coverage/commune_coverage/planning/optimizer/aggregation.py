"""From demand and benefits to the planning problem: people of a commune with the same candidates form one group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_matrix, vstack

from commune_coverage.planning.demand import Demand
from commune_coverage.planning.optimizer.problem import CENT, FORBIDDEN, FREE, ConstraintMatrix, Problem
from commune_coverage.planning.scenario.model import THEMES, FixedDecisions, Scenario, Theme

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class DemandGroups:
    """Groups of people who share theme, commune and candidates.

    Parameters
    ----------
    covers : csr_matrix of float64, shape (J, G)
        Ones where a candidate would serve a group.
    theme, commune : ndarray of int64, shape (G,)
        Index in THEMES, and row of the commune table.
    people, weight : ndarray of float64, shape (G,)
        People, and what they count for together.
    item_group : ndarray of int64
        Group of each item of the demand, -1 where no candidate serves it.
    """

    covers: csr_matrix
    theme: Integers
    commune: Integers
    people: Floats
    weight: Floats
    item_group: Integers


def group_demand(demand: Demand, weight: Floats, covers_item: csr_matrix) -> DemandGroups:
    """Merge items of the demand that share theme, commune and candidates.

    Parameters
    ----------
    demand : Demand
        Items of people in need.
    weight : ndarray of float64, shape (items,)
        What one person of each item counts for.
    covers_item : csr_matrix of float64, shape (J, items)
        Ones where a candidate would serve an item.

    Returns
    -------
    DemandGroups
        Items that no candidate serves are in none.

    Notes
    -----
    Sets of candidates are compared by the sum, modulo 2**64, of a random number for each candidate (fixed seed).
    """
    by_item = covers_item.T.tocsr()
    by_item.sort_indices()
    draws = np.random.default_rng(0).integers(1, 1 << 62, covers_item.shape[0], dtype=np.uint64)
    ends = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(draws[by_item.indices], dtype=np.uint64)])
    sums = ends[by_item.indptr[1:]] - ends[by_item.indptr[:-1]]
    served = np.flatnonzero(np.diff(by_item.indptr) > 0)
    keys = np.rec.fromarrays([demand.theme[served], demand.commune[served], sums[served]])
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    count = len(first)
    item_group = np.full(len(demand), -1)
    item_group[served] = number
    examples = served[first]
    return DemandGroups(
        by_item[examples].T.tocsr(),
        demand.theme[examples],
        demand.commune[examples],
        np.bincount(number, demand.people[served], count).astype(np.float64),
        np.bincount(number, (demand.people * weight)[served], count).astype(np.float64),
        item_group,
    )


@dataclass(frozen=True, eq=False)
class UnitConstraint:
    """A service constraint in one unit of its level.

    Parameters
    ----------
    theme, level, unit : str
        What is to be served, and where: the level of the unit and its code.
    by : int
        Year by whose end it must hold.
    needed_people : float
        People who must be newly served by then; NaN where it is not known how many are served today.
    reachable_people : float
        People whom all candidates together could newly serve.
    """

    theme: str
    level: str
    unit: str
    by: int
    needed_people: float
    reachable_people: float


def service_constraints(
    groups: DemandGroups, communes: pd.DataFrame, served_people: Mapping[Theme, Floats], scenario: Scenario
) -> tuple[ConstraintMatrix, list[UnitConstraint], list[UnitConstraint]]:
    """Set up the service constraints of a scenario.

    Parameters
    ----------
    groups : DemandGroups
        Who can be served.
    communes : DataFrame
        The commune table, with ``people`` and the code of each level.
    served_people : mapping of theme to ndarray of float64, shape (communes,)
        People served today, NaN where that is not known.
    scenario : Scenario
        Declares the constraints.

    Returns
    -------
    matrix : ConstraintMatrix
        The constraints that all candidates together can meet and today's network does not.
    feasible : list of UnitConstraint
        The same, row by row.
    infeasible : list of UnitConstraint
        Those that all candidates together cannot meet.
    """
    rows, feasible, infeasible = [], [], []
    people = communes["people"].to_numpy(np.float64)
    for rule in scenario.service_constraints:
        units = _units(communes, rule.level)
        for unit in sorted(set(rule.codes) or set(units.tolist())):
            inside = units == unit
            known = inside & np.isfinite(served_people.get(rule.theme, np.full(len(people), np.nan)))
            if not known.any():
                infeasible.append(UnitConstraint(rule.theme, rule.level, unit, rule.by, float("nan"), 0.0))
                continue
            needed = float(rule.share * people[known].sum() - served_people[rule.theme][known].sum())
            if needed <= 0:
                continue
            here = (groups.theme == THEMES.index(rule.theme)) & known[groups.commune]
            reachable = float(groups.people[here].sum())
            constraint = UnitConstraint(rule.theme, rule.level, unit, rule.by, needed, reachable)
            if reachable < needed:
                infeasible.append(constraint)
            else:
                feasible.append(constraint)
                rows.append(csr_matrix(np.where(here, groups.people, 0.0)))
    people_matrix = csr_matrix(vstack(rows)) if rows else csr_matrix((0, len(groups.people)))
    year_index = np.array([each.by - scenario.first_year for each in feasible], dtype=np.int64)
    needed_people = np.array([each.needed_people for each in feasible])
    return ConstraintMatrix(people_matrix, year_index, needed_people), feasible, infeasible


def _units(communes: pd.DataFrame, level: str) -> npt.NDArray[np.object_]:
    """The unit of each commune; '' for the nation."""
    if level == "nation":
        return np.full(len(communes), "", dtype=object)
    return communes[f"{level}_code"].astype(str).to_numpy(dtype=object)


def problem_of(
    groups: DemandGroups,
    listed: pd.DataFrame,
    loss: Floats,
    constraints: ConstraintMatrix,
    scenario: Scenario,
    decisions: FixedDecisions,
) -> Problem:
    """Set up the planning problem.

    Parameters
    ----------
    groups : DemandGroups
        Who can be served, by what.
    listed : DataFrame, J rows
        Candidates with ``candidate_id``, ``alternative``, ``fund_capital`` and ``fund_yearly``.
    loss : ndarray of float64, shape (J,)
        Weighted people whom a candidate takes away in each year.
    constraints : ConstraintMatrix
        The service constraints.
    scenario : Scenario
        Years, budget and growth.
    decisions : FixedDecisions
        What is pinned and forbidden; what is pinned without a year is put into the first that can pay for it.

    Returns
    -------
    Problem
        With the costs that the fund pays.
    """
    years = len(scenario.years)
    growth = np.asarray((1 + scenario.growth.people) ** np.arange(1, years + 1), dtype=np.float64)
    budget = np.array([scenario.budget.of(year) for year in scenario.years])
    capital, yearly = (listed[name].to_numpy(np.float64) for name in ("fund_capital", "fund_yearly"))
    return Problem(
        covers=groups.covers,
        weight=groups.weight,
        year_value=growth,
        loss=loss,
        capital=capital,
        yearly=yearly,
        budget=budget,
        alternatives=np.unique(listed["alternative"].to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64),
        fixed_year=_fixed_years(listed["candidate_id"].tolist(), decisions, capital, yearly, budget, scenario),
        first_year=np.zeros(len(listed), dtype=np.int64),
        carry_over=scenario.budget.carry_over,
        constraints=constraints,
    )


def _fixed_years(
    names: list[str], decisions: FixedDecisions, capital: Floats, yearly: Floats, budget: Floats, scenario: Scenario
) -> Integers:
    """Fix the year index of what is pinned with a year, then of each of the others the first that can pay."""
    row_of = {name: row for row, name in enumerate(names)}
    fixed_year = np.array([FORBIDDEN if name in decisions.forbidden else FREE for name in names], dtype=np.int64)
    left = budget.astype(np.float64).copy()
    undated = []
    for name, year in sorted(decisions.pinned.items()):
        row = row_of[name]
        if year is None:
            undated.append(row)
        else:
            fixed_year[row] = year - scenario.first_year
            left[fixed_year[row]] -= capital[row]
            left[fixed_year[row] :] -= yearly[row]
    for row in undated:
        fixed_year[row], left = _first_affordable(left, capital[row], yearly[row], scenario.budget.carry_over)
    return fixed_year


def _first_affordable(left: Floats, capital: float, yearly: float, carry_over: bool) -> tuple[int, Floats]:
    """Find the first year that can pay, else the last, and what is left of the budget then."""
    for year_index in range(len(left)):
        trial = left.copy()
        trial[year_index] -= capital
        trial[year_index:] -= yearly
        if ((np.cumsum(trial) if carry_over else trial) >= -CENT).all():
            return year_index, trial
    over = left.copy()
    over[-1] -= capital + yearly
    return len(left) - 1, over
