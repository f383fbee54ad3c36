"""Challenges: somebody says that a figure is wrong, somebody decides; accepted ones take the figure's place."""

from __future__ import annotations

import numpy as np
import pandas as pd

from commune_coverage.config.layers import ChallengesLayer
from commune_coverage.core.hexagons import middles_of, numbers_of
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.readers.parsing.codes import codes_like
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows, rows_where
from commune_coverage.readers.towers.technologies import technologies_in
from commune_coverage.schema.inputs import ACCEPTED, CHALLENGES, DECLARED_FIGURE, ENVIRONMENTS

_OF_A_DECISION = ("decided_by", "evidence")
_OF_CELLS = ("cell", "operator", "technology", "service_level", "environment")


def read_challenges(layer: ChallengesLayer, context: ReadContext) -> ReadResult:
    """Read challenges of figures, in the order of the file.

    Quarantined are rows of unknown communes, figures or decisions, accepted ones that do not say who decided on what
    evidence, or of a gap without a share, and those of declared coverage without a cell, an operator or a technology.

    Parameters
    ----------
    layer : ChallengesLayer
        A table of challenges.
    context : ReadContext
        Without an area codes are not looked up.

    Returns
    -------
    ReadResult
        Table ``challenges``: (rows,) with the columns of ``CHALLENGES``; the facts count the decisions.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingColumnError
        When a required column is not known.
    """
    log, communes = RowLog("challenges", layer.path.name), None if context.area is None else context.area.communes
    rows = _placed(pick_columns(read_table(layer, log), CHALLENGES, layer), context)
    rows = check_rows(rows, CHALLENGES, log, layer.number_format)
    rows = rows.reindex(columns=[*CHALLENGES.names, LINE])
    for column in CHALLENGES.columns:
        if column.values and column.required:
            rows[column.name] = rows[column.name].str.strip().str.lower()
            rows = rows_where(rows, rows[column.name].isin(column.values), Reason.OUT_OF_RANGE, column.name, log)
    of_coverage = rows["figure"] == DECLARED_FIGURE
    shared = of_coverage | (rows["decision"] != ACCEPTED) | rows["claimed_share"].notna()
    rows = rows_where(rows, shared, Reason.MISSING_VALUE, "decision", log)
    rows = _of_coverage(rows, log)
    if communes is not None:
        known = communes["commune_code"].astype(str)
        rows = rows.assign(commune_code=codes_like(rows["commune_code"], known)[0].to_numpy(dtype=object))
        rows = rows_where(rows, rows["commune_code"].isin(set(known)), Reason.UNMATCHED_CODE, "commune_code", log)
    rows = _decided(rows, log)
    log.kept = len(rows)
    challenges = rows.reindex(columns=CHALLENGES.names).reset_index(drop=True)
    counts = {str(decision): int(count) for decision, count in challenges["decision"].value_counts().items()}
    return ReadResult({"challenges": challenges}, [log], counts)


def _decided(rows: pd.DataFrame, log: RowLog) -> pd.DataFrame:
    """Nothing takes the place of a figure without somebody who decided it, and something that he decided it on."""
    for name in _OF_A_DECISION:
        stated = rows[name].astype(object).fillna("").astype(str).str.strip() != ""
        rows = rows_where(rows, stated | (rows["decision"] != ACCEPTED), Reason.MISSING_VALUE, name, log)
    return rows


def _placed(rows: pd.DataFrame, context: ReadContext) -> pd.DataFrame:
    """Give challenges of a cell the commune of its middle, where they name none."""
    if context.area is None or "cell" not in rows:
        return rows
    cells = numbers_of(rows["cell"].fillna("").astype(str).str.strip().str.lower().tolist())
    empty = (rows["commune_code"].fillna("").astype(str).str.strip() == "").to_numpy() & (cells > 0)
    commune = context.area.commune_of(*middles_of(cells[empty].tolist()))
    codes = np.append(context.area.communes["commune_code"].to_numpy(dtype=object), "")
    written = rows["commune_code"].to_numpy(dtype=object, copy=True)
    written[empty] = codes[commune]
    return rows.assign(commune_code=written)


def _of_coverage(rows: pd.DataFrame, log: RowLog) -> pd.DataFrame:
    """Challenges of declared coverage name a cell, an operator and a technology; others name none of them."""
    is_one = (rows["figure"] == DECLARED_FIGURE).to_numpy()
    text = {name: rows[name].astype(object).fillna("").astype(str).str.strip() for name in _OF_CELLS}
    cell, place = text["cell"].str.lower(), text["environment"].str.lower().replace("", ENVIRONMENTS[0])
    level = text["service_level"].replace("", "signal")
    technology = text["technology"].map(_technology)
    named = {"cell": cell, "operator": text["operator"], "technology": technology, "environment": place}
    rows = rows.assign(
        **{name: values.where(is_one, "") for name, values in (named | {"service_level": level}).items()}
    )
    good = {
        "cell": numbers_of(cell.tolist()) > 0, "operator": (text["operator"] != "").to_numpy(),
        "technology": (technology != "").to_numpy(), "environment": place.isin(ENVIRONMENTS).to_numpy(),
    }  # fmt: skip
    kept = np.ones(len(rows), dtype=bool)
    for name, holds in good.items():
        wrong = is_one & kept & ~holds
        log.set_aside(rows[LINE].to_numpy()[wrong], Reason.OUT_OF_RANGE, name)
        kept &= ~wrong
    return rows[kept]


def _technology(word: str) -> str:
    found = technologies_in(word)
    return found[0][0] if len(found) == 1 else ""
