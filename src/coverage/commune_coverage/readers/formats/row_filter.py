"""Rows that a country file's ``where`` selects."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import MissingColumnError
from commune_coverage.core.quarantine import RowLog, printable
from commune_coverage.readers.parsing.numbers import latin_digits
from commune_coverage.readers.parsing.text import attribute_text, cell_text

_SHOWN_VALUES = 8
Rows = TypeVar("Rows", bound=pd.DataFrame)


def select_rows(frame: Rows, ref: FileRef, log: RowLog | None = None) -> Rows:
    """Keep the rows whose columns have the values that ``where`` states; the others are counted as filtered.

    Values are compared without regard to case and to the number of blanks.

    Parameters
    ----------
    frame : DataFrame
        The file's rows, as text or typed.
    ref : FileRef
        The file with its ``where``.
    log : RowLog or None
        ``filtered`` and notes are changed in place.

    Returns
    -------
    DataFrame
        (selected rows,) all columns.

    Raises
    ------
    MissingColumnError
        When the file has no such column, or no row has a stated value; the message shows what there is.
    """
    selected = np.ones(len(frame), dtype=bool)
    for name, values in ref.where.items():
        selected &= _has_value(frame, name, values, ref)
    if selected.all():
        return frame
    if log is not None:
        stated = "; ".join(f"{name} = {', '.join(map(str, values))}" for name, values in ref.where.items())
        log.filtered += int((~selected).sum())
        log.note(f"{ref.path.name}: {int(selected.sum()):,} of {len(frame):,} rows are taken, those with {stated}")
    return frame[selected]


def _has_value(frame: pd.DataFrame, name: str, values: Sequence[object], ref: FileRef) -> npt.NDArray[np.bool_]:
    codes, distinct = pd.factorize(attribute_text(frame[_column(frame, name, ref)]))
    wanted = {_comparable(value) for value in values}
    is_wanted = np.array([_comparable(text) in wanted for text in distinct], dtype=bool)
    if len(frame) and not is_wanted.any():
        shown = ", ".join(f"'{printable(text, 40)}'" for text in list(distinct)[:_SHOWN_VALUES])
        stated = " or ".join(f"'{printable(value, 40)}'" for value in values)
        raise MissingColumnError(
            f"'{ref.path.name}': where asks for {name} = {stated}, and no row has it; it has {shown}"
        )
    return is_wanted[codes] if len(frame) else np.zeros(0, dtype=bool)


def _column(frame: pd.DataFrame, wanted: str, ref: FileRef) -> str:
    by_comparable = {_comparable(name): str(name) for name in frame.columns}
    match = by_comparable.get(_comparable(wanted))
    if match is not None:
        return match
    near = difflib.get_close_matches(wanted, list(map(str, frame.columns)), n=1)
    hint = f"did you mean '{printable(near[0], 40)}'?" if near else "it has: " + ", ".join(map(str, frame.columns[:20]))
    raise MissingColumnError(f"'{ref.path.name}': where names '{printable(wanted, 40)}', which is no column; {hint}")


def _comparable(value: object) -> str:
    return " ".join(latin_digits(cell_text(value)).casefold().split())
