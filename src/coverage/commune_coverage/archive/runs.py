"""Runs by the night that they are of."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from commune_coverage.archive.archive import COMMUNES
from commune_coverage.core.errors import RunError
from commune_coverage.publish.publication import shown_so_far


def run_of(named: str, data_dir: Path, maps_dir: Path) -> str:
    """The run itself, or of a date such as 2026-01-31 the run of that night, of several the one that was shown last.

    Raises RunError where nothing is kept of the night.
    """
    try:
        night = date.fromisoformat(named).isoformat()
    except ValueError:
        return named
    kept = sorted(path.stem for path in (data_dir / "history").glob(f"*/{COMMUNES}/night={night}/*.parquet"))
    if not kept:
        nights = sorted({path.name.removeprefix("night=") for path in (data_dir / "history").glob(f"*/{COMMUNES}/*")})
        known = f"{len(nights)} nights from {nights[0]} to {nights[-1]} are" if nights else "no night is"
        raise RunError(f"nothing is kept of the night {night}; {known} kept")
    shown = [one.run_id for one in shown_so_far(maps_dir) if one.run_id in kept]
    return [*kept, *shown][-1]
