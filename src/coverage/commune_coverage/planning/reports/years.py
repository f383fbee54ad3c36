"""The table of years: money, people as simulated and as estimated by the optimiser, and the unspent budget."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.planning.optimizer.problem import CENT, FORBIDDEN, Problem, first_served, spent
from commune_coverage.planning.plan import PlanResult
from commune_coverage.planning.reports.schema import KINDS
from commune_coverage.planning.reports.tables import gap_column, growth_of
from commune_coverage.planning.scenario.model import THEMES, Theme
from commune_coverage.planning.simulation.networks import BuiltNetworks
from commune_coverage.schema.inputs import BOUNDS
from commune_coverage.site.i18n.messages import FALLBACK_LANGUAGE, load_words
from commune_coverage.site.i18n.saying import Saying

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def unspent_budget(problem: Problem, build_year: Integers) -> Floats:
    """Compute the unspent budget at the end of each year.

    Parameters
    ----------
    problem : Problem
        The problem.
    build_year : ndarray of int64, shape (J,)
        The plan.

    Returns
    -------
    ndarray of float64, shape (T,)
        Money, with what is carried over.
    """
    rest = problem.budget - spent(problem, build_year)
    return np.asarray(np.cumsum(rest) if problem.carry_over else rest)


def unspent_reasons(problem: Problem, build_year: Integers, currency: str, max_count: int) -> list[Saying | None]:
    """Say why each year's budget is not spent.

    Parameters
    ----------
    problem : Problem
        The problem.
    build_year : ndarray of int64, shape (J,)
        The plan.
    currency : str
        ISO 4217 code.
    max_count : int
        Candidates of a kind that were considered.

    Returns
    -------
    list of Saying or None, length T
        None where nothing is left.
    """
    left, first = unspent_budget(problem, build_year), first_served(problem, build_year)
    return [
        _reason(problem, _useful(problem, build_year, first, index), left, index, currency, max_count)
        if left[index] > CENT
        else None
        for index in range(problem.years)
    ]


def _useful(problem: Problem, build_year: Integers, first: Integers, index: int) -> Integers:
    """Candidates that are not chosen, could be, and would serve somebody more from a year on."""
    taken = np.isin(problem.alternatives, problem.alternatives[build_year < problem.never])
    is_open = (build_year == problem.never) & ~taken & (problem.fixed_year != FORBIDDEN) & (problem.first_year <= index)
    more = problem.covers @ np.where(first > index, problem.weight, 0.0) - problem.loss
    return np.flatnonzero(is_open & (np.asarray(more) > CENT))


def texts_of(reasons: list[Saying | None]) -> list[str]:
    """Put reasons into English, as tables have them.

    Parameters
    ----------
    reasons : list of Saying or None
        The reasons.

    Returns
    -------
    list of str
        '' for none.
    """
    words = load_words([FALLBACK_LANGUAGE])
    return [words.text(reason) if reason else "" for reason in reasons]


def _reason(problem: Problem, useful: Integers, left: Floats, index: int, currency: str, max_count: int) -> Saying:
    if not len(useful):
        return Saying("plan_unspent_none", {"most": f"{max_count:,}"})
    running = problem.years - index if problem.carry_over else 1
    cheapest = float((problem.capital + problem.yearly * running)[useful].min())
    rest = float(left[index:].min()) if problem.carry_over else float(left[index])
    if cheapest <= rest + CENT:
        return Saying("plan_unspent_later", {"count": f"{len(useful):,}"})
    if problem.carry_over and rest < left[index] - CENT:
        return Saying("plan_unspent_carried")
    return Saying(
        "plan_unspent_cheapest", {"count": f"{len(useful):,}", "cost": f"{cheapest:,.0f}", "currency": currency}
    )


def plan_unspent_reasons(result: PlanResult) -> list[Saying | None]:
    """Say why each year's budget of a plan is not spent.

    Parameters
    ----------
    result : PlanResult
        The plan.

    Returns
    -------
    list of Saying or None, length T
        None where nothing is left.
    """
    instance, selection = result.instance, result.selection
    max_count = instance.scenario.candidates.max_count
    return unspent_reasons(selection.problem, selection.plan.build_year, instance.costs.currency, max_count)


def year_rows(result: PlanResult) -> pd.DataFrame:
    """Tabulate ``plan_years``: money, people as simulated and as estimated, and the unspent budget.

    Parameters
    ----------
    result : PlanResult
        The plan.

    Returns
    -------
    DataFrame
        One row a year.
    """
    rows, benefit, before = [], 0.0, dict.fromkeys(THEMES, 0.0)
    money, costs = _money_rows(result), _present_costs(result)
    person_year = result.instance.costs.benefit_person_year.value
    for index, built in enumerate(result.years):
        row: dict[str, Any] = {"year": built.year, "phase": result.instance.scenario.phase_of(built.year)}
        row |= money[index] | _counts(result, index) | _people(result, index, before)
        before = {theme: row[f"{theme}_served_people"] for theme in THEMES}
        served = sum(before.values())
        estimated = sum(row[f"{theme}_estimate_people"] for theme in THEMES)
        benefit += served * person_year * discount(result, index)
        capital = float(result.instance.listed.loc[result.selection.plan.build_year <= index, "capital"].sum())
        row |= {
            "difference_share": (estimated - served) / served if served else 0.0,
            "first_difference_share": result.rounds[0].difference_by_year[index],
            "capital_so_far": capital,
            "cost_per_person": capital / served if served > 0 else np.nan,
            "cost_present_value": costs[index],
            "net_present_value": benefit - costs[index],
        }
        rows.append(row)
    return pd.DataFrame(rows)


def _money_rows(result: PlanResult) -> list[dict[str, Any]]:
    """List budget, spending and what is left of each year, with the reason."""
    problem, build_year = result.selection.problem, result.selection.plan.build_year
    columns = {
        "budget": problem.budget,
        "spent": spent(problem, build_year),
        "left": unspent_budget(problem, build_year),
        "left_reason": texts_of(plan_unspent_reasons(result)),
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _counts(result: PlanResult, index: int) -> dict[str, int]:
    """Count what is built or opened in a year, by kind."""
    kinds = result.instance.listed[result.selection.plan.build_year == index]["kind"].value_counts()
    return {f"{kind}_count": int(kinds.get(kind, 0)) for kind in KINDS}


def _people(result: PlanResult, index: int, before: dict[Theme, float]) -> dict[str, float]:
    """Count people of all themes in a year; ``before`` has those served in the year before."""
    built, expected = result.years[index], result.rounds[-1].expected[index]
    growth, people = growth_of(result, built.year), dict[str, float]()
    for theme in THEMES:
        people |= _theme(result, built, theme, growth)
        people[f"{theme}_estimate_people"] = expected[theme] * growth
        people[f"{theme}_newly_people"] = people[f"{theme}_served_people"] - before[theme]
    return people


def _theme(result: PlanResult, built: BuiltNetworks, theme: str, more: float) -> dict[str, float]:
    """People of one theme who are served by the plan, and the gap, over communes of which both tables know it."""
    scenario = result.instance.scenario
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
    total = float(people[known].sum())
    return {
        f"{theme}_served_people": served[""],
        f"{theme}_served_people_low": min(served.values()),
        f"{theme}_served_people_high": max(served.values()),
        f"{theme}_gap_people": float(gap[known].sum()) * more,
        f"{theme}_gap_without_plan_people": float(none[known].sum()) * more,
        f"{theme}_gap_share": float(gap[known].sum()) / total if total > 0 else np.nan,
    }


def discount(result: PlanResult, index: int) -> float:
    """Discount a year to the first.

    Parameters
    ----------
    result : PlanResult
        The plan.
    index : int
        Year index.

    Returns
    -------
    float
        What a unit of money of that year is worth in the first.
    """
    return float((1 + result.instance.costs.discount_rate.value) ** -index)


def _present_costs(result: PlanResult) -> Floats:
    """(T): cost of all until each year, whoever pays, discounted to the first."""
    listed, build_year = result.instance.listed, result.selection.plan.build_year
    due = []
    for index in range(result.selection.problem.years):
        built, standing = listed["capital"][build_year == index].sum(), listed["yearly"][build_year <= index].sum()
        due.append((built + standing) * discount(result, index))
    return np.cumsum(due)
