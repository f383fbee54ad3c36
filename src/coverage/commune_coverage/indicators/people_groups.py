"""Gaps of groups of people: women, adults and others, by commune, district, province and nation."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.indicators.areas import Areas, areas_of
from commune_coverage.indicators.shares import share_of
from commune_coverage.schema.inputs import BOUNDS
from commune_coverage.schema.people_groups import GAPS, PEOPLE_GROUPS

Floats = npt.NDArray[np.float64]


def group_gaps(communes: gpd.GeoDataFrame, groups: Mapping[str, Floats]) -> pd.DataFrame:
    """Share the gaps of communes out to groups of people.

    Parameters
    ----------
    communes : GeoDataFrame
        ``commune_gaps``, in code order.
    groups : mapping of str to (communes,) float64, people
        People of each group by commune.

    Returns
    -------
    DataFrame
        The columns of ``PEOPLE_GROUPS`` but the labels of the run.

    Notes
    -----
    Within a commune a group is taken to live as all people do: it has the commune's share of each gap. Of a commune
    without a figure nobody counts at the low end and everybody at the high end.
    """
    everybody = communes["people"].to_numpy(np.float64)
    shares = {gap: _shares(communes, gap) for gap in GAPS}
    rows = [
        _of_areas(level, name, people, everybody, shares)
        for level in areas_of(communes)
        for name, people in groups.items()
    ]
    names = [name for name in PEOPLE_GROUPS.names if name != "synthetic_layers"]
    return pd.concat(rows, ignore_index=True)[names] if rows else pd.DataFrame(columns=names)


def _shares(communes: gpd.GeoDataFrame, gap: str) -> dict[str, Floats]:
    """Estimate, low and high share of a gap by commune; NaN, 0 and 1 where there is none."""
    columns = [f"{gap}_share{end}" for end in BOUNDS]
    estimate, low, high = (communes[name].to_numpy(np.float64) for name in columns)
    return {"": estimate, "_low": np.where(np.isnan(low), 0.0, low), "_high": np.where(np.isnan(high), 1.0, high)}


def _of_areas(
    level: Areas, name: str, people: Floats, everybody: Floats, shares: Mapping[str, Mapping[str, Floats]]
) -> pd.DataFrame:
    held = level.sum(people, len(people))
    table = {"level": level.level, "code": level.codes, "group": name, "people": held}
    columns: dict[str, Floats] = {"people_share": share_of(held, level.sum(everybody, len(people)))}
    for gap, of in shares.items():
        known = level.sum(np.where(np.isnan(of[""]), 0.0, people), len(people))
        without = {end: level.sum(people * np.nan_to_num(of[end]), len(people)) for end in BOUNDS}
        share = share_of(without[""], known)
        columns |= {f"{gap}_people{end}": without[end] for end in ("_low", "_high")}
        columns |= {f"{gap}_people": np.where(np.isnan(share), np.nan, without[""]), f"{gap}_share": share}
    return pd.DataFrame(table | columns)
