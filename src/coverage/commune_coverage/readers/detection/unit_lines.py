"""Units that the names and values of columns tell, for the lines of the country file."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import UnitError
from commune_coverage.readers.columns.converted import unit_told
from commune_coverage.readers.parsing.units import QUANTITIES, people_in
from commune_coverage.schema.inputs import Table


@dataclass(frozen=True)
class UnitsTold:
    """Units by declared column, as ``columns`` of the country file states them, and what a person has to decide."""

    units: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def units_told(frame: pd.DataFrame, table: Table, sources: dict[str, str], ref: FileRef) -> UnitsTold:
    """Tell the units of columns, as the reader would read them.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text.
    table : Table
        The declared table of the layer.
    sources : dict of str to str
        Declared column to the file's column.
    ref : FileRef
        The file.

    Returns
    -------
    UnitsTold
        No unit where nothing but the declaration names one.
    """
    units: dict[str, str] = {}
    notes: list[str] = []
    for column in table.columns:
        source = sources.get(column.name)
        if source is not None and column.unit == "people" and people_in(source) > 1:
            units[column.name] = "thousands" if people_in(source) == 1_000 else "millions"
        if source is None or column.unit not in QUANTITIES or column.kind != "number":
            continue
        try:
            unit = unit_told(frame[source], column, source, ref)
        except UnitError as error:
            notes.append(f"{column.name}: {error}")
            continue
        if unit is not None and (source != column.name or str(unit) != column.unit):
            units[column.name] = str(unit)
    return UnitsTold(units, tuple(notes))
