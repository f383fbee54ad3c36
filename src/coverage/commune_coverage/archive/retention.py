"""What is too old is removed: whole runs first, tables of runs much later. Decisions stay on record."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from commune_coverage.archive.archive import COMMUNES, NATIONAL, history_of
from commune_coverage.archive.history_tables import PARTITION, dates_of
from commune_coverage.archive.obligations import FOLDER as OBLIGATIONS
from commune_coverage.archive.records import RUNS
from commune_coverage.config.quality import History
from commune_coverage.core.run_places import places_of
from commune_coverage.publish.publication import now_shown, shown_so_far
from commune_coverage.publish.served import forget_removed
from commune_coverage.runs.run import Run


def prune(run: Run, settings: History) -> None:
    """Keep the newest runs and those that are shown, held or can be gone back to; thin out the tables of old runs.

    Tables are old by the date of the run that is shown: one of a date to come, which is held, makes none of them old,
    and where there are too many runs it is the first to go. Pages that were drawn for a hold go when others are shown.
    """
    needed, shown = _needed(run.maps_dir), _shown_date(run.maps_dir) or run.run_date
    newest = max(shown, datetime.now(UTC).date() + timedelta(days=1))
    runs = [path.name for path in (run.data_dir / "runs").glob(f"{run.country.code}-*")]
    by_age = sorted(runs, key=lambda name: (name.split("-")[1] <= f"{newest:%Y%m%d}", name))
    for name in by_age[: -settings.runs]:
        if name not in needed:
            _remove_run(run, name)
    _remove_pages_of_holds(run)
    forget_removed(run.maps_dir)
    _thin_history(run, min(run.run_date, shown) - timedelta(days=settings.days), newest)


def _shown_date(maps_dir: Path) -> date | None:
    last = now_shown(maps_dir)
    return date.fromisoformat(last.run_date) if last is not None and last.run_date else None


def _thin_history(run: Run, oldest: date, newest: date) -> None:
    """Of dates before ``oldest`` the first of each month stays, with one run; of dates to come, runs that are whole."""
    history, shown = history_of(run.data_dir, run.country.code), _shown_in_order(run.maps_dir)
    for kind in (COMMUNES, NATIONAL, OBLIGATIONS):
        folders = dates_of(history / kind)
        for folder in _thinned(list(folders.values()), oldest):
            shutil.rmtree(folder)
        for day, folder in folders.items():
            tables = sorted(folder.glob("*.parquet"), key=lambda table: (shown.get(table.stem, 0), table.stem))
            if date.fromisoformat(day) < oldest:
                _unlink(tables[:-1])
            elif date.fromisoformat(day) > newest:
                _unlink(table for table in tables if not (run.data_dir / "runs" / table.stem).is_dir())
    for record in (history / RUNS).glob("*.json"):
        if not list((history / COMMUNES).glob(f"*/{record.stem}.parquet")):
            record.unlink()


def _shown_in_order(maps_dir: Path) -> dict[str, int]:
    return {one.run_id: one.number for one in shown_so_far(maps_dir)}


def _unlink(tables: Iterable[Path]) -> None:
    for table in tables:
        table.unlink()
        if not any(table.parent.iterdir()):
            table.parent.rmdir()


def _remove_pages_of_holds(run: Run) -> None:
    """Pages that were drawn again with a banner go: but for those that are shown, or were shown last of their run.

    Open pages load from the latter as long as their run is kept.
    """
    shown, places = shown_so_far(run.maps_dir), places_of("", run.data_dir, run.maps_dir)
    needed = {*{one.run_id: one.site for one in shown}.values(), *(one.site for one in shown[-2:])}
    drawn = f"{run.country.code}-*.[0-9]*"
    for pages in (path for folder in (places.pages, places.internal_pages) for path in folder.glob(drawn)):
        if pages.name not in needed:
            _remove(pages)


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
            _remove(folder)


def _remove(folder: Path) -> None:
    gone = folder.with_name(f".gone-{folder.name}")
    folder.rename(gone)
    shutil.rmtree(gone)


def _thinned(updates: list[Path], oldest: date) -> list[Path]:
    """Folders of runs before ``oldest`` but for the first of each month."""
    gone, months = [], set()
    for folder in updates:
        run_date = date.fromisoformat(folder.name.removeprefix(PARTITION))
        month = (run_date.year, run_date.month)
        if run_date < oldest and month in months:
            gone.append(folder)
        months.add(month)
    return gone
