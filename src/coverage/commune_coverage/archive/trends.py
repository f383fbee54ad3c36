"""Figures run after run, for the nation or one commune."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from commune_coverage.archive.archive import COMMUNES, NATIONAL, history_of
from commune_coverage.archive.records import is_as_recorded
from commune_coverage.core.errors import RunError
from commune_coverage.core.quarantine import printable
from commune_coverage.publish.publication import shown_so_far

FIGURES = ("people", "internet_gap_people", "delivery_gap_people", "payment_gap_people")


def trend(data_dir: Path, maps_dir: Path, country_code: str, commune_code: str | None = None) -> pd.DataFrame:
    """One row a date, oldest first: run_date, run_id and FIGURES.

    Of several runs of one date the one that was shown last counts, else the one of the last name. Raises RunError
    where nothing is stored of the country or the commune.
    """
    folder = history_of(data_dir, country_code) / (NATIONAL if commune_code is None else COMMUNES)
    if not folder.is_dir():
        raise RunError(f"nothing is kept of '{printable(country_code, 10)}' in '{data_dir.name}/history'")
    changed = [path for path in sorted(folder.glob("run_date=*/*.parquet")) if not is_as_recorded(path)]
    if changed:
        raise RunError(
            f"a table of the history is damaged: '{changed[0].parent.name}/{changed[0].name}' does not have its digest;"
            " restore it from a backup, or delete it"
        )
    wanted = [] if commune_code is None else [("commune_code", "==", commune_code)]
    try:
        figures = _read(folder, wanted)
    except (OSError, ValueError) as error:
        raise RunError(f"a table of the history is damaged: {printable(error, 300)}; delete it") from error
    if figures.empty:
        raise RunError(f"no commune '{printable(str(commune_code), 40)}' in any run that is kept")
    order = {one.run_id: one.number for one in shown_so_far(maps_dir)}
    figures = figures.assign(shown=figures["run_id"].map(order).fillna(0))
    newest = figures.sort_values(["run_date", "shown", "run_id"]).drop_duplicates("run_date", keep="last")
    return newest[["run_date", "run_id", *(name for name in FIGURES if name in newest)]].reset_index(drop=True)


def _read(folder: Path, wanted: list[tuple[str, str, str]]) -> pd.DataFrame:
    """Rows of all runs, each with its run's date and name: those of the file that it is in."""
    columns = ["commune_code", *FIGURES] if wanted else list(FIGURES)
    parts = []
    for source in sorted(folder.glob("run_date=*/*.parquet")):
        known = [name for name in columns if name in pq.read_schema(source).names]
        rows = pd.read_parquet(source, columns=known, filters=wanted or None, partitioning=None)
        parts.append(rows.assign(run_date=source.parent.name.removeprefix("run_date="), run_id=source.stem))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
