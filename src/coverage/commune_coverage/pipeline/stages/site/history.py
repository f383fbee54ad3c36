"""Earlier runs for the pages: those that were shown, fewer the older they are."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd

from commune_coverage.archive.archive import COMMUNES, NATIONAL, history_of
from commune_coverage.archive.history_tables import dates_of, read_kept
from commune_coverage.archive.records import DamagedHistoryWarning
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.quarantine import printable
from commune_coverage.publish.publication import shown_so_far
from commune_coverage.runs.run import Run
from commune_coverage.site.data.history import FIGURES, RunHistory

NEWEST, OLDER = 12, 12


def runs_before(run: Run) -> RunHistory:
    """Every run that was shown before the run's, up to 12 newest and 12 of the older ones spread over their time.

    A table that is damaged is left out, with a warning, as is a run that was held back.
    """
    folder, shown = history_of(run.data_dir, run.country.code), _shown(run)
    tables_by_date = {
        run_date: path
        for run_date, path in _tables(folder / COMMUNES, shown).items()
        if run_date < run.run_date.isoformat()
    }
    communes = {
        run_date: _read(tables_by_date[run_date], ["commune_code", *FIGURES])
        for run_date in _thinned(sorted(tables_by_date))
    }
    national = {run_date: _read(path, list(FIGURES)) for run_date, path in _tables(folder / NATIONAL, shown).items()}
    rows = [
        table.head(1).assign(run_date=run_date)
        for run_date, table in national.items()
        if table is not None and run_date in communes
    ]
    known = {run_date: table for run_date, table in communes.items() if table is not None}
    return RunHistory(known, pd.concat(rows, ignore_index=True) if rows else pd.DataFrame({"run_date": []}))


def _shown(run: Run) -> dict[str, int]:
    return {one.run_id: one.number for one in shown_so_far(run.maps_dir)}


def _tables(folder: Path, shown: dict[str, int]) -> dict[str, Path]:
    """By run the table of the run that was shown last."""
    tables_by_date = {}
    for run_date, partition in dates_of(folder).items():
        tables = [path for path in partition.glob("*.parquet") if path.stem in shown]
        if tables:
            tables_by_date[run_date] = max(tables, key=lambda path: shown[path.stem])
    return tables_by_date


def _thinned(updates: list[str]) -> list[str]:
    older, newest = updates[:-NEWEST], updates[-NEWEST:]
    step = max(len(older) / OLDER, 1.0)
    return [*(older[int(place * step)] for place in range(min(len(older), OLDER))), *newest]


def _read(path: Path, columns: list[str]) -> pd.DataFrame | None:
    try:
        return read_kept(path, columns)
    except UnreadableFileError as error:
        named = f"{path.parents[1].name}/{path.parent.name}/{path.name}"
        why = printable(str(error), 300)
        warnings.warn(f"'{named}' of the history is damaged and left out: {why}", DamagedHistoryWarning, stacklevel=2)
        return None
