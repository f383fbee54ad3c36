"""A table against its declaration: kinds of values, their bounds, and which of them must be there."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from commune_coverage.schema.inputs import Column, Table


def problems_of(table: pd.DataFrame, declared: Table) -> list[str]:
    """Columns that do not hold what is declared, each with the rule that it breaks."""
    try:
        # A plain frame hands out its columns in half the time of one with a geometry.
        schema_of(declared).validate(pd.DataFrame(table), lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        broken = set(zip(cases["column"].astype(str), cases["check"].astype(str), strict=True))
        return [f"{column}: {check}" for column, check in sorted(broken)]
    return []


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
