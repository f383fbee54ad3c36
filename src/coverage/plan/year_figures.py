"""The table of years: money, people by the engines and by the optimiser, and what is left."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.maps.words import Saying
from coverage.plan.figures import gap_column, growth_of
from coverage.plan.idle import money_left, reasons_left, texts_of
from coverage.plan.make import Made
from coverage.plan.networks import Built
from coverage.plan.plan_tables import KINDS
from coverage.plan.problem import spent
from coverage.plan.scenario import THEMES
from coverage.tables import BOUNDS

Floats = npt.NDArray[np.float64]


def idle_reasons(made: Made) -> list[Saying | None]:
    """Why each year's money is not spent."""
    scene, chosen = made.scene, made.chosen
    return reasons_left(chosen.problem, chosen.plan.year, scene.costs.currency, scene.scenario.candidates.most)


def year_rows(made: Made) -> pd.DataFrame:
    """``plan_years``: money, people by the engines and by the optimiser, and what is left, year by year."""
    scene, problem, plan = made.scene, made.chosen.problem, made.chosen.plan
    spend, left = spent(problem, plan.year), money_left(problem, plan.year)
    why = texts_of(idle_reasons(made))
    rows, before = [], dict.fromkeys(THEMES, 0.0)
    costs, value = _present_values(made)
    benefit = 0.0
    for index, built in enumerate(made.years):
        here = scene.listed[plan.year == index]["kind"].value_counts()
        so_far = float(scene.listed.loc[plan.year <= index, "capital"].sum())
        row: dict[str, Any] = {
            "year": built.year, "phase": scene.scenario.phase_of(built.year), "budget": problem.budget[index],
            "spent": spend[index], "left": left[index], "left_reason": why[index],
            **{f"{kind}_count": int(here.get(kind, 0)) for kind in KINDS},
        }  # fmt: skip
        more, estimate = growth_of(made, built.year), made.rounds[-1].expected[index]
        for theme in THEMES:
            row |= _theme(made, built, theme, more) | {f"{theme}_estimate_people": estimate[theme] * more}
            row[f"{theme}_newly_people"] = row[f"{theme}_served_people"] - before[theme]
            before[theme] = row[f"{theme}_served_people"]
        served = sum(row[f"{theme}_served_people"] for theme in THEMES)
        guessed = sum(row[f"{theme}_estimate_people"] for theme in THEMES)
        benefit += served * value * discount(made, index)
        row |= {
            "difference_share": (guessed - served) / served if served else 0.0,
            "first_difference_share": made.rounds[0].difference_by_year[index], "capital_so_far": so_far,
            "cost_per_person": so_far / served if served > 0 else np.nan,
            "cost_present_value": costs[index], "net_present_value": benefit - costs[index],
        }  # fmt: skip
        rows.append(row)
    return pd.DataFrame(rows)


def _theme(made: Made, built: Built, theme: str, more: float) -> dict[str, float]:
    """People of one theme who are served by the plan, and the gap, over communes of which both tables know it."""
    scenario = made.scene.scenario
    found: dict[str, float] = {}
    gap, none = (table[gap_column(theme, scenario, "people")] for table in (built.with_plan, built.without))
    known = (gap.notna() & none.notna()).to_numpy()
    people = built.with_plan["people"].to_numpy(np.float64)
    served = {"": float((none - gap)[known].sum()) * more}
    for bound in BOUNDS[1:]:
        left, base = (table[gap_column(theme, scenario, "share", bound)].to_numpy(np.float64)
                      for table in (built.with_plan, built.without))  # fmt: skip
        served[bound] = float(np.nansum(((base - left) * people)[known])) * more
    found[f"{theme}_served_people"] = served[""]
    found[f"{theme}_served_people_low"] = min(served.values())
    found[f"{theme}_served_people_high"] = max(served.values())
    total = float(people[known].sum())
    return found | {
        f"{theme}_gap_people": float(gap[known].sum()) * more,
        f"{theme}_gap_without_plan_people": float(none[known].sum()) * more,
        f"{theme}_gap_share": float(gap[known].sum()) / total if total > 0 else np.nan,
    }


def discount(made: Made, index: int) -> float:
    """What money of a year (index) is worth in the first."""
    return float((1 + made.scene.costs.discount_rate.value) ** -index)


def _present_values(made: Made) -> tuple[Floats, float]:
    """(cost of all until each year, whoever pays, discounted; value of one person served for a year)."""
    listed, year = made.scene.listed, made.chosen.plan.year
    due = []
    for index in range(made.chosen.problem.years):
        built, standing = listed["capital"][year == index].sum(), listed["yearly"][year <= index].sum()
        due.append((built + standing) * discount(made, index))
    return np.cumsum(due), made.scene.costs.benefit_person_year.value
