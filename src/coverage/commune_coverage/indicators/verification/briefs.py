"""A brief for each operator, as text: verdicts, what is challenged, and where tests would tell most."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from commune_coverage.core.quarantine import printable
from commune_coverage.schema.verification import OVERSTATED, STATUSES, UNDERSTATED

_CELLS = 10
Row = Mapping[Hashable, Any]


def brief_of(operator: str, areas: pd.DataFrame, challenges: pd.DataFrame, drive_next: pd.DataFrame) -> str:
    """Write the brief of an operator.

    Parameters
    ----------
    operator : str
        The operator.
    areas, challenges, drive_next : DataFrame
        Tables ``VERIFICATION``, ``COVERAGE_CHALLENGES`` and ``DRIVE_NEXT``, of all operators.

    Returns
    -------
    str
        Lines of text, the verdicts of the nation first.
    """
    own = [table[table["operator"] == operator] for table in (areas, challenges, drive_next)]
    nation = own[0][own[0]["level"] == "nation"]
    lines = [f"Declared coverage of {printable(operator)} against tests", ""]
    lines += [line for row in nation.to_dict("records") for line in _verdict(row)]
    return "\n".join([*lines, *_challenged(own[1]), *_next(own[2])]) + "\n"


def _target(row: Row) -> str:
    return f"{str(row['technology']).upper()}, {row['service_level']}, {str(row['environment']).replace('_', ' ')}"


def _verdict(row: Row) -> Iterator[str]:
    yield f"{_target(row)}: {row['verdict']}"
    yield f"  declared: {row['declared_people']:,.0f} people, {row['declared_km2']:,.0f} km2"
    if row["tests"]:
        interval = f"{row['failing_share_low']:.1%} to {row['failing_share_high']:.1%}"
        yield f"  tests there: {row['tests']:,.0f}, of which {row['failing_share']:.1%} failed ({interval})"
        yield _misstated(row, OVERSTATED)
    else:
        yield "  tests there: none that counts"
    if row["tests_beyond"]:
        yield _misstated(row, UNDERSTATED)
    needed: str = "" if pd.isna(row["needed_tests"]) else f"; {row['needed_tests']:,.0f} tests at the edge are needed"
    yield f"  power: {row['power']:.0%}{needed}"
    yield ""


def _misstated(row: Row, name: str) -> str:
    def between(measure: str) -> str:
        low, high = (row[f"{name}_{measure}_{end}"] for end in ("low", "high"))
        estimate = row[f"{name}_{measure}"]
        return "not known" if pd.isna(estimate) else f"{estimate:,.0f} ({low:,.0f} to {high:,.0f})"

    return f"  {name}: people {between('people')}, km2 {between('km2')}"


def _challenged(challenges: pd.DataFrame) -> Iterator[str]:
    counts = challenges["status"].value_counts()
    yield "Challenged cells: " + ", ".join(f"{counts.get(status, 0)} {status}" for status in STATUSES)
    for row in challenges.to_dict("records"):
        dates = [f"{name} {row[f'{name}_on']}" for name in STATUSES if row[f"{name}_on"]]
        decision = f", {row['decision']}" if row["decision"] else ""
        yield f"  {row['h3']}  {_target(row)}: {', '.join(dates)}{decision}"
    yield ""


def _next(drive_next: pd.DataFrame) -> Iterator[str]:
    yield "Where one more test would tell most"
    for row in drive_next.sort_values("value_people", ascending=False, kind="stable").head(_CELLS).to_dict("records"):
        cell = f"{row['h3']}  {row['lat']:.5f}, {row['lon']:.5f}"
        yield f"  {cell}  {_target(row)}: {row['people']:,.0f} people, {row['tests']:,.0f} tests so far"
