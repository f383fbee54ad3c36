"""Addresses or buildings, and the fastest fixed line that each can have."""

from __future__ import annotations

import numpy as np
import pandas as pd

from commune_coverage.config.layers import FixedFile
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.boundaries.study_area import StudyArea, split_by_area
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.declared.claims import ClaimNumbers
from commune_coverage.readers.fixed.lines import with_usual
from commune_coverage.readers.formats.csv import is_spatial, read_table
from commune_coverage.readers.parsing.coordinates import hints_of, locate_rows
from commune_coverage.readers.parsing.validation import check_rows, mark_of_positions, rows_where
from commune_coverage.schema.inputs import FIXED_ADDRESSES

_YES, _NO = ("1", "1.0", "yes", "y", "true", "t", "served"), ("0", "0.0", "no", "n", "false", "f", "unserved")
ADDRESS_COLUMNS = ("file_number", "address", "x_m", "y_m", "speed_mbps", "households")


def read_addresses(
    number: int, file: FixedFile, area: StudyArea | None, claims: ClaimNumbers, log: RowLog
) -> pd.DataFrame:
    """Read addresses with the fastest line of each.

    An address has no line where ``served`` says no, or its speed is 0. Quarantined are rows that say neither, rows
    that are served and state no speed, and those without a usable position; addresses in no commune are out of area.

    Parameters
    ----------
    number : int
        Number of the file.
    file : FixedFile
        A table or vector file of points.
    area : StudyArea or None
        The communes as an area; without it no address is placed.
    claims : ClaimNumbers
        Takes the lines that are stated.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    DataFrame, (addresses,)
        ``ADDRESS_COLUMNS``: metres of the country's plane, Mbps (0 for no line), households; of several rows of one
        ``address_id`` the fastest line and the most households. None without an area.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingColumnError
        When it states no position.
    """
    picked = pick_columns(read_table(file, log), FIXED_ADDRESSES, file)
    written = mark_of_positions(picked, file.number_format)
    bounds = None if area is None else area.bounds
    rows = locate_rows(picked, None if is_spatial(file) else file.crs, written, log, hints_of(file, bounds))
    rows = _served(with_usual(check_rows(rows, FIXED_ADDRESSES, log, written), file), log)
    if area is None:
        log.kept = len(rows)
        return pd.DataFrame(columns=list(ADDRESS_COLUMNS))
    rows = split_by_area(rows, area, 0.0, log)
    claims.number(number, rows[rows["speed_mbps"] > 0].assign(environment="", date=""))
    x_m, y_m = area.to_metric(rows["lon"].to_numpy(), rows["lat"].to_numpy())
    households = rows["households"].astype(np.float64) if "households" in rows else pd.Series(1.0, rows.index)
    rows = rows.assign(file_number=number, x_m=x_m, y_m=y_m, households=households.fillna(1.0))
    return _each_once(rows)


def _served(rows: pd.DataFrame, log: RowLog) -> pd.DataFrame:
    """Speed of each address, 0 where it has no line."""
    said = rows["served"].str.lower() if "served" in rows else pd.Series("", rows.index)
    rows = rows.assign(served=said)
    rows = rows_where(rows, said.isin(["", *_YES, *_NO]), Reason.OUT_OF_RANGE, "served", log)
    speed = rows["speed_mbps"].mask(rows["served"].isin(_NO), 0.0)
    return rows_where(rows.assign(speed_mbps=speed), speed.notna(), Reason.MISSING_VALUE, "speed_mbps", log)


def _each_once(rows: pd.DataFrame) -> pd.DataFrame:
    """One row an address: those of one identifier are one, those without stay."""
    alone = pd.Series(np.arange(len(rows)).astype(str), rows.index).radd("row ")
    named = rows["address_id"].where(rows["address_id"] != "", alone) if "address_id" in rows else alone
    kept = {"file_number": "first", "x_m": "first", "y_m": "first", "speed_mbps": "max", "households": "max"}
    once = rows.groupby(named.rename("address").to_numpy(), sort=False).agg(kept)
    return once.rename_axis("address").reset_index()[list(ADDRESS_COLUMNS)]
