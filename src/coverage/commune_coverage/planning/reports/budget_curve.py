"""What more money buys: the plan chosen anew at parts and multiples of its budget, each on top of the one before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from commune_coverage.planning.optimizer.problem import PlanError, spent, value_of
from commune_coverage.planning.optimizer.solve import choose
from commune_coverage.planning.plan import Made

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5)
_TRIES, _ROUNDS = 40, 60


def curve_rows(made: Made) -> pd.DataFrame:
    """One row a budget: people served at the end by the optimiser, money spent, and what one more person costs.

    Each plan begins with that of the smaller budget, so more money never counts for less.
    """
    problem, groups = made.chosen.problem, made.chosen.groups
    start, rows = None, []
    people_before, spent_before = 0.0, 0.0
    for share in SHARES:
        budget = replace(problem, budget=problem.budget * share)
        try:
            year = made.chosen.plan.year if share == 1.0 else choose(budget, start, _TRIES, _ROUNDS)[0].year
        except PlanError:
            continue
        if start is not None and value_of(problem, start) > value_of(problem, year):
            year = start
        start = year
        reached = np.asarray(groups.covers[np.flatnonzero(year < problem.never)].sum(axis=0)).ravel() > 0
        people, money = float(groups.people[reached].sum()), float(spent(problem, year).sum())
        more = people - people_before
        row: dict[str, Any] = {
            "budget_share": share, "budget": float(budget.budget.sum()), "spent": money, "expected_people": people,
            "value": value_of(problem, year),
            "marginal_cost_per_person": (money - spent_before) / more if more > 0 else np.nan,
        }  # fmt: skip
        rows.append(row)
        people_before, spent_before = people, money
    return pd.DataFrame(rows)
