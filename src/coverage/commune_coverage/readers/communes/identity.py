"""Communes of one name or code: told apart by their parents, or refused where they cannot be one."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from commune_coverage.core.errors import AmbiguousCommunesError
from commune_coverage.core.quarantine import RowLog, printable
from commune_coverage.readers.parsing.numbers import is_missing
from commune_coverage.readers.parsing.text import plain_name

PARENTS = ("province_name", "province_code", "district_name", "district_code")
_TOUCHING_DEGREES = 0.01
_DIGIT = re.compile(r"\d")
_WGS84 = Geod(ellps="WGS84")


def told_apart(communes: gpd.GeoDataFrame, log: RowLog) -> gpd.GeoDataFrame:
    """Give communes that share a name codes of their own, with their parent in them; refuse what cannot be one commune.

    Rows of one code that lie together are pieces of one commune and stay.

    Parameters
    ----------
    communes : GeoDataFrame
        Rows with ``commune_code`` and perhaps names and parents, WGS 84.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    GeoDataFrame
        The same rows.

    Raises
    ------
    AmbiguousCommunesError
        When rows of one code have different parents or names and lie apart, or a name stands for several places.
    """
    codes = communes["commune_code"].copy()
    for code, rows in communes[codes.duplicated(keep=False)].groupby("commune_code"):
        parent = next((name for name in PARENTS if _differs(rows, name)), None)
        if parent is not None and _is_name(str(code), rows):
            apart = [f"{code} ({value})" for value in rows[parent]]
            codes.loc[rows.index] = apart
            shown = ", ".join(dict.fromkeys(apart))
            log.note(f"{len(set(apart))} communes are called '{code}'; {parent} tells their codes apart: {shown}")
        elif parent is not None:
            values = " and ".join(dict.fromkeys(rows[parent].astype(str)))
            raise AmbiguousCommunesError(
                f"'{log.file}': {printable(code, 40)} stands for communes of {parent} {printable(values, 80)}; "
                "map a column of codes that are unique in the country"
            )
    communes = communes.assign(commune_code=codes)
    for code, rows in communes[codes.duplicated(keep=False)].groupby("commune_code"):
        _check_one_place(str(code), rows, log)
    return communes


def _differs(rows: gpd.GeoDataFrame, name: str) -> bool:
    if name not in rows or is_missing(rows[name]).any():
        return False
    return len({plain_name(value) for value in rows[name].astype(str)}) > 1


def _is_name(code: str, rows: gpd.GeoDataFrame) -> bool:
    """Tell whether communes go by their names: no digit, and no other name beside it."""
    names = rows["commune_name"].astype(str) if "commune_name" in rows else pd.Series([code])
    return not _DIGIT.search(code) and plain_name(str(names.iloc[0])) in ("", plain_name(code))


def _check_one_place(code: str, rows: gpd.GeoDataFrame, log: RowLog) -> None:
    """Refuse rows that lie apart and go by a name, or by different names."""
    km = _farthest_apart_km(rows)
    if km is None or not (_is_name(code, rows) or _differs(rows, "commune_name")):
        return
    raise AmbiguousCommunesError(
        f"'{log.file}': {len(rows)} communes have '{printable(code, 40)}' for their code and lie {km:,.0f} km apart; "
        "map a column of codes, or province_name or district_name to tell them apart"
    )


def _farthest_apart_km(rows: gpd.GeoDataFrame) -> float | None:
    """Kilometres between places of rows that do not lie together; None where all do."""
    shapes = rows.geometry[~(rows.geometry.isna() | rows.geometry.is_empty)].to_numpy()
    if len(shapes) < 2:
        return None
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_TOUCHING_DEGREES)
    links = coo_matrix((np.ones(len(left)), (left, right)), shape=(len(shapes), len(shapes)))
    groups, group = connected_components(links, directed=False)
    if groups == 1:
        return None
    points = shapely.point_on_surface(shapes[[int(np.argmax(group == number)) for number in range(groups)]])
    lon, lat = shapely.get_x(points), shapely.get_y(points)
    first = np.zeros(groups - 1, dtype=int)
    return float(np.max(_WGS84.inv(lon[first], lat[first], lon[1:], lat[1:])[2]) / 1000)
