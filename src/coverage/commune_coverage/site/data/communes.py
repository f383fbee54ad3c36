"""What the pages know of each commune: names and places for all of them, every figure of a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.schema.inputs import EVIDENCE_CLASSES
from commune_coverage.site.data.scripts import column_of, figures

LEVELS = ("province", "district")
THEME_KEYS = ("internet", "delivery", "payment")
PART_SIZE = 150
"""Most communes whose figures are in one file."""

Parts = npt.NDArray[np.int64]
Told = Callable[[str], dict[str, str]]
"""What a run says, by language."""


class Index:
    """Distinct values numbered in the order of their first use, so that a file holds each text once."""

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


def named_rows(table: pd.DataFrame, languages: Sequence[str]) -> list[dict[Any, Any]]:
    """The rows with nothing but codes and names."""
    levels = ("commune", *LEVELS)
    wanted = [f"{level}_code" for level in levels]
    wanted += [f"{level}_name" for level in levels]
    wanted += [f"{level}_name_{code}" for level in levels for code in languages]
    return table[[name for name in wanted if name in table]].to_dict("records")


def base_of(table: pd.DataFrame, languages: Sequence[str], parts: Parts) -> dict[str, Any]:
    """Codes, names, people, districts and provinces of all communes, and in which file the rest of each is.

    ``places`` are districts and provinces by number; a district's ``within`` is its province.
    """
    places, rows = Index(), named_rows(table, languages)
    numbers: dict[str, list[int | None]] = {level: [] for level in LEVELS}
    for row in rows:
        within: int | None = None
        for level in LEVELS:
            names, code = names_of(row, level, languages), text_of(row.get(f"{level}_code"))
            within = places.number({"level": level, "code": code, "names": names, "within": within} if names else None)
            numbers[level].append(within)
    return {
        "codes": [text_of(row["commune_code"]) for row in rows],
        "names": [names_of(row, "commune", languages) for row in rows],
        "places": places.values,
        **numbers,
        "part": parts.tolist(),
        "people": column_of(table["people"], "people"),
    }


def parts_of(table: pd.DataFrame) -> Parts:
    """The number of the file of each commune: of one province, and of at most ``PART_SIZE`` communes."""
    province = table["province_code"] if "province_code" in table else pd.Series("", index=table.index)
    within = province.fillna("").astype(str).reset_index(drop=True)
    keys = within + "/" + (within.groupby(within).cumcount() // PART_SIZE).astype(str).str.zfill(6)
    return np.unique(keys.to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)


def evidence_of(table: pd.DataFrame, themes: Sequence[str]) -> dict[str, list[int | None]]:
    """By theme the place of each commune's evidence among the classes, None where it is not stated."""
    known = {name: number for number, name in enumerate(EVIDENCE_CLASSES)}
    return {
        theme: [known.get(value) for value in table[f"{theme}_evidence"]]
        for theme in themes
        if f"{theme}_evidence" in table
    }


def gap_columns(themes: Sequence[str] = THEME_KEYS) -> list[str]:
    """The figures that most pages need of every commune."""
    of_themes = [
        f"{theme}_gap{season}_{what}"
        for theme in themes
        for season in ("", "_wet")
        for what in ("people", "share", "share_low", "share_high")
    ]
    return [*of_themes, "composite_gap_share", *(f"composite_rank{bound}" for bound in ("", "_low", "_high"))]


def gaps_of(table: pd.DataFrame, themes: Sequence[str] = THEME_KEYS, further: Sequence[str] = ()) -> dict[str, Any]:
    """Gaps and ``further`` figures, evidence and accepted challenges of all communes."""
    challenged = [number for number, value in enumerate(table.get("challenged", [])) if text_of(value)]
    return {
        **figures(table, [*gap_columns(themes), *further]),
        "evidence": evidence_of(table, themes),
        "challenged": challenged,
    }


def part_of(
    table: pd.DataFrame,
    rows: npt.NDArray[np.int64],
    columns: Sequence[str],
    told: Told,
    themes: Sequence[str] = THEME_KEYS,
) -> dict[str, Any]:
    """Every figure of the communes of some rows, and what a run says of them in words."""
    some, texts = table.iloc[rows], Index()
    numbers = {
        f"{theme}_{kind}": [texts.number(text_of(value)) for value in some[f"{theme}_{kind}"]]
        for theme in themes
        for kind in ("note", "doubts")
        if f"{theme}_{kind}" in some
    }
    numbers["challenged"] = [
        texts.number(told(mark)) if (mark := text_of(value)) else None for value in some.get("challenged", [])
    ]
    return {"rows": rows.tolist(), **figures(some, columns), "said": numbers, "texts": texts.values}
