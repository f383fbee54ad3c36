"""Figures run after run, for the nation or one commune."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from commune_coverage.archive.archive import COMMUNES, NATIONAL, history_of
from commune_coverage.archive.history_tables import dates_of, read_kept
from commune_coverage.core.errors import RunError
from commune_coverage.core.quarantine import printable
from commune_coverage.publish.publication import shown_so_far

FIGURES = ("people", "internet_gap_people", "delivery_gap_people", "payment_gap_people")


def trend(data_dir: Path, maps_dir: Path, country_code: str, commune_code: str | None = None) -> pd.DataFrame:
    """One row a date, oldest first: run_date, run_id and FIGURES, empty where a run did not know one.

    Of several runs of one date the one that was shown last counts, else the one of the last name. Raises RunError
    where nothing is stored of the country or the commune, UnreadableFileError where a table is damaged.
    """
    folder = history_of(data_dir, country_code) / (NATIONAL if commune_code is None else COMMUNES)
    if not folder.is_dir():
        raise RunError(f"nothing is kept of '{printable(country_code, 10)}' in '{data_dir.name}/history'")
    identity = [] if commune_code is None else ["commune_code"]
    figures = _tables(folder, [*identity, *FIGURES])
    if commune_code is not None:
        figures = figures[figures["commune_code"] == commune_code]
    if figures.empty:
        raise RunError(f"no commune '{printable(str(commune_code), 40)}' in any run that is kept")
    order = {one.run_id: one.number for one in shown_so_far(maps_dir)}
    figures = figures.assign(shown=figures["run_id"].map(order).fillna(0))
    newest = figures.sort_values(["run_date", "shown", "run_id"]).drop_duplicates("run_date", keep="last")
    return newest[["run_date", "run_id", *FIGURES]].reset_index(drop=True)


def _tables(folder: Path, columns: list[str]) -> pd.DataFrame:
    """Rows of all runs, each with its run's date and name: those of the file that it is in."""
    tables = [
        read_kept(source, columns).assign(run_date=day, run_id=source.stem)
        for day, held in dates_of(folder).items()
        for source in sorted(held.glob("*.parquet"))
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=[*columns, "run_date", "run_id"])
