"""What the values of a column say about what it can be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from commune_coverage.readers.parsing.angles import angle, position_of, tidy
from commune_coverage.readers.parsing.hemispheres import NO_SIDE, UNDECIDED, with_letters
from commune_coverage.readers.parsing.numbers import is_missing, to_numbers

SAMPLE_ROWS = 300
_KEPT, _KEPT_LETTERS = 256, 20_000
"""Columns, of a sample of rows, whose forms are kept at most, and the longest that are: geometries as text are long."""
_TECHNOLOGY = re.compile(
    r"^(gsm|gprs|edge|cdma|umts|w-?cdma|hspa\+?|lte(-a|-advanced)?|nr|5g[ -]?nr|[2345]g\+?)([/,;+ ].*)?$", re.IGNORECASE
)
_MARKED = re.compile(r"[°º˚'′’\"”″]|\d\s*[NSEW]\s*$|^\s*[NSEW]\s*\d|\d\s+\d+\s+\d", re.IGNORECASE)
_DIGITS = re.compile(r"^\d+$")
_COMMA = re.compile(r"^-?\d+,\d+$")


@dataclass(frozen=True, eq=False)
class Values:
    """Shares of a column's filled values that have a form, its numbers (NaN where there is none) and its texts."""

    filled: int
    numbers: np.ndarray
    number_share: float
    angle_share: float
    pair_share: float
    technology_share: float
    code_share: float
    decimal_comma_share: float
    other_digits_share: float
    distinct: int
    texts: tuple[str, ...] = ()

    def within(self, low: float | None, high: float | None) -> float:
        """Count the numbers within bounds.

        Parameters
        ----------
        low : float or None
            Least number; None for no limit.
        high : float or None
            Greatest number; None for no limit.

        Returns
        -------
        float
            Share of the filled values, 0 to 1.
        """
        if not self.filled:
            return 0.0
        good = self.numbers[np.isfinite(self.numbers)]
        inside = (good >= (-np.inf if low is None else low)) & (good <= (np.inf if high is None else high))
        return float(inside.sum()) / self.filled


def sample_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Take at most 300 rows, spread evenly over the file.

    Parameters
    ----------
    frame : DataFrame
        The file's rows.

    Returns
    -------
    DataFrame
        The sample.
    """
    step = max(1, -(-len(frame) // SAMPLE_ROWS))
    return frame.iloc[::step]


def look_at(column: pd.Series) -> Values:
    """Classify the forms of a text column's values.

    Parameters
    ----------
    column : Series
        (n,) text.

    Returns
    -------
    Values
        Shares of the filled values that have each form.
    """
    texts = tuple(str(value).strip() for value in column[~is_missing(column)])
    return _look_again(texts) if sum(map(len, texts)) <= _KEPT_LETTERS else _look_at(texts)


@lru_cache(_KEPT)
def _look_again(texts: tuple[str, ...]) -> Values:
    """What each layer that a file is held against asks of the same columns."""
    return _look_at(texts)


def _look_at(texts: tuple[str, ...]) -> Values:
    numbers = to_numbers(pd.Series(texts, dtype=object)) if texts else np.array([])
    marked = np.array([bool(_MARKED.search(text)) for text in texts], dtype=bool)
    degrees = np.array([angle(_directed(text)) if mark else np.nan for text, mark in zip(texts, marked, strict=True)])
    numbers = np.where(marked & np.isfinite(degrees), degrees, numbers) if texts else numbers
    numbers.flags.writeable = False
    latin = [tidy(text) for text in texts]
    return Values(
        len(texts),
        numbers,
        _share(np.isfinite(numbers)),
        _share(np.isfinite(degrees)),
        _share([not np.isnan(position_of(text)[0]) and not _COMMA.match(text) for text in latin]),
        _share([bool(_TECHNOLOGY.match(text)) for text in texts]),
        _share([bool(_DIGITS.match(text)) for text in latin]),
        _share([bool(_COMMA.match(text)) for text in latin]),
        _share([any(c.isdecimal() and not c.isascii() for c in text) for text in texts]),
        len(set(texts)),
        texts,
    )


def _directed(text: str) -> str:
    """An angle with N, S, E and W for the directions of any language, without those that can mean two."""
    return re.sub(f"[{UNDECIDED}{NO_SIDE}]", "", tidy(with_letters(text, "both", {})))


def _share(flags: object) -> float:
    values = np.asarray(flags, dtype=bool)
    return float(values.mean()) if len(values) else 0.0
