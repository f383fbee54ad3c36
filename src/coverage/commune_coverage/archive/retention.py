"""What is too old is removed: whole runs first, tables of runs much later. Decisions stay on record."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

from commune_coverage.archive.archive import COMMUNES, NATIONAL, history_of
from commune_coverage.archive.obligations import FOLDER as OBLIGATIONS
from commune_coverage.archive.records import RUNS
from commune_coverage.config.quality import History
from commune_coverage.core.run_places import places_of
from commune_coverage.publish.publication import now_shown, shown_so_far
from commune_coverage.publish.served import forget_removed
from commune_coverage.runs.run import Run


def prune(run: Run, settings: History) -> None:
    """Keep the newest runs and those that are shown, held or can be gone back to; thin out the tables of old runs."""
    needed = _needed(run.maps_dir)
    runs = sorted(path.name for path in (run.data_dir / "runs").glob(f"{run.country.code}-*"))
    for name in runs[: -settings.runs]:
        if name not in needed:
            _remove_run(run, name)
    forget_removed(run.maps_dir)
    oldest = run.run_date - timedelta(days=settings.days)
    history = history_of(run.data_dir, run.country.code)
    for kind in (COMMUNES, NATIONAL, OBLIGATIONS):
        updates = sorted((history / kind).glob("run_date=*"))
        for folder in _thinned(updates, oldest):
            shutil.rmtree(folder)
    for record in (history / RUNS).glob("*.json"):
        if not list((history / COMMUNES).glob(f"run_date=*/{record.stem}.parquet")):
            record.unlink()


def _needed(maps_dir: Path) -> set[str]:
    """Runs and drawn sites that are shown now, held now, or were shown before the current one."""
    shown, last = shown_so_far(maps_dir), now_shown(maps_dir)
    if last is None:
        return set()
    before = [one.run_id for one in shown if one.run_id != last.run_id][-1:]
    return {last.run_id, last.site, *before, *([last.hold.run_id] if last.hold else [])}


def _remove_run(run: Run, name: str) -> None:
    """Aside first: a folder under its own name is always whole."""
    shown = now_shown(run.maps_dir)
    own = places_of(name, run.data_dir, run.maps_dir)
    drawn = (path for pages in (own.pages, own.internal_pages) for path in pages.parent.glob(f"{name}*"))
    for folder in (own.run, own.public_tables, *drawn):
        if folder.is_dir() and (shown is None or folder.name != shown.site):
            gone = folder.with_name(f".gone-{folder.name}")
            folder.rename(gone)
            shutil.rmtree(gone)


def _thinned(updates: list[Path], oldest: date) -> list[Path]:
    """Folders of runs before ``oldest`` but for the first of each month."""
    gone, months = [], set()
    for folder in updates:
        run_date = date.fromisoformat(folder.name.removeprefix("run_date="))
        month = (run_date.year, run_date.month)
        if run_date < oldest and month in months:
            gone.append(folder)
        months.add(month)
    return gone
