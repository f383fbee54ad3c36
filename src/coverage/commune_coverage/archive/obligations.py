"""What every run found of each obligation: kept run by run, for trends."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from commune_coverage.archive.archive import history_of
from commune_coverage.archive.history_tables import dates_of, keep_table, partition_of, read_kept
from commune_coverage.runs.run import Run
from commune_coverage.schema.obligations import OBLIGATIONS

FOLDER = "obligations"


def keep_obligations(run: Run, history: Path) -> None:
    """Keep the run's ``obligations.csv``, where it has one, under its date."""
    source = run.folder / f"{OBLIGATIONS.name}.csv"
    if source.is_file():
        kept = read_obligations(source)
        folder = partition_of(history / FOLDER, run.run_date.isoformat())
        keep_table(folder / f"{run.run_id}.parquet", kept, OBLIGATIONS)


def read_obligations(source: Path) -> pd.DataFrame:
    """Read ``obligations.csv``; codes are text, and empty where the file has none."""
    texts = {column.name: str for column in OBLIGATIONS.columns if column.kind == "text"}
    table = pd.read_csv(source, dtype=texts)
    return table.fillna(dict.fromkeys(texts, ""))


def obligations_before(data_dir: Path, country_code: str, run_date: str) -> pd.DataFrame:
    """Read what runs of earlier dates found, with ``run_date``; of several runs of a date the one of the last name.

    Raises
    ------
    UnreadableFileError
        When a table of the history is damaged.
    """
    folder = history_of(data_dir, country_code) / FOLDER
    parts = []
    for day, held in dates_of(folder).items():
        files = sorted(held.glob("*.parquet"))
        if day < run_date and files:
            parts.append(_known(read_kept(files[-1])).assign(run_date=day))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*OBLIGATIONS.names, "run_date"])


def _known(table: pd.DataFrame) -> pd.DataFrame:
    """With every declared column: one that came later than the table is unknown."""
    missing = [column for column in OBLIGATIONS.columns if column.name not in table]
    return table.assign(**{column.name: "" if column.kind == "text" else math.nan for column in missing})
