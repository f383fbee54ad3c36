"""National figures beside what others have published of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from commune_coverage.config.benchmarks import Benchmark
from commune_coverage.indicators.shares import weighted_mean
from commune_coverage.schema.benchmarks import BENCHMARKS, NO_FIGURE, OUTSIDE, WITHIN
from commune_coverage.schema.inputs import BOUNDS, Table

_LABELS = ("synthetic_layers", "run_id")
_ROUNDING = 1e-9


def compare_benchmarks(
    benchmarks: Sequence[Benchmark], communes: pd.DataFrame, declared: Table, national: Mapping[str, float | int | None]
) -> pd.DataFrame:
    """Hold national figures against benchmarks.

    Parameters
    ----------
    benchmarks : sequence of Benchmark
        What the country file names.
    communes : DataFrame
        ``commune_gaps``.
    declared : Table
        Its columns, for what each is.
    national : mapping of str to float, int or None
        National figures of the report.

    Returns
    -------
    DataFrame
        The columns of ``BENCHMARKS`` but labels of the run.

    Notes
    -----
    A share that the report has no national figure of is the mean of the communes weighted by people.
    """
    sentences = {column.name: column.sentence for column in declared.columns}
    rows = []
    for one in benchmarks:
        value, low, high = (_national(f"{one.figure}{bound}", communes, national) for bound in BOUNDS)
        stated = {name: getattr(one, name) for name in ("figure", "tolerance", "source", "definition")}
        ours = {"value": value, "value_low": low, "value_high": high, "ours": sentences.get(one.figure, "")}
        published = {"published": one.value, "difference": value - one.value, "date": one.date.isoformat()}
        rows.append(stated | ours | published | {"status": _status(one, value)})
    return pd.DataFrame(rows, columns=[name for name in BENCHMARKS.names if name not in _LABELS])


def _national(name: str, communes: pd.DataFrame, national: Mapping[str, float | int | None]) -> float:
    if (figure := national.get(name)) is not None:
        return float(figure)
    return weighted_mean(communes, name) if "_share" in name else math.nan


def _status(one: Benchmark, value: float) -> str:
    if math.isnan(value):
        return NO_FIGURE
    return WITHIN if abs(value - one.value) <= one.tolerance + _ROUNDING else OUTSIDE
