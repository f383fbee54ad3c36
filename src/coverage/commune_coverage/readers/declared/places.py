"""A table of places with people, in which columns of 0 and 1 say who covers them with what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from commune_coverage.config.layers import CoverageFile, CoverageFlag
from commune_coverage.core.quarantine import RowLog
from commune_coverage.population.weights import to_fixed_point
from commune_coverage.readers.boundaries.study_area import OUTSIDE, StudyArea
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.declared.claims import ANY_SPEED_MBPS, CLAIM_COLUMNS, Claim, ClaimNumbers
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.parsing.coordinates import hints_of, locate_rows
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows, mark_of_positions
from commune_coverage.readers.population.demand_points import PEOPLE_REQUIRED
from commune_coverage.schema.inputs import LAT, LON, Column, Table

_POSITION = tuple(replace(column, required=False) for column in (LON, LAT))


def read_places(
    number: int, file: CoverageFile, area: StudyArea | None, claims: ClaimNumbers, log: RowLog
) -> pd.DataFrame:
    """Read places with their people and what covers them.

    Quarantined are rows without a number of people, and those of which a flag is neither 0 nor 1. Places whose position
    is missing, is none or lies in no commune count for the nation only; the log has them as neighbours.

    Parameters
    ----------
    number : int
        Number of the file.
    file : CoverageFile
        The table and what its flags say.
    area : StudyArea or None
        The communes as an area; without it no place is located.
    claims : ClaimNumbers
        Takes what the flags claim.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    DataFrame, (places,)
        ``commune`` (position in code order, OUTSIDE for none), ``people`` (multiples of 1 / FIXED_POINT_SCALE), and
        for each claim ``claim_<number>``, whether it covers the place.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingColumnError
        When it lacks the people or a column that ``flags`` names.
    """
    flags = tuple(Column(name, "integer", "Covered.", "", 0, 1, required=True) for name in file.flags)
    table = Table("coverage", "Places with people and what covers them.", (*_POSITION, PEOPLE_REQUIRED, *flags))
    picked = pick_columns(read_table(file, log), table, file)
    rows = check_rows(picked, table, log, mark_of_positions(picked, file.number_format))
    commune = _communes_of(rows, file, area)
    outside = int((commune == OUTSIDE).sum()) if area is not None else 0
    log.kept, log.neighbours = len(rows) - outside, outside
    if outside:
        log.note(f"{outside:,} places stand in no commune, or have no position: they count for the nation only")
    numbered = {name: _number_of(number, flag, file, claims) for name, flag in file.flags.items()}
    covered = {f"claim_{claim}": rows[name].to_numpy(dtype=np.float64) == 1 for name, claim in numbered.items()}
    people = to_fixed_point(rows["people"].to_numpy(dtype=np.float64))
    return pd.DataFrame({"commune": commune, "people": people, **covered})


def _number_of(number: int, flag: CoverageFlag, file: CoverageFile, claims: ClaimNumbers) -> int:
    day = "" if file.date is None else file.date.isoformat()
    speed_mbps = ANY_SPEED_MBPS if flag.speed_mbps is None else flag.speed_mbps
    claim = Claim(flag.operator, flag.technology, speed_mbps, flag.environment, day)
    return int(claims.number(number, pd.DataFrame([claim], columns=CLAIM_COLUMNS))[0])


def _communes_of(rows: pd.DataFrame, file: CoverageFile, area: StudyArea | None) -> np.ndarray:
    """The commune of each row, OUTSIDE where its position leads to none."""
    commune = np.full(len(rows), OUTSIDE, dtype=np.int64)
    if area is None or not {"lon", "lat"} <= set(rows.columns):
        return commune
    # What is wrong with a position is no reason to set the place aside.
    unlocated = RowLog("coverage", file.path.name)
    located = locate_rows(rows, file.crs, file.number_format, unlocated, hints_of(file, area.bounds))
    commune[rows[LINE].isin(located[LINE]).to_numpy()] = area.commune_of(located["lon"], located["lat"])
    return commune
