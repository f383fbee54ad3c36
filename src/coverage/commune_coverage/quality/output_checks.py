"""What each check measures of a night, and the words for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import geopandas as gpd

from commune_coverage.config.quality import Checks
from commune_coverage.quality.published_baseline import Shown
from commune_coverage.quality.results import Finding
from commune_coverage.quality.schema import problems_of
from commune_coverage.schema.inputs import Table

Measured = tuple[float, str]
_GAPS = ("internet_gap_share", "delivery_gap_share", "payment_gap_share")
_NEEDED = ("people", "towers", "hubs", "payments")
_MOVED_SHARE = 0.2


@dataclass(frozen=True)
class Night:
    """A computed night: its commune table and what that declares, and its report.

    ``shown`` is the night that is shown, ``unreadable`` why there is none to compare with; ``approved`` layers come in
    a version that a person has let in, with all that it changes.
    """

    table: gpd.GeoDataFrame
    declared: Table
    communes: int
    report: dict[str, Any]
    shown: Shown | None
    unreadable: str
    approved: list[str]


def _people_conserved(night: Night) -> Measured:
    people = night.report["people"]
    if not people:
        return 0.0, ""
    lost = people["read"] - people["counted"] - people["outside"] - people["quarantined"]
    return abs(lost) / max(1.0, abs(people["read"])), f"{round(lost, 3) + 0.0:,.3f} of {people['read']:,.0f} people"


def _every_commune(night: Night) -> Measured:
    rows, distinct = len(night.table), night.table["commune_code"].nunique()
    wrong = abs(rows - night.communes) + rows - distinct
    return float(wrong), f"{rows} rows of {distinct} communes for {night.communes} communes"


def _values_in_bounds(night: Night) -> Measured:
    problems = problems_of(night.table, night.declared)
    return float(len(problems)), "; ".join(problems)


def _national_change(night: Night) -> Measured:
    if night.shown is None or night.approved:
        return 0.0, ""
    now, before = night.report["national"], night.shown.report["national"]
    moved = {
        name: abs(now[name] - before[name])
        for name in _GAPS
        if now.get(name) is not None and before.get(name) is not None
    }
    if not moved:
        return 0.0, ""
    name = max(moved, key=lambda each: moved[each])
    return moved[name], f"{name} is {now[name]:.1%} where it was {before[name]:.1%}"


def _freshness_days(night: Night) -> Measured:
    ages = {name: _age_days(layer, night) for name, layer in night.report["layers"].items()}
    known = {name: days for name, days in ages.items() if days is not None}
    if not known:
        return 0.0, ""
    oldest = max(known, key=lambda name: known[name])
    return float(known[oldest]), f"{oldest} was fetched {known[oldest]} days ago"


def _age_days(layer: dict[str, Any], night: Night) -> int | None:
    try:
        fetched = datetime.fromisoformat(layer["fetched"]).date()
    except ValueError:
        return None
    return (date.fromisoformat(night.report["night"]) - fetched).days


def _communes_moved(night: Night) -> Measured:
    if night.shown is None:
        return 0.0, ""
    names = [name for name in _GAPS if name in night.table and name in night.shown.table]
    tables = (night.table, night.shown.table)
    now, before = (table[["commune_code", *names]].set_index("commune_code") for table in tables)
    both = now.index.intersection(before.index)
    moved = int(((now.loc[both] - before.loc[both]).abs() > _MOVED_SHARE).any(axis=1).sum())
    return moved / max(len(both), 1), f"{moved} of {len(both)} communes"


def _rows_quarantined(night: Night) -> Measured:
    rows = {name: layer["rows"] for name, layer in night.report["layers"].items() if layer["rows"]["read"]}
    shares = {name: counts["quarantined"] / counts["read"] for name, counts in rows.items()}
    if not shares:
        return 0.0, ""
    worst = max(shares, key=lambda name: shares[name])
    return shares[worst], f"{rows[worst]['quarantined']:,} of {rows[worst]['read']:,} rows of {worst}"


def _versions_held(night: Night) -> Measured:
    held = night.report["held_layers"]
    return float(len(held)), ", ".join(held)


def _layers_missing(night: Night) -> Measured:
    missing = [name for name in _NEEDED if name not in night.report["layers"]]
    return float(len(missing)), ", ".join(missing)


def _nothing_to_compare(night: Night) -> Measured:
    why = f"the night that is shown cannot be read: {night.unreadable}" if night.unreadable else ""
    return float(bool(why)), why


MEASURES: dict[str, Callable[[Night], Measured]] = {
    "people_conserved": _people_conserved,
    "every_commune": _every_commune,
    "values_in_bounds": _values_in_bounds,
    "national_change": _national_change,
    "freshness_days": _freshness_days,
    "communes_moved": _communes_moved,
    "rows_quarantined": _rows_quarantined,
    "versions_held": _versions_held,
    "layers_missing": _layers_missing,
    "nothing_to_compare": _nothing_to_compare,
}


def find(night: Night, checks: Checks) -> list[Finding]:
    """Every check that is not off, in the order of their declaration."""
    found = []
    for name, measure_of in MEASURES.items():
        check = getattr(checks, name)
        if check.severity != "off":
            measure, detail = measure_of(night)
            found.append(Finding(name, check.severity, check.limit, measure, measure <= check.limit, detail))
    return found
