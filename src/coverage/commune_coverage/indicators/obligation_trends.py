"""Where open obligations are heading: the trend of the runs so far, continued to the day on which they hold."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import theilslopes

from commune_coverage.schema.obligation_trends import ENOUGH, NOT_ENOUGH, OBLIGATION_TRENDS, TOO_FEW, UNCLEAR
from commune_coverage.schema.obligations import OPEN, WHOLE

Floats = npt.NDArray[np.float64]

MIN_DATES, MIN_DAYS = 3, 60
_SAME = ["obligation", "operator", "measure", "kind", "technology", "where", "basis", "level", "code"]
_CONFIDENCE = 0.9
_DAYS_PER_YEAR = 365.25
_TOLERANCE = 1e-9
_LABELS = ("synthetic_layers",)


def trend_obligations(now: pd.DataFrame, before: pd.DataFrame, today: date) -> pd.DataFrame:
    """Continue the trend of each open obligation.

    Parameters
    ----------
    now : DataFrame
        ``OBLIGATIONS`` of this run.
    before : DataFrame
        ``OBLIGATIONS`` of earlier runs, with ``run_date`` (ISO); rows that ask for something else than today's under
        the same id do not count.
    today : date
        The day of the run.

    Returns
    -------
    DataFrame
        The columns of ``OBLIGATION_TRENDS`` but labels of the run; a row for each area of each open obligation.

    Notes
    -----
    P. K. Sen, Estimates of the regression coefficient based on Kendall's tau, 1968: the median of the slopes between
    all pairs of dates, with its distribution-free interval. A trend knows nothing of plans, and a new method moves it.
    """
    open_now = now[(now["status"] == OPEN) & (now["level"] != WHOLE)]
    known = {str(key): part for key, part in before.groupby(_keys(before))} if len(before) else {}
    keys = _keys(open_now)
    rows = [_row(area, known.get(keys[at]), today) for at, area in zip(open_now.index, _records(open_now), strict=True)]
    return pd.DataFrame(rows, columns=[name for name in OBLIGATION_TRENDS.names if name not in _LABELS])


def _keys(table: pd.DataFrame) -> pd.Series[str]:
    speed = table["speed_mbps"].astype(float).map("{:g}".format)
    texts = table[_SAME].fillna("").astype(str)
    return texts.assign(speed=speed).agg("|".join, axis=1) if len(table) else pd.Series([], dtype=str)


def _records(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return list(table.to_dict("records"))


def _row(area: dict[Any, Any], before: pd.DataFrame | None, today: date) -> dict[str, Any]:
    days, shares = [0.0], [float(area["covered_share"])]
    if before is not None:
        listed = before[before["covered_share"].notna() & (before["run_date"] < today.isoformat())]
        days += [float((date.fromisoformat(day) - today).days) for day in listed["run_date"]]
        shares += listed["covered_share"].astype(float).tolist()
    kept = {name: area[name] for name in ("obligation", "level", "code", "name", "by", "required_share")}
    first = date.fromordinal(today.toordinal() + int(min(days))).isoformat()
    kept |= {"covered_share": shares[0], "runs": len(set(days)), "first_date": first}
    if len(set(days)) < MIN_DATES or -min(days) < MIN_DAYS:
        return kept | {"outlook": TOO_FEW}
    return kept | _expected(area, np.array(days) / _DAYS_PER_YEAR, np.array(shares))


def _expected(area: dict[Any, Any], years: Floats, shares: Floats) -> dict[str, Any]:
    slope, _, low, high = theilslopes(shares, years, alpha=_CONFIDENCE)
    ahead, now = float(area["days_left"]) / _DAYS_PER_YEAR, shares[0]
    slopes = {"": float(slope), "_low": min(float(low), float(slope)), "_high": max(float(high), float(slope))}
    expected = {}
    for bound, per_year in slopes.items():
        start = area[f"covered_share{bound}"]
        expected[bound] = min(max((now if math.isnan(start) else float(start)) + per_year * ahead, 0.0), 1.0)
    found = {f"share_per_year{bound}": per_year for bound, per_year in slopes.items()}
    found |= {f"expected_share{bound}": value for bound, value in expected.items()}
    return found | {"outlook": _outlook(float(area["required_share"]), expected["_low"], expected["_high"])}


def _outlook(required: float, low: float, high: float) -> str:
    if low >= required - _TOLERANCE:
        return ENOUGH
    return NOT_ENOUGH if high < required - _TOLERANCE else UNCLEAR
