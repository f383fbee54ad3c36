"""The figures of a province's brief: its totals, what changed, and its communes by rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from commune_coverage.site.data.changes import signed
from commune_coverage.site.data.communes import names_of, text_of
from commune_coverage.site.data.ranges import NO_RANGES, Ranges
from commune_coverage.site.geometry.generalise import Geometries
from commune_coverage.site.i18n.messages import Words
from commune_coverage.site.i18n.numbers import held, people_text, share_text, unit_of
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.themes.theme import Theme


@dataclass(frozen=True)
class Book:
    """What all briefs of a run in one language have in common; ``shapes`` has one geometry per row of ``table``."""

    table: gpd.GeoDataFrame
    report: Mapping[str, Any]
    words: Words
    themes: tuple[Theme, ...]
    shapes: Geometries
    ranges: Ranges = NO_RANGES


def figure(row: Mapping[Any, Any] | pd.Series, column: str) -> float | None:
    """A figure as the pages hold it."""
    value = held(row.get(column), column)
    return None if value is None else value / unit_of(column)


def is_graded(row: pd.Series, theme: Theme) -> bool:
    """Whether the commune has a figure that its evidence carries."""
    return row.get(theme.evidence_column) != "data-poor" and figure(row, theme.share_column) is not None


def totals(book: Book, theme: Theme, rows: list[int]) -> dict[str, Any]:
    """Totals over the communes that have a figure, with the range that pages show of the province."""
    words = book.words
    known = book.table.iloc[[row for row in rows if is_graded(book.table.iloc[row], theme)]]
    figures = {
        "key": theme.key,
        "title": words.text_of(f"{theme.key}_title"),
        "said": words.text(theme.gap),
        "people": words.text(theme.absent or Saying("not_computed")),
        "share": "",
        "bounds": "",
        "change": "",
    }
    people = float(known["people"].sum())
    if known.empty or not people:
        return figures | {"said": ""}
    gap = float(known[theme.people_column].sum())
    code = text_of(book.table.iloc[rows[0]].get("province_code"))
    area = book.ranges.of_area(theme.share_column, "province", code)
    values = {"share": share_text(gap / people), "people": people_text(people)}
    return figures | {
        "people": people_text(gap),
        "share": f"{words.text(Saying('share_of_people', values))} ({words.text(area.said)})",
        "bounds": " ".join(words.text(said) for said in area.about),
        "change": _change(book, theme, known),
    }


def _change(book: Book, theme: Theme, known: pd.DataFrame) -> str:
    """People who came into the gap since the run before, among the communes that moved most."""
    changes = book.report.get("changes") or {}
    codes = set(known["commune_code"])
    moved = [
        one["change_people"]
        for one in changes.get("communes", [])
        if one["figure"] == theme.people_column and one["commune_code"] in codes
    ]
    if not moved:
        return ""
    values = {"people": signed(sum(moved)), "communes": str(len(moved)), "day": changes["previous_run_date"]}
    return book.words.text(Saying("brief_change", values))


def ranked(own: pd.DataFrame, rows: list[int]) -> list[int]:
    """The rows by the rank of all gaps together; ``own`` are their communes, those without a rank come last."""
    rank = (
        own["composite_rank"].to_numpy(dtype=float, na_value=np.nan) if "composite_rank" in own else np.zeros(len(own))
    )
    return [rows[place] for place in np.argsort(np.where(np.isnan(rank), np.inf, rank), kind="stable")]


def commune_line(book: Book, row: int) -> dict[str, Any]:
    """A commune's line of the table, as text."""
    commune, words = book.table.iloc[row], book.words
    rank = figure(commune, "composite_rank")
    cells = [
        {
            "people": people_text(figure(commune, theme.people_column)),
            "share": share_text(figure(commune, theme.share_column)),
            "range": book.ranges.of_commune(commune, theme.share_column).shares,
        }
        if is_graded(commune, theme)
        else {"people": "–", "share": "", "range": ""}
        for theme in book.themes
    ]
    name = words.name(names_of(commune, "commune", words.languages)) or text_of(commune["commune_code"])
    return {
        "rank": "–" if rank is None else f"{rank:.0f}",
        "name": name,
        "cells": cells,
        "where": f"{words.name(names_of(commune, 'district', words.languages))} · {text_of(commune['commune_code'])}",
        "people": people_text(figure(commune, "people")),
        "is_challenged": bool(text_of(commune.get("challenged"))),
    }
