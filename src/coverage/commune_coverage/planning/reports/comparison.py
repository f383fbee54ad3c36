"""Scenarios compared: what each buys for its money, what stands in all of them, budget curve and sensitivity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.errors import PlanError
from commune_coverage.planning.candidates.table import TOWERS
from commune_coverage.planning.optimizer.problem import plan_value, spent
from commune_coverage.planning.optimizer.solve import choose, over_budget
from commune_coverage.planning.plan import PlanResult
from commune_coverage.planning.reports.tables import credited
from commune_coverage.planning.scenario.model import THEMES
from commune_coverage.planning.simulation.instance import PlanningInstance, Selection, select_candidates

Tables = Mapping[str, pd.DataFrame]


def comparison_rows(plans: Mapping[str, Tables]) -> pd.DataFrame:
    """Compare scenarios.

    Parameters
    ----------
    plans : mapping of str to tables
        Tables of each scenario by its name.

    Returns
    -------
    DataFrame
        One row a scenario: money, people at the end of its last year, cost per person, service constraints.
    """
    rows = []
    for name, tables in plans.items():
        years, sites = tables["plan_years"], tables["plan_sites"]
        last = years.iloc[-1]
        floors = tables["plan_floors"]
        rows.append(
            {
                "scenario": name,
                "last_year": int(last["year"]),
                "budget": float(years["budget"].sum()),
                "spent": float(years["spent"].sum()),
                "capital": float(last["capital_so_far"]),
                "chosen": len(sites),
                **{f"{theme}_served_people": float(last[f"{theme}_served_people"]) for theme in THEMES},
                **{f"{theme}_gap_share": float(last[f"{theme}_gap_share"]) for theme in THEMES},
                "served_people": float(sum(last[f"{theme}_served_people"] for theme in THEMES)),
                "cost_per_person": float(last["cost_per_person"]),
                "net_present_value": float(last["net_present_value"]),
                "floors_kept": int((floors["state"] == "kept").sum()),
                "floors_asked": len(floors),
                "synthetic_layers": str(last["synthetic_layers"]),
            }
        )
    return pd.DataFrame(rows)


def standing_rows(plans: Mapping[str, Tables]) -> pd.DataFrame:
    """List what is chosen in every scenario.

    Parameters
    ----------
    plans : mapping of str to tables
        Tables of each scenario by its name.

    Returns
    -------
    DataFrame
        Sites with their year in each scenario, the earliest first.
    """
    years = [
        tables["plan_sites"].set_index("candidate_id")["year"].rename(f"year_{name}") for name, tables in plans.items()
    ]
    joined = pd.concat(years, axis=1, join="inner")
    first = next(iter(plans.values()))["plan_sites"].set_index("candidate_id")
    columns = ["kind", "operator", "place_name", "commune_code", "commune_name", "lon", "lat", "synthetic_layers"]
    standing = first.loc[joined.index, columns].join(joined).assign(first_year=joined.min(axis=1))
    return (
        standing.rename_axis("candidate_id")
        .reset_index()
        .sort_values(["first_year", "candidate_id"], ignore_index=True)
    )


SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5)
_TRIES, _ROUNDS = 40, 60


def budget_curve_rows(result: PlanResult) -> pd.DataFrame:
    """Tabulate what more or less budget buys.

    Parameters
    ----------
    result : PlanResult
        The plan.

    Returns
    -------
    DataFrame
        One row a budget: people served at the end by the optimiser, money spent, and what one more person costs. Each
        plan begins with that of the smaller budget, so more money never counts for less.
    """
    problem, groups, planned = result.selection.problem, result.selection.groups, result.selection.plan.build_year
    start, rows = None, []
    people_before, spent_before = 0.0, 0.0
    for share in SHARES:
        budget = replace(problem, budget=problem.budget * share)
        try:
            year = planned if share == 1.0 else choose(budget, start, _TRIES, _ROUNDS)[0].build_year
        except PlanError:
            continue
        if start is not None and plan_value(problem, start) > plan_value(problem, year):
            year = start
        start = year
        reached = np.asarray(groups.covers[np.flatnonzero(year < problem.never)].sum(axis=0)).ravel() > 0
        people, money = float(groups.people[reached].sum()), float(spent(problem, year).sum())
        more = people - people_before
        row: dict[str, Any] = {
            "budget_share": share,
            "budget": float(budget.budget.sum()),
            "spent": money,
            "expected_people": people,
            "value": plan_value(problem, year),
            "marginal_cost_per_person": (money - spent_before) / more if more > 0 else np.nan,
        }
        rows.append(row)
        people_before, spent_before = people, money
    return pd.DataFrame(rows)


Integers = npt.NDArray[np.int64]
_SENSITIVITY_TRIES, _SENSITIVITY_ROUNDS = 60, 200


def sensitivity_rows(result: PlanResult) -> pd.DataFrame:
    """Tabulate what is chosen with other costs and at the bounds of the models.

    Parameters
    ----------
    result : PlanResult
        The plan.

    Returns
    -------
    DataFrame
        One row a case: what is chosen then, how much of the plan stands (by the people it serves), what it costs.
    """
    whole = result.selection.plan.build_year < result.selection.problem.never
    people = credited(result).sum(axis=1)
    rows: list[dict[str, Any]] = []
    for case, instance, benefits in _cases(result):
        try:
            selection = select_candidates(instance, benefits, None, _SENSITIVITY_TRIES, _SENSITIVITY_ROUNDS)
        except PlanError as error:
            rows.append({"case": case, "note": str(error)})
            continue
        again = selection.plan.build_year < selection.problem.never
        rows.append(
            {
                "case": case,
                "chosen": int(again.sum()),
                "expected_people": _people(selection),
                "stays_share": float(people[whole & again].sum() / people[whole].sum())
                if people[whole].sum() > 0
                else 1.0,
                "spent": float(spent(selection.problem, selection.plan.build_year).sum()),
                "gap_share": selection.plan.gap_share,
                "plan_fits": not over_budget(selection.problem, result.selection.plan.build_year),
                "note": "",
            }
        )
    columns = ["case", "chosen", "expected_people", "stays_share", "spent", "gap_share", "plan_fits", "note"]
    return pd.DataFrame(rows, columns=columns)


def _people(selection: Selection) -> float:
    rows = np.flatnonzero(selection.plan.build_year < selection.problem.never)
    reached = np.asarray(selection.groups.covers[rows].sum(axis=0)).ravel() > 0
    return float(selection.groups.people[reached].sum())


def _cases(result: PlanResult) -> Iterator[tuple[str, PlanningInstance, Any]]:
    instance, benefits, off = result.instance, result.benefits, result.instance.scenario.uncertainty_share
    towers = instance.listed["kind"].isin(TOWERS).to_numpy()
    yield "as planned", instance, benefits
    for what, rows in (("sites", towers), ("hubs and agents", ~towers)):
        for word, factor in (("dearer", 1 + off), ("cheaper", 1 - off)):
            yield f"{what} {off:.0%} {word}", _priced(instance, rows, factor), benefits
    yield "models at their low bound", instance, replace(benefits, gains=_lowered(benefits.lower_bound, benefits.gains))
    yield "models at their high bound", instance, replace(benefits, gains=_raised(benefits.upper_bound, benefits.gains))


def _lowered(lower_bound: Any, gains: Any) -> Any:
    """Take the lower bound, without what the simulation took back."""
    return {theme: lower_bound[theme].multiply(gains[theme]).tocsr() for theme in gains}


def _raised(upper_bound: Any, gains: Any) -> Any:
    """Take the upper bound, with what the simulation added."""
    return {theme: upper_bound[theme].maximum(gains[theme]).tocsr() for theme in gains}


def _priced(instance: PlanningInstance, rows: npt.NDArray[np.bool_], factor: float) -> PlanningInstance:
    listed = instance.listed.copy()
    for name in ("capital", "yearly", "fund_capital", "fund_yearly"):
        listed.loc[rows, name] = listed.loc[rows, name] * factor
    return replace(instance, listed=listed)
