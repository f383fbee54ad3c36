"""Blocking checks between computing and publishing: what fails them is not published."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from coverage.errors import RunError
from coverage.tables import Column, Table

PEOPLE_TOLERANCE = 1e-6


def check_commune_gaps(
    table: gpd.GeoDataFrame, declared: Table, communes: int, people: dict[str, float] | None
) -> None:
    """Raise RunError naming every check that fails.

    Every commune has one row, every value is within its declared bounds, and people read are
    people counted, outside and quarantined.
    """
    problems = [] if len(table) == communes else [f"{len(table)} rows for {communes} communes"]
    try:
        schema_of(declared).validate(table, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        problems += [
            f"{column}: {check}"
            for column, check in sorted(set(zip(cases["column"].astype(str), cases["check"].astype(str), strict=True)))
        ]
    if people is not None:
        lost = people["read"] - people["counted"] - people["outside"] - people["quarantined"]
        if abs(lost) > PEOPLE_TOLERANCE * max(1.0, abs(people["read"])):
            problems.append(f"{lost:,.3f} of {people['read']:,.0f} people are not accounted for")
    if problems:
        raise RunError("the run is not published: " + "; ".join(problems))


def schema_of(table: Table) -> Any:
    """The pandera schema of a declared table; geometry is left to geopandas."""
    columns = {column.name: _pandera(column) for column in table.columns if column.kind != "geometry"}
    return pa.DataFrameSchema(columns, unique=["commune_code"], strict=False)


def _pandera(column: Column) -> Any:
    checks = []
    if column.minimum is not None:
        checks.append(pa.Check.ge(column.minimum))
    if column.maximum is not None:
        checks.append(pa.Check.le(column.maximum))
    if column.values:
        checks.append(pa.Check.isin(column.values))
    dtype = float if column.kind in ("number", "integer") else None
    return pa.Column(dtype, checks, nullable=not column.required, coerce=False)
