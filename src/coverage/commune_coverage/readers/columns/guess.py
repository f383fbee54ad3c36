"""Which column of a file is which declared column: by names and by values, each file column at most once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from commune_coverage.core.errors import UnitError
from commune_coverage.readers.columns.values import Values, look_at, sample_of
from commune_coverage.readers.columns.vocabulary import name_fit
from commune_coverage.readers.parsing.bands import band_mhz
from commune_coverage.readers.parsing.numbers import to_numbers
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.units import (
    QUANTITIES,
    Unit,
    limit_in,
    names_other_unit,
    own_unit,
    split_unit,
    unit_in,
    units_of,
)
from commune_coverage.schema.inputs import Column

MIN_CONFIDENCE = 0.5
_KEPT = 2000
"""Fits of a column's values that are kept at most."""
_SURE = 0.9
_BY_VALUES = 0.7  # of technologies, where no name says what they are
_ABOVE_SEA = 0.8  # of heights: those above the ground are better
_NUMBERS = re.compile(r"[\W_]*\d+[\W_]*")
_CODES = ("commune_code", "district_code", "province_code", "place_code")
_NAMES = ("commune_name", "district_name", "province_name", "place_name", "point_name", "operator", "class")
_NETWORKS = (20_000, 799_999)  # country and network code in one, such as 20801 or 310260


@dataclass(frozen=True)
class Guess:
    """A declared column, the file's column that it seems to be, how sure that is (0 to 1) and why."""

    column: str
    source: str
    confidence: float
    reason: str


def guess_columns(
    frame: pd.DataFrame, columns: Iterable[Column], own: Mapping[str, Sequence[str]] | None = None
) -> list[Guess]:
    """Guess which file column is which declared one, surest first; guesses below 0.5 are left out.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text.
    columns : iterable of Column
        The declared columns.
    own : mapping of str to sequence of str or None
        Declared column to names of the country's own, from ``[vocabulary]``.

    Returns
    -------
    list of Guess
        Each declared and each file column at most once.
    """
    candidates = _candidates(frame, columns, own)
    undecided = _undecided(candidates)
    taken: set[str] = set()
    chosen: dict[str, Guess] = {}
    for guess in candidates:
        if guess.column not in chosen and guess.column not in undecided and guess.source not in taken:
            chosen[guess.column] = guess
            taken.add(guess.source)
    return list(chosen.values())


def undecided_columns(
    frame: pd.DataFrame, columns: Iterable[Column], own: Mapping[str, Sequence[str]] | None = None
) -> dict[str, list[str]]:
    """Find declared columns that several of the file's could be, with nothing that decides: a person has to choose.

    Names that differ by numbers alone are years or ages of one thing; technologies known by their values alone, in
    several columns, are those of an operator each.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text.
    columns : iterable of Column
        The declared columns.
    own : mapping of str to sequence of str or None
        Declared column to names of the country's own, from ``[vocabulary]``.

    Returns
    -------
    dict of str to list of str
        Declared column to the file's columns; ``guess_columns`` offers none of them.
    """
    return _undecided(_candidates(frame, columns, own))


def _candidates(frame: pd.DataFrame, columns: Iterable[Column], own: Mapping[str, Sequence[str]] | None) -> list[Guess]:
    """Every fitting pair of a declared and a file column, surest first."""
    declared = list(columns)
    generic = not any(column.name == "place_name" for column in declared)
    sample = sample_of(frame)
    names = [str(name) for name in frame.columns if name != LINE]
    # A name that a file has twice cannot be mapped.
    looks = {name: look_at(sample[name]) for name in names if names.count(name) == 1}
    candidates = [
        guess
        for column in declared
        for name, look in looks.items()
        if (guess := _guess(column, name, look, generic=generic, own=own))
    ]
    return sorted(candidates, key=lambda guess: -guess.confidence)


def _undecided(candidates: list[Guess]) -> dict[str, list[str]]:
    surest = {guess.source: guess.column for guess in reversed(candidates)}
    found = {}
    for column in ("people", "users", "technology"):
        guesses = [guess for guess in candidates if guess.column == column and surest[guess.source] == column]
        if not guesses or guesses[0].confidence >= _SURE:
            continue
        if column == "technology":
            alike = [guess.source for guess in guesses if guess.confidence == guesses[0].confidence <= _BY_VALUES]
        else:
            stem = _NUMBERS.sub("", guesses[0].source)
            alike = [guess.source for guess in guesses if _NUMBERS.sub("", guess.source) == stem]
        if len(alike) > 1:
            found[column] = alike
    return found


def _guess(
    column: Column, name: str, look: Values, *, generic: bool, own: Mapping[str, Sequence[str]] | None
) -> Guess | None:
    if name.lower() in (column.name, *column.aliases):
        return Guess(column.name, name, 1.0 if look.filled else 0.9, "its name is the declared one")
    by_name, known_by = name_fit(column.name, name, generic=generic, own=own)
    by_value, seen = value_fit(column, look) if column.unit not in QUANTITIES else _fit_in_units(column, name, look)
    if by_name:
        confidence = by_name * (0.65 + 0.35 * by_value) if by_value >= 0.3 else by_name * by_value
        reason = f"the name holds '{known_by}'" + (f" and {seen}" if seen and by_value >= 0.3 else "")
    elif column.name == "technology" and by_value > 0.9:
        confidence, reason = _BY_VALUES * by_value, seen
    else:
        return None
    return Guess(column.name, name, round(confidence, 2), reason) if confidence >= MIN_CONFIDENCE else None


@lru_cache(_KEPT)
def _fit_in_units(column: Column, name: str, look: Values) -> tuple[float, str]:
    """Rate how well values fit in the unit that each, or the column's name, says; frequencies in any, and as bands."""
    if not look.filled:
        return 0.5, ""
    quantity = QUANTITIES[column.unit]
    if names_other_unit(name, quantity):
        return 0.0, ""
    parts = [split_unit(text, quantity) for text in look.texts]
    numbers = to_numbers(pd.Series([text for text, _ in parts], dtype="str"))
    usual = [_named_unit(name, quantity) or own_unit(column.unit)]
    if quantity == "frequency":
        usual = [Unit(quantity, unit) for unit in units_of(quantity)]
    fits = [
        _is_within(column, number, [unit] if unit else usual) for number, (_, unit) in zip(numbers, parts, strict=True)
    ]
    if column.name == "band_mhz":
        fits = [fit or not np.isnan(band_mhz(text)) for fit, text in zip(fits, look.texts, strict=True)]
    share = float(np.mean(fits)) * (_ABOVE_SEA if usual[0].is_above_sea else 1.0)
    return share, f"{share:.0%} of its values are numbers in range"


def _named_unit(name: str, quantity: str) -> Unit | None:
    try:
        return unit_in(name, quantity)
    except UnitError:
        return None


def _is_within(column: Column, number: float, units: Sequence[Unit]) -> bool:
    for unit in units:
        low, high = (limit_in(unit, column.unit, limit) for limit in (column.minimum, column.maximum))
        if (-np.inf if low is None else low) <= number <= (np.inf if high is None else high):
            return True
    return False


def value_fit(column: Column, look: Values) -> tuple[float, str]:
    """Rate how well values fit a declared column.

    Parameters
    ----------
    column : Column
        The declared column.
    look : Values
        Forms of the values.

    Returns
    -------
    tuple[float, str]
        0 to 1, and what was seen; 0.5 and '' where the values show nothing.
    """
    if not look.filled:
        return 0.5, ""
    networks = look.within(*_NETWORKS) if column.name == "operator" else 0.0
    if networks > 0.5:
        return networks, f"{networks:.0%} of its values are network codes"
    if column.name in _NAMES:
        return 1 - look.number_share, "its values are words"
    share, called = _fitting_share(column, look)
    return (0.5, "") if share is None else (share, f"{share:.0%} of its values are {called}")


def _fitting_share(column: Column, look: Values) -> tuple[float | None, str]:
    """Return the share of values that the column can hold, and what such values are; None where any text would do."""
    if column.name in ("lon", "lat"):
        return max(look.number_share, look.pair_share), "numbers or angles"
    if column.name == "technology":
        return look.technology_share, "radio technologies"
    if column.name in _CODES:
        differing_files = look.number_share == 0 and look.distinct == look.filled
        return max(look.code_share, 0.6 if differing_files else 0.0), "codes"
    if column.kind in ("number", "integer"):
        low, high = (200, 799) if column.name == "mcc" else (column.minimum, column.maximum)
        return look.within(low, high), "numbers in range"
    return None, ""
