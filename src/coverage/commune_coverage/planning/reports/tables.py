"""The tables of a plan, from the selection and from the simulation of its networks."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.pipeline.stages.report import synthetic_layers
from commune_coverage.planning.optimizer.aggregation import UnitConstraint
from commune_coverage.planning.optimizer.problem import first_served
from commune_coverage.planning.plan import PlanResult
from commune_coverage.planning.scenario.model import THEMES, Scenario
from commune_coverage.planning.simulation.networks import BuiltNetworks
from commune_coverage.schema.inputs import BOUNDS

Floats = npt.NDArray[np.float64]


def labels_of(result: PlanResult, plan_id: str) -> dict[str, str]:
    """Return what stands in every row.

    Parameters
    ----------
    result : PlanResult
        The plan.
    plan_id : str
        Its name.

    Returns
    -------
    dict of str to str
        The scenario, the layers that are synthetic, the plan.
    """
    synthetic = ", ".join(synthetic_layers(result.instance.today))
    return {"scenario": result.instance.scenario.name, "synthetic_layers": synthetic, "plan_id": plan_id}


def site_rows(result: PlanResult) -> gpd.GeoDataFrame:
    """Tabulate ``plan_sites``: what is chosen, by year and name.

    Parameters
    ----------
    result : PlanResult
        The plan.

    Returns
    -------
    GeoDataFrame
        Points in WGS 84.
    """
    instance, selection = result.instance, result.selection
    problem, year = selection.problem, selection.plan.build_year
    rows = np.flatnonzero(year < problem.never)
    communes = instance.communes.iloc[instance.listed["commune"].to_numpy(np.int64)[rows]]
    listed = instance.listed.iloc[rows].reset_index(drop=True)
    years = instance.scenario.first_year + year[rows]
    table = listed.assign(year=years, phase=[instance.scenario.phase_of(int(each)) for each in years])
    for column in ("commune_code", "commune_name", "province_code"):
        table[column] = communes[column].to_numpy() if column in communes else ""
    table["decided"] = np.where(problem.fixed_year[rows] >= 0, "pinned", "")
    first = credited(result)
    for number, theme in enumerate(THEMES):
        alone = np.asarray(result.benefits.gains[theme][rows] @ instance.places.people)
        table[f"{theme}_alone_people"] = alone
        table[f"{theme}_people"] = first[rows, number]
    served = first[rows].sum(axis=1)
    table["cost_per_person"] = np.divide(table["capital"], served, out=np.full(len(table), np.nan), where=served > 0)
    table = table.sort_values(["year", "candidate_id"], ignore_index=True)
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326")


def credited(result: PlanResult) -> Floats:
    """Count people for the first choice that serves them.

    Parameters
    ----------
    result : PlanResult
        The plan.

    Returns
    -------
    ndarray of float64, shape (J, themes)
        People; of choices of one year the first by name counts.
    """
    groups, problem, year = result.selection.groups, result.selection.problem, result.selection.plan.build_year
    first = first_served(problem, year)
    people, left = np.zeros((problem.candidates, len(THEMES))), np.ones(len(first), dtype=bool)
    for row in np.lexsort((np.arange(len(year)), year)):
        if year[row] == problem.never:
            break
        own = groups.covers.indices[groups.covers.indptr[row] : groups.covers.indptr[row + 1]]
        own = own[left[own]]
        left[own] = False
        people[row] = np.bincount(groups.theme[own], groups.people[own], len(THEMES))
    return people


def gap_column(theme: str, scenario: Scenario, what: str, bound: str = "") -> str:
    """Name the column of the commune table that holds a gap in the scenario's season.

    Parameters
    ----------
    theme : str
        The theme.
    scenario : Scenario
        Has the season.
    what : {"people", "share"}
        The quantity.
    bound : {"", "_low", "_high"}
        The estimate or one of its bounds.

    Returns
    -------
    str
        The column.
    """
    season = "_wet" if scenario.season == "wet" and theme != "internet" else ""
    return f"{theme}_gap{season}_{what}{bound}"


def growth_of(result: PlanResult, year: int) -> float:
    """Compute the growth of people from the date of the run to a year.

    Parameters
    ----------
    result : PlanResult
        The plan.
    year : int
        Calendar year.

    Returns
    -------
    float
        Factor, 1.0 for no growth.
    """
    passed = max(year - result.instance.today.run_date.year, 0)
    return float((1 + result.instance.scenario.growth.people) ** passed)


def commune_rows(result: PlanResult) -> pd.DataFrame:
    """Tabulate ``plan_communes``: the gap that is left, by commune and year.

    Parameters
    ----------
    result : PlanResult
        The plan.

    Returns
    -------
    DataFrame
        One row a commune and year.
    """
    return pd.concat([_communes_of(result, built) for built in result.years], ignore_index=True)


def _communes_of(result: PlanResult, built: BuiltNetworks) -> pd.DataFrame:
    scenario, more, table = result.instance.scenario, growth_of(result, built.year), built.with_plan
    columns: dict[str, Any] = {
        "commune_code": table["commune_code"],
        "province_code": table["province_code"],
        "year": built.year,
        "people": table["people"] * more,
    }
    for theme in THEMES:
        columns[f"{theme}_gap_people"] = table[gap_column(theme, scenario, "people")] * more
        for bound in BOUNDS:
            columns[f"{theme}_gap_share{bound}"] = table[gap_column(theme, scenario, "share", bound)]
        columns[f"{theme}_gap_without_plan_people"] = built.without[gap_column(theme, scenario, "people")] * more
    return pd.DataFrame(columns)


def constraint_rows(result: PlanResult) -> pd.DataFrame:
    """Tabulate ``plan_floors``: the service constraints, met or not, and why not.

    Parameters
    ----------
    result : PlanResult
        The plan.

    Returns
    -------
    DataFrame
        One row a constraint and unit. ``state`` is "kept", "not kept" or "impossible".
    """
    selection, first_year = result.selection, result.instance.scenario.first_year
    problem = selection.problem
    first, budget = first_served(problem, selection.plan.build_year), np.cumsum(problem.budget)
    rows = []
    for row, constraint in enumerate(selection.constraints):
        by = constraint.by - first_year
        served = float(problem.constraints.people[row].toarray().ravel()[first <= by].sum())
        if selection.plan.met[row]:
            rows.append(_constraint_row(constraint, served, "kept", ""))
            continue
        why = f"not within the {budget[by]:,.0f} that there are until {constraint.by}, beside the floors that are kept"
        rows.append(_constraint_row(constraint, served, "not kept", why))
    for constraint in selection.infeasible:
        why = f"all candidates together would newly serve {constraint.reachable_people:,.0f} of the people there"
        if not np.isfinite(constraint.needed_people):
            why = "how many are served there today is not known"
        rows.append(_constraint_row(constraint, 0.0, "impossible", why))
    columns = ["theme", "level", "unit", "by", "needed_people", "expected_people", "state", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _constraint_row(constraint: UnitConstraint, served: float, state: str, why: str) -> dict[str, Any]:
    return {
        "theme": constraint.theme,
        "level": constraint.level,
        "unit": constraint.unit,
        "by": constraint.by,
        "needed_people": constraint.needed_people,
        "expected_people": served,
        "state": state,
        "reason": why,
    }
