"""From who could be served by what to the planner's problem: people of a commune with the same candidates are one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_matrix, vstack

from commune_coverage.planning.benefits.demand import Demand
from commune_coverage.planning.optimizer.problem import CENT, FORBIDDEN, FREE, Floors, Problem
from commune_coverage.planning.scenario.model import THEMES, Scenario, Theme

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Groups:
    """``covers`` (candidates x groups); of each group theme, commune, people, and what they count for together.

    ``item_group`` is the group of each item of the demand, -1 where no candidate serves it.
    """

    covers: csr_matrix
    theme: Integers
    commune: Integers
    people: Floats
    weight: Floats
    item_group: Integers


def grouped(demand: Demand, weight: Floats, covers_item: csr_matrix) -> Groups:
    """Items merged that share theme, commune and candidates. ``covers_item`` is candidates x items."""
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
    chosen = served[first]
    return Groups(
        by_item[chosen].T.tocsr(),
        demand.theme[chosen],
        demand.commune[chosen],
        np.bincount(number, demand.people[served], count).astype(np.float64),
        np.bincount(number, (demand.people * weight)[served], count).astype(np.float64),
        item_group,
    )


@dataclass(frozen=True, eq=False)
class ServiceConstraint:
    """One floor in one unit: what is asked, what is served already, what all candidates together could serve."""

    theme: str
    level: str
    unit: str
    by: int
    needed_people: float
    reachable_people: float


def floors_of(
    groups: Groups, communes: pd.DataFrame, served_people: Mapping[Theme, Floats], scenario: Scenario
) -> tuple[Floors, list[ServiceConstraint], list[ServiceConstraint]]:
    """The floors that can be promised with what they are, and those that all candidates together cannot keep.

    ``served_people`` has by theme the people of each commune who are served today, NaN where that is not known.
    """
    rows, asked, impossible = [], [], []
    people = communes["people"].to_numpy(np.float64)
    for floor in scenario.floors:
        units = communes[f"{floor.level}_code"].astype(str).to_numpy()
        for unit in sorted(set(units) if not floor.codes else set(floor.codes)):
            inside = units == unit
            known = inside & np.isfinite(served_people.get(floor.theme, np.full(len(people), np.nan)))
            if not known.any():
                impossible.append(ServiceConstraint(floor.theme, floor.level, unit, floor.by, float("nan"), 0.0))
                continue
            served = served_people[floor.theme]
            needed = float(floor.share * people[known].sum() - served[known].sum())
            if needed <= 0:
                continue
            here = (groups.theme == THEMES.index(floor.theme)) & known[groups.commune]
            promise = ServiceConstraint(
                floor.theme, floor.level, unit, floor.by, needed, float(groups.people[here].sum())
            )
            if promise.reachable_people < needed:
                impossible.append(promise)
            else:
                asked.append(promise)
                rows.append(csr_matrix(np.where(here, groups.people, 0.0)))
    matrix = csr_matrix(vstack(rows)) if rows else csr_matrix((0, len(groups.people)))
    years = np.array([promise.by - scenario.first_year for promise in asked], dtype=np.int64)
    return Floors(matrix, years, np.array([promise.needed_people for promise in asked])), asked, impossible


def problem_of(
    groups: Groups,
    listed: pd.DataFrame,
    loss: Floats,
    floors: Floors,
    scenario: Scenario,
    pinned: dict[str, int | None],
    forbidden: set[str],
) -> Problem:
    """The problem; a candidate that is pinned without a year is pinned to the first that can pay for it."""
    years = len(scenario.years)
    growth = np.asarray((1 + scenario.growth.people) ** np.arange(1, years + 1), dtype=np.float64)
    names = listed["candidate_id"].tolist()
    fixed = np.full(len(names), FREE)
    budget = np.array([scenario.budget.of(year) for year in scenario.years])
    for row, name in enumerate(names):
        if name in forbidden:
            fixed[row] = FORBIDDEN
    alternative = np.unique(listed["alternative"].to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)
    capital, yearly = (listed[name].to_numpy(np.float64) for name in ("fund_capital", "fund_yearly"))
    carry = scenario.budget.carry_over
    _pin(fixed, names, pinned, capital, yearly, budget, scenario)
    return Problem(
        groups.covers,
        groups.weight,
        growth,
        loss,
        capital,
        yearly,
        budget,
        alternative,
        fixed,
        np.zeros(len(names), dtype=np.int64),
        carry,
        floors,
    )


def _pin(
    fixed: Integers,
    names: list[str],
    pinned: dict[str, int | None],
    capital: Floats,
    yearly: Floats,
    budget: Floats,
    scenario: Scenario,
) -> None:
    """Years of what is pinned: those that are said, then for each of the others the first that can pay."""
    row_of = {name: row for row, name in enumerate(names)}
    left = budget.astype(np.float64).copy()
    undated = []
    for name, year in sorted(pinned.items()):
        if year is None:
            undated.append(row_of[name])
        else:
            fixed[row_of[name]] = year - scenario.first_year
            left[fixed[row_of[name]]] -= capital[row_of[name]]
            left[fixed[row_of[name]] :] -= yearly[row_of[name]]
    for row in undated:
        fixed[row] = len(budget) - 1
        for year in range(len(budget)):
            trial = left.copy()
            trial[year] -= capital[row]
            trial[year:] -= yearly[row]
            if ((np.cumsum(trial) if scenario.budget.carry_over else trial) >= -CENT).all():
                fixed[row], left = year, trial
                break
        else:
            left[-1] -= capital[row] + yearly[row]
