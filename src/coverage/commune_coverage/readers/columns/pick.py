"""The declared columns of a table, looked up under the names that its file gives them."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace

import numpy as np
import pandas as pd

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import MissingColumnError
from commune_coverage.core.quarantine import printable
from commune_coverage.core.toml_text import toml_value
from commune_coverage.readers.columns.guess import guess_columns
from commune_coverage.readers.columns.position_parts import (
    find_parts,
    position_column,
    stand_ins,
    whole_degrees_problem,
)
from commune_coverage.readers.formats.csv import is_spatial
from commune_coverage.readers.parsing.numbers import to_sure_numbers
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.units import people_in
from commune_coverage.schema.inputs import POSITION_COLUMNS, Column, Table

_UNIT = re.compile(r"_(dbm|dbi|db|deg|khz|mhz|m|min|ms|kbps|mbps|kmh)$")


def pick_columns(frame: pd.DataFrame, table: Table, ref: FileRef, extra: tuple[Column, ...] = ()) -> pd.DataFrame:
    """Pick the declared columns: as mapped in the country file, by their own name, or by an alias.

    Numbers of people that the country file or the column's name states in thousands or millions are multiplied.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text, with ``line``.
    table : Table
        The declared columns.
    ref : FileRef
        The file, how it is written and what its columns are called.
    extra : tuple[Column, ...]
        Further columns that are taken where they are there.

    Returns
    -------
    DataFrame
        (rows,) the columns that are there under their declared names, and ``line``.

    Raises
    ------
    MissingColumnError
        When a mapped column is not in the file or a required one is not known; the message says what would do.
    """
    mapped = map_columns(frame, table, ref, extra)
    picked = pd.DataFrame({name: frame[source] for name, source in mapped.items()})
    stated = stated_units(ref, table)
    for column in (*table.columns, *extra):
        if column.unit == "people" and column.name in mapped:
            people = people_in(stated.get(column.name, mapped[column.name]))
            picked = picked if people == 1 else picked.assign(**{column.name: _times(picked, column, people, ref)})
    picked[LINE] = frame[LINE]
    return picked


def _times(picked: pd.DataFrame, column: Column, people: int, ref: FileRef) -> pd.Series:
    """Numbers of people that a column states in thousands or millions; such numbers may have decimals."""
    numbers, _ = to_sure_numbers(picked[column.name], ref.number_format, replace(column, unit=""))
    return pd.Series(np.round(numbers * people, 6), index=picked.index)


def map_columns(frame: pd.DataFrame, table: Table, ref: FileRef, extra: tuple[Column, ...] = ()) -> dict[str, str]:
    """Tell which of the file's columns is which declared one.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text, with ``line``.
    table : Table
        The declared columns.
    ref : FileRef
        The file, how it is written and what its columns are called.
    extra : tuple[Column, ...]
        Further columns that are taken where they are there.

    Returns
    -------
    dict of str to str
        Declared column to the file's column.

    Raises
    ------
    MissingColumnError
        When a mapped column is not in the file or a required one is not known; the message says what would do.
    """
    declared = {column.name: column for column in (*table.columns, *extra)}
    has_positions = {"lon", "lat"} <= set(declared)
    declared |= {column.name: column for column in POSITION_COLUMNS} if has_positions else {}
    own = {_declared_name(name, declared): wanted for name, wanted in ref.columns.items()}
    parts = stand_ins(frame, own, ref.crs) if has_positions and not is_spatial(ref) else {}
    stated, replaced = own | parts, _replaced({*own, *parts})
    mapped: dict[str, str] = {}
    problems, absent = [], []
    for name in dict.fromkeys([*declared, *stated]):
        column = declared.get(name)
        if column is None:
            problems.append(_no_such(f"columns.{name}", name, table, declared))
        elif name in stated:
            wanted = stated[name]
            match = _column_called(frame, wanted)
            if match is None:
                problems.append(_no_column(wanted, name, frame))
                absent.append(column)
            else:
                mapped[name] = match
        elif name not in replaced and name not in _POSITION_NAMES:
            match = next(filter(None, (_column_called(frame, alias) for alias in (name, *column.aliases))), None)
            if match is not None:
                mapped[name] = match
            elif column.required:
                problems.append(_no_column(name, name, frame))
                absent.append(column)
    doubts = [_doubled(frame, own.get(name, name), source) for name, source in mapped.items()]
    doubts.append(whole_degrees_problem(frame, mapped) if has_positions else "")
    problems += [doubt for doubt in doubts if doubt]
    problems += [
        _no_such(f"units.{name}", name, table, declared) for name in stated_units(ref, table) if name not in declared
    ]
    if problems:
        raise MissingColumnError(f"'{ref.path.name}': " + "; ".join(problems) + _recognised(frame, absent, mapped, ref))
    if "position" in mapped:
        both = mapped.pop("position")
        mapped |= {"lon": both, "lat": both}
    return mapped


def stated_units(ref: FileRef, table: Table) -> dict[str, str]:
    """List the units that the country file states.

    Parameters
    ----------
    ref : FileRef
        The file with its ``units``.
    table : Table
        The declared columns.

    Returns
    -------
    dict of str to str
        Declared column to unit; a name that is no column stays as it is.
    """
    declared = {column.name: column for column in table.columns}
    return {_declared_name(name, declared): unit for name, unit in ref.units.items()}


def _no_such(key: str, name: str, table: Table, declared: dict[str, Column]) -> str:
    near = difflib.get_close_matches(name, list(declared), n=1)
    return f"{key} is not a column of {table.name}" + (f"; did you mean '{near[0]}'?" if near else "")


def _column_called(frame: pd.DataFrame, wanted: str) -> str | None:
    """The file's column of a name, else of one that differs by case alone; 'name (1)' is the first of two 'name'."""
    names = [str(name) for name in frame.columns]
    if wanted in names:
        return wanted
    first = wanted.removesuffix(" (1)")
    if first != wanted and {first, f"{first} (2)"} <= set(names):
        return first
    return next((name for name in names if name.lower() == wanted.lower()), None)


def _doubled(frame: pd.DataFrame, wanted: str, source: str) -> str:
    """Say of a name that several columns have, with other values, that one of them has to be stated; '' else."""
    shown = printable(source, 40)
    second = f"{source} (2)"
    if second in frame.columns and wanted != f"{source} (1)" and not frame[source].equals(frame[second]):
        return f"several columns are called '{shown}'; write '{shown} (1)' or '{shown} (2)' for the one that is meant"
    alike = [str(name) for name in frame.columns if str(name).lower() == source.lower() and name != source]
    if alike and wanted != source and not frame[source].equals(frame[alike[0]]):
        return f"'{shown}' and '{printable(alike[0], 40)}' differ by case alone; write the one that is meant"
    return ""


_POSITION_NAMES = frozenset(column.name for column in POSITION_COLUMNS)


def _replaced(names: set[str]) -> set[str]:
    """Return which of lon and lat are made of other columns."""
    if "position" in names:
        return {"lon", "lat"}
    return {axis for axis in ("lon", "lat") if f"{axis}_deg" in names}


def _declared_name(name: str, declared: dict[str, Column]) -> str:
    """The declared column that a name stands for: its own, or that without the unit ('eirp' for 'eirp_dbm')."""
    if name in declared:
        return name
    return next((column.name for column in declared.values() if _UNIT.sub("", column.name) == name), name)


def _recognised(frame: pd.DataFrame, absent: list[Column], mapped: dict[str, str], ref: FileRef) -> str:
    """Return the ``columns`` line that would do, when every absent column is recognised among those not yet used."""
    rest = pd.DataFrame(frame[[name for name in frame.columns if name not in mapped.values()]])
    guesses = {guess.column: guess.source for guess in guess_columns(rest, absent, ref.vocabulary)}
    others = _other_positions(rest, {column.name for column in absent}, set(guesses))
    guesses = {name: source for name, source in guesses.items() if name not in _replaced(set(others))} | others
    found = set(guesses) | _replaced(set(guesses))
    if not absent or not {column.name for column in absent} <= found:
        return ""
    stated = {name: source for name, source in mapped.items() if name in ref.columns}
    return f"; if they are these, write: columns = {toml_value(stated | guesses)}"


def _other_positions(rest: pd.DataFrame, absent: set[str], guessed: set[str]) -> dict[str, str]:
    """Parts of angles where lon or lat is absent, or a column of whole positions where neither is guessed."""
    if not absent & {"lon", "lat"}:
        return {}
    parts = find_parts(rest)
    if "lon_deg" in parts:
        return parts
    whole = None if {"lon", "lat"} <= guessed else position_column(rest)
    return {} if whole is None else {"position": whole}


def _no_column(wanted: str, ours: str, frame: pd.DataFrame) -> str:
    names = [printable(name, 40) for name in frame.columns if name != LINE]
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"it has: {', '.join(names[:20])}"
    return f"no column '{wanted}' for {ours}; {hint}"
