"""Which range a figure has: decided here for the nation, its provinces and districts and each commune, on all pages.

A run with an ensemble has 90 % intervals of draws for the internet gap. Of other shares it knows a model range: those
at the low and at the high end of its assumptions, which is no 90 % interval. Of the rest it knows none, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from commune_coverage.schema.areas import NATION
from commune_coverage.schema.ensemble import INTERNET_GAP, YES
from commune_coverage.schema.inputs import EVIDENCE_CLASSES
from commune_coverage.site.data.communes import LEVELS, THEME_KEYS
from commune_coverage.site.data.scripts import column_of
from commune_coverage.site.i18n.numbers import people_text, range_text, share_text
from commune_coverage.site.i18n.saying import Saying

FILE = "ranges"
DRAWN_THEME = "internet"
DRAWN_COLUMNS = [f"{DRAWN_THEME}_drawn_{name}" for name in ("share", "share_low", "share_high", "outside")]
_MODELLED = "modelled"
_DATA_POOR = EVIDENCE_CLASSES[-1]
Kind = Literal["interval", "model", "unknown"]
Key = tuple[str, str]
"""Level and code of an area; the nation has no code."""


@dataclass(frozen=True)
class Range:
    """Shares between which a share lies, and the people of whom they are.

    ``estimate`` is the median of the draws of an interval, and ``is_outside`` whether the run's own share lies
    outside it.
    """

    kind: Kind = "unknown"
    low: float | None = None
    high: float | None = None
    people: float | None = None
    estimate: float | None = None
    is_outside: bool = False

    @property
    def said(self) -> Saying:
        """What the range is called, with its shares."""
        if self.kind == "unknown":
            return Saying("range_unknown")
        if self.kind == "model" and share_text(self.low) == share_text(self.high):
            return Saying("range_same")
        return Saying(f"range_{self.kind}", {"range": self.shares})

    @property
    def shares(self) -> str:
        """The shares as text: '31–47 %'; '' where they are not known."""
        return "" if self.kind == "unknown" else range_text(share_text(self.low), share_text(self.high))

    @property
    def about(self) -> list[Saying]:
        """Of how many people it is, what the draws say, and whether the run's own figure lies outside."""
        if self.low is None or self.high is None or not self.people:
            return []
        people = range_text(people_text(self.low * self.people), people_text(self.high * self.people))
        if self.kind != "interval":
            return [Saying("range_people", {"people": people})]
        drawn = Saying("drawn_interval", {"estimate": share_text(self.estimate), "people": people})
        return [drawn, Saying("drawn_outside")] if self.is_outside else [drawn]


UNKNOWN = Range()


@dataclass(frozen=True)
class RangeColumns:
    """The columns of a table of communes that hold the range of a share."""

    kind: Kind
    low: str
    high: str
    estimate: str = ""
    outside: str = ""


@dataclass(frozen=True)
class Ranges:
    """``columns`` by the share that has the range, and ``areas`` by that share, level and code."""

    columns: Mapping[str, RangeColumns] = field(default_factory=dict)
    areas: Mapping[str, Mapping[Key, Range]] = field(default_factory=dict)

    def of_area(self, column: str, level: str = NATION, code: str = "") -> Range:
        """The range of a share of the nation, a province or a district."""
        return self.areas.get(column, {}).get((level, code), UNKNOWN)

    def of_commune(self, row: Mapping[Any, Any] | pd.Series, column: str) -> Range:
        """The range of a share of a commune, whose row has the columns of ``with_drawn_gaps``."""
        source = self.columns.get(column)
        if source is None or pd.isna(row.get(source.low)) or pd.isna(row.get(source.high)):
            return UNKNOWN
        estimate, outside = (row.get(name) if name else None for name in (source.estimate, source.outside))
        return Range(source.kind, row[source.low], row[source.high], row.get("people"), estimate, outside == 1)

    def as_json(self) -> dict[str, Any]:
        """As the pages take them: lists of the fields, shares in ten-thousandths, areas by 'level:code'."""
        areas = {
            column: {":".join(key): _as_json(area) for key, area in own.items()} for column, own in self.areas.items()
        }
        return {"columns": {name: list(vars(source).values()) for name, source in self.columns.items()}, "areas": areas}


NO_RANGES = Ranges()


def _as_json(area: Range) -> list[Any]:
    """Kind, low, high and people; of an interval also its median, and 1 where the run's own figure lies outside."""
    low, high, estimate = column_of(pd.Series([area.low, area.high, area.estimate], dtype=float), "_share")
    [people] = column_of(pd.Series([area.people], dtype=float), "people")
    own = [area.kind, low, high, people]
    return own if area.estimate is None else [*own, estimate, int(area.is_outside)]


def of_gaps(intervals: pd.DataFrame) -> pd.DataFrame:
    """The intervals that pages show: of the internet gap, each area once whatever its targets."""
    return intervals[intervals["figure"].eq(INTERNET_GAP)].drop_duplicates(["level", "code"])


def drawn_gaps(report: Mapping[str, Any]) -> dict[Key, Mapping[str, Any]]:
    """Rows of ``intervals`` of the internet gap by level and code.

    There are none where the gap rests on anything but the modelled networks, for the draws are of these alone: on what
    is declared or measured, or on fixed lines that are given.
    """
    if report.get("headline_sources", {}).get(DRAWN_THEME) != _MODELLED or "mobile_gap_share" in report["national"]:
        return {}
    rows = report.get("tables", {}).get("intervals", ())
    own = [row for row in rows if row["figure"] == INTERNET_GAP and row["low"] is not None]
    return {(row["level"], row["code"] or ""): row for row in own}


def with_drawn_gaps(communes: pd.DataFrame, report: Mapping[str, Any]) -> pd.DataFrame:
    """The communes with ``DRAWN_COLUMNS``; as they are where there is no interval."""
    gaps = drawn_gaps(report)
    if not gaps:
        return communes
    rows = [gaps.get(("commune", str(code))) for code in communes["commune_code"]]
    return communes.assign(
        **pd.DataFrame([_figures_of(row) for row in rows], columns=DRAWN_COLUMNS, index=communes.index, dtype=float)
    )


def _figures_of(row: Mapping[str, Any] | None) -> tuple[float | None, ...]:
    if row is None:
        return (None,) * len(DRAWN_COLUMNS)
    return row["estimate"], row["low"], row["high"], float(row["run_outside"] == YES)


def ranges_of(communes: pd.DataFrame, report: Mapping[str, Any], themes: Sequence[str] = THEME_KEYS) -> Ranges:
    """The ranges of all shares of ``commune_gaps`` that have one, and those of the gaps of all larger areas.

    Parameters
    ----------
    communes : DataFrame
        ``commune_gaps``.
    report : mapping
        Of which the national figures, what the gaps rest on and the rows of ``intervals`` are read.
    themes : sequence of str
        Keys of the themes whose gaps are summed over areas.

    Returns
    -------
    Ranges
        Intervals where the draws have the figure, model ranges elsewhere: those of an area are reached if all of
        its communes err the same way.
    """
    drawn = drawn_gaps(report)
    columns = {
        name: RangeColumns("model", f"{name}_low", f"{name}_high")
        for name in map(str, communes)
        if f"{name}_low" in communes and f"{name}_high" in communes and name.endswith("_share")
    }
    gaps = [f"{theme}_gap{season}_share" for theme in themes for season in ("", "_wet")]
    areas = {name: _summed(communes, name, columns[name]) for name in gaps if name in columns}
    if drawn:
        own = f"{DRAWN_THEME}_gap_share"
        estimate, low, high, outside = DRAWN_COLUMNS
        columns[own] = RangeColumns("interval", low, high, estimate, outside)
        areas[own] = _drawn(drawn, _people_of(communes))
    return Ranges(columns, areas)


def _keys(communes: pd.DataFrame) -> dict[str, pd.Series]:
    """Of each larger level the code of its area of every commune."""
    everywhere = pd.Series("", index=communes.index)
    codes = {level: communes.get(f"{level}_code", everywhere).fillna("").astype(str) for level in LEVELS}
    return {NATION: everywhere} | codes


def _people_of(communes: pd.DataFrame) -> dict[Key, float]:
    sums = {level: communes["people"].groupby(codes).sum() for level, codes in _keys(communes).items()}
    return {(level, str(code)): float(people) for level, own in sums.items() for code, people in own.items()}


def _drawn(drawn: Mapping[Key, Mapping[str, Any]], people: Mapping[Key, float]) -> dict[Key, Range]:
    return {
        key: Range("interval", row["low"], row["high"], people[key], row["estimate"], row["run_outside"] == YES)
        for key, row in drawn.items()
        if key in people
    }


def _summed(communes: pd.DataFrame, column: str, source: RangeColumns) -> dict[Key, Range]:
    """Model ranges over the people of communes that have a figure."""
    theme = column.split("_gap", maxsplit=1)[0]
    known = communes[communes[column].notna() & communes[f"{theme}_evidence"].ne(_DATA_POOR)]
    ends = known[[source.low, source.high]].mul(known["people"], axis=0).assign(people=known["people"])
    sums = {level: ends.groupby(codes).sum(min_count=1) for level, codes in _keys(known).items()}
    return {
        (level, str(row.Index)): Range("model", row[1] / row[3], row[2] / row[3], row[3])
        for level, own in sums.items()
        for row in own.itertuples()
        if row[3] > 0 and np.isfinite(row[1])
    }
