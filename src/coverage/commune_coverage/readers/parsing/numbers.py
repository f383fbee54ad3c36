"""Numbers as people type them: marks told from all values of a column, footnotes set aside, any script's digits."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from commune_coverage.config.layers import NumberFormat
from commune_coverage.readers.parsing.number_marks import (
    Doubt,
    Writing,
    grouped_example,
    is_whole,
    marks_of,
    read_marked,
    tidy_numbers,
    with_both_decimals,
    without_odd_fractions,
)
from commune_coverage.schema.inputs import Column

AS_FOUND = NumberFormat()
MISSING_TEXTS = ("", "na", "n/a", "nan", "null", "none", "-", "--", "#n/a", "–", "—", "…", "..")
_TRIED = 20
_LOOKED_AT = 2000
_SURE_OF = 5
_PLAIN = r"^[+-]?[0-9]+(\.[0-9]+)?$"
_THREE_DIGITS = r"^\s*[+-]?\d{1,3}(\.\d{3})+\s*$"
Floats = npt.NDArray[np.float64]


def latin_digits(text: str) -> str:
    """Write any script's decimal digits (Khmer ០១២…) as 0-9; other characters stay.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text.
    """
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(char)) if char.isdecimal() else char for char in text)


def is_missing(values: pd.Series) -> npt.NDArray[np.bool_]:
    """Tell where a text cell holds nothing, or a word for nothing.

    Parameters
    ----------
    values : Series
        (n,) text or numbers.

    Returns
    -------
    ndarray of bool
        (n,) flags.
    """
    if pd.api.types.is_numeric_dtype(values):
        return values.isna().to_numpy()
    texts = pc.utf8_lower(pc.utf8_trim_whitespace(as_text(values)))
    return np.asarray(pc.is_in(texts, pa.array(MISSING_TEXTS, texts.type)), dtype=bool)


def to_numbers(values: pd.Series, written: NumberFormat = AS_FOUND, column: Column | None = None) -> Floats:
    """Parse numbers as people type them; of a column that can be read in two ways, the English reading.

    Parameters
    ----------
    values : Series
        (n,) text.
    written : NumberFormat
        Its marks, as far as they are known; the values tell the others.
    column : Column or None
        Its declaration: what is whole, and within which bounds, tells the marks too.

    Returns
    -------
    ndarray of float64
        (n,) numbers; NaN where the text is missing or no number.
    """
    plain = _plain_as_written(values, written)
    if plain is not None:
        return plain
    return _read(values, written, column)[0]


def to_sure_numbers(values: pd.Series, written: NumberFormat, column: Column) -> tuple[Floats, Writing]:
    """Parse a declared column of numbers; one that can be read in two ways is refused.

    Parameters
    ----------
    values : Series
        (n,) text.
    written : NumberFormat
        Its marks, as far as the country file states them; the values tell the others, else the file's other columns.
    column : Column
        Its declaration.

    Returns
    -------
    numbers : ndarray of float64
        (n,) NaN where the text is missing or no number.
    writing : Writing
        The marks that were found, and what was set aside.

    Raises
    ------
    AmbiguousNumbersError
        When both readings are possible; the message shows them.
    """
    plain = _plain_as_written(values, written)
    if plain is not None:
        return plain, Writing(written)
    numbers, writing = _read(values, written, column)
    if writing.doubt is None:
        return numbers, writing
    if written.beside is None:
        raise writing.doubt.error(column.name)
    return _read(values, replace(written, decimal=written.beside), column)


def decimal_mark(values: pd.Series, written: NumberFormat, column: Column) -> str | None:
    """Find the decimal mark that a column has for sure.

    Parameters
    ----------
    values : Series
        (n,) text.
    written : NumberFormat
        What is known of the file's numbers.
    column : Column
        Its declaration.

    Returns
    -------
    str or None
        '.' or ','; None where its values have no mark, or nothing decides.
    """
    if pd.api.types.is_numeric_dtype(values):
        return None
    texts = as_text(values)
    if not pc.any(pc.match_substring_regex(texts, "[.,]")).as_py():
        return None
    if _plain_as_written(values, written) is not None:
        return "."
    _, writing = _read(values, written, column)
    return None if writing.doubt else writing.marks.decimal


def _read(values: pd.Series, written: NumberFormat, column: Column | None) -> tuple[Floats, Writing]:
    encoded = as_text(values).dictionary_encode()
    position = np.asarray(encoded.indices)
    texts, noted = tidy_numbers(encoded.dictionary, written.footnotes)
    counts = np.bincount(position, minlength=len(texts))
    found = marks_of(texts, counts, written, column)
    marks, doubt = (replace(written, decimal="."), found) if isinstance(found, Doubt) else (found, None)
    numbers = read_marked(texts, marks)
    if written.decimal is None and written.thousands is None:
        mend = without_odd_fractions if is_whole(column) else with_both_decimals
        numbers = mend(texts, counts, numbers)
    noted &= np.isfinite(numbers)
    example = str(encoded.dictionary[int(noted.argmax())]) if noted.any() else ""
    thousands = "" if written.decimal or written.thousands else grouped_example(texts, marks)
    return numbers[position], Writing(marks, doubt, int(counts[noted].sum()), example, thousands)


def _plain_as_written(values: pd.Series, written: NumberFormat) -> Floats | None:
    """Plain numbers whose dots are decimal marks for sure; None where the column has to be looked at."""
    plain = plain_numbers(values)
    if plain is None or pd.api.types.is_numeric_dtype(values) or written.decimal == ".":
        return plain
    dotted = _dotted(as_text(values))
    if len(dotted) == 0:
        return plain
    if written.decimal is not None or written.thousands == ".":
        return None
    doubtful = np.asarray(pc.match_substring_regex(dotted, _THREE_DIGITS), dtype=bool)
    sure = int((~doubtful).sum())
    return plain if (sure >= _SURE_OF and 2 * sure > len(dotted)) or sure == len(dotted) else None


def _dotted(texts: pa.Array) -> pa.Array:
    """Texts with a dot: those among the first ones, where there are enough, else all."""
    for part in (texts[:_LOOKED_AT], texts):
        dotted = part.filter(pc.match_substring(part, "."))
        if len(dotted) > _LOOKED_AT // 4 or part is texts:
            break
    return dotted


def plain_numbers(values: pd.Series) -> Floats | None:
    """Parse a column in which every value is a plain number or nothing.

    Parameters
    ----------
    values : Series
        (n,) text or numbers.

    Returns
    -------
    ndarray of float64 or None
        (n,) numbers; None where a value is anything else.
    """
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    texts = as_text(values)
    empty = pc.equal(texts, "")
    if pc.any(empty).as_py():
        texts = pc.if_else(empty, pa.scalar(None, texts.type), texts)
    try:
        # Arrow takes long to fail, so a few values are tried first.
        pc.cast(texts[:_TRIED], pa.float64())
        numbers = pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        return None
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.float64).copy()


def is_plain(values: pd.Series) -> npt.NDArray[np.bool_]:
    """Tell which cells are digits with a dot at most: neither an angle nor a number that can be read in two ways.

    Parameters
    ----------
    values : Series
        (n,) text or numbers.

    Returns
    -------
    ndarray of bool
        (n,) flags; True of everything in a column of numbers.
    """
    if pd.api.types.is_numeric_dtype(values):
        return np.ones(len(values), dtype=bool)
    return np.asarray(pc.match_substring_regex(as_text(values), _PLAIN), dtype=bool)


def spread(texts: list[str], positions: npt.NDArray[np.int64]) -> pd.Series:
    """Make a text column of few distinct texts.

    Parameters
    ----------
    texts : list of str
        The texts.
    positions : ndarray of int64
        (n,) position in ``texts``.

    Returns
    -------
    Series
        (n,) text.
    """
    return pd.Series(pd.array(pa.array(texts, pa.large_string()).take(pa.array(positions)), dtype="str"))


def as_text(values: pd.Series) -> pa.Array:
    """Convert a column to Arrow text.

    Parameters
    ----------
    values : Series
        (n,) text or numbers.

    Returns
    -------
    pyarrow.Array
        (n,) text, '' for nothing.
    """
    texts = values if isinstance(values.dtype, pd.StringDtype) else values.astype("str")
    array = pa.array(texts.fillna(""))
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
