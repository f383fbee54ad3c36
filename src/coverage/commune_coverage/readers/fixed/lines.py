"""Which line a row states: by whom, by which technology and how fast; itself, or by the settings of its file."""

from __future__ import annotations

import numpy as np
import pandas as pd

from commune_coverage.config.layers import FixedFile
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.parsing.validation import rows_where

LINE_COLUMNS = ("operator", "technology", "speed_mbps")


def with_usual(rows: pd.DataFrame, file: FixedFile) -> pd.DataFrame:
    """Give each row its line, as far as it is stated.

    Parameters
    ----------
    rows : DataFrame, (rows,)
        Checked columns that the file has.
    file : FixedFile
        The section of the country file.

    Returns
    -------
    DataFrame, (rows,)
        With ``LINE_COLUMNS``: texts are '' and the speed (Mbps) NaN where neither states one.
    """
    for name in ("operator", "technology"):
        own = rows[name].astype(object) if name in rows else pd.Series("", rows.index, dtype=object)
        rows = rows.assign(**{name: own.mask(own.isna() | own.eq(""), getattr(file, name) or "")})
    stated = rows["speed_mbps"].astype(np.float64) if "speed_mbps" in rows else pd.Series(np.nan, rows.index)
    return rows.assign(speed_mbps=stated.fillna(np.nan if file.speed_mbps is None else file.speed_mbps))


def with_lines(rows: pd.DataFrame, file: FixedFile, log: RowLog) -> pd.DataFrame:
    """Give each row its line as a claim; rows of no speed are set aside.

    Parameters
    ----------
    rows : DataFrame, (rows,)
        Checked columns that the file has, and ``line``.
    file : FixedFile
        The section of the country file.
    log : RowLog
        Takes the rows that are set aside.

    Returns
    -------
    DataFrame
        The rows that are kept, with ``CLAIM_COLUMNS``.
    """
    rows = with_usual(rows, file)
    rows = rows_where(rows, rows["speed_mbps"].notna(), Reason.MISSING_VALUE, "speed_mbps", log)
    return rows.assign(environment="", date="")
