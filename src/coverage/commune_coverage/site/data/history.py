"""Earlier runs on the pages: the nation's trend, each commune's, and any run to compare the newest with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from commune_coverage.site.data.communes import THEME_KEYS, Parts
from commune_coverage.site.data.scripts import figures, write_data

FOLDER = "updates"
PEOPLE = tuple(f"{theme}_gap_people" for theme in THEME_KEYS)
FIGURES = (*PEOPLE, *(f"{theme}_gap_share" for theme in THEME_KEYS))


@dataclass(frozen=True)
class RunHistory:
    """``communes`` by date, oldest first, each with commune_code and the FIGURES; ``national`` one row a date."""

    communes: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    national: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"run_date": []}))


def write_history(
    site: Path, updates: RunHistory, table: pd.DataFrame, report: Mapping[str, Any], parts: Parts
) -> list[str]:
    """Write the data files of ``runs/``; the earlier runs that can be compared with."""
    codes = pd.Index(table["commune_code"])
    earlier = {run_date: _ordered(table_then, codes) for run_date, table_then in updates.communes.items()}
    for run_date, table_then in earlier.items():
        write_data(site, f"{FOLDER}/run_date-{run_date}", figures(table_then, FIGURES))
    newest = table[["commune_code", *(name for name in FIGURES if name in table)]].reset_index(drop=True)
    _write_trends(site, {**earlier, report["run_date"]: newest}, parts)
    _write_national(site, updates.national, report)
    return list(earlier)


def _ordered(table_then: pd.DataFrame, codes: pd.Index) -> pd.DataFrame:
    return table_then.drop_duplicates("commune_code").set_index("commune_code").reindex(codes).reset_index()


def _write_trends(site: Path, by_run_date: Mapping[str, pd.DataFrame], parts: Parts) -> None:
    """People in each gap of each commune, run after run, in a file for each part of the country."""
    held = {run_date: figures(table_then, PEOPLE)["columns"] for run_date, table_then in by_run_date.items()}
    for part in range(int(parts.max()) + 1 if len(parts) else 0):
        rows = [int(row) for row in (parts == part).nonzero()[0]]
        trends = {
            name: [[columns[name][row] if name in columns else None for columns in held.values()] for row in rows]
            for name in PEOPLE
        }
        write_data(site, f"{FOLDER}/part-{part}", {"updates": list(held), "rows": rows, "figures": trends})


def _write_national(site: Path, national: pd.DataFrame, report: Mapping[str, Any]) -> None:
    newest = pd.DataFrame([report["national"] | {"run_date": report["run_date"]}])
    both = pd.concat([national, newest]) if len(national) else newest
    columns = figures(both.reset_index(drop=True), PEOPLE)["columns"]
    write_data(site, f"{FOLDER}/national", {"updates": both["run_date"].tolist(), "figures": columns})
