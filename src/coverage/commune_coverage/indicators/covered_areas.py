"""Shares of people, land, roads and institutions that are covered, area by area, from whichever table has them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from commune_coverage.config.covered import Covered
from commune_coverage.indicators.evidence import DATA_POOR
from commune_coverage.indicators.shares import weighted_mean
from commune_coverage.schema.inputs import BOUNDS, megabits
from commune_coverage.schema.territory import UNITS as OF_TERRITORY

NATION = "nation"
UNITS = {"people": "people"} | OF_TERRITORY
"""Of each measure."""
_DECLARED = {"people": "people", "land": "land", "roads": "road"}
_COLUMNS = ["code", "name", "whole", *(f"share{bound}" for bound in BOUNDS)]


class CoverageTables(NamedTuple):
    """What a run knows of coverage.

    Attributes
    ----------
    communes : DataFrame
        ``commune_gaps``: codes and names of areas, ``people``, ``covered_<technology>_share`` with low and high.
    operators : DataFrame
        ``operator_coverage``: ``covered_share`` with low and high by commune, operator, technology and ``where``.
    declared : DataFrame or None
        ``declared_coverage``.
    territory : DataFrame or None
        ``territory_coverage``.
    """

    communes: pd.DataFrame
    operators: pd.DataFrame
    declared: pd.DataFrame | None = None
    territory: pd.DataFrame | None = None


def area_shares(which: Covered, level: str, tables: CoverageTables) -> pd.DataFrame:
    """List the areas of a level with the share of each that is covered.

    Parameters
    ----------
    which : Covered
        Of what, by whom and with what.
    level : str
        'nation', 'province', 'district' or 'commune'.
    tables : CoverageTables
        What is known.

    Returns
    -------
    DataFrame
        ``code``, ``name``, ``whole`` (people, km2, km or institutions), ``share``, ``share_low`` and ``share_high``;
        shares NaN where nothing is known, and without low and high where operators declare it.

    Notes
    -----
    A share of people is the mean of the communes weighted by people. Of a commune with too little evidence nothing is
    known: the low end has nobody of it covered, the high end everybody, the estimate is without it.
    """
    if which.basis == "declared":
        return _named(_of_declared(which, level, tables.declared), level, tables.communes)
    if which.measure != "people":
        return _named(_of_territory(which, level, tables.territory), level, tables.communes)
    return _of_people(which, level, tables)


def _named(rows: pd.DataFrame, level: str, communes: pd.DataFrame) -> pd.DataFrame:
    if level == NATION or not len(rows):
        return rows.assign(name="").reindex(columns=_COLUMNS)
    names = communes.drop_duplicates(f"{level}_code").set_index(f"{level}_code")[f"{level}_name"]
    return rows.assign(name=rows["code"].map(names).fillna("")).reindex(columns=_COLUMNS)


def _of_declared(which: Covered, level: str, declared: pd.DataFrame | None) -> pd.DataFrame:
    if declared is None:
        return pd.DataFrame(columns=_COLUMNS)
    level_name = "signal" if which.speed_mbps is None else f"{which.speed_mbps:g} Mbps"
    is_it = declared["level"].eq(level) & declared["operator"].eq(which.operator or "any")
    is_it &= declared["technology"].eq(which.technology or "any") & declared["environment"].eq(which.where)
    rows = declared[is_it & declared["service_level"].eq(level_name)].drop_duplicates("code")
    unit, name = UNITS[which.measure], _DECLARED[which.measure]
    whole = rows["people"] if which.measure == "people" else rows[f"{name}_{unit}"]
    shares = {"share": rows[f"covered_{name}_share"], "share_low": np.nan, "share_high": np.nan}
    return pd.DataFrame({"code": rows["code"].fillna("").astype(str), "whole": whole, **shares}).reset_index(drop=True)


def _of_territory(which: Covered, level: str, territory: pd.DataFrame | None) -> pd.DataFrame:
    if territory is None:
        return pd.DataFrame(columns=_COLUMNS)
    level_name = "signal" if which.speed_mbps is None else f"{which.speed_mbps:g} Mbps"
    wanted = {
        "level": level, "measure": which.measure, "kind": which.kind or "", "operator": which.operator or "any",
        "technology": which.technology or "any", "service_level": level_name, "where": which.where,
    }  # fmt: skip
    is_it = np.logical_and.reduce([territory[name].eq(value).to_numpy() for name, value in wanted.items()])
    renamed = {f"covered_share{bound}": f"share{bound}" for bound in BOUNDS}
    return territory.loc[is_it, ["code", "whole", *renamed]].rename(columns=renamed).reset_index(drop=True)


def _of_people(which: Covered, level: str, tables: CoverageTables) -> pd.DataFrame:
    communes = tables.communes.reset_index(drop=True)
    table = communes[["people"]].join(_shares_of_people(which, tables))
    if level == NATION:
        parts = [("", "", table)]
    elif f"{level}_code" in communes:
        names = communes.groupby(f"{level}_code", sort=True)[f"{level}_name"].first()
        groups = table.groupby(communes[f"{level}_code"], sort=True)
        parts = [(str(code), str(names[code]), part) for code, part in groups]
    else:
        parts = []
    rows = [{"code": code, "name": name} | _of_part(part) for code, name, part in parts]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _shares_of_people(which: Covered, tables: CoverageTables) -> pd.DataFrame:
    """Covered share of each commune with low and high, in the order of the communes; NaN where nothing is known."""
    communes, codes = tables.communes, tables.communes["commune_code"]
    if which.speed_mbps is not None:
        gap = f"internet_gap_{megabits(which.speed_mbps)}_mbps_share"
        turned = {"share": gap, "share_low": f"{gap}_high", "share_high": f"{gap}_low"}
        shares = 1.0 - communes.reindex(columns=list(turned.values())).astype(float).set_axis(list(turned), axis=1)
    else:
        if which.operator is None:
            where = "" if which.where == "outdoor" else f"_{which.where}"
            own, column = communes.set_index("commune_code"), f"covered_{which.technology}{where}_share"
        else:
            listed = tables.operators
            is_own = listed["operator"].eq(which.operator) & listed["technology"].eq(str(which.technology))
            own, column = listed[is_own & listed["where"].eq(which.where)].set_index("commune_code"), "covered_share"
        names = {f"{column}{bound}": f"share{bound}" for bound in BOUNDS}
        shares = own.reindex(index=codes, columns=list(names)).rename(columns=names).astype(float)
    is_poor = communes["internet_evidence"].eq(DATA_POOR).to_numpy()
    shares = shares.reset_index(drop=True)
    return shares.mask(pd.Series(is_poor), axis=0) if is_poor.any() else shares


def _of_part(part: pd.DataFrame) -> dict[str, float]:
    peopled = part[part["people"] > 0]
    whole, is_known = float(part["people"].sum()), peopled["share"].notna()
    if not is_known.any():
        return {"whole": whole, **{f"share{bound}": np.nan for bound in BOUNDS}}
    low, high = peopled["share_low"].where(is_known, 0.0), peopled["share_high"].where(is_known, 1.0)
    bounded = peopled.assign(share_low=low, share_high=high)
    return {"whole": whole, **{f"share{bound}": weighted_mean(bounded, f"share{bound}") for bound in BOUNDS}}
