"""The tables of a plan, from what was chosen and from the engines run on what it builds."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.pipeline.stages.indicators.stage import synthetic_layers
from commune_coverage.planning.optimizer.problem import first_served
from commune_coverage.planning.plan import PlanResult
from commune_coverage.planning.scenario.model import THEMES, Scenario
from commune_coverage.planning.simulation.networks import BuiltNetworks
from commune_coverage.schema.inputs import BOUNDS

Floats = npt.NDArray[np.float64]


def labels_of(result: PlanResult, plan_id: str) -> dict[str, str]:
    """What stands in every row: the scenario, the layers that are not observed, the plan."""
    synthetic = ", ".join(synthetic_layers(result.instance.today))
    return {"scenario": result.instance.scenario.name, "synthetic_layers": synthetic, "plan_id": plan_id}


def site_rows(result: PlanResult) -> gpd.GeoDataFrame:
    """``plan_sites``: what is chosen, by year and name, as points."""
    instance, chosen = result.instance, result.chosen
    problem, year = chosen.problem, chosen.plan.year
    rows = np.flatnonzero(year < problem.never)
    communes = instance.communes.iloc[instance.listed["commune"].to_numpy(np.int64)[rows]]
    listed = instance.listed.iloc[rows].reset_index(drop=True)
    years = instance.scenario.first_year + year[rows]
    table = listed.assign(year=years, phase=[instance.scenario.phase_of(int(each)) for each in years])
    for column in ("commune_code", "commune_name", "province_code"):
        table[column] = communes[column].to_numpy() if column in communes else ""
    table["decided"] = np.where(problem.pinned[rows] >= 0, "pinned", "")
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
    """(candidates, themes): people counted for the first choice that serves them, of one year for the first by name."""
    groups, problem, year = result.chosen.groups, result.chosen.problem, result.chosen.plan.year
    first = first_served(problem, year)
    found, left = np.zeros((problem.candidates, len(THEMES))), np.ones(len(first), dtype=bool)
    for row in np.lexsort((np.arange(len(year)), year)):
        if year[row] == problem.never:
            break
        own = groups.covers.indices[groups.covers.indptr[row] : groups.covers.indptr[row + 1]]
        own = own[left[own]]
        left[own] = False
        found[row] = np.bincount(groups.theme[own], groups.people[own], len(THEMES))
    return found


def gap_column(theme: str, scenario: Scenario, what: str, bound: str = "") -> str:
    """The column of the commune table that holds a gap in the scenario's season."""
    season = "_wet" if scenario.season == "wet" and theme != "internet" else ""
    return f"{theme}_gap{season}_{what}{bound}"


def growth_of(result: PlanResult, year: int) -> float:
    """How many more people there are in a year than in the run."""
    passed = max(year - result.instance.today.run_date.year, 0)
    return float((1 + result.instance.scenario.growth.people) ** passed)


def commune_rows(result: PlanResult) -> pd.DataFrame:
    """``plan_communes``: the gap left, by commune and year."""
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


def floor_rows(result: PlanResult) -> pd.DataFrame:
    """``plan_floors``: the promises, kept or not, and why not."""
    chosen, scenario = result.chosen, result.instance.scenario
    problem = chosen.problem
    first, budget = first_served(problem, chosen.plan.year), np.cumsum(problem.budget)
    rows = []
    for row, promise in enumerate(chosen.promises):
        by = promise.by - scenario.first_year
        found = float(problem.floors.people[row].toarray().ravel()[first <= by].sum())
        kept = bool(chosen.plan.met[row])
        why = (
            ""
            if kept
            else (
                f"not within the {budget[by]:,.0f} that there are until {promise.by}, beside the floors that are kept"
            )
        )
        rows.append(_floor(promise, found, "kept" if kept else "not kept", why))
    for promise in chosen.impossible:
        known = np.isfinite(promise.needed_people)
        why = (
            f"all candidates together would newly serve {promise.reachable_people:,.0f} of the people there"
            if known
            else "how many are served there today is not known"
        )
        rows.append(_floor(promise, 0.0, "impossible", why))
    columns = ["theme", "level", "unit", "by", "needed_people", "expected_people", "state", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _floor(promise: Any, found: float, state: str, why: str) -> dict[str, Any]:
    return {
        "theme": promise.theme,
        "level": promise.level,
        "unit": promise.unit,
        "by": promise.by,
        "needed_people": promise.needed_people,
        "expected_people": found,
        "state": state,
        "reason": why,
    }
