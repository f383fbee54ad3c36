"""Dates in the usual writings, as seconds since 1970: ISO, day or month first, yyyymmdd, seconds, milliseconds."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.readers.parsing.numbers import is_missing, latin_digits, plain_numbers

Floats = npt.NDArray[np.float64]

_MILLISECONDS, _MICROSECONDS = 1e11, 1e14
_YEARS = (1970, 2099)
_SHEET_DAYS = (20_000, 80_000)
_YEAR_FIRST = re.compile(r"^(\d{4})[-/. ](\d{1,2})(?:[-/. ](\d{1,2}))?(?:[T ]+(.*))?$")
_PACKED = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{6}))?$")
_YEAR_LAST = re.compile(r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?:[T ,]+(.*))?$")
_MONTH_AND_YEAR = re.compile(r"^(\d{1,2})\s*[-/.]\s*(\d{4})$")
_WORDED = re.compile(
    r"^(?:(\d{1,2})[\s.,-]*)?([^\W\d_]+)\.?[\s.,-]+(?:(\d{1,2})(?:st|nd|rd|th)?[\s,]+)?(\d{4})(?:[T ,]+(.*))?$"
)
_JOINING = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|º|°)\b|\b(?:de|du|of)\b", re.IGNORECASE)
_TIME = re.compile(
    r"^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap]m)?\s*(?:z|utc|gmt|([+-])(\d{2}):?(\d{2})?)?$", re.IGNORECASE
)

Months = Callable[[str], int | None]


def epoch_seconds(values: pd.Series, month_of: Months) -> tuple[Floats, str]:
    """Read dates and times as seconds since 1970-01-01 UTC; a time without a zone is taken as UTC.

    Parameters
    ----------
    values : Series
        (n,) text.
    month_of : callable
        Month's name to 1 to 12, or None.

    Returns
    -------
    seconds : ndarray of float64
        (n,) NaN where there is no date, or where it cannot be told which number is the day.
    order : str
        'day first', 'month first', 'contradictory' (none was taken), 'either' (the day was taken to be first) or ''.
    """
    numbers = plain_numbers(values)
    if numbers is not None:
        return _from_numbers(numbers), ""
    plain = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    seconds, rest = _from_numbers(plain), np.isnan(plain) & ~is_missing(values)
    if not rest.any():
        return seconds, ""
    codes, distinct = pd.factorize(values[rest].astype("str"))
    texts = [" ".join(_JOINING.sub(" ", latin_digits(str(text))).split()) for text in distinct]
    order = _order(texts)
    seconds[rest] = np.array([_seconds(text, order, month_of) for text in texts], dtype=np.float64)[codes]
    return seconds, order


def _from_numbers(numbers: Floats) -> Floats:
    """Seconds, milliseconds or microseconds since 1970, yyyymmdd, years, or days of a spreadsheet."""
    seconds = numbers.copy()
    seconds = np.where(numbers >= _MILLISECONDS, numbers / 1e3, seconds)
    seconds = np.where(numbers >= _MICROSECONDS, numbers / 1e6, seconds)
    days = (numbers >= _SHEET_DAYS[0]) & (numbers <= _SHEET_DAYS[1])
    seconds = np.where(days, (numbers - 25_569) * 86_400, seconds)
    packed = (numbers >= _YEARS[0] * 10_000) & (numbers <= _YEARS[1] * 10_000 + 1231)
    for position in np.flatnonzero(packed):
        seconds[position] = _packed(f"{int(numbers[position])}")
    years = (numbers >= _YEARS[0]) & (numbers <= _YEARS[1]) & (numbers == np.floor(numbers))
    for position in np.flatnonzero(years):
        seconds[position] = _instant(int(numbers[position]), 1, 1, "")
    return seconds


def _packed(text: str) -> float:
    match = _PACKED.match(text)
    if match is None:
        return float("nan")
    clock = match[4] or ""
    return _instant(
        int(match[1]), int(match[2]), int(match[3]), f"{clock[:2]}:{clock[2:4]}:{clock[4:]}" if clock else ""
    )


def _order(texts: list[str]) -> str:
    """Which of two numbers before the year is the day, told from all values."""
    pairs = [(int(match[1]), int(match[2])) for match in map(_YEAR_LAST.match, texts) if match]
    if not pairs:
        return ""
    day_first, month_first = any(one > 12 for one, _ in pairs), any(two > 12 for _, two in pairs)
    if day_first and month_first:
        return "contradictory"
    return "month first" if month_first else "day first" if day_first else "either"


def _seconds(text: str, order: str, month_of: Months) -> float:
    if match := _YEAR_FIRST.match(text):
        return _instant(int(match[1]), int(match[2]), int(match[3] or 1), match[4])
    if match := _YEAR_LAST.match(text):
        one, two, year = int(match[1]), int(match[2]), int(match[3])
        day, month = (two, one) if order == "month first" else (one, two)
        year += 2000 if year < 70 else 1900 if year < 100 else 0
        return float("nan") if order == "contradictory" else _instant(year, month, day, match[4])
    if match := _MONTH_AND_YEAR.match(text):
        return _instant(int(match[2]), int(match[1]), 1, "")
    if (match := _WORDED.match(text)) and (named := month_of(match[2])) is not None:
        return _instant(int(match[4]), named, int(match[1] or match[3] or 1), match[5])
    try:
        return float(_from_numbers(np.array([float(text)]))[0])
    except ValueError:
        return _packed(text)


def _instant(year: int, month: int, day: int, clock: str | None) -> float:
    try:
        moment = datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return float("nan")
    if not clock:
        return moment.timestamp()
    match = _TIME.match(clock.strip())
    if match is None:
        return float("nan")
    hour = int(match[1]) % 12 + 12 * (match[4].lower() == "pm") if match[4] else int(match[1])
    east = timedelta(hours=int(match[6] or 0), minutes=int(match[7] or 0)) * (-1 if match[5] == "-" else 1)
    if hour > 24 or int(match[2]) > 59:
        return float("nan")
    moment += timedelta(hours=hour, minutes=int(match[2]), seconds=int(match[3] or 0)) - east
    return moment.timestamp()
