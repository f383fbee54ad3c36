"""Earlier nights for the pages: those that were shown, fewer the older they are."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from commune_coverage.archive.archive import COMMUNES, NATIONAL, history_of
from commune_coverage.publish.publication import shown_so_far
from commune_coverage.runs.run import Run
from commune_coverage.site.data.history import FIGURES, Nights

NEWEST, OLDER = 12, 12


def nights_before(run: Run) -> Nights:
    """Every night that was shown before the run's, up to 12 newest and 12 of the older ones spread over their time.

    A table that is damaged is left out, as is a night that was held back.
    """
    folder, shown = history_of(run.data_dir, run.country.code), _shown(run)
    found = {night: path for night, path in _tables(folder / COMMUNES, shown).items() if night < run.night.isoformat()}
    communes = {night: _read(found[night], ["commune_code", *FIGURES]) for night in _thinned(sorted(found))}
    national = {night: _read(path, list(FIGURES)) for night, path in _tables(folder / NATIONAL, shown).items()}
    rows = [
        table.head(1).assign(night=night)
        for night, table in national.items()
        if table is not None and night in communes
    ]
    known = {night: table for night, table in communes.items() if table is not None}
    return Nights(known, pd.concat(rows, ignore_index=True) if rows else pd.DataFrame({"night": []}))


def _shown(run: Run) -> dict[str, int]:
    return {one.run_id: one.number for one in shown_so_far(run.maps_dir)}


def _tables(folder: Path, shown: dict[str, int]) -> dict[str, Path]:
    """By night the table of the run that was shown last."""
    found = {}
    for night in sorted(folder.glob("night=*")):
        tables = [path for path in night.glob("*.parquet") if path.stem in shown]
        if tables:
            found[night.name.removeprefix("night=")] = max(tables, key=lambda path: shown[path.stem])
    return found


def _thinned(nights: list[str]) -> list[str]:
    older, newest = nights[:-NEWEST], nights[-NEWEST:]
    step = max(len(older) / OLDER, 1.0)
    return [*(older[int(place * step)] for place in range(min(len(older), OLDER))), *newest]


def _read(path: Path, columns: list[str]) -> pd.DataFrame | None:
    try:
        table = pq.ParquetFile(path)
        return table.read(columns=[name for name in columns if name in table.schema_arrow.names]).to_pandas()
    except (OSError, pa.ArrowInvalid):
        return None
