"""Obligations against the figures: whether an operator covers what a licence says, area by area, by the day it says."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from commune_coverage.config.obligations import Obligation
from commune_coverage.indicators.covered_areas import NATION, UNITS, CoverageTables, area_shares
from commune_coverage.schema.inputs import BOUNDS
from commune_coverage.schema.obligations import MET, MISSED, OBLIGATIONS, OPEN, UNDECIDED, UNKNOWN, WHOLE

_WORST_FIRST = (MISSED, UNKNOWN, UNDECIDED, OPEN, MET)
_LABELS = ("synthetic_layers",)
_TOLERANCE = 1e-9


def judge_obligations(obligations: Sequence[Obligation], tables: CoverageTables, today: date) -> pd.DataFrame:
    """Judge every obligation in each of its areas, and as a whole.

    Parameters
    ----------
    obligations : sequence of Obligation
        What the country file names.
    tables : CoverageTables
        What is covered, by area.
    today : date
        The day of the run.

    Returns
    -------
    DataFrame
        The columns of ``OBLIGATIONS`` but labels of the run. As a whole an obligation is as its worst area is.
    """
    rows = [row for one in obligations for row in _rows(one, tables, today)]
    return pd.DataFrame(rows, columns=[name for name in OBLIGATIONS.names if name not in _LABELS])


def _rows(one: Obligation, tables: CoverageTables, today: date) -> Iterator[dict[str, Any]]:
    words = {name: getattr(one, name) for name in ("title", "measure", "kind", "where", "basis", "source")}
    words |= {"obligation": one.id, "operator": one.operator or "any", "technology": one.technology or "any"}
    words |= {"kind": one.kind or "", "speed_mbps": one.speed_mbps, "unit": UNITS[one.measure]}
    words |= {"by": one.by.isoformat(), "required_share": one.share, "days_left": (one.by - today).days}
    areas = [words | area for area in _areas(one, area_shares(one, one.level, tables), today)]
    yield from areas
    yield words | _whole(areas)


def _areas(one: Obligation, shares: pd.DataFrame, today: date) -> Iterator[dict[str, Any]]:
    by_code = {str(row["code"]): row for row in shares.to_dict("records")}
    codes = [""] if one.level == NATION else one.codes or shares.loc[shares["whole"] > 0, "code"].tolist()
    for code in codes:
        area = {"level": one.level, "code": code, "name": ""}
        yield area | (_judged(one, by_code[code], today) if code in by_code else {"status": UNKNOWN})


def _judged(one: Obligation, area: Mapping[Hashable, Any], today: date) -> dict[str, Any]:
    if math.isnan(area["share"]):
        return {"name": area["name"], "status": UNKNOWN}
    found = {f"covered_share{bound}": area[f"share{bound}"] for bound in BOUNDS}
    missing = max(one.share - area["share"], 0.0) * float(area["whole"])
    bounds = [area["share"] if math.isnan(area[name]) else area[name] for name in ("share_low", "share_high")]
    return found | {"name": area["name"], "missing": missing, "status": _status(one, bounds[0], bounds[1], today)}


def _status(one: Obligation, low: float, high: float, today: date) -> str:
    if low >= one.share - _TOLERANCE:
        return MET
    if today < one.by:
        return OPEN
    return MISSED if high < one.share - _TOLERANCE else UNDECIDED


def _whole(areas: list[dict[str, Any]]) -> dict[str, Any]:
    """The row of all areas: its status is the worst, its shares those of the least covered, what is missing the sum."""
    known = [area for area in areas if area["status"] != UNKNOWN]
    least = min(known, key=lambda area: area["covered_share"], default={})
    shares = {f"covered_share{bound}": least.get(f"covered_share{bound}", math.nan) for bound in BOUNDS}
    missing = sum(area["missing"] for area in known) if known else math.nan
    statuses = {area["status"] for area in areas} or {UNKNOWN}
    worst = next(status for status in _WORST_FIRST if status in statuses)
    count = sum(area["status"] != MET for area in areas)
    return shares | {
        "level": WHOLE, "code": "", "name": "", "missing": missing, "status": worst, "missing_areas": count
    }  # fmt: skip
