"""Official indicators by their own definitions: SDG 9.c.1, 9.1.1 and 8.10.1, of the nation and its provinces."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.official import Official
from commune_coverage.indicators.shares import weighted_mean
from commune_coverage.schema.inputs import BOUNDS
from commune_coverage.schema.official import COUNTED, MODELLED, OFFICIAL_INDICATORS, SERIES, Series

Floats = npt.NDArray[np.float64]

_PER_ADULTS, _PER_KM2 = 100_000, 1000
_PER_AREA = "per 1,000 km2"
_BY = {"rural_access_share": "rural_people"}
ADULTS = "adults"
"""The group of people that figures per adult are counted by, where the country file names it."""
_COUNTED_ADULTS = "adults_of_group"


def official_indicators(
    communes: pd.DataFrame, points: pd.DataFrame, official: Official, adults: Floats | None = None
) -> pd.DataFrame:
    """Compute every official indicator for the nation and each province.

    Parameters
    ----------
    communes : DataFrame
        ``commune_gaps``.
    points : DataFrame
        Payment points in the communes: ``commune_code`` and ``class``; no row where there is no such layer.
    official : Official
        Share of adults, and which classes are branches, ATMs and agents.
    adults : (communes,) float64, people, optional
        People of 15 and older by commune, where they are counted; they stand in for the share.

    Returns
    -------
    DataFrame
        The columns of ``OFFICIAL_INDICATORS`` but labels of the run; ``value`` is NaN where it cannot be had.

    Notes
    -----
    Shares are means of the communes weighted by people, of those that have a figure.
    """
    of_class = {name: kind for kind in official.classes for name in official.classes[kind]}
    kinds = points["class"].str.strip().str.lower().map(of_class)
    counts = pd.crosstab(points["commune_code"], kinds).reindex(communes["commune_code"], fill_value=0)
    table = communes.reset_index(drop=True).join(counts.reset_index(drop=True).add_prefix("points_of_"))
    if adults is not None:
        table[_COUNTED_ADULTS] = adults
    has_points = len(points) > 0
    rows = [
        {"level": level, "code": code, "name": name, **row}
        for level, code, name, part in _areas(table)
        for series in SERIES
        for row in _rows(series, part, official, has_points)
    ]
    labels = {"synthetic_layers"}
    return pd.DataFrame(rows, columns=[name for name in OFFICIAL_INDICATORS.names if name not in labels])


def _areas(table: pd.DataFrame) -> Iterator[tuple[str, str, str, pd.DataFrame]]:
    yield "nation", "", "", table
    if "province_code" in table:
        for code, part in table.groupby("province_code", sort=True):
            yield "province", str(code), str(part["province_name"].iloc[0]), part


def _rows(series: Series, part: pd.DataFrame, official: Official, has_points: bool) -> Iterator[dict[str, Any]]:
    names = ("indicator", "series", "title", "unit", "definition", "differs")
    words = {name: getattr(series, name) for name in names}
    if series.share:
        by = _BY.get(series.share, "people")
        values = {f"value{bound}": 100 * weighted_mean(part, f"{series.share}{bound}", by) for bound in BOUNDS}
        yield words | values | {"basis": MODELLED}
        return
    counted = f"points_of_{series.points}"
    none = 0.0 if has_points else math.nan
    count = float(part[counted].sum()) if counted in part else none
    for code, unit, size, of in (
        (series.series, series.unit, _adults(part, official) / _PER_ADULTS, _adults_of(part, official)),
        ("", _PER_AREA, float(part["area_km2"].sum()) / _PER_KM2, "By geodesic area, inland water with it."),
    ):
        value = count / size if size > 0 else math.nan
        both = {"series": code, "unit": unit, "differs": f"{series.differs} {of}"}
        yield words | both | {"value": value, "value_low": math.nan, "value_high": math.nan, "basis": COUNTED}


def _adults(part: pd.DataFrame, official: Official) -> float:
    if _COUNTED_ADULTS in part:
        return float(part[_COUNTED_ADULTS].sum())
    return math.nan if official.adults_share is None else float(part["people"].sum()) * official.adults_share


def _adults_of(part: pd.DataFrame, official: Official) -> str:
    if _COUNTED_ADULTS in part:
        return f"Adults are those of the layer people_groups, group {ADULTS}."
    if official.adults_share is None:
        return "Not available: [official] adults_share says what share of people is 15 and older."
    return f"Adults are {100 * official.adults_share:g} % of people everywhere ({official.adults_source})."
