"""A plan in numbers, as its own pages and the site's page of plans tell them: its years, and what money buys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import pandas as pd

from commune_coverage.site.data.communes import text_of
from commune_coverage.site.i18n.numbers import people_text, share_text
from commune_coverage.site.themes.theme import Theme

WIDTH, HEIGHT = 640.0, 260.0
_LEFT, _FOOT, _TOP = 20.0, 46.0, 22.0
_TOLD_SHARE = 0.01
"""Of a year's budget: why less is left is not shown on the page, only in the tables."""


def phases_of(years: pd.DataFrame, record: Mapping[str, Any], themes: Sequence[Theme]) -> list[dict[str, Any]]:
    """The years by phase of the framework, in order; years outside all phases have none.

    Parameters
    ----------
    years : DataFrame
        Table ``plan_years``.
    record : mapping
        Content of ``plan.json``.
    themes : sequence of Theme
        Those that the scenario plans for.

    Returns
    -------
    list of dict
        ``name`` of each phase and its ``years``, as texts.
    """
    rows = zip(years.to_dict("records"), record["money_left"], strict=True)
    by_phase = groupby(rows, key=lambda pair: text_of(pair[0]["phase"]))
    return [{"name": name, "years": [_year(*pair, themes) for pair in pairs]} for name, pairs in by_phase]


def _year(row: Mapping[Any, Any], left: Mapping[str, Any], themes: Sequence[Theme]) -> dict[str, Any]:
    return {
        "year": row["year"],
        "spent": money_text(row["spent"]),
        "unspent": money_text(row["left"]),
        "why": left["saying"] if row["left"] >= _TOLD_SHARE * row["budget"] else None,
        "cost_per_person": money_text(row["cost_per_person"]),
        "net_present_value": money_text(row["net_present_value"]),
        "themes": [
            {
                "served": signed_text(row[f"{theme.key}_served_people"]),
                "share": share_text(row[f"{theme.key}_gap_share"]),
                "low": signed_text(row[f"{theme.key}_served_people_low"]),
                "high": signed_text(row[f"{theme.key}_served_people_high"]),
                "left": people_text(row[f"{theme.key}_gap_people"]),
            }
            for theme in themes
        ],
    }


def money_text(value: float) -> str:
    """An amount with thousands separators; a dash where it is not known."""
    return "–" if pd.isna(value) else f"{value:,.0f}"


def signed_text(people: float) -> str:
    """A number of people that may be below 0."""
    return people_text(people) if people >= 0 else f"−{people_text(-people)}"


def curve_chart(curve: pd.DataFrame) -> dict[str, Any]:
    """A bar for each budget: people served, the money, and what the last of them cost each."""
    most = float(curve["expected_people"].max()) if len(curve) else 0.0
    step = (WIDTH - 2 * _LEFT) / max(len(curve), 1)
    bars = []
    for number, row in enumerate(curve.to_dict("records")):
        high = (HEIGHT - _FOOT - _TOP) * (row["expected_people"] / most if most > 0 else 0.0)
        bars.append(
            {
                "x": round(_LEFT + number * step, 1),
                "y": round(HEIGHT - _FOOT - high, 1),
                "width": round(step * 0.8, 1),
                "height": round(high, 1),
                "middle": round(_LEFT + (number + 0.4) * step, 1),
                "people": people_text(row["expected_people"]),
                "share": f"{row['budget_share']:.0%}",
                "marginal": money_text(row["marginal_cost_per_person"]),
                "is_plan": row["budget_share"] == 1.0,
                "budget": money_text(row["budget"]),
            }
        )
    return {"width": WIDTH, "height": HEIGHT, "foot": HEIGHT - _FOOT, "bars": bars}
