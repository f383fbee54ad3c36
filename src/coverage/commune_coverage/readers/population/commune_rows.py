"""One row a commune: long tables refused or added up by what the country file states, rows of totals left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

import numpy as np
import pandas as pd

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import AmbiguousRowsError
from commune_coverage.core.quarantine import RowLog, printable
from commune_coverage.core.toml_text import toml_value
from commune_coverage.readers.parsing.text import LINE, attribute_text, plain_name
from commune_coverage.readers.parsing.validation import drop_duplicates

_FEW = 0.1
_SHOWN = 6
_WHOLE = {
    "total", "all", "both", "both sexes", "t", "_t", "ensemble", "tous", "todos", "ambos", "ambos sexos",
    "insgesamt", "gesamt", "totale", "suma", "ogółem", "សរុប", "всего",
}  # fmt: skip
_TOLERANCE = 0.01
_NAME_AND_PARENT = re.compile(r"(.+) \((.+)\)")


def one_row_each(rows: pd.DataFrame, raw: pd.DataFrame, ref: FileRef, log: RowLog) -> pd.DataFrame:
    """Make one row of each commune of a people table.

    Rows that the country file's ``where`` lets through with several values of a column are added up. A few repeated
    codes are quarantined.

    Parameters
    ----------
    rows : DataFrame
        ``commune_code``, ``people`` and ``line``, indexed as ``raw``.
    raw : DataFrame
        The file's own columns as text.
    ref : FileRef
        Its columns and ``where``.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    DataFrame
        (communes,) with ``lines``, the lines of the file that its people come from.

    Raises
    ------
    AmbiguousRowsError
        When many communes have several rows; the message names the columns in which these differ.
    """
    repeated = rows["commune_code"].duplicated(keep=False).to_numpy()
    several = rows["commune_code"][repeated].nunique()
    varying = _varying(rows[repeated], raw, ref) if several else {}
    stated = {name for name, values in ref.where.items() if len(values) > 1}
    if varying and {name.casefold() for name in varying} <= {name.casefold() for name in stated}:
        return _added_up(rows, list(varying), log)
    if several > _FEW * rows["commune_code"].nunique() and (varying or several > 1):
        raise AmbiguousRowsError(_refusal(rows[repeated], varying, ref))
    rows = drop_duplicates(rows, ["commune_code"], log)
    return rows.assign(lines=pd.Series([(line,) for line in rows[LINE]], index=rows.index, dtype=object))


def _varying(rows: pd.DataFrame, raw: pd.DataFrame, ref: FileRef) -> dict[str, list[str]]:
    """Columns that tell the rows of a commune apart, with their values: years, sexes, areas, ages."""
    most = int(rows.groupby("commune_code").size().max())
    taken = {LINE, "geometry", *ref.columns.values(), *rows.columns}
    found = {}
    for name in (str(name) for name in raw.columns if name not in taken):
        texts = attribute_text(raw.loc[rows.index, name])
        differs = texts.groupby(rows["commune_code"]).nunique() > 1
        if differs.mean() >= 0.5 and texts.nunique() <= most + 1:
            found[name] = sorted(texts.unique())
    return found


def _refusal(rows: pd.DataFrame, varying: dict[str, list[str]], ref: FileRef) -> str:
    code, count = str(rows["commune_code"].iloc[0]), int((rows["commune_code"] == rows["commune_code"].iloc[0]).sum())
    name = ref.path.name
    if not varying:
        return f"'{name}' has several rows a commune ({printable(code, 40)}: {count}); leave one row for each"
    shown = "; ".join(f"{printable(column, 40)} has {_listed(values)}" for column, values in varying.items())
    filled = toml_value({column: [_likely(values)] for column, values in varying.items()})
    return f"'{name}' has several rows a commune ({printable(code, 40)}: {count}): {shown}; set where = {filled}"


def _listed(values: list[str]) -> str:
    shown = ", ".join(printable(value, 30) or "''" for value in values[:_SHOWN])
    return shown + (", …" if len(values) > _SHOWN else "")


def _likely(values: list[str]) -> str | int:
    """The value that a person most likely wants: the last year, the total, else the first."""
    if all(value.isdigit() for value in values):
        return int(max(values, key=int))
    return next((value for value in values if value.casefold() in _WHOLE), values[0])


def _added_up(rows: pd.DataFrame, over: list[str], log: RowLog) -> pd.DataFrame:
    log.note(f"{len(rows):,} rows are added up over {' and '.join(over)}, as where states several of their values")
    rows = rows.assign(lines=pd.Series([(line,) for line in rows[LINE]], index=rows.index, dtype=object))
    grouped = rows.groupby("commune_code", sort=False)
    others = {name: "first" for name in rows.columns if name not in ("commune_code", "people", LINE, "lines")}
    summed = grouped.agg({"people": "sum", LINE: "min", **others})
    return summed.assign(lines=grouped["lines"].agg(joined_lines)).reset_index()


def by_parents(rows: pd.DataFrame, raw: pd.DataFrame, communes: pd.DataFrame, log: RowLog) -> pd.DataFrame:
    """Give rows that name one of several communes of a name the code of the one whose parent stands in the row.

    Parameters
    ----------
    rows : DataFrame
        ``commune_code``, which holds names, and ``line``.
    raw : DataFrame
        The file's rows, all columns, of the same index.
    communes : DataFrame
        (communes,) codes; of those that share a name 'Name (Parent)'.
    log : RowLog
        Notes say what was told apart; changed in place.

    Returns
    -------
    DataFrame
        The same rows.

    Raises
    ------
    AmbiguousRowsError
        When no column of the row, or more than one, names a parent.
    """
    apart = _codes_by_name_and_parent(communes["commune_code"])
    names = rows["commune_code"].astype("str").map(plain_name)
    shared = names.isin(set(apart)) & ~rows["commune_code"].isin(set(communes["commune_code"]))
    if not shared.any():
        return rows
    columns = [name for name in raw.columns if name not in (LINE, "geometry")]
    values = raw.loc[names.index[shared], columns].astype("str").to_numpy(dtype=object)
    found = [_code_of_row(apart[name], row, log) for name, row in zip(names[shared], values, strict=True)]
    log.note(f"{len(found):,} rows name a commune of which there are several; the parent in the row tells which")
    codes = rows["commune_code"].copy()
    codes[shared] = found
    return rows.assign(commune_code=codes)


def _codes_by_name_and_parent(codes: pd.Series) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for code in codes.astype("str"):
        if match := _NAME_AND_PARENT.fullmatch(code):
            found.setdefault(plain_name(match[1]), {})[plain_name(match[2])] = code
    return {name: parents for name, parents in found.items() if len(parents) > 1}


def _code_of_row(parents: dict[str, str], values: Iterable[str], log: RowLog) -> str:
    named = {parents[plain] for value in values if (plain := plain_name(value)) in parents}
    if len(named) != 1:
        shown = ", ".join(printable(code, 60) for code in list(parents.values())[:_SHOWN])
        raise AmbiguousRowsError(
            f"'{log.file}' names a commune of which there are several ({shown}); write these codes, "
            "or keep a column of their province or district"
        )
    return named.pop()


def joined_lines(lines: pd.Series) -> tuple[int, ...]:
    """Put the lines of several rows together.

    Parameters
    ----------
    lines : Series
        (n,) tuples of lines.

    Returns
    -------
    tuple of int
        All of them.
    """
    return tuple(chain.from_iterable(lines))


def without_totals(rows: pd.DataFrame, written: pd.Series, communes: pd.DataFrame, log: RowLog) -> pd.DataFrame:
    """Leave out rows of districts, provinces and the country that add up what the communes' rows hold.

    Parameters
    ----------
    rows : DataFrame
        ``commune_code`` as the communes have it, ``people`` and ``line``.
    written : Series
        (rows,) codes as the file has them.
    communes : DataFrame
        (communes,) codes of communes and of their parents.
    log : RowLog
        ``filtered`` and notes are changed in place.

    Returns
    -------
    DataFrame
        The rows that are no totals.
    """
    known = set(communes["commune_code"])
    is_commune = rows["commune_code"].isin(known).to_numpy()
    if is_commune.all() or not is_commune.any():
        return rows
    people = rows["people"].groupby(rows["commune_code"]).first()
    total = np.zeros(len(rows), dtype=bool)
    for position in np.flatnonzero(~is_commune):
        below = _communes_below(str(written.iloc[position]), communes)
        held = float(people[people.index.isin(below)].sum())
        total[position] = held > 0 and abs(rows["people"].iloc[position] - held) <= max(1.0, _TOLERANCE * held)
    if not total.any():
        return rows
    shown = ", ".join(printable(text, 20) for text in written[total].head(_SHOWN))
    log.filtered += int(total.sum())
    log.note(f"{int(total.sum()):,} rows are totals of the communes' rows and are left out: {shown}")
    return rows[~total]


def _communes_below(text: str, communes: pd.DataFrame) -> set[str]:
    """Codes of the communes that a parent's code stands for; all of them for a code without a digit, or of zeros."""
    codes = communes["commune_code"].astype(str)
    if not text.strip("0") or not any(char.isdigit() for char in text):
        return set(codes)
    for level in ("district_code", "province_code"):
        if level in communes:
            own = communes[level].fillna("").astype(str)
            if (below := codes[own.str.lstrip("0") == text.lstrip("0")]).size:
                return set(below)
    return set(codes[codes.str.startswith(text) & (codes.str.len() > len(text))])
