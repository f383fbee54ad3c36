"""Columns with units, in the declared unit: as stated, as their name says, or as each cell says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.layers import FileRef, NumberFormat
from commune_coverage.core.errors import UnitError
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.columns.pick import stated_units
from commune_coverage.readers.parsing.bands import band_mhz, downlink_centre_mhz
from commune_coverage.readers.parsing.numbers import is_missing, plain_numbers, to_numbers, to_sure_numbers
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.units import (
    QUANTITIES,
    Unit,
    limit_in,
    own_unit,
    parse_unit,
    split_unit,
    to_unit,
    unit_in,
    unit_of_column,
    units_of,
)
from commune_coverage.schema.inputs import Column, Table

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ground = Callable[[pd.DataFrame], Floats]
"""Heights of the ground at rows with ``lon`` and ``lat``, metres above sea level; NaN where it is not known."""

CHANNELS_MHZ = (0.2, 1.25, 1.4, 3, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90, 100, 200, 400)
"""Channel bandwidths of GSM, CDMA, UMTS, LTE and NR (3GPP TS 45.005, 36.101 table 5.6-1, 38.104 table 5.3.5-1)."""
_CARRIERS_MHZ = (400.0, 50_000.0)
_BOTH_DIRECTIONS = re.compile(r"^\s*2\s*[xX×*]\s*")


@dataclass(frozen=True)
class UnitHints:
    """What decides how columns with units are read.

    Parameters
    ----------
    ref : FileRef
        The file with its ``units``.
    sources : dict of str to str
        Declared column to the file's column.
    written : NumberFormat
        Its marks, as far as the country file states them, with that of its positions ``beside``.
    ground : callable or None
        Heights of the ground for heights above sea level; None where no elevation is given.
    """

    ref: FileRef
    sources: Mapping[str, str]
    written: NumberFormat
    ground: Ground | None = None


def convert_units(frame: pd.DataFrame, table: Table, hints: UnitHints, log: RowLog) -> pd.DataFrame:
    """Put columns with units into the declared unit; a value that cannot be one is left out, and its row stays.

    Parameters
    ----------
    frame : DataFrame
        Picked columns as text.
    table : Table
        The declared columns.
    hints : UnitHints
        The file, its columns and how its numbers are written.
    log : RowLog
        Notes say what was converted and what was left out; changed in place.

    Returns
    -------
    DataFrame
        The frame with numbers in these columns.

    Raises
    ------
    AmbiguousNumbersError
        When the numbers of a column can be read in two ways.
    UnitError
        When a unit is not known, may be read in two ways, or contradicts the column's name; or when a height is above
        sea level and no elevation is given.
    """
    stated = stated_units(hints.ref, table)
    for column in table.columns:
        if column.name in frame and column.unit in QUANTITIES and column.kind == "number":
            unit = _unit(column, hints.sources.get(column.name, column.name), stated.get(column.name), hints.ref)
            frame = _convert(frame, column, unit, hints, log)
        elif column.name in stated:
            parse_unit(stated[column.name], column.unit)
    return frame


def _unit(column: Column, source: str, stated: str | None, ref: FileRef) -> Unit | None:
    """The column's unit; None where nothing but the declaration names one."""
    try:
        unit = unit_of_column(column.unit, source, stated)
    except UnitError as error:
        raise UnitError(f"'{ref.path.name}', {column.name}: {error}") from error
    is_named = stated is not None or source == column.name or unit != own_unit(column.unit)
    return unit if is_named else None


def unit_told(texts: pd.Series, column: Column, source: str, ref: FileRef) -> Unit | None:
    """Tell the unit that a column's name, its values or all of its cells name.

    Parameters
    ----------
    texts : Series
        (n,) the column as text.
    column : Column
        The declared column.
    source : str
        The column's name in the file.
    ref : FileRef
        The file.

    Returns
    -------
    Unit or None
        None where nothing but the declaration names one.

    Raises
    ------
    UnitError
        When the name may be read in two ways.
    """
    named = _named(source, column)
    if named is not None or _numbered_bands(texts, column, None) is not None:
        return named
    by_values, _ = _told_by_values(texts, column, None, ref.number_format)
    filled = pd.unique(texts[~is_missing(texts)].astype("str"))
    of_cells = {split_unit(_one_direction(str(text), column), QUANTITIES[column.unit])[1] for text in filled}
    return by_values or (of_cells.pop() if len(of_cells) == 1 else None)


def _named(source: str, column: Column) -> Unit | None:
    """The unit in a column's name; 'eirp_dbm' is the declared name and says nothing new."""
    return unit_in(source, QUANTITIES[column.unit]) if source != column.name else None


def _convert(frame: pd.DataFrame, column: Column, unit: Unit | None, hints: UnitHints, log: RowLog) -> pd.DataFrame:
    texts, written = frame[column.name], hints.written
    bands = _numbered_bands(texts, column, unit)
    if bands is not None:
        log.note(f"{log.file}: {column.name} holds numbers of bands and is read as the middle of their downlinks")
        return frame.assign(**{column.name: bands})
    unit, told = _told_by_values(texts, column, unit, written)
    values, above_sea, cell_units = _in_column_unit(texts, column, unit or own_unit(column.unit), written)
    if above_sea.any():
        values = _above_ground(frame, column, values, above_sea, hints.ground, log)
    values = _plausible(values, frame, column, log)
    used = sorted({str(one) for one in (unit, *cell_units) if one is not None and str(one) != column.unit})
    if used:
        log.note(f"{log.file}: {column.name} is read in {', '.join(used)}{told} and converted to {column.unit}")
    return frame.assign(**{column.name: values})


def _told_by_values(
    texts: pd.Series, column: Column, unit: Unit | None, written: NumberFormat
) -> tuple[Unit | None, str]:
    """The unit of frequencies that none names, where they are carriers or channels in a single one."""
    if unit is not None or QUANTITIES[column.unit] != "frequency":
        return unit, ""
    numbers = to_numbers(texts, written)
    numbers = numbers[np.isfinite(numbers) & (numbers > 0)]
    if not len(numbers) or _fits(numbers, column).any():
        return unit, ""
    names = [
        name for name in units_of("frequency") if _fits(to_unit(numbers, Unit("frequency", name), "MHz"), column).all()
    ]
    return (Unit("frequency", names[0]), ", as its values tell,") if len(names) == 1 else (unit, "")


def _fits(mhz: Floats, column: Column) -> Flags:
    """Where values are in use: channels of the standards, or frequencies of mobile networks."""
    if column.name == "bandwidth_mhz":
        return np.asarray(np.isclose(mhz[:, None], CHANNELS_MHZ, rtol=1e-6).any(axis=1))
    return np.asarray((mhz >= _CARRIERS_MHZ[0]) & (mhz <= _CARRIERS_MHZ[1]))


def _in_column_unit(
    texts: pd.Series, column: Column, unit: Unit, written: NumberFormat
) -> tuple[Floats, Flags, set[Unit]]:
    """Values, which of them are above sea level, and the units that cells name."""
    numbers = plain_numbers(texts)
    if numbers is not None:
        numbers, _ = to_sure_numbers(texts, written, _declared_in(column, unit, set()))
        return to_unit(numbers, unit, column.unit), np.isfinite(numbers) & unit.is_above_sea, set()
    codes, distinct = pd.factorize(texts.fillna("").astype("str"))
    parts = [split_unit(_one_direction(str(text), column), unit.quantity) for text in distinct]
    named = {one for _, one in parts if one is not None}
    every = pd.Series([text for text, _ in parts], dtype="str")
    sure, _ = to_sure_numbers(every.iloc[codes], written, _declared_in(column, unit, named))
    numbers = np.full(len(distinct), np.nan)
    numbers[codes] = sure
    values = np.full(len(distinct), np.nan)
    for position, (_, one) in enumerate(parts):
        if one is not None or len({each.name for each in named} - {unit.name}) == 0:
            values[position] = to_unit(numbers[position : position + 1], one or unit, column.unit)[0]
        if column.name == "band_mhz" and np.isnan(numbers[position]):
            values[position] = band_mhz(str(distinct[position]), unit.name)
    above_sea = np.array([unit.is_above_sea or (one is not None and one.is_above_sea) for _, one in parts], dtype=bool)
    return values[codes], above_sea[codes], named


def _declared_in(column: Column, unit: Unit, named: set[Unit]) -> Column:
    """The column with its bounds in the unit of its values, which tell how its numbers are written.

    A height above sea level, and cells in several units, have none.
    """
    units = named | {unit} if len(named) != 1 else named
    if len(units) > 1 or unit.is_above_sea or any(one.is_above_sea for one in named):
        return replace(column, minimum=None, maximum=None)
    low, high = (limit_in(one, column.unit, limit) for one in units for limit in (column.minimum, column.maximum))
    return replace(column, minimum=low, maximum=high)


def _one_direction(text: str, column: Column) -> str:
    """A cell without what says that a channel is there in both directions: '2x10' is 10."""
    return _BOTH_DIRECTIONS.sub("", text) if column.name == "bandwidth_mhz" else text


def _numbered_bands(texts: pd.Series, column: Column, unit: Unit | None) -> Floats | None:
    """Numbers of bands (3, 20, 78) as frequencies, where all values are such; None where one is not."""
    numbers = plain_numbers(texts) if column.name == "band_mhz" and unit is None else None
    if numbers is None or not np.isfinite(numbers).any():
        return None
    known = np.unique(numbers[np.isfinite(numbers)])
    centres = {number: downlink_centre_mhz(int(number)) for number in known if number == int(number)}
    are_bands = len(centres) == len(known) and np.isfinite(list(centres.values())).all()
    return pd.Series(numbers).map(centres).to_numpy(np.float64) if are_bands else None


def _above_ground(
    frame: pd.DataFrame, column: Column, values: Floats, above_sea: Flags, ground: Ground | None, log: RowLog
) -> Floats:
    if ground is None:
        raise UnitError(
            f"'{log.file}', {column.name}: heights above sea level need [layers.elevation]; give it, "
            "or leave the column out"
        )
    heights = values.copy()
    heights[above_sea] -= ground(frame[above_sea])
    log.note(
        f"{log.file}: {int(above_sea.sum()):,} heights above sea level are taken above the ground of the elevation"
    )
    return heights


def _plausible(values: Floats, frame: pd.DataFrame, column: Column, log: RowLog) -> Floats:
    """Without what is no number and what the column cannot hold; the rows stay."""
    texts, lines = frame[column.name], frame[LINE].to_numpy()
    low, high = (-np.inf if column.minimum is None else column.minimum), (column.maximum or np.inf)
    finite = np.isfinite(values)
    good = finite & (values >= low) & (values <= high)
    bad = ~good & ~is_missing(texts) if not good.all() else ~good
    for wrong, reason in ((bad & ~finite, Reason.NOT_A_NUMBER), (bad & finite, Reason.OUT_OF_RANGE)):
        if wrong.any():
            log.blank(column.name, reason, lines[wrong], list(texts[wrong]))
    return np.where(good, values, np.nan)
