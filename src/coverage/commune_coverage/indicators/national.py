"""National figures: sums over the communes; people with too little evidence are counted apart from the gap."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from commune_coverage.indicators.evidence import DATA_POOR
from commune_coverage.indicators.registry import THEMES
from commune_coverage.indicators.shares import weighted_mean
from commune_coverage.schema.inputs import TECHNOLOGIES

_MEDIANS = ("minutes_to_hub_median", "minutes_to_hub_wet_median", "parcel_minutes_median", "parcel_minutes_wet_median")


def national_figures(table: pd.DataFrame, medians: Mapping[str, float]) -> dict[str, float | int | None]:
    """Sum and average the figures of the communes.

    Parameters
    ----------
    table : DataFrame
        ``commune_gaps``.
    medians : mapping of str to float
        Medians over all people.

    Returns
    -------
    dict of str to float, int or None
        None where a figure cannot be had.
    """
    people = table["people"].sum(min_count=1)
    figures: dict[str, float | int | None] = {"communes": len(table), "people": _figure(people)}
    for theme in THEMES:
        figures |= _theme(table, theme)
    for name in ("delivery_gap_wet", "payment_gap_wet", "delivery_wet_loss", "unreachable", "unreachable_wet"):
        figures |= _of_people(table, name)
    if "mobile_gap_people" in table:
        figures |= _of_people(table, "mobile_gap")
    if "fixed_share" in table:
        figures["fixed_share"] = _figure(weighted_mean(table, "fixed_share"))
    figures["rural_access_share"] = _figure(weighted_mean(table, "rural_access_share", "rural_people"))
    figures |= _measured(table)
    for technology in TECHNOLOGIES:
        figures[f"covered_{technology}_share"] = _figure(weighted_mean(table, f"covered_{technology}_share"))
    for name in _MEDIANS:
        figures[name] = _figure(medians.get(name, math.nan))
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


def _of_people(table: pd.DataFrame, name: str) -> dict[str, float | int | None]:
    """People of a kind and their share of all people of the communes where they are known."""
    known = table[table[f"{name}_people"].notna()]
    gap, people = known[f"{name}_people"].sum(min_count=1), known["people"].sum(min_count=1)
    share = _figure(gap / people) if people > 0 else None
    return {f"{name}_people": _figure(gap), f"{name}_share": share}


def _measured(table: pd.DataFrame) -> dict[str, float | int | None]:
    """Share of speed tests below each threshold, by network, over the communes with enough of them."""
    figures: dict[str, float | int | None] = {}
    for column in table.columns[table.columns.str.fullmatch(r"measured_(mobile|fixed)_gap_.*_share")]:
        tests = table[f"measured_{column.split('_')[1]}_tests"].where(table[column].notna())
        total = tests.sum(min_count=1)
        figures[column] = _figure((tests * table[column]).sum() / total) if total > 0 else None
    return figures


def _figure(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
