"""National figures: sums over the communes, people with too little evidence kept apart from people with a gap."""

from __future__ import annotations

import math

import pandas as pd

from coverage.gaps.evidence import DATA_POOR
from coverage.tables import TECHNOLOGIES


def national_figures(table: pd.DataFrame, minutes_median: float) -> dict[str, float | int | None]:
    """One figure a key; None where it cannot be had. ``table`` is ``commune_gaps``."""
    people = table["people"].sum(min_count=1)
    figures: dict[str, float | int | None] = {"communes": len(table), "people": _figure(people)}
    for theme in ("internet", "delivery"):
        figures |= _theme(table, theme)
    figures |= _measured(table)
    for technology in TECHNOLOGIES:
        figures[f"covered_{technology}_share"] = _figure(_weighted(table, f"covered_{technology}_share"))
    figures["minutes_to_hub_median"] = _figure(minutes_median)
    return figures


def _theme(table: pd.DataFrame, theme: str) -> dict[str, float | int | None]:
    poor = table[f"{theme}_evidence"] == DATA_POOR
    known = table[~poor]
    gap, people = known[f"{theme}_gap_people"].sum(min_count=1), known["people"].sum(min_count=1)
    return {
        f"{theme}_gap_people": _figure(gap),
        f"{theme}_gap_share": _figure(gap / people) if people > 0 else None,
        f"{theme}_data_poor_people": _figure(table.loc[poor, "people"].sum(min_count=1)),
        f"{theme}_data_poor_communes": int(poor.sum()),
    }


def _measured(table: pd.DataFrame) -> dict[str, float | int | None]:
    """Share of speed tests below each threshold, by network, over the communes with enough of them."""
    figures: dict[str, float | int | None] = {}
    for column in table.columns[table.columns.str.fullmatch(r"measured_(mobile|fixed)_gap_.*_share")]:
        tests = table[f"measured_{column.split('_')[1]}_tests"].where(table[column].notna())
        total = tests.sum(min_count=1)
        figures[column] = _figure((tests * table[column]).sum() / total) if total > 0 else None
    return figures


def _weighted(table: pd.DataFrame, column: str) -> float:
    known = table[table[column].notna()]
    total = known["people"].sum()
    return float((known[column] * known["people"]).sum() / total) if total > 0 else math.nan


def _figure(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
