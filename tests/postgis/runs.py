"""Run folders made of a published one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd

from commune_coverage.core.files import read_geo, read_json, write_json, write_table
from commune_coverage.publish.exports import read_csv, write_csv

Change = Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]


def altered(source: Path, folder: Path, change: Change = lambda table: table, **facts: str) -> Path:
    """A copy of what a run publishes, with the commune table changed and with another run_id or run."""
    folder.mkdir(parents=True)
    for path in source.glob("*.*"):
        shutil.copy(path, folder)
    report = read_json(folder / "report.json")
    write_json(folder / "report.json", report | facts)
    table = change(read_geo(folder / "commune_gaps.parquet"))
    write_table(folder / "commune_gaps.parquet", table.assign(**facts))
    return folder


def with_text(folder: Path, name: str, column: str, texts: list[str]) -> None:
    """The CSV with other texts in its first rows."""
    frame = pd.DataFrame(read_csv(folder / f"{name}.csv"))
    frame.loc[: len(texts) - 1, column] = texts
    write_csv(frame, folder / f"{name}.csv")
