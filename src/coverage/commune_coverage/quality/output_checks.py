"""What each check measures of a run, and the words for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from commune_coverage.config.quality import Checks
from commune_coverage.quality.results import ApprovedChange, Finding, Shown
from commune_coverage.schema.benchmarks import NO_FIGURE, WITHIN
from commune_coverage.schema.inputs import Column, Table

if TYPE_CHECKING:
    import pandas as pd


def problems_of(table: pd.DataFrame, declared: Table) -> list[str]:
    """Check a table against its declaration.

    Parameters
    ----------
    table : DataFrame
        A table with ``commune_code``.
    declared : Table
        Its columns.

    Returns
    -------
    list of str
        Columns that do not hold what is declared, each with the rule that it breaks.
    """
    try:
        # A plain frame hands out its columns in half the time of one with a geometry.
        schema_of(declared).validate(pd.DataFrame(table), lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        broken = set(zip(cases["column"].astype(str), cases["check"].astype(str), strict=True))
        return [f"{column}: {check}" for column, check in sorted(broken)]
    return []


def schema_of(table: Table) -> Any:
    """Make the pandera schema of a declared table; geometry is left to geopandas.

    Parameters
    ----------
    table : Table
        The declaration.

    Returns
    -------
    Any
        A ``DataFrameSchema``.
    """
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


Measured = tuple[float, str]
_GAPS = ("internet_gap_share", "delivery_gap_share", "payment_gap_share")
_NEEDED = ("people", "towers", "hubs", "payments")
_MOVED_SHARE = 0.2
_ANY_ZONE = timedelta(days=1)
"""A day has begun somewhere before it has in UTC."""


@dataclass(frozen=True)
class CheckedRun:
    """A computed run: its commune table and what that declares, and its report.

    ``shown`` is the run that is shown, ``unreadable`` why there is none to compare with; ``approved`` is what layers
    change that a person has let in. ``benchmarks`` has what others published beside ours.
    """

    table: gpd.GeoDataFrame
    declared: Table
    communes: int
    report: dict[str, Any]
    shown: Shown | None
    unreadable: str
    approved: ApprovedChange
    benchmarks: pd.DataFrame | None = None


def _people_conserved(run: CheckedRun) -> Measured:
    people = run.report["people"]
    if not people:
        return 0.0, ""
    lost = people["read"] - people["counted"] - people["outside"] - people["quarantined"]
    return abs(lost) / max(1.0, abs(people["read"])), f"{round(lost, 3) + 0.0:,.3f} of {people['read']:,.0f} people"


def _every_commune(run: CheckedRun) -> Measured:
    rows, distinct = len(run.table), run.table["commune_code"].nunique()
    wrong = abs(run.communes - distinct) + rows - distinct
    return float(wrong), f"{rows} rows of {distinct} communes for {run.communes} communes"


def _values_in_bounds(run: CheckedRun) -> Measured:
    problems = problems_of(run.table, run.declared)
    return float(len(problems)), "; ".join(problems)


def _national_change(run: CheckedRun) -> Measured:
    """What no approval accounts for: an approved layer excuses what it changes by itself, and nothing else."""
    if run.shown is None:
        return 0.0, ""
    now, shown = run.report["national"], run.shown.report["national"]
    before = run.approved.expected(shown)
    moved = {
        name: abs(now[name] - before[name])
        for name in _GAPS
        if now.get(name) is not None and before.get(name) is not None
    }
    if not moved:
        return 0.0, ""
    name = max(moved, key=lambda each: moved[each])
    words = f"{name} is {now[name]:.1%} where it was {shown[name]:.1%}"
    return moved[name], words + _approved_words(run.approved, before[name])


def _approved_words(approved: ApprovedChange, expected: float | None) -> str:
    if not approved.layers:
        return ""
    layers = ", ".join(approved.layers)
    if approved.unknown:
        return f"; how much of it the approved {layers} changed could not be computed: {approved.unknown}"
    return f", {expected:.1%} with nothing new but the approved {layers}"


def _date_in_order(run: CheckedRun) -> Measured:
    """A clock that was wrong must not put an old run in the place of a new one, nor a run of years ahead before all."""
    own, today = date.fromisoformat(run.report["run_date"]), _today()
    if own > today + _ANY_ZONE:
        return float((own - today).days), f"the run is of {own}, and it is {today}"
    newest = max([_written(Path(__file__)), *_fetched_dates(run).values()])
    if newest > today + _ANY_ZONE:
        sentence = f"the machine says that it is {today}, and has code or layers of {newest}: its clock is behind"
        return float((newest - today).days), sentence
    if run.shown is None:
        return 0.0, ""
    before = date.fromisoformat(run.shown.report["run_date"])
    days = max((before - own).days, 0)
    return float(days), f"the run is of {own}, the one that is shown of {before}" if days else ""


def _today() -> date:
    return datetime.now(UTC).date()


def _written(path: Path) -> date:
    """The day, UTC, on which a file was written last."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()


def _freshness_days(run: CheckedRun) -> Measured:
    fetched, own = _fetched_dates(run), date.fromisoformat(run.report["run_date"])
    if not fetched:
        return 0.0, ""
    oldest = min(fetched, key=lambda name: fetched[name])
    days = (own - fetched[oldest]).days
    return float(days), f"{oldest} was fetched {days} days ago"


def _fetched_dates(run: CheckedRun) -> dict[str, date]:
    """The days on which layers were fetched, of those that say so."""
    found = {}
    for name, layer in run.report["layers"].items():
        with suppress(ValueError):
            found[name] = datetime.fromisoformat(layer["fetched"]).date()
    return found


def _communes_moved(run: CheckedRun) -> Measured:
    if run.shown is None:
        return 0.0, ""
    names = [name for name in _GAPS if name in run.table and name in run.shown.table]
    tables = (run.table, run.shown.table)
    now, before = (table[["commune_code", *names]].set_index("commune_code") for table in tables)
    both = now.index.intersection(before.index)
    moved = int(((now.loc[both] - before.loc[both]).abs() > _MOVED_SHARE).any(axis=1).sum())
    return moved / max(len(both), 1), f"{moved} of {len(both)} communes"


def _rows_quarantined(run: CheckedRun) -> Measured:
    rows = {name: layer["rows"] for name, layer in run.report["layers"].items() if layer["rows"]["read"]}
    shares = {name: counts["quarantined"] / counts["read"] for name, counts in rows.items()}
    if not shares:
        return 0.0, ""
    worst = max(shares, key=lambda name: shares[name])
    return shares[worst], f"{rows[worst]['quarantined']:,} of {rows[worst]['read']:,} rows of {worst}"


def _versions_held(run: CheckedRun) -> Measured:
    held = run.report["held_layers"]
    return float(len(held)), ", ".join(held)


def _layers_missing(run: CheckedRun) -> Measured:
    missing = [name for name in _NEEDED if name not in run.report["layers"]]
    return float(len(missing)), ", ".join(missing)


def _nothing_to_compare(run: CheckedRun) -> Measured:
    why = f"the run that is shown cannot be read: {run.unreadable}" if run.unreadable else ""
    return float(bool(why)), why


def _benchmarks(run: CheckedRun) -> Measured:
    if run.benchmarks is None:
        return 0.0, ""
    table = run.benchmarks
    off = table[table["status"] != WITHIN]
    return float(len(off)), "; ".join(_benchmark_words(row) for row in off.itertuples())


def _benchmark_words(row: Any) -> str:
    if row.status == NO_FIGURE:
        return f"there is no figure {row.figure}"
    return f"{row.figure} is {row.value:.6g}, published were {row.published:.6g} ({row.source}, {row.date})"


MEASURES: dict[str, Callable[[CheckedRun], Measured]] = {
    "people_conserved": _people_conserved,
    "every_commune": _every_commune,
    "values_in_bounds": _values_in_bounds,
    "national_change": _national_change,
    "date_in_order": _date_in_order,
    "freshness_days": _freshness_days,
    "communes_moved": _communes_moved,
    "rows_quarantined": _rows_quarantined,
    "versions_held": _versions_held,
    "layers_missing": _layers_missing,
    "nothing_to_compare": _nothing_to_compare,
    "benchmarks": _benchmarks,
}


def find(run: CheckedRun, checks: Checks) -> list[Finding]:
    """Run every check that is not off, in the order of their declaration.

    Parameters
    ----------
    run : CheckedRun
        The computed run.
    checks : Checks
        Severity and limit of each check.

    Returns
    -------
    list of Finding
        One finding for each check.
    """
    findings = []
    for name, measure_of in MEASURES.items():
        check = getattr(checks, name)
        if check.severity != "off":
            measure, detail = measure_of(run)
            findings.append(Finding(name, check.severity, check.limit, measure, measure <= check.limit, detail))
    return findings
