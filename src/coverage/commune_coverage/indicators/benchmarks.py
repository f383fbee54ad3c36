"""National figures beside what others have published of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from commune_coverage.config.benchmarks import Benchmark
from commune_coverage.config.covered import Covered
from commune_coverage.indicators.covered_areas import NATION, CoverageTables, area_shares
from commune_coverage.indicators.shares import weighted_mean
from commune_coverage.schema.benchmarks import BENCHMARKS, NO_FIGURE, OUTSIDE, WITHIN
from commune_coverage.schema.inputs import BOUNDS, Table

_LABELS = ("synthetic_layers",)
_ROUNDING = 1e-9
_OURS = {
    "modelled": "Share under the network as modelled: outdoors at the cell's edge or as the receiver is said to be.",
    "declared": "Share that operators declare.",
}


@dataclass(frozen=True)
class OurFigures:
    """Where our figures are.

    Parameters
    ----------
    tables : CoverageTables
        What is covered, by area, ``commune_gaps`` among them.
    columns : Table
        Columns of ``commune_gaps``, for what each is.
    national : mapping of str to float, int or None
        National figures of the report.
    official : DataFrame
        The columns of ``OFFICIAL_INDICATORS``.
    """

    tables: CoverageTables
    columns: Table
    national: Mapping[str, float | int | None]
    official: pd.DataFrame


def published_benchmarks(rows: pd.DataFrame) -> list[Benchmark]:
    """Return the newest of each figure and source that the layer ``benchmarks`` has.

    Parameters
    ----------
    rows : DataFrame
        The columns of ``PUBLISHED_FIGURES``.

    Returns
    -------
    list of Benchmark
        In the order of figures and sources.
    """
    newest = rows.sort_values(["figure", "source", "date"], kind="stable").drop_duplicates(
        ["figure", "source"], keep="last"
    )
    return [Benchmark.model_validate(row) for row in newest.to_dict("records")]


def compare_benchmarks(benchmarks: Sequence[Benchmark], ours: OurFigures) -> pd.DataFrame:
    """Hold national figures against benchmarks.

    Parameters
    ----------
    benchmarks : sequence of Benchmark
        What others have published.
    ours : OurFigures
        What they are held against.

    Returns
    -------
    DataFrame
        The columns of ``BENCHMARKS`` but labels of the run.

    Notes
    -----
    The code of an official series is its national figure. A share that the report has no national figure of is the mean
    of the communes weighted by people.
    """
    rows = []
    for one in benchmarks:
        value, low, high, sentence = _our_figure(one, ours)
        stated = {"figure": one.name} | {name: getattr(one, name) for name in ("tolerance", "source", "definition")}
        own = {"value": value, "value_low": low, "value_high": high, "ours": sentence}
        published = {"published": one.value, "difference": value - one.value, "date": one.date.isoformat()}
        rows.append(stated | own | published | {"status": _status(one, value)})
    return pd.DataFrame(rows, columns=[name for name in BENCHMARKS.names if name not in _LABELS])


def _our_figure(one: Benchmark, ours: OurFigures) -> tuple[float, float, float, str]:
    """The figure, its range, and what it is."""
    if one.covered is not None:
        return *_covered(one.covered, ours.tables), _OURS[one.covered.basis]
    series = ours.official[(ours.official["level"] == "nation") & (ours.official["series"] == one.name)]
    if len(series):
        value, low, high = (float(series[f"value{bound}"].iloc[0]) for bound in BOUNDS)
        sentence = "{title}, {unit}.".format(**series.iloc[0])
        return value, low, high, sentence
    sentences = {column.name: column.sentence for column in ours.columns.columns}
    value, low, high = (_national(f"{one.name}{bound}", ours.tables.communes, ours.national) for bound in BOUNDS)
    return value, low, high, sentences.get(one.name, "")


def _covered(which: Covered, tables: CoverageTables) -> tuple[float, float, float]:
    shares = area_shares(which, NATION, tables)
    value, low, high = (float(shares[f"share{bound}"].iloc[0]) if len(shares) else math.nan for bound in BOUNDS)
    return value, low, high


def _national(name: str, communes: pd.DataFrame, national: Mapping[str, float | int | None]) -> float:
    if (figure := national.get(name)) is not None:
        return float(figure)
    return weighted_mean(communes, name) if "_share" in name else math.nan


def _status(one: Benchmark, value: float) -> str:
    if math.isnan(value):
        return NO_FIGURE
    return WITHIN if abs(value - one.value) <= one.tolerance + _ROUNDING else OUTSIDE
