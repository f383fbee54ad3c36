"""The table of years: money, people by the engines and by the optimiser, and what is left."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.planning.optimizer.problem import CENT, FORBIDDEN, Problem, first_served, spent
from commune_coverage.planning.plan import PlanResult
from commune_coverage.planning.reports.schema import KINDS
from commune_coverage.planning.reports.tables import gap_column, growth_of
from commune_coverage.planning.scenario.model import THEMES
from commune_coverage.planning.simulation.networks import BuiltNetworks
from commune_coverage.schema.inputs import BOUNDS
from commune_coverage.site.i18n.messages import FALLBACK_LANGUAGE, load_words
from commune_coverage.site.i18n.saying import Saying

Integers = npt.NDArray[np.int64]


def money_left(problem: Problem, year: Integers) -> Floats:
    """(T) what is left at the end of each year, with what is carried over."""
    rest = problem.budget - spent(problem, year)
    return np.asarray(np.cumsum(rest) if problem.carry_over else rest)


def reasons_left(problem: Problem, year: Integers, currency: str, most: int) -> list[Saying | None]:
    """Why each year's money is not spent, None where none is left; ``most`` candidates of a kind were looked at."""
    left, first = money_left(problem, year), first_served(problem, year)
    return [
        _reason(problem, _useful(problem, year, first, index), left, index, currency, most)
        if left[index] > CENT
        else None
        for index in range(problem.years)
    ]


def _useful(problem: Problem, year: Integers, first: Integers, index: int) -> Integers:
    """Candidates that are not chosen, could be, and would serve somebody more from a year on."""
    taken = np.isin(problem.alternatives, problem.alternatives[year < problem.never])
    is_open = (year == problem.never) & ~taken & (problem.pinned != FORBIDDEN) & (problem.first_year <= index)
    more = problem.covers @ np.where(first > index, problem.weight, 0.0) - problem.loss
    return np.flatnonzero(is_open & (np.asarray(more) > CENT))


def texts_of(reasons: list[Saying | None]) -> list[str]:
    """The reasons in English, as tables have them; '' for none."""
    words = load_words([FALLBACK_LANGUAGE])
    return [words.text(reason) if reason else "" for reason in reasons]


def _reason(problem: Problem, useful: Integers, left: Floats, index: int, currency: str, most: int) -> Saying:
    if not len(useful):
        return Saying("plan_idle_none", {"most": f"{most:,}"})
    running = problem.years - index if problem.carry_over else 1
    cheapest = float((problem.capital + problem.yearly * running)[useful].min())
    rest = float(left[index:].min()) if problem.carry_over else float(left[index])
    if cheapest <= rest + CENT:
        return Saying("plan_idle_later", {"count": f"{len(useful):,}"})
    if problem.carry_over and rest < left[index] - CENT:
        return Saying("plan_idle_carried")
    return Saying("plan_idle_cheapest", {"count": f"{len(useful):,}", "cost": f"{cheapest:,.0f}", "currency": currency})


Floats = npt.NDArray[np.float64]


def unspent_reasons(result: PlanResult) -> list[Saying | None]:
    """Why each year's money is not spent."""
    instance, chosen = result.instance, result.chosen
    return reasons_left(
        chosen.problem, chosen.plan.year, instance.costs.currency, instance.scenario.candidates.max_count
    )


def year_rows(result: PlanResult) -> pd.DataFrame:
    """``plan_years``: money, people by the engines and by the optimiser, and what is left, year by year."""
    instance, problem, plan = result.instance, result.chosen.problem, result.chosen.plan
    spend, left = spent(problem, plan.year), money_left(problem, plan.year)
    why = texts_of(unspent_reasons(result))
    rows, before = [], dict.fromkeys(THEMES, 0.0)
    costs, value = _present_values(result)
    benefit = 0.0
    for index, built in enumerate(result.years):
        here = instance.listed[plan.year == index]["kind"].value_counts()
        so_far = float(instance.listed.loc[plan.year <= index, "capital"].sum())
        row: dict[str, Any] = {
            "year": built.year,
            "phase": instance.scenario.phase_of(built.year),
            "budget": problem.budget[index],
            "spent": spend[index],
            "left": left[index],
            "left_reason": why[index],
            **{f"{kind}_count": int(here.get(kind, 0)) for kind in KINDS},
        }
        more, estimate = growth_of(result, built.year), result.rounds[-1].expected[index]
        for theme in THEMES:
            row |= _theme(result, built, theme, more) | {f"{theme}_estimate_people": estimate[theme] * more}
            row[f"{theme}_newly_people"] = row[f"{theme}_served_people"] - before[theme]
            before[theme] = row[f"{theme}_served_people"]
        served = sum(row[f"{theme}_served_people"] for theme in THEMES)
        guessed = sum(row[f"{theme}_estimate_people"] for theme in THEMES)
        benefit += served * value * discount(result, index)
        row |= {
            "difference_share": (guessed - served) / served if served else 0.0,
            "first_difference_share": result.rounds[0].difference_by_year[index],
            "capital_so_far": so_far,
            "cost_per_person": so_far / served if served > 0 else np.nan,
            "cost_present_value": costs[index],
            "net_present_value": benefit - costs[index],
        }
        rows.append(row)
    return pd.DataFrame(rows)


def _theme(result: PlanResult, built: BuiltNetworks, theme: str, more: float) -> dict[str, float]:
    """People of one theme who are served by the plan, and the gap, over communes of which both tables know it."""
    scenario = result.instance.scenario
    found: dict[str, float] = {}
    gap, none = (table[gap_column(theme, scenario, "people")] for table in (built.with_plan, built.without))
    known = (gap.notna() & none.notna()).to_numpy()
    people = built.with_plan["people"].to_numpy(np.float64)
    served = {"": float((none - gap)[known].sum()) * more}
    for bound in BOUNDS[1:]:
        left, base = (
            table[gap_column(theme, scenario, "share", bound)].to_numpy(np.float64)
            for table in (built.with_plan, built.without)
        )
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


def discount(result: PlanResult, index: int) -> float:
    """What money of a year (index) is worth in the first."""
    return float((1 + result.instance.costs.discount_rate.value) ** -index)


def _present_values(result: PlanResult) -> tuple[Floats, float]:
    """(cost of all until each year, whoever pays, discounted; value of one person served for a year)."""
    listed, year = result.instance.listed, result.chosen.plan.year
    due = []
    for index in range(result.chosen.problem.years):
        built, standing = listed["capital"][year == index].sum(), listed["yearly"][year <= index].sum()
        due.append((built + standing) * discount(result, index))
    return np.cumsum(due), result.instance.costs.benefit_person_year.value
