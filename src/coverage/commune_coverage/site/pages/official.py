"""The page of official figures: indicators by their definitions, published figures beside ours, land and roads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from commune_coverage.schema.territory import ANY, SIGNAL
from commune_coverage.site.i18n.numbers import share_text
from commune_coverage.site.pages.page import PageContent, Site, SitePage

Row = Mapping[str, Any]
_DIGITS = 4
_TERRITORY = (
    ("land", "outdoor"),
    ("roads", "outdoor"),
    ("roads", "in_vehicle"),
    ("railways", "in_vehicle"),
    ("borders", "outdoor"),
    ("institutions", "outdoor"),
)


def has_figures(site: Site) -> bool:
    """Whether the run has official indicators, benchmarks or coverage of land."""
    return any(site.rows(name) for name in ("official_indicators", "benchmarks", "territory_coverage"))


def official_content(site: Site) -> PageContent:
    """National figures of each table, as text."""
    indicators = [_indicator(row) for row in site.rows("official_indicators") if row["level"] == "nation"]
    benchmarks = [_benchmark(row) for row in site.rows("benchmarks")]
    further = {"indicators": indicators, "benchmarks": benchmarks, "territory": _territory(site)}
    return PageContent(tables=(), further=further)


def _number(value: float | None, unit: str) -> str:
    """A share as percent, any other figure to four digits."""
    if value is None:
        return ""
    return share_text(value / 100) if unit == "%" else f"{float(f'{value:.{_DIGITS}g}'):,g}"


def _indicator(row: Row) -> dict[str, Any]:
    low, high = (_number(row[f"value_{end}"], row["unit"]) for end in ("low", "high"))
    words = {name: row[name] or "" for name in ("indicator", "series", "title", "differs")}
    unit = "" if row["unit"] == "%" else row["unit"]
    return words | {"value": _number(row["value"], row["unit"]), "low": low, "high": high, "unit": unit}


def _benchmark(row: Row) -> dict[str, Any]:
    is_share = "share" in row["figure"] or " covered: " in row["figure"]
    names = ("value", "value_low", "value_high", "published", "difference")
    numbers = {name: _of_benchmark(row[name], is_share, name == "difference") for name in names}
    words = {name: row[name] or "" for name in ("date", "source", "definition")}
    # The name of a column says less to a reader than what the column holds.
    is_column = re.fullmatch(r"\w+", row["figure"]) is not None
    title, aside = (row["ours"], row["figure"]) if is_column else (row["figure"], row["ours"])
    words |= {"title": title or row["figure"], "aside": aside or "", "is_column": is_column}
    return words | numbers | {"status": f"benchmark_{row['status'].replace(' ', '_')}"}


def _of_benchmark(value: float | None, is_share: bool, is_difference: bool) -> str:
    if value is None:
        return ""
    if is_difference:
        return f"{100 * value:+.1f}" if is_share else f"{value:+,.4g}"
    return share_text(value) if is_share else f"{value:,.4g}"


def _territory(site: Site) -> list[dict[str, Any]]:
    """By technology and operator what is covered of the nation's land, roads and institutions, if anything."""
    found: dict[tuple[str, str], dict[tuple[str, str], Row]] = {}
    for row in site.rows("territory_coverage"):
        if row["level"] == "nation" and row["kind"] is None and row["service_level"] == SIGNAL:
            found.setdefault((row["technology"], row["operator"]), {})[row["measure"], row["where"]] = row
    return [
        {
            "technology": technology.upper(),
            "operator": None if operator == ANY else operator,
            "cells": [_share_with_range(rows.get(key)) for key in _TERRITORY],
        }
        for (technology, operator), rows in sorted(found.items(), key=lambda item: (item[0][0], item[0][1] == ANY))
        if any(row["covered_share_high"] for row in rows.values())
    ]


def _share_with_range(row: Row | None) -> dict[str, str] | None:
    if row is None or row["covered_share"] is None:
        return None
    return {
        name: share_text(row[column])
        for name, column in (("share", "covered_share"), ("low", "covered_share_low"), ("high", "covered_share_high"))
    }


PAGE = SitePage(
    "official",
    "tab_official",
    "official.html.j2",
    (),
    official_content,
    is_written=has_figures,
    shows=(),
    section="verification",
)
