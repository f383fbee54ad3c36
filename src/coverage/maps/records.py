"""What a page holds of each commune: its names and figures, rounded, with the class of every layer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from coverage.maps.classes import MapLayer

SHARE_DECIMALS = 3
SHARES = ("_share", "_share_low", "_share_high")
MINUTES_DECIMALS = 1
MONEY_DIGITS = 3


class Index:
    """Distinct values numbered in the order of their first use, so that a page holds each text once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[str, int] = {}

    def number(self, value: Any) -> int | None:
        """The number of ``value``; None stays None."""
        if not value:
            return None
        key = repr(value)
        if key not in self._numbers:
            self._numbers[key] = len(self.values)
            self.values.append(value)
        return self._numbers[key]


def names_of(row: Mapping[Any, Any], level: str, languages: Sequence[str]) -> dict[str, str]:
    """The names of a row's commune, district or province by language; Latin script is 'en'."""
    columns = {"en": f"{level}_name", **{code: f"{level}_name_{code}" for code in languages if code != "en"}}
    texts = {code: text_of(row.get(column)) for code, column in columns.items()}
    return {code: text for code, text in texts.items() if text}


def text_of(value: Any) -> str:
    """A cell as text: '' where it is missing."""
    return "" if pd.isna(value) else str(value)


def figure_of(value: Any, column: str) -> float | int | None:
    """A figure for the page, None where missing: shares to a thousandth, minutes to a tenth, money to three digits."""
    if pd.isna(value) or not math.isfinite(value):
        return None
    if column.endswith(SHARES):
        return round(float(value), SHARE_DECIMALS)
    if column.startswith("cost_"):
        return float(f"{value:.{MONEY_DIGITS}g}")
    return round(float(value), MINUTES_DECIMALS) if "minutes" in column else round(float(value))


def commune_records(
    table: pd.DataFrame,
    languages: Sequence[str],
    figure_columns: Sequence[str],
    layers: Sequence[tuple[MapLayer, str]],
) -> tuple[list[dict[str, Any]], dict[str, list[Any]]]:
    """One record per row and the texts that records point at by number: {'places': [...], 'notes': [...]}.

    ``layers`` are (layer, evidence column) pairs; a record's ``classes`` follow their order.
    """
    places, notes = Index(), Index()
    evidence_columns = list(dict.fromkeys(column for _, column in layers))
    note_columns = [f"{column.removesuffix('_evidence')}_note" for column in evidence_columns]
    named = [name for name in table.columns if "_name" in name]
    wanted = {*named, *note_columns, *evidence_columns, *figure_columns, *(layer.column for layer, _ in layers)}
    rows = table[["commune_code", *(name for name in table.columns if name in wanted)]].to_dict("records")
    records = [
        {
            "code": text_of(row["commune_code"]),
            "name": names_of(row, "commune", languages),
            "district": places.number(names_of(row, "district", languages)),
            "province": places.number(names_of(row, "province", languages)),
            "notes": [notes.number(note) for note in dict.fromkeys(text_of(row.get(c)) for c in note_columns) if note],
            "evidence": [text_of(row.get(column)) for column in evidence_columns],
            "figures": [figure_of(row.get(column), column) for column in figure_columns],
            "classes": [layer.class_of(row.get(layer.column), row.get(column)) for layer, column in layers],
        }
        for row in rows
    ]
    return records, {"places": places.values, "notes": notes.values}
