"""What every run found of each obligation: kept run by run, for trends."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from commune_coverage.archive.archive import history_of
from commune_coverage.archive.records import is_as_recorded
from commune_coverage.core.errors import RunError
from commune_coverage.core.files import write_table
from commune_coverage.core.quarantine import printable
from commune_coverage.runs.run import Run
from commune_coverage.schema.obligations import OBLIGATIONS

FOLDER = "obligations"


def keep_obligations(run: Run, history: Path) -> None:
    """Keep the run's ``obligations.csv``, where it has one, under its date."""
    source = run.folder / f"{OBLIGATIONS.name}.csv"
    if source.is_file():
        kept = read_obligations(source)
        write_table(
            history / FOLDER / f"run_date={run.run_date.isoformat()}" / f"{run.run_id}.parquet", kept, durable=True
        )


def read_obligations(source: Path) -> pd.DataFrame:
    """Read ``obligations.csv``; codes are text, and empty where the file has none."""
    texts = {column.name: str for column in OBLIGATIONS.columns if column.kind == "text"}
    table = pd.read_csv(source, dtype=texts)
    return table.fillna(dict.fromkeys(texts, ""))


def obligations_before(data_dir: Path, country_code: str, run_date: str) -> pd.DataFrame:
    """Read what runs of earlier dates found, with ``run_date``; of several runs of a date the one of the last name.

    Raises
    ------
    RunError
        When a table of the history is damaged.
    """
    folder = history_of(data_dir, country_code) / FOLDER
    dates = {path.name.removeprefix("run_date="): path for path in sorted(folder.glob("run_date=*"))}
    parts = []
    for day, held in dates.items():
        files = sorted(held.glob("*.parquet"))
        if day < run_date and files:
            parts.append(_read(files[-1]).assign(run_date=day))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*OBLIGATIONS.names, "run_date"])


def _read(source: Path) -> pd.DataFrame:
    try:
        if not is_as_recorded(source):
            raise OSError(f"'{source.name}' does not have its digest")
        return pd.read_parquet(source)
    except (OSError, ValueError) as error:
        raise RunError(f"a table of the history is damaged: {printable(error, 300)}; delete it") from error
