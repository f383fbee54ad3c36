"""Every challenge that any run has read, with the runs that read it: none is forgotten when its row is removed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from commune_coverage.config.renamed import RENAMED_FIELDS
from commune_coverage.core.files import read_table, write_table
from commune_coverage.runs.run import Run
from commune_coverage.schema.inputs import CHALLENGES

_KEY = [column.name for column in CHALLENGES.columns]


def keep_challenges(run: Run, history: Path) -> None:
    """Add the run's challenges to ``challenges.parquet``; a decision that changed is a row of its own.

    A table that cannot be read is set aside as ``challenges.damaged`` and begun anew.
    """
    source, target = run.stages_folder / "challenges.parquet", history / "challenges.parquet"
    if not source.is_file():
        return
    run_date = run.run_date.isoformat()
    now = read_table(source)[_KEY].assign(first_run=run_date, last_run=run_date)
    rows = pd.concat([_known(target), now]).groupby(_KEY, dropna=False, sort=True)
    write_table(target, rows.agg(first_run=("first_run", "min"), last_run=("last_run", "max")).reset_index())


def _known(target: Path) -> pd.DataFrame | None:
    if not target.is_file():
        return None
    try:
        return read_table(target).rename(columns=RENAMED_FIELDS)
    except (OSError, ValueError):
        target.rename(target.with_suffix(".damaged"))
        return None
