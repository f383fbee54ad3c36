"""What a theme is: its headline, the layers its page can show, and the rows that tell of a chosen commune."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.themes.classification import COVERED_BREAKS_SHARE, GAP_BREAKS_SHARE, RAMPS, MapLayer


@dataclass(frozen=True)
class Row:
    """A line of the detail panel: a share with its people where the table has them, minutes, a count or money.

    ``column`` is the dry season's where the row ``has_wet``; the wet season then stands next to it.
    """

    title: Saying
    column: str
    kind: Literal["share", "minutes", "count", "money"]
    people_column: str = ""
    has_wet: bool = False

    @property
    def cells(self) -> list[tuple[str, str]]:
        """(column, people column) of each figure in the line."""
        dry = (self.column, self.people_column)
        return [dry, (wet_column(self.column), wet_column(self.people_column))] if self.has_wet else [dry]

    def as_json(self) -> dict[str, Any]:
        cells = [{"column": column, "people": people} for column, people in self.cells]
        return {"title": self.title.as_json(), "kind": self.kind, "cells": cells}


@dataclass(frozen=True)
class Theme:
    """``layers[0]`` is the headline; ``key`` is also the page's name and the prefix of its columns.

    ``ramp`` has five colours, lightest first. ``folder`` is of the package that brings the theme, None for this one.
    ``source`` is the layer without which there is no gap; ``absent`` says so where nobody gave it.
    """

    key: str
    gap: Saying
    about: Saying
    layers: tuple[MapLayer, ...]
    rows: tuple[Row, ...]
    ramp: tuple[str, ...]
    folder: Path | None = None
    source: str = ""
    absent: Saying | None = None

    def given(self, report: Mapping[str, Any]) -> Theme:
        """The theme as a run has it: absent where the run has no gap and nobody gave its source."""
        is_there = report["national"].get(self.people_column) is not None or self.source in report.get("layers", {})
        if is_there or not self.source or f"{self.key}_gap" not in report.get("unavailable", {}):
            return self
        absent = Saying("class_absent", {"layers": [f"layer_{self.source}"]})
        return replace(self, absent=absent, layers=tuple(replace(layer, absent=absent) for layer in self.layers))

    @property
    def people_column(self) -> str:
        return f"{self.key}_gap_people"

    @property
    def share_column(self) -> str:
        return f"{self.key}_gap_share"

    @property
    def evidence_column(self) -> str:
        return f"{self.key}_evidence"

    @property
    def layer_columns(self) -> list[str]:
        """Numbers that colour the theme's map."""
        return list(dict.fromkeys(layer.column for layer in self.layers if layer.kind != "evidence"))

    @property
    def map_columns(self) -> list[str]:
        """Numbers that colour the theme's map, and where there are such their people, lows and highs."""
        ends = [
            name for column in self.layer_columns for name in (people_of(column), f"{column}_low", f"{column}_high")
        ]
        return list(dict.fromkeys([*self.layer_columns, *ends]))

    @property
    def figure_columns(self) -> list[str]:
        """Every number that tells of one commune, without repeats."""
        shown = [column for row in self.rows for cell in row.cells for column in cell if column]
        bounds = [f"{self.share_column}{bound}" for bound in ("_low", "_high")]
        return list(dict.fromkeys([self.people_column, self.share_column, *bounds, *self.layer_columns, *shown]))

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "gap": self.gap.as_json(),
            "layer": self.layers[0].as_json(),
            "rows": [row.as_json() for row in self.rows],
            "people_column": self.people_column,
            "share_column": self.share_column,
            "absent": self.absent and self.absent.as_json(),
        }


def wet_column(column: str) -> str:
    """The wet season's name of a dry season's column: 'delivery_gap_share_low' -> 'delivery_gap_wet_share_low'."""
    named, count = re.subn(r"_(share|people|median)(?=_|$)", r"_wet_\1", column, count=1)
    return named if count or not column else f"{column}_wet"


def people_of(column: str) -> str:
    """The column of the people of a share: 'delivery_gap_wet_share' -> 'delivery_gap_wet_people'."""
    return re.sub(r"_share$", "_people", column)


def share_row(column: str, key: str, **values: str) -> Row:
    return Row(Saying(key, values), column, "share")


def both_seasons(column: str, key: str, **values: str) -> Row:
    """A share, or minutes, in the dry and in the wet season."""
    return Row(Saying(key, values), column, "minutes" if "minutes" in column else "share", has_wet=True)


def gap_rows(theme: str, title: Saying) -> tuple[Row, ...]:
    """A theme's gap in both seasons, with its low and high."""
    column = f"{theme}_gap_share"
    return (
        Row(title, column, "share", f"{theme}_gap_people", has_wet=True),
        both_seasons(f"{column}_low", "row_low"),
        both_seasons(f"{column}_high", "row_high"),
    )


def gap_layer(theme: str, column: str, key: str, **values: str) -> MapLayer:
    return MapLayer(column, Saying(key, values), "share", RAMPS[theme], GAP_BREAKS_SHARE, themes=(theme,))


def coverage_layer(theme: str, column: str, key: str, **values: str) -> MapLayer:
    return MapLayer(column, Saying(key, values), "share", RAMPS[theme], COVERED_BREAKS_SHARE, themes=(theme,))


def evidence_layer(theme: str, *, has_declared: bool = False) -> MapLayer:
    title, column = Saying("map_layer_evidence"), f"{theme}_evidence"
    return MapLayer(column, title, "evidence", RAMPS[theme], themes=(theme,), has_declared=has_declared)
