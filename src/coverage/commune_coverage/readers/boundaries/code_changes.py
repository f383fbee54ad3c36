"""Commune codes of one year carried to those of another, by a table of what was split, merged or renamed.

Each row says that in ``year`` a part of the people under ``old_code`` came under ``new_code``: ``old_share`` of the
old commune's people, which are ``new_share`` of the new one's. A split has several rows with one old code, a merger
several with one new code, a renaming one row with both shares 1. Where shares are not stated they are equal parts.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from commune_coverage.config.layers import FileRef
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.parsing.codes import normalise_codes
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows
from commune_coverage.schema.inputs import Column, Table

CODE_CHANGES = Table(
    "code_changes",
    "Commune codes that were split, merged or renamed.",
    (
        Column("old_code", "text", "Code before.", required=True),
        Column("new_code", "text", "Code after.", required=True),
        Column(
            "year", "integer", "First year in which the new code is used.", minimum=1900, maximum=2100, required=True
        ),
        Column(
            "old_share",
            "number",
            "Share of the old commune's people that came under the new code.",
            "share",
            0,
            1,
            decisive=True,
        ),
        Column(
            "new_share",
            "number",
            "Share of the new commune's people that came from the old code.",
            "share",
            0,
            1,
            decisive=True,
        ),
    ),
)
_SUM_TOLERANCE = 0.005


@dataclass(frozen=True)
class CodeChanges:
    """Changes by year: ``forward`` has old, new, share of the old; ``backward`` new, old, share of the new."""

    forward: dict[int, pd.DataFrame]
    backward: dict[int, pd.DataFrame]

    def carry(self, codes: pd.Series, from_year: int, to_year: int) -> pd.DataFrame:
        """Carry codes of one year to those of another.

        Parameters
        ----------
        codes : Series
            (n,) codes of commune.
        from_year : int
            Year of the codes.
        to_year : int
            Year that they are wanted for.

        Returns
        -------
        DataFrame
            Columns ``row`` (position in ``codes``), ``code`` and ``share``; the shares of a row sum to 1.
        """
        table = pd.DataFrame({"row": range(len(codes)), "code": codes.to_numpy(), "share": 1.0})
        steps = self.forward if to_year >= from_year else self.backward
        low, high = sorted((from_year, to_year))
        years = sorted((year for year in steps if low < year <= high), reverse=to_year < from_year)
        for year in years:
            table = _carry_once(table, steps[year])
        return table


def _carry_once(table: pd.DataFrame, step: pd.DataFrame) -> pd.DataFrame:
    joined = table.merge(step, left_on="code", right_on="from", how="left")
    stays = joined["to"].isna()
    carried = joined.assign(
        code=joined["to"].where(~stays, joined["code"]), share=joined["share"] * joined["part"].where(~stays, 1.0)
    )
    return carried.groupby(["row", "code"])["share"].sum().reset_index()


def read_code_changes(ref: FileRef, width: int | None) -> tuple[CodeChanges, RowLog]:
    """Read the table of changes; codes whose shares do not sum to 1 in a year are quarantined, all their rows.

    Parameters
    ----------
    ref : FileRef
        The file, how it is written and what its columns are called.
    width : int or None
        Digits of a code; None where lost zeros show it.

    Returns
    -------
    tuple[CodeChanges, RowLog]
        The changes, and the log of the file.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingColumnError
        When a column of ``CODE_CHANGES`` that is required is not known.
    """
    log = RowLog("communes.code_changes", ref.path.name)
    rows = check_rows(pick_columns(read_table(ref, log), CODE_CHANGES, ref), CODE_CHANGES, log, ref.number_format)
    rows = rows.assign(**{name: normalise_codes(rows[name], width) for name in ("old_code", "new_code")})
    rows = _with_shares(_with_shares(rows, "old", log), "new", log)
    log.kept = len(rows)
    return CodeChanges(_steps(rows, "old", "new"), _steps(rows, "new", "old")), log


def _with_shares(rows: pd.DataFrame, side: str, log: RowLog) -> pd.DataFrame:
    """Rows with ``<side>_share``, equal parts where none is stated; those that do not sum to 1 are set aside."""
    keys, name = ["year", f"{side}_code"], f"{side}_share"
    stated = rows[name] if name in rows else pd.Series(float("nan"), index=rows.index)
    group = rows.groupby(keys)[f"{side}_code"]
    none_stated = stated.notna().groupby([rows[key] for key in keys]).transform("sum") == 0
    shares = stated.where(~none_stated, 1.0 / group.transform("size")).fillna(0.0)
    total = shares.groupby([rows[key] for key in keys]).transform("sum")
    bad = ((total - 1).abs() > _SUM_TOLERANCE).to_numpy()
    details = [f"{name} of {code} sum to {sum_:g}" for code, sum_ in zip(rows[keys[1]], total, strict=True)]
    log.set_aside(
        rows[LINE].to_numpy()[bad], Reason.SHARES_NOT_ONE, [d for d, b in zip(details, bad, strict=True) if b]
    )
    return rows.assign(**{name: shares / total})[~bad]


def _steps(rows: pd.DataFrame, side: str, other: str) -> dict[int, pd.DataFrame]:
    table = rows.rename(columns={f"{side}_code": "from", f"{other}_code": "to", f"{side}_share": "part"})
    years = table["year"].astype(int)
    return {year: table.loc[years == year, ["from", "to", "part"]] for year in years.unique().tolist()}
