"""Codes of areas in tables of figures: each is looked for among communes, then districts, then provinces."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.parsing.codes import codes_like
from commune_coverage.readers.parsing.validation import rows_where
from commune_coverage.schema.areas import LEVELS, NATION

Texts = npt.NDArray[np.object_]


def level_of_codes(codes: pd.Series, communes: gpd.GeoDataFrame) -> tuple[Texts, Texts]:
    """Find the level of each code.

    Parameters
    ----------
    codes : Series of str, (rows,)
        Codes as a file has them.
    communes : GeoDataFrame
        Has ``commune_code``, and ``district_code`` and ``province_code`` where they are known.

    Returns
    -------
    level : (rows,) object
        'commune', 'district' or 'province'; '' for a code that none of them has.
    code : (rows,) object
        The code as the communes have it.
    """
    level, code = np.full(len(codes), "", dtype=object), codes.to_numpy(dtype=object)
    for name in LEVELS:
        column = f"{name}_code"
        known = communes[column].dropna().astype(str) if column in communes else pd.Series([], dtype="str")
        known = set(known[known != ""])
        if known:
            padded = codes_like(codes, known)[0].to_numpy(dtype=object)
            matches = (level == "") & np.isin(padded.astype(str), sorted(known))
            level, code = np.where(matches, name, level), np.where(matches, padded, code)
    return level, code


def with_levels(rows: pd.DataFrame, communes: gpd.GeoDataFrame | None, log: RowLog) -> pd.DataFrame:
    """Give each row the level of its area; rows whose code no area has are quarantined.

    Parameters
    ----------
    rows : DataFrame, (rows,)
        Has ``code``, '' for the nation.
    communes : GeoDataFrame or None
        As for ``level_of_codes``; without it codes are not looked up.
    log : RowLog
        Takes the rows that are set aside.

    Returns
    -------
    DataFrame
        With ``level``, 'nation' or as of ``level_of_codes``, '' where it was not looked up, and ``code`` as the
        communes have it.
    """
    of_nation = rows["code"] == ""
    if communes is None:
        return rows.assign(level=np.where(of_nation, NATION, ""))
    level, code = level_of_codes(rows["code"], communes)
    rows = rows.assign(level=np.where(of_nation, NATION, level), code=np.where(of_nation, "", code))
    return rows_where(rows, rows["level"] != "", Reason.UNMATCHED_CODE, "code", log)
