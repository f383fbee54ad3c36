"""Numbers as people type them: decimal commas, thousands marks, Khmer digits."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from commune_coverage.config.layers import NumberFormat

AS_FOUND = NumberFormat()
MISSING_TEXTS = ("", "na", "n/a", "nan", "null", "none", "-", "--", "#n/a")
_TRIED = 20
_SPACES = re.compile(r"[\s\u00a0\u202f\u200b']")
_GROUPED = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
_PLAIN = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")


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


def to_numbers(values: pd.Series, written: NumberFormat = AS_FOUND) -> npt.NDArray[np.float64]:
    """Parse numbers as people type them.

    Parameters
    ----------
    values : Series
        (n,) text.
    written : NumberFormat
        Its marks. None known: a comma is a thousands mark only if every value with a comma in the column is grouped by
        threes, else it is the decimal mark.

    Returns
    -------
    ndarray of float64
        (n,) numbers; NaN where the text is missing or no number.
    """
    plain = plain_numbers(values)
    if plain is not None:
        return plain
    fast = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    rest = np.isnan(fast) & ~is_missing(values)
    if not rest.any():
        return fast
    texts = [_SPACES.sub("", latin_digits(str(text))) for text in values[rest]]
    mark = written.decimal or _decimal_mark(texts)
    fast[rest] = [_number(text, mark) for text in texts]
    return fast


def plain_numbers(values: pd.Series) -> npt.NDArray[np.float64] | None:
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
        (n,) text.

    Returns
    -------
    pyarrow.Array
        (n,) text, '' for nothing.
    """
    texts = values if isinstance(values.dtype, pd.StringDtype) else values.fillna("").astype("str")
    array = pa.array(texts.fillna(""))
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _decimal_mark(texts: list[str]) -> str:
    with_comma = [text for text in texts if "," in text]
    return "." if with_comma and all(_GROUPED.match(text) for text in with_comma) else ","


def _number(text: str, mark: str) -> float:
    if text.lower().lstrip("+-") in ("inf", "infinity"):
        return float("-inf") if text.startswith("-") else float("inf")
    if mark == ",":
        if "," in text:
            text = text.replace(".", "").replace(",", ".")
    else:
        text = text.replace(",", "")
    return float(text) if _PLAIN.match(text) else float("nan")
