"""Challenges: somebody says that a figure is wrong, somebody decides; accepted ones take the figure's place."""

from __future__ import annotations

from commune_coverage.config.layers import ChallengesLayer
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.readers.parsing.codes import codes_like
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows, rows_where
from commune_coverage.schema.inputs import ACCEPTED, CHALLENGES


def read_challenges(layer: ChallengesLayer, context: ReadContext) -> ReadResult:
    """Read challenges of figures, in the order of the file.

    Quarantined are rows of unknown communes, figures or decisions, and accepted ones without a share.

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
    rows = check_rows(pick_columns(read_table(layer, log), CHALLENGES, layer), CHALLENGES, log, layer.number_format)
    rows = rows.reindex(columns=[*(column.name for column in CHALLENGES.columns), LINE])
    for column in CHALLENGES.columns:
        if column.values:
            rows[column.name] = rows[column.name].str.strip().str.lower()
            rows = rows_where(rows, rows[column.name].isin(column.values), Reason.OUT_OF_RANGE, column.name, log)
    shared = (rows["decision"] != ACCEPTED) | rows["claimed_share"].notna()
    rows = rows_where(rows, shared, Reason.MISSING_VALUE, "decision", log)
    if communes is not None:
        known = communes["commune_code"].astype(str)
        rows = rows.assign(commune_code=codes_like(rows["commune_code"], known)[0].to_numpy(dtype=object))
        rows = rows_where(rows, rows["commune_code"].isin(set(known)), Reason.UNMATCHED_CODE, "commune_code", log)
    log.kept = len(rows)
    challenges = rows.reindex(columns=[column.name for column in CHALLENGES.columns]).reset_index(drop=True)
    counts = {str(decision): int(count) for decision, count in challenges["decision"].value_counts().items()}
    return ReadResult({"challenges": challenges}, [log], counts)
