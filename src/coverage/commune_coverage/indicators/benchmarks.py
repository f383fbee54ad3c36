"""National figures beside what others have published of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from commune_coverage.config.benchmarks import Benchmark
from commune_coverage.config.covered import Covered
from commune_coverage.indicators.covered_areas import NATION, CoverageTables, area_shares
from commune_coverage.indicators.shares import weighted_mean
from commune_coverage.schema.benchmarks import BENCHMARKS, NO_FIGURE, OUTSIDE, WITHIN
from commune_coverage.schema.inputs import BOUNDS, Table

_LABELS = ("synthetic_layers", "run_id")
_ROUNDING = 1e-9
_OURS = {
    "modelled": "Share under the network as modelled: outdoors at the cell's edge or as the receiver is said to be.",
    "declared": "Share that operators declare.",
}


def compare_benchmarks(
    benchmarks: Sequence[Benchmark], tables: CoverageTables, columns: Table, national: Mapping[str, float | int | None]
) -> pd.DataFrame:
    """Hold national figures against benchmarks.

    Parameters
    ----------
    benchmarks : sequence of Benchmark
        What the country file names.
    tables : CoverageTables
        What is covered, by area, ``commune_gaps`` among them.
    columns : Table
        Columns of ``commune_gaps``, for what each is.
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
    sentences = {column.name: column.sentence for column in columns.columns}
    rows = []
    for one in benchmarks:
        named = one.covered.words if one.covered else str(one.figure)
        sentence = _OURS[one.covered.basis] if one.covered else sentences.get(named, "")
        value, low, high = _covered(one.covered, tables) if one.covered else _figure(named, tables, national)
        stated = {"figure": named} | {name: getattr(one, name) for name in ("tolerance", "source", "definition")}
        ours = {"value": value, "value_low": low, "value_high": high, "ours": sentence}
        published = {"published": one.value, "difference": value - one.value, "date": one.date.isoformat()}
        rows.append(stated | ours | published | {"status": _status(one, value)})
    return pd.DataFrame(rows, columns=[name for name in BENCHMARKS.names if name not in _LABELS])


def _covered(which: Covered, tables: CoverageTables) -> list[float]:
    shares = area_shares(which, NATION, tables)
    return [float(shares[f"share{bound}"].iloc[0]) if len(shares) else math.nan for bound in BOUNDS]


def _figure(name: str, tables: CoverageTables, national: Mapping[str, float | int | None]) -> list[float]:
    return [_national(f"{name}{bound}", tables.communes, national) for bound in BOUNDS]


def _national(name: str, communes: pd.DataFrame, national: Mapping[str, float | int | None]) -> float:
    if (figure := national.get(name)) is not None:
        return float(figure)
    return weighted_mean(communes, name) if "_share" in name else math.nan


def _status(one: Benchmark, value: float) -> str:
    if math.isnan(value):
        return NO_FIGURE
    return WITHIN if abs(value - one.value) <= one.tolerance + _ROUNDING else OUTSIDE
