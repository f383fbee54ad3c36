"""Challenges: somebody says that a figure is wrong, somebody decides; accepted ones take the figure's place."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from commune_coverage.config.layers import ChallengesLayer
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.formats.vector import LINE
from commune_coverage.readers.parsing.codes import normalise_codes
from commune_coverage.readers.parsing.columns import pick_columns
from commune_coverage.readers.parsing.validation import check_rows
from commune_coverage.schema.inputs import ACCEPTED, CHALLENGES

_KEPT = [column.name for column in CHALLENGES.columns]


def read_challenges(layer: ChallengesLayer, communes: gpd.GeoDataFrame | None) -> tuple[pd.DataFrame, RowLog]:
    """All challenges that can be read, in the order of the file, with the columns of CHALLENGES.

    Quarantined are rows of unknown communes, figures or decisions, and accepted ones without a share. Without
    ``communes`` the codes are not looked up.
    """
    log = RowLog("challenges", layer.path.name)
    rows = check_rows(pick_columns(read_table(layer, log), CHALLENGES, layer), CHALLENGES, log, layer.decimal)
    for column in CHALLENGES.columns:
        if column.values:
            rows[column.name] = rows[column.name].str.strip().str.lower()
            rows = _kept(rows, rows[column.name].isin(column.values), Reason.OUT_OF_RANGE, column.name, log)
    shared = (rows["decision"] != ACCEPTED) | rows["claimed_share"].notna()
    rows = _kept(rows, shared, Reason.MISSING_VALUE, "decision", log)
    if communes is not None:
        known = communes["commune_code"].astype(str)
        width = int(known.str.len().max())
        rows = rows.assign(commune_code=normalise_codes(rows["commune_code"], width).to_numpy(dtype=object))
        rows = _kept(rows, rows["commune_code"].isin(set(known)), Reason.UNMATCHED_CODE, "commune_code", log)
    log.kept = len(rows)
    return rows.reindex(columns=_KEPT).reset_index(drop=True), log


def _kept(rows: pd.DataFrame, holds: pd.Series, reason: Reason, detail: str, log: RowLog) -> pd.DataFrame:
    wrong = ~holds.to_numpy(dtype=bool)
    log.set_aside(rows[LINE].to_numpy()[wrong], reason, list(rows[detail].astype(str)[wrong]))
    return rows[~wrong]
