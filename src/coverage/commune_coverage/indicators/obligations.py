"""Obligations against the figures: whether an operator covers what a licence says, area by area, by the day it says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pandas as pd

from commune_coverage.config.obligations import Obligation
from commune_coverage.indicators.evidence import DATA_POOR
from commune_coverage.indicators.shares import weighted_mean
from commune_coverage.schema.inputs import BOUNDS
from commune_coverage.schema.obligations import MET, MISSED, OBLIGATIONS, OPEN, UNDECIDED, UNKNOWN, WHOLE

_WORST_FIRST = (MISSED, UNKNOWN, UNDECIDED, OPEN, MET)
_LABELS = ("synthetic_layers", "run_id")
_TOLERANCE = 1e-9


def judge_obligations(
    obligations: Sequence[Obligation], communes: pd.DataFrame, operators: pd.DataFrame, today: date
) -> pd.DataFrame:
    """Judge every obligation in each of its areas, and as a whole.

    Parameters
    ----------
    obligations : sequence of Obligation
        What the country file names.
    communes : DataFrame
        ``commune_gaps``: codes and names of areas, ``people``, ``covered_<technology>_share`` with low and high.
    operators : DataFrame
        ``operator_coverage``: ``covered_share`` with low and high by commune, operator, technology and ``where``.
    today : date
        The day of the run.

    Returns
    -------
    DataFrame
        The columns of ``OBLIGATIONS`` but labels of the run. As a whole an obligation is as its worst area is.

    Notes
    -----
    Shares of an area are means of its communes weighted by people. Of a commune with too little evidence nothing is
    known: the low end has nobody of it covered, the high end everybody, the estimate is without it.
    """
    rows = [row for one in obligations for row in _rows(one, communes, operators, today)]
    return pd.DataFrame(rows, columns=[name for name in OBLIGATIONS.names if name not in _LABELS])


def _rows(one: Obligation, communes: pd.DataFrame, operators: pd.DataFrame, today: date) -> Iterator[dict[str, Any]]:
    shares = _shares(one, communes, operators)
    table = communes.reset_index(drop=True)[_area_columns(communes)].join(shares)
    words = {name: getattr(one, name) for name in ("title", "technology", "where", "source")}
    words |= {"obligation": one.id, "operator": one.operator or "any", "by": one.by.isoformat(), "basis": "modelled"}
    words |= {"required_share": one.share, "days_left": (one.by - today).days}
    areas = [words | _judged(one, part, today) | area for area, part in _areas(one, table)]
    yield from areas
    yield words | _whole(areas)


def _area_columns(communes: pd.DataFrame) -> list[str]:
    levels = ("province", "district", "commune")
    names = [f"{level}_{kind}" for level in levels for kind in ("code", "name")]
    return [name for name in names if name in communes] + ["people"]


def _shares(one: Obligation, communes: pd.DataFrame, operators: pd.DataFrame) -> pd.DataFrame:
    """Covered share of each commune with low and high, in the order of the communes; NaN where nothing is known."""
    codes = communes["commune_code"]
    if one.operator is None:
        kind = f"covered_{one.technology}" + ("" if one.where == "outdoor" else f"_{one.where}")
        own, column = communes.set_index("commune_code"), f"{kind}_share"
    else:
        is_own = operators["operator"].eq(one.operator) & operators["technology"].eq(one.technology)
        own, column = operators[is_own & operators["where"].eq(one.where)].set_index("commune_code"), "covered_share"
    names = {f"{column}{bound}": f"share{bound}" for bound in BOUNDS}
    shares = own.reindex(index=codes, columns=list(names)).rename(columns=names).astype(float).reset_index(drop=True)
    is_poor = (communes["internet_evidence"] == DATA_POOR).to_numpy()
    return shares.mask(pd.Series(is_poor), axis=0) if is_poor.any() else shares


def _areas(one: Obligation, table: pd.DataFrame) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    if one.level == "nation":
        yield {"level": "nation", "code": "", "name": ""}, table
        return
    column = f"{one.level}_code"
    parts = {str(code): part for code, part in table.groupby(column, sort=True)} if column in table else {}
    peopled = [code for code, part in parts.items() if part["people"].sum() > 0]
    for code in one.codes or peopled:
        part = parts.get(code, table[:0])
        name = str(part[f"{one.level}_name"].iloc[0]) if len(part) else ""
        yield {"level": one.level, "code": code, "name": name}, part


def _judged(one: Obligation, part: pd.DataFrame, today: date) -> dict[str, Any]:
    peopled = part[part["people"] > 0]
    is_known = peopled["share"].notna()
    if not is_known.any():
        return {"status": UNKNOWN}
    low, high = peopled["share_low"].where(is_known, 0.0), peopled["share_high"].where(is_known, 1.0)
    whole = peopled.assign(share_low=low, share_high=high)
    found = {f"covered_share{bound}": weighted_mean(whole, f"share{bound}") for bound in BOUNDS}
    missing = max(one.share - found["covered_share"], 0.0) * float(peopled["people"].sum())
    status = _status(one, found["covered_share_low"], found["covered_share_high"], today)
    return found | {"missing_people": missing, "status": status}


def _status(one: Obligation, low: float, high: float, today: date) -> str:
    if low >= one.share - _TOLERANCE:
        return MET
    if today < one.by:
        return OPEN
    return MISSED if high < one.share - _TOLERANCE else UNDECIDED


def _whole(areas: list[dict[str, Any]]) -> dict[str, Any]:
    """The row of all areas: its status is the worst, its shares those of the least covered, its people the sum."""
    known = [area for area in areas if area["status"] != UNKNOWN]
    least = min(known, key=lambda area: area["covered_share"], default={})
    shares = {f"covered_share{bound}": least.get(f"covered_share{bound}", math.nan) for bound in BOUNDS}
    missing = sum(area["missing_people"] for area in known) if known else math.nan
    statuses = {area["status"] for area in areas} or {UNKNOWN}
    worst = next(status for status in _WORST_FIRST if status in statuses)
    count = sum(area["status"] != MET for area in areas)
    return shares | {
        "level": WHOLE, "code": "", "name": "", "missing_people": missing, "status": worst, "missing_areas": count
    }  # fmt: skip
