"""Earlier nights on the pages: the nation's trend, each commune's, and any night to compare the newest with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from commune_coverage.site.data.communes import THEME_KEYS, Parts
from commune_coverage.site.data.scripts import figures, write_data

FOLDER = "nights"
PEOPLE = tuple(f"{theme}_gap_people" for theme in THEME_KEYS)
FIGURES = (*PEOPLE, *(f"{theme}_gap_share" for theme in THEME_KEYS))


@dataclass(frozen=True)
class Nights:
    """``communes`` by night, oldest first, each with commune_code and the FIGURES; ``national`` one row a night."""

    communes: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    national: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"night": []}))


def write_nights(site: Path, nights: Nights, table: pd.DataFrame, report: Mapping[str, Any], parts: Parts) -> list[str]:
    """Write the data files of ``nights/``; the earlier nights that can be compared with."""
    codes = pd.Index(table["commune_code"])
    earlier = {night: _ordered(found, codes) for night, found in nights.communes.items()}
    for night, found in earlier.items():
        write_data(site, f"{FOLDER}/night-{night}", figures(found, FIGURES))
    newest = table[["commune_code", *(name for name in FIGURES if name in table)]].reset_index(drop=True)
    _write_trends(site, {**earlier, report["night"]: newest}, parts)
    _write_national(site, nights.national, report)
    return list(earlier)


def _ordered(found: pd.DataFrame, codes: pd.Index) -> pd.DataFrame:
    return found.drop_duplicates("commune_code").set_index("commune_code").reindex(codes).reset_index()


def _write_trends(site: Path, by_night: Mapping[str, pd.DataFrame], parts: Parts) -> None:
    """People in each gap of each commune, night after night, in a file for each part of the country."""
    held = {night: figures(found, PEOPLE)["columns"] for night, found in by_night.items()}
    for part in range(int(parts.max()) + 1 if len(parts) else 0):
        rows = [int(row) for row in (parts == part).nonzero()[0]]
        trends = {
            name: [[columns[name][row] if name in columns else None for columns in held.values()] for row in rows]
            for name in PEOPLE
        }
        write_data(site, f"{FOLDER}/part-{part}", {"nights": list(held), "rows": rows, "figures": trends})


def _write_national(site: Path, national: pd.DataFrame, report: Mapping[str, Any]) -> None:
    newest = pd.DataFrame([report["national"] | {"night": report["night"]}])
    both = pd.concat([national, newest]) if len(national) else newest
    columns = figures(both.reset_index(drop=True), PEOPLE)["columns"]
    write_data(site, f"{FOLDER}/national", {"nights": both["night"].tolist(), "figures": columns})
